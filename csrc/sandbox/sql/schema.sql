-- The panel's database, with what no panel is without: its first administrator, its system space, its quotas.
-- Names are those of the real product. Column types matter: they become the types of DataSet columns.

CREATE TABLE Users (
    UserID INTEGER PRIMARY KEY AUTOINCREMENT,
    OwnerID int NOT NULL DEFAULT 1,
    RoleID int NOT NULL DEFAULT 3,
    StatusID int NOT NULL DEFAULT 1,
    IsDemo bit NOT NULL DEFAULT 0,
    IsPeer bit NOT NULL DEFAULT 0,
    Username nvarchar(50) NOT NULL UNIQUE COLLATE NOCASE,
    Password nvarchar(200),
    FirstName nvarchar(50),
    LastName nvarchar(50),
    Email nvarchar(255),
    Created datetime NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime')),
    Changed datetime NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime')),
    Comments ntext,
    SecondaryEmail nvarchar(255),
    Address nvarchar(200),
    City nvarchar(50),
    State nvarchar(50),
    Country nvarchar(50),
    Zip nvarchar(20),
    PrimaryPhone nvarchar(30),
    SecondaryPhone nvarchar(30),
    Fax nvarchar(30),
    InstantMessenger nvarchar(100),
    HtmlMail bit NOT NULL DEFAULT 0,
    CompanyName nvarchar(100),
    EcommerceEnabled bit NOT NULL DEFAULT 0,
    LoginStatusId int NOT NULL DEFAULT 0,
    FailedLogins int NOT NULL DEFAULT 0,
    SubscriberNumber nvarchar(32),
    MfaMode int NOT NULL DEFAULT 0,
    AdditionalParams ntext,
    Vlans ntext NOT NULL DEFAULT '[]',
    DeleteAt float
);
CREATE INDEX UsersByOwner ON Users (OwnerID);
CREATE INDEX UsersToDelete ON Users (DeleteAt) WHERE DeleteAt IS NOT NULL;

-- Who is below whom, themselves included. An owner never changes, so two triggers keep it true.
CREATE TABLE UserTree (
    AncestorID int NOT NULL,
    UserID int NOT NULL REFERENCES Users ON DELETE CASCADE,
    Depth int NOT NULL,
    PRIMARY KEY (AncestorID, UserID)
) WITHOUT ROWID;
CREATE INDEX UserTreeByUser ON UserTree (UserID, Depth);
CREATE TRIGGER UserAdded AFTER INSERT ON Users BEGIN
    INSERT INTO UserTree SELECT AncestorID, NEW.UserID, Depth + 1 FROM UserTree WHERE UserID = NEW.OwnerID
        UNION ALL SELECT NEW.UserID, NEW.UserID, 0;
END;

CREATE TABLE UserSettings (
    UserID int NOT NULL REFERENCES Users ON DELETE CASCADE,
    SettingsName nvarchar(50) NOT NULL,
    PropertyName nvarchar(50) NOT NULL,
    PropertyValue ntext,
    UNIQUE (UserID, SettingsName, PropertyName)
);
CREATE TABLE UserNotes (UserID int NOT NULL REFERENCES Users ON DELETE CASCADE, Note ntext);
CREATE INDEX UserNotesByUser ON UserNotes (UserID);

-- What would have been mailed.
CREATE TABLE Letters (
    LetterID INTEGER PRIMARY KEY AUTOINCREMENT,
    UserID int,
    PackageID int,
    Recipient nvarchar(255),
    CarbonCopy nvarchar(255),
    Body ntext,
    Sent datetime
);

CREATE TABLE Servers (ServerID INTEGER PRIMARY KEY, ServerName nvarchar(100), Comments ntext, VirtualServer bit);
CREATE TABLE ResourceGroups (GroupID INTEGER PRIMARY KEY, GroupName nvarchar(100));
-- QuotaTypeID: 1 yes or no, 2 a number that is shared out among nested spaces, 3 a number that is not.
CREATE TABLE Quotas (
    QuotaID INTEGER PRIMARY KEY,
    GroupID int NOT NULL REFERENCES ResourceGroups,
    QuotaName nvarchar(50) NOT NULL UNIQUE,
    QuotaDescription nvarchar(200),
    QuotaTypeID int NOT NULL
);

