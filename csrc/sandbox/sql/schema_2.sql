-- What the second version of the schema added, to new databases and to those that older sandboxes made.

-- They are made anew for each connection, see views.sql.
DROP VIEW IF EXISTS SeenAddons;
DROP VIEW IF EXISTS SeenPackages;
DROP VIEW IF EXISTS SeenUsers;
DROP VIEW IF EXISTS ListedUsers;
DROP VIEW IF EXISTS UserRows;
DROP VIEW IF EXISTS PackageRows;
DROP VIEW IF EXISTS PackageQuotaValues;
DROP VIEW IF EXISTS PackageAllotments;
DROP VIEW IF EXISTS PackageGroups;

-- Names that SQL Server takes for equal have one key.
ALTER TABLE Users ADD COLUMN UsernameKey nvarchar(100);
UPDATE Users SET UsernameKey = sql_key(Username);
CREATE INDEX UsersByKey ON Users (UsernameKey);
CREATE TRIGGER UserTaken BEFORE INSERT ON Users
    WHEN EXISTS (SELECT 1 FROM Users WHERE UsernameKey = sql_key(NEW.Username)) BEGIN
    SELECT RAISE(ABORT, 'UNIQUE constraint failed: Users.Username');
END;
CREATE TRIGGER UserNamed AFTER INSERT ON Users BEGIN
    UPDATE Users SET UsernameKey = sql_key(NEW.Username) WHERE UserID = NEW.UserID;
END;
CREATE TRIGGER UserRenamed AFTER UPDATE OF Username ON Users BEGIN
    UPDATE Users SET UsernameKey = sql_key(NEW.Username) WHERE UserID = NEW.UserID;
END;

-- 0 there is none, 1 the password is a one-time password, 2 it was used up.
ALTER TABLE Users ADD COLUMN OneTimePasswordState int NOT NULL DEFAULT 0;

-- Calls that would have ended the panel's process: see DeleteUser.sql.
CREATE TABLE WorkerCrashes (Operation nvarchar(50), UserID int, Happened datetime);

-- What the calls that make resources with a space look at first.
CREATE TABLE Domains (
    DomainName nvarchar(100) NOT NULL,
    PackageID int NOT NULL REFERENCES Packages ON DELETE CASCADE
);
CREATE INDEX DomainsByPackage ON Domains (PackageID);
CREATE TABLE FtpAccounts (
    AccountName nvarchar(100) NOT NULL,
    PackageID int NOT NULL REFERENCES Packages ON DELETE CASCADE
);
CREATE INDEX FtpAccountsByPackage ON FtpAccounts (PackageID);

-- What a space has given away, counted as it changes: how many spaces nested in it have a plan's quotas, and how many
-- of which add-on are active in them. Adding the 20,000th space costs no more than the first.
CREATE TABLE NestedPlans (
    ParentPackageID int NOT NULL REFERENCES Packages ON DELETE CASCADE,
    PlanID int NOT NULL,
    Number int NOT NULL,
    PRIMARY KEY (ParentPackageID, PlanID)
) WITHOUT ROWID;
CREATE TABLE NestedAddons (
    ParentPackageID int NOT NULL REFERENCES Packages ON DELETE CASCADE,
    PlanID int NOT NULL,
    Number int NOT NULL,
    PRIMARY KEY (ParentPackageID, PlanID)
) WITHOUT ROWID;
CREATE INDEX PackagesWithOwnQuotas ON Packages (ParentPackageID) WHERE OverrideQuotas;
INSERT INTO NestedPlans
    SELECT ParentPackageID, PlanID, count(*) FROM Packages
    WHERE ParentPackageID IS NOT NULL AND PlanID IS NOT NULL AND NOT OverrideQuotas
    GROUP BY ParentPackageID, PlanID;
INSERT INTO NestedAddons
    SELECT P.ParentPackageID, A.PlanID, sum(A.Quantity)
    FROM PackageAddons AS A JOIN Packages AS P ON P.PackageID = A.PackageID
    WHERE P.ParentPackageID IS NOT NULL AND A.StatusID = 1
    GROUP BY P.ParentPackageID, A.PlanID;
CREATE TRIGGER PackagePlanAdded AFTER INSERT ON Packages
    WHEN NEW.ParentPackageID IS NOT NULL AND NEW.PlanID IS NOT NULL AND NOT NEW.OverrideQuotas BEGIN
    INSERT INTO NestedPlans VALUES (NEW.ParentPackageID, NEW.PlanID, 1)
        ON CONFLICT DO UPDATE SET Number = Number + 1;
END;
CREATE TRIGGER PackagePlanRemoved AFTER DELETE ON Packages WHEN NOT OLD.OverrideQuotas BEGIN
    UPDATE NestedPlans SET Number = Number - 1
    WHERE ParentPackageID = OLD.ParentPackageID AND PlanID = OLD.PlanID;
END;
CREATE TRIGGER PackagePlanChanged AFTER UPDATE OF PlanID, OverrideQuotas ON Packages
    WHEN NEW.ParentPackageID IS NOT NULL BEGIN
    UPDATE NestedPlans SET Number = Number - 1
    WHERE ParentPackageID = OLD.ParentPackageID AND PlanID = OLD.PlanID AND NOT OLD.OverrideQuotas;
    INSERT INTO NestedPlans SELECT NEW.ParentPackageID, NEW.PlanID, 1
        WHERE NEW.PlanID IS NOT NULL AND NOT NEW.OverrideQuotas
        ON CONFLICT DO UPDATE SET Number = Number + 1;
END;
-- While the space is still there to say what it is nested in.
CREATE TRIGGER PackageAddonsRemoved BEFORE DELETE ON Packages BEGIN
    DELETE FROM PackageAddons WHERE PackageID = OLD.PackageID;
END;
CREATE TRIGGER PackageAddonAdded AFTER INSERT ON PackageAddons WHEN NEW.StatusID = 1 BEGIN
    INSERT INTO NestedAddons
        SELECT ParentPackageID, NEW.PlanID, NEW.Quantity FROM Packages
        WHERE PackageID = NEW.PackageID AND ParentPackageID IS NOT NULL
        ON CONFLICT DO UPDATE SET Number = Number + excluded.Number;
END;
CREATE TRIGGER PackageAddonRemoved AFTER DELETE ON PackageAddons WHEN OLD.StatusID = 1 BEGIN
    UPDATE NestedAddons SET Number = Number - OLD.Quantity
    WHERE PlanID = OLD.PlanID
        AND ParentPackageID = (SELECT ParentPackageID FROM Packages WHERE PackageID = OLD.PackageID);
END;
CREATE TRIGGER PackageAddonChanged AFTER UPDATE ON PackageAddons BEGIN
    UPDATE NestedAddons SET Number = Number - OLD.Quantity
    WHERE PlanID = OLD.PlanID AND OLD.StatusID = 1
        AND ParentPackageID = (SELECT ParentPackageID FROM Packages WHERE PackageID = OLD.PackageID);
    INSERT INTO NestedAddons
        SELECT ParentPackageID, NEW.PlanID, NEW.Quantity FROM Packages
        WHERE PackageID = NEW.PackageID AND ParentPackageID IS NOT NULL AND NEW.StatusID = 1
        ON CONFLICT DO UPDATE SET Number = Number + excluded.Number;
END;

PRAGMA application_id = 1684959315;
PRAGMA user_version = 2;
