-- A small panel to try things on: a reseller with a space, plans and a customer, and an account in each state.

INSERT INTO Users (UserID, OwnerID, RoleID, StatusID, IsDemo, IsPeer, Username, Password, FirstName, LastName, Email,
        Created, Changed, Comments, CompanyName, EcommerceEnabled, SecondaryEmail, Address, City, State, Country, Zip,
        PrimaryPhone, SecondaryPhone, Fax, InstantMessenger)
    WITH Known (UserID, OwnerID, RoleID, StatusID, IsDemo, IsPeer, Username, Password, FirstName, LastName, Since) AS (
        VALUES (2, 1, 2, 1, 0, 0, 'reseller', 'Res3ller!', 'Rita', 'Reseller', '2010-07-16T12:53:06.72'),
            (3, 2, 3, 1, 0, 0, 'jdoe', 'secret', 'John', 'Doe', '2011-01-31T23:59:59'),
            (4, 1, 1, 1, 0, 1, 'adminpeer', 'adminpeer', 'Peter', 'Peer', '2010-07-15T12:53:06.72'),
            (5, 1, 2, 1, 1, 0, 'demo', 'demo', 'Demo', 'Reseller', '2010-07-15T12:53:06.72'),
            (6, 1, 2, 2, 0, 0, 'suspended', 'suspended', 'Sus', 'Pended', '2010-07-15T12:53:06.72'),
            (7, 1, 2, 3, 0, 0, 'cancelled', 'cancelled', 'Can', 'Celled', '2010-07-15T12:53:06.72'),
            (8, 1, 2, 4, 0, 0, 'pending', 'pending', 'Pen', 'Ding', '2010-07-15T12:53:06.72'),
            (9, 2, 3, 1, 0, 0, 'unicode', 'pässwörd', 'Zoë', 'Œuvré-Иванов', '2010-07-15T12:53:06.72'))
    SELECT UserID, OwnerID, RoleID, StatusID, IsDemo, IsPeer, Username, Password, FirstName, LastName,
        Username || '@example.com', Since, Since, '', '', 0, '', '', '', '', '', '', '', '', '', ''
    FROM Known ORDER BY UserID;
UPDATE Users SET CompanyName = 'Hosting & Söhne <GmbH>', EcommerceEnabled = 1 WHERE Username = 'reseller';
UPDATE Users SET Comments = 'line1' || char(13, 10) || 'line2' || char(9) || 'tab', City = '  two spaces  ',
    Address = '日本語 😀 & <tag> "quoted" ''apos''' WHERE Username = 'unicode';

INSERT INTO HostingPlans (PlanID, UserID, PackageID, PlanName, SetupPrice, RecurringPrice, IsAddon, ServerID) VALUES
    (1, 1, 1, 'Reseller', 0, 49, 0, 1),
    (2, 2, 2, 'Shared Small', 5, 4.99, 0, 1),
    (3, 2, 2, 'Shared Huge', 0, 99, 0, 1),
    (4, 2, 2, 'Extra Mailboxes', 0, 1.5, 1, NULL),
    (5, 2, 2, 'Extra Web Sites (too many)', 0, 10, 1, NULL);
INSERT INTO HostingPlanResources (PlanID, GroupID)
    SELECT PlanID, GroupID FROM HostingPlans CROSS JOIN ResourceGroups WHERE NOT IsAddon;
INSERT INTO HostingPlanQuotas (PlanID, QuotaID, QuotaValue) VALUES
    (1, 11, 100000), (1, 12, -1), (1, 13, 50), (1, 15, 1), (1, 21, 1000), (1, 22, 100),
    (2, 11, 500), (2, 12, 0), (2, 13, 1), (2, 15, 0), (2, 21, 5), (2, 22, 10),
    (3, 11, 500000), (3, 12, 0), (3, 13, 1000), (3, 15, 1), (3, 21, 10), (3, 22, 10),
    (4, 21, 5),
    (5, 13, 60);

INSERT INTO Packages (PackageID, ParentPackageID, UserID, PlanID, PurchaseDate, PackageName) VALUES
    (2, 1, 2, 1, '2010-08-01T00:00:00', 'Reseller space'),
    (3, 2, 3, 2, '2011-02-01T08:30:00', 'John''s <space>');
INSERT INTO PackageAddons (PackageAddonID, PackageID, PlanID, Quantity, PurchaseDate, Comments)
    VALUES (1, 3, 4, 2, '2011-03-01T00:00:00', 'two packs');
INSERT INTO PackageUsage VALUES (3, 13, 1), (3, 21, 15);
INSERT INTO PackagesDiskspace VALUES (3, 1, 38797312);
INSERT INTO PackagesBandwidth VALUES
    (3, 2, '2011-03-10T00:00:00', 5368709120, 12582912),
    (3, 4, '2011-03-10T00:00:00', 1000, 1048576);