-- Plans, and add-ons (IsAddon); spaces made from a plan are nested in the plan's own space.
CREATE TABLE HostingPlans (
    PlanID INTEGER PRIMARY KEY AUTOINCREMENT,
    UserID int NOT NULL DEFAULT 1,
    PackageID int NOT NULL DEFAULT 1,
    PlanName nvarchar(200) NOT NULL,
    PlanDescription ntext DEFAULT '',
    Available bit NOT NULL DEFAULT 1,
    SetupPrice money NOT NULL DEFAULT 0,
    RecurringPrice money NOT NULL DEFAULT 0,
    RecurrenceLength int NOT NULL DEFAULT 1,
    RecurrenceUnit int NOT NULL DEFAULT 2,
    IsAddon bit NOT NULL DEFAULT 0,
    ServerID int DEFAULT 1
);
CREATE TABLE HostingPlanResources (
    PlanID int NOT NULL REFERENCES HostingPlans ON DELETE CASCADE,
    GroupID int NOT NULL REFERENCES ResourceGroups,
    CalculateDiskSpace bit NOT NULL DEFAULT 1,
    CalculateBandwidth bit NOT NULL DEFAULT 1,
    PRIMARY KEY (PlanID, GroupID)
);
CREATE TABLE HostingPlanQuotas (
    PlanID int NOT NULL REFERENCES HostingPlans ON DELETE CASCADE,
    QuotaID int NOT NULL REFERENCES Quotas,
    QuotaValue int NOT NULL,
    PRIMARY KEY (PlanID, QuotaID)
);

CREATE TABLE Packages (
    PackageID INTEGER PRIMARY KEY AUTOINCREMENT,
    ParentPackageID int REFERENCES Packages ON DELETE CASCADE DEFAULT 1,
    UserID int NOT NULL REFERENCES Users ON DELETE CASCADE,
    StatusID int NOT NULL DEFAULT 1,
    PlanID int,
    PurchaseDate datetime NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime')),
    PackageName nvarchar(300),
    PackageComments ntext,
    ServerID int DEFAULT 1,
    OverrideQuotas bit NOT NULL DEFAULT 0,
    DefaultTopPackage bit NOT NULL DEFAULT 0,
    DeleteAt float
);
CREATE INDEX PackagesByUser ON Packages (UserID);
CREATE INDEX PackagesByParent ON Packages (ParentPackageID);
CREATE INDEX PackagesByPlan ON Packages (PlanID);
CREATE INDEX PackagesToDelete ON Packages (DeleteAt) WHERE DeleteAt IS NOT NULL;
CREATE TABLE PackageTree (
    AncestorID int NOT NULL,
    PackageID int NOT NULL REFERENCES Packages ON DELETE CASCADE,
    PRIMARY KEY (AncestorID, PackageID)
) WITHOUT ROWID;
CREATE INDEX PackageTreeByPackage ON PackageTree (PackageID);
CREATE TRIGGER PackageAdded AFTER INSERT ON Packages BEGIN
    INSERT INTO PackageTree SELECT AncestorID, NEW.PackageID FROM PackageTree WHERE PackageID = NEW.ParentPackageID
        UNION ALL SELECT NEW.PackageID, NEW.PackageID;
END;

-- A space's own values in place of its plan's, where OverrideQuotas is set.
CREATE TABLE PackageResources (
    PackageID int NOT NULL REFERENCES Packages ON DELETE CASCADE,
    GroupID int NOT NULL REFERENCES ResourceGroups,
    CalculateDiskSpace bit NOT NULL DEFAULT 1,
    CalculateBandwidth bit NOT NULL DEFAULT 1,
    PRIMARY KEY (PackageID, GroupID)
);
CREATE TABLE PackageQuotas (
    PackageID int NOT NULL REFERENCES Packages ON DELETE CASCADE,
    QuotaID int NOT NULL REFERENCES Quotas,
    QuotaValue int NOT NULL,
    PRIMARY KEY (PackageID, QuotaID)
);
CREATE TABLE PackageAddons (
    PackageAddonID INTEGER PRIMARY KEY AUTOINCREMENT,
    PackageID int NOT NULL REFERENCES Packages ON DELETE CASCADE,
    PlanID int NOT NULL,
    Quantity int NOT NULL DEFAULT 1,
    PurchaseDate datetime NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime')),
    StatusID int NOT NULL DEFAULT 1,
    Comments ntext
);
CREATE INDEX PackageAddonsByPackage ON PackageAddons (PackageID);
CREATE INDEX PackageAddonsByPlan ON PackageAddons (PlanID);

-- What the sites, mailboxes and so on of a space use of its quotas.
CREATE TABLE PackageUsage (
    PackageID int NOT NULL REFERENCES Packages ON DELETE CASCADE,
    QuotaID int NOT NULL REFERENCES Quotas,
    QuotaUsedValue int NOT NULL,
    PRIMARY KEY (PackageID, QuotaID)
);
CREATE TABLE PackagesBandwidth (
    PackageID int NOT NULL REFERENCES Packages ON DELETE CASCADE,
    GroupID int NOT NULL REFERENCES ResourceGroups,
    LogDate datetime NOT NULL,
    BytesSent bigint NOT NULL DEFAULT 0,
    BytesReceived bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (PackageID, GroupID, LogDate)
);
CREATE TABLE PackagesDiskspace (
    PackageID int NOT NULL REFERENCES Packages ON DELETE CASCADE,
    GroupID int NOT NULL REFERENCES ResourceGroups,
    DiskspaceBytes bigint NOT NULL,
    PRIMARY KEY (PackageID, GroupID)
);

INSERT INTO Servers VALUES (1, 'Virtual', '', 1);
INSERT INTO ResourceGroups VALUES (1, 'OS'), (2, 'Web'), (4, 'Mail');
INSERT INTO Quotas VALUES
    (11, 1, 'OS.Diskspace', 'Disk space, MB', 2),
    (12, 1, 'OS.Bandwidth', 'Bandwidth, MB', 2),
    (13, 2, 'Web.Sites', 'Web Sites', 2),
    (15, 2, 'Web.CgiBin', NULL, 1),
    (21, 4, 'Mail.Accounts', 'Mail Accounts', 2),
    (22, 4, 'Mail.MaxBoxSize', 'Max mailbox size, MB', 3);
INSERT INTO Users (UserID, OwnerID, RoleID, Username, Password, FirstName, LastName, Email, Created, Changed, Comments,
        SecondaryEmail, Address, City, State, Country, Zip, PrimaryPhone, SecondaryPhone, Fax, InstantMessenger,
        HtmlMail, EcommerceEnabled)
    VALUES (1, 0, 1, 'serveradmin', 'serveradmin', 'Enterprise', 'Administrator', 'serveradmin@example.com',
        '2010-07-15T12:53:06.72', '2010-07-15T12:53:06.72', '', '', '', '', '', '', '', '', '', '', '', 1, 1);
INSERT INTO Packages (PackageID, ParentPackageID, UserID, PlanID, PurchaseDate, PackageName)
    VALUES (1, NULL, 1, NULL, '2010-07-15T00:00:00', 'System');
INSERT INTO UserSettings VALUES
    (1, 'AccountSummaryLetter', 'From', 'support@example.com'),
    (1, 'AccountSummaryLetter', 'Subject', 'Your account & you'),
    (1, 'AccountSummaryLetter', 'HtmlBody', '<p>#user.Username#</p>'),
    (1, 'PackageSummaryLetter', 'From', 'support@example.com'),
    (1, 'PackageSummaryLetter', 'Subject', 'Your hosting space'),
    (1, 'PackageSummaryLetter', 'HtmlBody', '<p>#space.Package.PackageName#</p>');
PRAGMA user_version = 1;
