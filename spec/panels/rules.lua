--- What panels do, rule by rule, each with its source, as data. panels_spec.lua runs them against the sandbox.
--
-- A rule has an id, a sentence, and where it was read: project, version, file and line (SolidCP: github.com/FuseCP/
-- SolidCP, master of 2026-11; WebsitePanel 1.0: ShaneMcC/websitepanel, Releases/1.0; WebsitePanel 2.1:
-- ExpertServices/Websitepanel, its tags for other versions). One without a source says so (`guess`), and
-- docs/sandbox.md repeats it. `from` and `to` are the first and the last panel it is a rule of. `steps` are done in
-- order, from the same state for each rule:
--
--   { as = "jdoe", "get_user_by_id", 3, gives = { Username = "jdoe" } }   the method and its arguments
--   { query = "SELECT ...", rows = { { ... } } }                          what the database then holds
--
-- What a call gives is one of: gives = record (fields that are compared; false: none such), count = rows of a list or
-- of the last table, keys = "2 3" (ids in that order), done = true, id = number, absent = true, refused = code,
-- fault = text. `unchecked` sends it without the session's own checks.

local NULL_REFERENCE = "Object reference not set"
local NO_ACCOUNT = "You are not allowed to access this account"
local NO_PACKAGE = "You are not allowed to access this package"
local DATE = "2024-01-02T00:00:00"

local function user(changes)
  local record = { OwnerId = 2, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false, Username = "anna",
    Password = "s3cret", FirstName = "Anna", LastName = "A", Email = "anna@example.com" }
  for name, value in pairs(changes or {}) do
    record[name] = value
  end
  return record
end

local function update(changes)
  local record = { UserId = 3, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false }
  for name, value in pairs(changes) do
    record[name] = value
  end
  return record
end

local function package(changes)
  local record = { PackageId = 3, StatusId = 1, PlanId = 2, PurchaseDate = DATE, PackageName = "x" }
  for name, value in pairs(changes or {}) do
    record[name] = value
  end
  return record
end

local function wizard(changes)
  local arguments = { 2, "wiz", "pw", 3, "W", "Z", "w@example.com", nil, true, false, true, 2, false, nil, false, false,
    false, nil, false, n = 19 }
  for index, value in pairs(changes or {}) do
    arguments[index] = value
  end
  return arguments
end

local function statuses(query, ...)
  local rows = {}
  for index, status in ipairs { ... } do
    rows[index] = { StatusID = status }
  end
  return { query = query, rows = rows }
end

local USERS = "SELECT StatusID FROM Users WHERE UserID IN (2, 3, 32, 33) ORDER BY UserID"
local SPACES = "SELECT StatusID FROM Packages WHERE PackageID IN (2, 3, 42) ORDER BY PackageID"

return {
  -- ---- the numbers are those of the table that the panels were compared by ----
  {
    id = "literal-update-resets", rule = "UpdatePackageLiteral makes a new record: own quotas, OverrideQuotas and "
      .. "DefaultTopPackage go",
    source = "SolidCP esPackages.asmx.cs:245, install_db.sql:22454; WebsitePanel 1.0 esPackages.asmx.cs:209",
    steps = {
      { "update_package", package { OverrideQuotas = true, Groups = {}, Quotas = { { QuotaId = 13, QuotaValue = 1 } } },
        done = true },
      { query = "SELECT QuotaValue FROM PackageQuotas WHERE PackageID = 3", rows = { { QuotaValue = 1 } } },
      { "update_package_literal", 3, 1, 2, DATE, "x", nil, done = true },
      { query = "SELECT QuotaValue FROM PackageQuotas WHERE PackageID = 3", rows = {} },
      { query = "SELECT OverrideQuotas, DefaultTopPackage FROM Packages WHERE PackageID = 3",
        rows = { { OverrideQuotas = 0, DefaultTopPackage = 0 } } },
    },
  },
  {
    id = "override-needs-both-lists", rule = "Own quotas are written when groups and quotas both come along, else kept",
    source = "SolidCP PackageController.cs:151, install_db.sql:22495; WebsitePanel 1.0 PackageController.cs:134",
    steps = {
      { "update_package", package { OverrideQuotas = true, Quotas = { { QuotaId = 13, QuotaValue = 1 } } },
        done = true },
      { query = "SELECT QuotaValue FROM PackageQuotas WHERE PackageID = 3", rows = {} },
      { "get_package_quota", 3, "Web.Sites", gives = { QuotaAllocatedValue = 0 } },
    },
  },
  {
    id = "allotment-is-the-least", rule = "A space has no more of a quota than any space it is in",
    source = "SolidCP install_db.sql:25787",
    steps = {
      { sql = "UPDATE HostingPlanQuotas SET QuotaValue = 3 WHERE PlanID = 1 AND QuotaID = 21" },
      { "get_package_quota", 3, "Mail.Accounts", gives = { QuotaAllocatedValue = 3 } },
    },
  },
  {
    id = "lists-of-spaces", rule = "Lists of spaces hold neither comments nor OverrideQuotas",
    source = "SolidCP update_db.sql:6524, 6576; WebsitePanel 1.0 install_db.sql:28285, 30569",
    steps = {
      { sql = "UPDATE Packages SET PackageComments = 'c', OverrideQuotas = 1" },
      { "get_my_packages", 3, gives = { { PackageId = 3, PackageComments = false, OverrideQuotas = false } } },
      { "get_package", 3, gives = { PackageComments = "c", OverrideQuotas = true } },
    },
  },
  {
    id = "get-packages-below", rule = "GetPackages gives the spaces of the accounts below one",
    source = "WebsitePanel 1.0 install_db.sql:30569", to = "websitepanel 1.2.0",
    steps = {
      { "get_packages", 2, keys = "3 42" },
      { "get_packages", 3, keys = "" },
      { as = "jdoe", "get_packages", 9, fault = NO_ACCOUNT },
      { "get_packages", 999, fault = NO_ACCOUNT },
    },
  },
  {
    id = "get-packages-own", rule = "GetPackages gives an account's own spaces and checks nothing",
    source = "WebsitePanel 2.1 update_db.sql:7821; SolidCP update_db.sql:6576", from = "websitepanel 1.2.2",
    steps = {
      { "get_packages", 2, keys = "2" },
      { as = "jdoe", "get_packages", 9, keys = "42" },
      { "get_packages", 999, keys = "" },
    },
  },
  {
    id = "get-packages-without-server", rule = "GetPackages leaves out spaces without a server; GetMyPackages has all",
    source = "SolidCP update_db.sql:6612, 6567; WebsitePanel 1.0 install_db.sql:30605, 28325",
    steps = {
      { sql = "UPDATE Packages SET ServerID = NULL WHERE PackageID = 3" },
      { "get_packages", 3, keys = "" },
      { "get_my_packages", 3, keys = "3" },
    },
  },
  {
    id = "status-below", rule = "A change of status falls on the account's own spaces and all below it",
    source = "WebsitePanel 1.0 UserController.cs:587", to = "websitepanel 1.2.0",
    steps = { { "change_user_status", 2, "Suspended", done = true }, statuses(USERS, 2, 2, 2, 1),
      statuses(SPACES, 2, 2, 2) },
  },
  {
    id = "status-own", rule = "A change of status falls on the account's own spaces only; accounts below follow",
    source = "WebsitePanel 1.2.2.127 UserController.cs:666, update_db.sql:5209", from = "websitepanel 1.2.2",
    to = "websitepanel 1.2.2",
    steps = { { "change_user_status", 2, "Suspended", done = true }, statuses(USERS, 2, 2, 2, 1),
      statuses(SPACES, 2, 1, 1) },
  },
  {
    id = "status-of-each", rule = "A change of status falls on the spaces of each account below, and on peers of these",
    source = "WebsitePanel 2.1 UserController.cs:675; SolidCP UserController.cs:877", from = "websitepanel 2.1",
    steps = { { "change_user_status", 2, "Suspended", done = true }, statuses(USERS, 2, 2, 2, 2),
      statuses(SPACES, 2, 2, 2) },
  },
  {
    id = "status-without-server", rule = "A space without a server keeps its state when its account's changes",
    source = "WebsitePanel 2.1 UserController.cs:693, update_db.sql:7856; SolidCP UserController.cs:895",
    from = "websitepanel 2.1",
    steps = {
      { sql = "UPDATE Packages SET ServerID = NULL WHERE PackageID = 3" },
      { "change_user_status", 3, "Cancelled", done = true },
      statuses("SELECT StatusID FROM Packages WHERE PackageID = 3", 1),
    },
  },
  {
    id = "status-of-all-own", rule = "A change of status falls on an account's own spaces without a server, too",
    source = "WebsitePanel 1.0 UserController.cs:632, 1.2.2.127 UserController.cs:711", to = "websitepanel 1.2.2",
    steps = {
      { sql = "UPDATE Packages SET ServerID = NULL WHERE PackageID = 3" },
      { "change_user_status", 3, "Cancelled", done = true },
      statuses("SELECT StatusID FROM Packages WHERE PackageID = 3", 3),
    },
  },
  {
    id = "status-out-of-reach-fault", rule = "A change of status of an account out of reach is a fault",
    source = "WebsitePanel 1.0 UserController.cs:632, install_db.sql:28293; 1.2.2.127 UserController.cs:711",
    to = "websitepanel 1.2.2",
    steps = {
      { as = "reseller", "change_user_status", 5, "Suspended", fault = NO_ACCOUNT },
      statuses("SELECT StatusID FROM Packages WHERE PackageID = 40", 1),
      { "change_user_status", 999, "Suspended", fault = NULL_REFERENCE },
    },
  },
  {
    id = "status-out-of-reach-raised", rule = "A change of status of an account out of reach falls on its first space, "
      .. "and is a fault",
    source = "WebsitePanel 2.1 UserController.cs:693, update_db.sql:7914; SolidCP UserController.cs:895, "
      .. "update_db.sql:6671",
    from = "websitepanel 2.1",
    steps = {
      { as = "reseller", "change_user_status", 5, "Suspended", fault = NO_PACKAGE },
      statuses("SELECT StatusID FROM Users WHERE UserID = 5", 1),
      statuses("SELECT StatusID FROM Packages WHERE PackageID = 40", 2),
      { as = "reseller", "change_user_status", 6, "Active", done = true },
      { "change_user_status", 999, "Suspended", fault = NULL_REFERENCE },
    },
  },
  {
    id = "status-overridden", rule = "A space with own quotas that do not fit keeps its state, and the answer is 0",
    source = "SolidCP PackageController.cs:1026, update_db.sql:6701; WebsitePanel 1.0 PackageController.cs:856",
    steps = {
      { sql = "UPDATE Packages SET OverrideQuotas = 1 WHERE PackageID = 3" },
      { sql = "INSERT INTO PackageQuotas VALUES (3, 13, 1000)" },
      { "change_user_status", 3, "Suspended", done = true },
      statuses("SELECT StatusID FROM Users WHERE UserID = 3", 2),
      statuses("SELECT StatusID FROM Packages WHERE PackageID = 3", 1),
      { "change_package_status", 3, "Suspended", done = true },
      statuses("SELECT StatusID FROM Packages WHERE PackageID = 3", 1),
    },
  },
  {
    id = "status-by-a-user", rule = "Who is not a reseller changes its account, but no space",
    source = "SolidCP PackageController.cs:850, 1026; WebsitePanel 1.0 PackageController.cs:714, 856",
    steps = {
      { as = "jdoe", "change_user_status", 3, "Suspended", done = true },
      statuses("SELECT StatusID FROM Users WHERE UserID = 3", 2),
      statuses("SELECT StatusID FROM Packages WHERE PackageID = 3", 1),
    },
  },
  {
    id = "no-shop-for-users", rule = "EcommerceEnabled of role User is set to false",
    source = "SolidCP UserController.cs:617, 761; WebsitePanel 1.0 UserController.cs:472",
    steps = {
      { "add_user", user { EcommerceEnabled = true }, false, id = true },
      { query = "SELECT EcommerceEnabled FROM Users WHERE Username = 'anna'", rows = { { EcommerceEnabled = 0 } } },
      { "update_user", update { EcommerceEnabled = true }, done = true },
      { query = "SELECT EcommerceEnabled FROM Users WHERE UserID = 3", rows = { { EcommerceEnabled = 0 } } },
      { "update_user", update { UserId = 9, RoleId = 2, EcommerceEnabled = true }, done = true },
      { query = "SELECT EcommerceEnabled FROM Users WHERE UserID = 9", rows = { { EcommerceEnabled = 1 } } },
    },
  },
  {
    id = "password-by-name", rule = "ChangeUserPasswordByUsername says -101 for a wrong name and for a wrong password",
    source = "SolidCP UserController.cs:322",
    steps = {
      { "change_user_password_by_username", "jdoe", "wrong", "new", "", refused = -101 },
      { "change_user_password_by_username", "nobody", "secret", "new", "", refused = -101 },
      { "change_user_password_by_username", "JDOE ", "secret", "new", "", done = true },
    },
  },
  {
    id = "empty-letters", rule = "A letter without a text is not sent, and the answer is 0",
    source = "SolidCP PackageController.cs:2025, 2071",
    steps = {
      { "send_account_summary_letter", 3, "a@example.com", done = true },
      { "send_package_summary_letter", 3, "a@example.com", done = true },
      { query = "SELECT LetterID FROM Letters", rows = {} },
    },
  },
  {
    id = "not-a-reseller", rule = "Changes for resellers are refused with -108",
    source = "WebsitePanel 1.0 SecurityContext.cs:155", to = "websitepanel 1.2.0",
    steps = { { as = "jdoe", "delete_package", 3, refused = -108 } },
  },
  {
    id = "not-enough-permissions", rule = "Changes for resellers are refused with -112",
    source = "WebsitePanel 2.1 SecurityContext.cs:177; SolidCP SecurityContext.cs:181", from = "websitepanel 1.2.2",
    steps = {
      { as = "jdoe", "delete_package", 3, refused = -112 },
      { as = "jdoe", "add_package", 3, 2, "x", nil, 1, DATE, refused = -112 },
    },
  },
  {
    id = "state-of-the-caller", rule = "Calls for accounts ask only whether the caller is a demo; those for spaces its "
      .. "state, too",
    source = "SolidCP UserController.cs:596, 737, 1002, PackageController.cs:2000, 2041, 915",
    steps = {
      { as = "suspended", "add_user", user { OwnerId = 6 }, false, id = true },
      { as = "cancelled", "update_user", update { UserId = 7, RoleId = 2, StatusId = 3 }, done = true },
      { as = "pending", "update_user_settings", { UserId = 8, SettingsName = "x", SettingsArray = {} }, done = true },
      { as = "suspended", "send_account_summary_letter", 6, "a@example.com", done = true },
      { as = "suspended", "update_package_name", 40, "x", nil, refused = -104 },
      { as = "cancelled", "update_package_name", 40, "x", nil, refused = -105 },
      { as = "pending", "update_package_name", 40, "x", nil, refused = -103 },
      { as = "demo", "update_user", update { UserId = 5, RoleId = 2 }, refused = -106 },
    },
  },
  {
    id = "quota-exceeded",
    rule = "-305 whenever what a space has given away is more than it has", guess = "A space that "
      .. "does not fit is refused with -305, as the API's documentation says; panels often accept it (`panel_quotas`).",
    steps = {
      { "add_package", 3, 3, "Huge", nil, 1, DATE, refused = -305 },
      { query = "SELECT count(*) AS n FROM Packages WHERE PlanID = 3", rows = { { n = 0 } } },
    },
  },
  {
    id = "quota-arithmetic", rule = "-305 only where siblings have plan, own and add-on rows for the quota, all three; "
      .. "never under the first space",
    source = "SolidCP install_db.sql:25172, 26114; WebsitePanel 1.0 install_db.sql:3080", panel_quotas = true,
    steps = {
      { "add_package", 3, 3, "Huge", nil, 1, DATE, id = true },
      { sql = "UPDATE Packages SET OverrideQuotas = 1 WHERE PackageID = 42" },
      { sql = "INSERT INTO PackageQuotas VALUES (42, 13, 1)" },
      { "add_package", 3, 3, "Huge", nil, 1, DATE, id = true },
      { "add_package_addon", { PackageId = 3, PlanId = 5, Quantity = 1, StatusId = 1, PurchaseDate = DATE },
        refused = -305 },
    },
  },
  {
    id = "quotas-when-needed", rule = "UpdatePackage looks at quotas only if the plan changes or the space has its own",
    source = "SolidCP update_db.sql:6701; WebsitePanel 1.0 install_db.sql:39870",
    steps = {
      { sql = "UPDATE HostingPlanQuotas SET QuotaValue = 0 WHERE PlanID = 1 AND QuotaID = 13" },
      { "update_package", package {}, done = true },
      { "update_package", package { PlanId = 3 }, refused = -305 },
      { sql = "UPDATE HostingPlanQuotas SET QuotaValue = 1 WHERE PlanID = 1 AND QuotaID = 13" },
      { sql = "INSERT INTO PackageQuotas VALUES (3, 13, 5)" },
      { "update_package", package { OverrideQuotas = true }, refused = -305 },
    },
  },
  {
    id = "used-up-ids", rule = "A refused space or add-on uses up an id",
    source = "SolidCP update_db.sql:18282, install_db.sql:1516: IDENTITY is not rolled back",
    steps = {
      { "add_package", 3, 3, "Huge", nil, 1, DATE, refused = -305 },
      { "add_package", 3, 2, "Small", nil, 1, DATE, id = 44 },
      { "add_package_addon", { PackageId = 3, PlanId = 5, Quantity = 1, StatusId = 1, PurchaseDate = DATE },
        refused = -305 },
      { "add_package_addon", { PackageId = 3, PlanId = 4, Quantity = 1, StatusId = 1, PurchaseDate = DATE }, id = 4 },
    },
  },
  {
    id = "own-owner", rule = "One's own owner is seen, without the password, and so are its users",
    source = "SolidCP install_db.sql:24217, 24355, 18649; WebsitePanel 1.0 install_db.sql:36828",
    steps = {
      { as = "jdoe", "get_user_by_id", 2, gives = { Username = "reseller" } },
      { as = "jdoe", "get_user_by_username", "reseller", gives = { UserId = 2 } },
      { as = "jdoe", "get_users", 2, false, keys = "3 9" },
      { as = "jdoe", "get_user_by_id", 9, absent = true },
      { as = "jdoe", "get_users", 5, true, keys = "" },
      { as = "jdoe", "delete_user", 2, refused = -102 },
    },
  },
  {
    id = "password-in-the-record", rule = "Records hold the password, of one's own owner an empty one",
    source = "WebsitePanel 1.0 UserInfo.cs:175, install_db.sql:2345, 35996", to = "websitepanel 1.2.2",
    steps = {
      { as = "jdoe", "get_user_by_id", 2, gives = { Password = "" } },
      { as = "reseller", "get_user_by_id", 3, gives = { Password = "secret" } },
    },
  },
  {
    id = "no-password-in-the-record", rule = "From 2.1.0.722 on AddUser takes the password as a parameter only",
    source = "WebsitePanel 2.1 esUsers.asmx.cs:141; SolidCP UserController.cs:593",
    from = "websitepanel 2.1",
    steps = { { as = "reseller", "get_user_by_id", 3, gives = { Password = false } } },
  },
  {
    id = "password-unseen",
    rule = "ChangeUserPassword without the right to it does nothing and says 0; of nobody it is a "
      .. "fault",
    source = "SolidCP install_db.sql:2646, UserController.cs:849",
    steps = {
      { as = "jdoe", "change_user_password", 9, "new", done = true },
      { as = "jdoe", "change_user_password", 2, "new", done = true },
      { query = "SELECT Password FROM Users WHERE UserID IN (2, 9) ORDER BY UserID",
        rows = { { Password = "Res3ller!" }, { Password = "pässwörd" } } },
      { "change_user_password", 999, "new", fault = NULL_REFERENCE },
    },
  },
  {
    id = "addon-of-nobody-0", rule = "DeletePackageAddon of an unknown id says 0",
    source = "WebsitePanel 1.0 PackageController.cs:1011", to = "websitepanel 1.2.2",
    steps = { { "delete_package_addon", 999, done = true } },
  },
  {
    id = "addon-of-nobody-fault", rule = "DeletePackageAddon of an unknown id is a fault",
    source = "WebsitePanel 2.1 PackageController.cs:1179; SolidCP PackageController.cs:1325", from = "websitepanel 2.1",
    steps = { { "delete_package_addon", 999, fault = NULL_REFERENCE } },
  },
  {
    id = "wizard-parent",
    rule = "CreateUserWizard looks at caller, parent space, name, domain, FTP account, in this order",
    source = "SolidCP UserCreationWizard.cs:82, SecurityContext.cs:240; WebsitePanel 1.0 UserCreationWizard.cs:88",
    steps = {
      { "create_user_wizard", args = wizard { [1] = 999, [2] = "jdoe" }, refused = -300 },
      { sql = "UPDATE Packages SET StatusID = 2 WHERE PackageID = 2" },
      { "create_user_wizard", args = wizard { [2] = "jdoe" }, refused = -303 },
      { sql = "UPDATE Packages SET StatusID = 3 WHERE PackageID = 2" },
      { "create_user_wizard", args = wizard { [2] = "jdoe" }, refused = -304 },
      { as = "suspended", "create_user_wizard", args = wizard { [1] = 999 }, refused = -104 },
      { sql = "UPDATE Packages SET StatusID = 1 WHERE PackageID = 2" },
      { sql = "INSERT INTO Domains VALUES ('taken.example.com', 3)" },
      { sql = "INSERT INTO FtpAccounts VALUES ('wiz', 3)" },
      { "create_user_wizard", args = wizard { [2] = "jdoe", [14] = "taken.example.com" }, refused = -1100 },
      { "create_user_wizard", args = wizard { [14] = "Taken.example.com" }, refused = -502 },
      { "create_user_wizard", args = wizard(), refused = -1101 },
      { "create_user_wizard", args = wizard { [18] = "other" }, id = true },
    },
  },
  {
    id = "domain-first", rule = "AddPackageWithResources looks at domain and FTP account before anything is made",
    source = "SolidCP PackageController.cs:485, 495, ServerController.cs:2263",
    steps = {
      { sql = "INSERT INTO Domains VALUES ('taken.example.com', 3)" },
      { sql = "INSERT INTO FtpAccounts VALUES ('jdoe', 3)" },
      { "add_package_with_resources", 3, 2, "S", 1, false, true, "taken.example.com", false, true, false, nil, false,
        refused = -502 },
      { "add_package_with_resources", 3, 2, "S", 1, false, true, nil, false, false, true, nil, false, refused = -1101 },
      { query = "SELECT count(*) AS n FROM Packages WHERE UserID = 3", rows = { { n = 1 } } },
    },
  },
  {
    id = "unknown-quota", rule = "GetPackageQuota of an unknown name is a fault",
    source = "SolidCP PackageController.cs:1961",
    steps = {
      { "get_package_quota", 3, "No.Such", fault = NULL_REFERENCE },
      { "get_package_quota", 3, "WEB.SITES ", gives = { QuotaAllocatedValue = 1 } },
    },
  },
  {
    id = "all-plans-available", rule = "Available plans are all of the owner's, for sale or not",
    source = "SolidCP install_db.sql:18064, 17952; WebsitePanel 1.0 install_db.sql:35914",
    steps = {
      { sql = "UPDATE HostingPlans SET Available = 0 WHERE PlanID IN (3, 5)" },
      { "get_user_available_hosting_plans", 3, count = 2 },
      { "get_user_available_hosting_addons", 3, count = 2 },
    },
  },
  {
    id = "names-trimmed", rule = "A name loses the blanks around it, and what is beyond 50 characters",
    source = "SolidCP UserController.cs:635, install_db.sql:2274",
    steps = {
      { "add_user", user { Username = ("n"):rep(60) }, false, id = true, unchecked = true },
      { "add_user", user { Username = "  blank ", FirstName = "B" }, false, id = true, unchecked = true },
      { query = "SELECT Username FROM Users WHERE FirstName = 'B'", rows = { { Username = "blank" } } },
      { query = "SELECT length(Username) AS n FROM Users WHERE FirstName = 'Anna'", rows = { { n = 50 } } },
      { "user_exists", ("n"):rep(60), gives = false, unchecked = true }, -- its parameter is longer than the column
      { "get_user_by_username", ("n"):rep(55), gives = { FirstName = "Anna" }, unchecked = true },
      { "add_user", user { Username = ("n"):rep(50) .. "other" }, false, refused = -100, unchecked = true },
    },
  },
  {
    id = "names-compared", rule = "Names are equal whatever their case, width and blanks at the end",
    source = "SQL Server's collation Latin1_General_CI_AS; SolidCP install_db.sql:3234, 18330",
    steps = {
      { "add_user", user { Username = "jürgen" }, false, id = true },
      { "user_exists", "JÜRGEN  ", gives = true },
      { "user_exists", "ｊürgen", gives = true },
      { "user_exists", "jurgen", gives = false },
      { "add_user", user { Username = "JÜRGEN" }, false, refused = -100 },
      { "add_user", user { Username = "ЖЕНЯ" }, false, id = true },
      { "authenticate_user", "женя", "s3cret", "", done = true },
      { "get_user_by_username", "ＪＤＯＥ", gives = { UserId = 3 } },
    },
  },
  {
    id = "columns-cut", rule = "Fields are cut at the length of their parameter, in UTF-16; four of them are narrow",
    source = "SolidCP install_db.sql:2274, 23331; WebsitePanel 1.0 install_db.sql:41405",
    steps = {
      { "update_user", update { FirstName = ("ä"):rep(60), City = ("\240\159\152\128"):rep(30), Zip = ("1"):rep(25),
        Fax = "ä€Ж", PrimaryPhone = ("x"):rep(40), CompanyName = ("c"):rep(101), Email = ("e"):rep(300) },
        done = true, unchecked = true },
      { query = "SELECT length(FirstName) AS a, length(City) AS b, length(Zip) AS c, Fax, length(PrimaryPhone) AS d, "
        .. "length(CompanyName) AS e, length(Email) AS f FROM Users WHERE UserID = 3",
        rows = { { a = 50, b = 25, c = 20, Fax = "ä€?", d = 30, e = 100, f = 255 } } },
      { "update_package_name", 3, ("p"):rep(301), nil, done = true, unchecked = true },
      { query = "SELECT length(PackageName) AS n FROM Packages WHERE PackageID = 3", rows = { { n = 300 } } },
    },
  },
  {
    id = "messenger-too-long", rule = "A messenger address of more than 100 characters is a fault",
    source = "SolidCP install_db.sql:2274: a parameter of 200, a column of 100",
    steps = {
      { "update_user", update { InstantMessenger = ("m"):rep(101) }, fault = "would be truncated", unchecked = true },
    },
  },
  {
    id = "administrators-own-tree", rule = "An administrator that is not a peer of the first has its own tree only",
    source = "SolidCP install_db.sql:25061, 24217",
    steps = {
      { as = "admin2", "get_user_by_id", 3, absent = true },
      { as = "admin2", "get_my_packages", 3, fault = NO_ACCOUNT },
      { as = "admin2", "get_user_by_id", 31, gives = { OwnerId = 30 } },
      { as = "adminpeer", "get_user_by_id", 3, gives = { Username = "jdoe" } },
    },
  },
  {
    id = "add-package-rights",
    rule = "AddPackage does not look at the account, but at the space of the plan; the system's "
      .. "spaces are for administrators",
    source = "SolidCP update_db.sql:18308, install_db.sql:24861; WebsitePanel 1.0 install_db.sql:6179",
    steps = {
      { as = "reseller", "add_package", 5, 2, "x", nil, 1, DATE, id = true },
      { as = "reseller", "add_package", 3, 1, "x", nil, 1, DATE, fault = NO_PACKAGE },
      { as = "reseller", "add_package", 3, 999, "x", nil, 1, DATE, fault = NO_PACKAGE },
      { "add_package", 3, 999, "x", nil, 1, DATE, fault = "FK_Packages_HostingPlans" },
      { "add_package", 999, 2, "x", nil, 1, DATE, fault = "FK_Packages_Users" },
    },
  },
  {
    id = "not-written-by-update",
    rule = "UpdateUser writes neither FailedLogins nor MfaMode nor Vlans; an enabled login "
      .. "forgets failed ones",
    source = "SolidCP install_db.sql:23331, UserInfo.cs:353; WebsitePanel 2.1 install_db.sql:35443",
    from = "websitepanel 1.2.2",
    steps = {
      { sql = "UPDATE Users SET FailedLogins = 4, MfaMode = 2 WHERE UserID = 3" },
      { "update_user", update { LoginStatusId = 1, FailedLogins = 9, AdditionalParams = "<a/>" }, done = true },
      { query = "SELECT FailedLogins, MfaMode, LoginStatusId, AdditionalParams, Vlans FROM Users WHERE UserID = 3",
        rows = { { FailedLogins = 4, MfaMode = 2, LoginStatusId = 1, AdditionalParams = "<a/>", Vlans = "[]" } } },
      { "update_user", update { LoginStatusId = 0, FailedLogins = 9 }, done = true },
      { query = "SELECT FailedLogins FROM Users WHERE UserID = 3", rows = { { FailedLogins = 0 } } },
    },
  },
  {
    id = "counted-groups",
    rule = "Traffic and disk space hold only groups that the plan counts, with something in them",
    source = "SolidCP install_db.sql:11778, 11975",
    steps = {
      { sql = "UPDATE HostingPlanResources SET CalculateBandwidth = 0 WHERE PlanID = 2 AND GroupID = 4" },
      { sql = "INSERT INTO PackagesBandwidth VALUES (3, 1, '2011-03-10T00:00:00', 0, 0)" },
      { "get_package_bandwidth", 3, "2011-03-01T00:00:00", "2011-03-31T00:00:00", count = 1 },
      { sql = "UPDATE HostingPlanResources SET CalculateDiskSpace = 0" },
      { "get_package_diskspace", 3, count = 0 },
      { "get_package_bandwidth", 3, "0001-01-01T00:00:00", "2011-03-31T00:00:00", fault = "SqlDateTime overflow" },
    },
  },
  {
    id = "filter-without-column-ignored", rule = "A filter's value without a column is not looked at",
    source = "WebsitePanel 1.0 install_db.sql:37446", to = "websitepanel 1.2.2",
    steps = { { "get_users_paged", 2, nil, "jd%", 0, 0, "U.UserID", 0, 100, count = 2 } },
  },
  {
    id = "filter-without-column-searches", rule = "A filter's value without a column searches names and e-mail",
    source = "WebsitePanel 2.1 update_db.sql:11875; SolidCP update_db.sql:10020", from = "websitepanel 2.1",
    steps = { { "get_users_paged", 2, nil, "jd%", 0, 0, "U.UserID", 0, 100, count = 1 } },
  },
  {
    id = "fewer-columns", rule = "Rows of users have no login columns",
    source = "WebsitePanel 1.0 install_db.sql:36828, 37453", to = "websitepanel 1.2.0",
    steps = { { "get_raw_users", 2, false, columns = { LoginStatusId = false, UserID = true } } },
  },
  {
    id = "login-columns", rule = "Rows of users have SubscriberNumber, LoginStatusId and FailedLogins",
    source = "WebsitePanel 2.1 install_db.sql:30970, update_db.sql:11890; SolidCP install_db.sql:18649",
    from = "websitepanel 1.2.2",
    steps = {
      { "get_raw_users", 2, false, columns = { LoginStatusId = true, SubscriberNumber = true } },
      { "get_users_paged", 2, nil, nil, 0, 0, "", 0, 9, columns = { FailedLogins = true } },
    },
  },
  {
    id = "plans-of-others", rule = "GetHostingPlan looks at nobody's rights", source = "SolidCP install_db.sql:9352",
    steps = {
      { as = "jdoe", "get_hosting_plan", 1, gives = { PlanId = 1, PlanName = "Reseller" } },
      { as = "jdoe", "get_hosting_plan", 999, absent = true },
    },
  },
  {
    id = "settings-absent", rule = "Settings that nobody has come without an array",
    source = "WebsitePanel 1.0 UserSettings.cs:64, 94; SolidCP UserController.cs:980",
    steps = {
      { "get_user_settings", 3, "Nothing", gives = { UserId = 3, SettingsArray = false } },
      { "get_user_settings", 3, "accountsummaryletter ", gives = { UserId = 1 } },
    },
  },
  {
    id = "authentication", rule = "Checked in the order name, login, password, one-time password, state, second factor",
    source = "SolidCP UserController.cs:58 to 160; WebsitePanel 2.1 UserController.cs:52",
    steps = {
      { "authenticate_user", "nobody", "x", "", refused = -109 },
      { "authenticate_user", "jdoe", "x", "", refused = -110 },
      { "authenticate_user", "cancelled", "cancelled", "", refused = -105 },
      { "authenticate_user", "pending", "pending", "", refused = -103 },
      { "authenticate_user", "suspended", "suspended", "", done = true },
    },
  },
  {
    id = "login-status", rule = "A disabled or locked login is refused before the password is looked at",
    source = "WebsitePanel 2.1 UserController.cs:73; SolidCP UserController.cs:79", from = "websitepanel 1.2.2",
    steps = {
      { sql = "UPDATE Users SET LoginStatusId = 1 WHERE UserID = 3" },
      { "authenticate_user", "jdoe", "wrong", "", refused = -114 },
      { sql = "UPDATE Users SET LoginStatusId = 2 WHERE UserID = 3" },
      { "authenticate_user", "jdoe", "secret", "", refused = -115 },
    },
  },
  {
    id = "one-time-password", rule = "A one-time password is good once: 100, then -116",
    source = "WebsitePanel 2.1 UserController.cs:106; SolidCP UserController.cs:112", from = "websitepanel 2.1",
    steps = {
      { sql = "UPDATE Users SET OneTimePasswordState = 1, MfaMode = 1 WHERE UserID = 3" },
      { "authenticate_user", "jdoe", "secret", "", code = 100 },
      { query = "SELECT OneTimePasswordState FROM Users WHERE UserID = 3", rows = { { OneTimePasswordState = 2 } } },
      { query = "SELECT LetterID FROM Letters", rows = {} },
      { "authenticate_user", "jdoe", "secret", "", refused = -116 },
    },
  },
  {
    id = "second-factor", rule = "With a second factor the answer is 101, and mode 1 mails a code each time",
    source = "SolidCP UserController.cs:150", from = "solidcp",
    steps = {
      { sql = "UPDATE Users SET MfaMode = 1 WHERE UserID = 3" },
      { "authenticate_user", "jdoe", "secret", "", code = 101 },
      { query = "SELECT count(*) AS n FROM Letters", rows = { { n = 1 } } },
      { "authenticate_user", "jdoe", "wrong", "", refused = -110 },
    },
  },
  {
    id = "delete-user-crash", rule = "DeleteUser of who is not there says 0 and ends the panel's process",
    source = "SolidCP UserController.cs:823, UserAsyncWorker.cs:103",
    steps = {
      { as = "jdoe", "delete_user", 9, done = true },
      { "delete_user", 999, done = true },
      { query = "SELECT UserID FROM WorkerCrashes", rows = { { UserID = 9 }, { UserID = 999 } } },
      { "user_exists", "unicode", gives = true },
    },
  },
  {
    id = "raised-and-done", rule = "Changes of spaces without rights are a fault, and are done all the same",
    source = "SolidCP install_db.sql:22367, 1530, 5254, 21909, 23507, update_db.sql:6671: no RETURN after RAISERROR",
    steps = {
      { as = "reseller", "update_package_name", 40, "renamed", nil, fault = NO_PACKAGE },
      { as = "reseller", "update_package", package { PackageId = 40, PackageName = "renamed", StatusId = 2 },
        fault = NO_PACKAGE },
      { as = "reseller", "add_package_addon", { PackageId = 40, PlanId = 4, Quantity = 7, StatusId = 1,
        PurchaseDate = DATE }, fault = NO_PACKAGE },
      { as = "reseller", "delete_package_addon", 2, fault = NO_PACKAGE },
      { as = "jdoe", "update_user_settings", { UserId = 9, SettingsName = "x", SettingsArray = { { "a", "b" } } },
        fault = NO_ACCOUNT },
      { query = "SELECT PackageName, StatusID FROM Packages WHERE PackageID = 40",
        rows = { { PackageName = "renamed", StatusID = 2 } } },
      { query = "SELECT Quantity FROM PackageAddons WHERE PackageID = 40 ORDER BY 1", rows = { { Quantity = 7 } } },
      { query = "SELECT PropertyValue FROM UserSettings WHERE UserID = 9", rows = { { PropertyValue = "b" } } },
    },
  },
  {
    id = "spaces-of-nobody", rule = "A space that does not exist passes the check of rights, and has the quotas of the "
      .. "first one",
    source = "SolidCP install_db.sql:24882, 25826",
    steps = {
      { as = "jdoe", "get_package_quotas", 999, count = 6 },
      { as = "jdoe", "get_package_quota", 999, "Web.Sites", gives = { QuotaAllocatedValue = -1 } },
      { as = "jdoe", "get_package_addons", 999, count = 0 },
      { as = "jdoe", "get_package", 999, absent = true },
      { as = "jdoe", "get_package_context", 999, absent = true },
      { as = "jdoe", "get_package_context", 2, fault = NO_PACKAGE },
      { as = "jdoe", "update_package_name", 999, "x", nil, done = true },
      { "change_package_status", 999, "Active", refused = -1 },
      { "delete_package", 999, refused = -300 },
      { "update_package", package { PackageId = 999 }, refused = -300 },
      { "add_package_addon", { PackageId = 999, PlanId = 4, Quantity = 1, StatusId = 1, PurchaseDate = DATE },
        fault = "FK_PackageAddons_Packages" },
    },
  },
  {
    id = "creating-users", rule = "AddUser: bad names, then taken ones, then owners; only administrators make others",
    source = "SolidCP UserController.cs:599 to 613, install_db.sql:2308, 24089",
    steps = {
      { "add_user", user { Username = 'a"b', OwnerId = 999 }, false, refused = -111 },
      { "add_user", user { Username = "jdoe", OwnerId = 999 }, false, refused = -100 },
      { "add_user", user { OwnerId = 999 }, false, refused = -2 },
      { as = "reseller", "add_user", user { OwnerId = 1 }, false, refused = -2 },
      { as = "reseller", "add_user", user { RoleId = 1 }, false, id = true },
      { query = "SELECT RoleID FROM Users WHERE Username = 'anna'", rows = { { RoleID = 3 } } },
    },
  },
  {
    id = "unknown-user-update", rule = "UpdateUser of an unknown user is a fault",
    source = "SolidCP UserController.cs:743; WebsitePanel 1.0 UserController.cs:455",
    steps = {
      { "update_user", update { UserId = 999 }, fault = NULL_REFERENCE },
      { "update_user", update { UserId = 2 }, refused = -102 },
    },
  },
  {
    id = "peers-and-owners", rule = "A peer acts as its owner, but changes neither it nor other peers",
    source = "SolidCP install_db.sql:24725; WebsitePanel 1.0 UserController.cs:440",
    steps = {
      { as = "peer", "get_my_packages", 3, keys = "3" },
      { as = "peer", "update_user", update { UserId = 2, RoleId = 2, FirstName = "x" }, done = true },
      { query = "SELECT FirstName FROM Users WHERE UserID = 2", rows = { { FirstName = "Rita" } } },
      { as = "peer", "update_user", update { FirstName = "x" }, done = true },
      { query = "SELECT FirstName FROM Users WHERE UserID = 3", rows = { { FirstName = "x" } } },
      { "delete_user", 2, refused = -102 },
      { "delete_user", 3, done = true },
      { "delete_user", 9, done = true },
      { "delete_user", 2, done = true }, -- with its peer
      { "user_exists", "peer", gives = false },
    },
  },

  -- ---- what no source says ----
  {
    id = "dotnetpanel", rule = "DotNetPanel behaves like WebsitePanel 1.0", guess = "DotNetPanel, whose source is not "
      .. "public, behaves like WebsitePanel 1.0.",
    to = "dotnetpanel", steps = { { "get_packages", 2, keys = "3 42" } },
  },
  {
    id = "order-of-lists", rule = "Lists come by id", guess = "Lists for which a panel names no order come by id.",
    steps = { { "get_users", 1, true, keys = "2 3 5 6 7 8 9 30 31" } },
  },
  {
    id = "background",
    rule = "Deleting is done when the answer comes", guess = "Deleting is done when the response comes, "
      .. "unless `delete_delay` says otherwise; a panel takes as long as its servers need.",
    steps = { { "delete_package", 42, done = true }, { "get_package", 42, absent = true } },
  },
  {
    id = "resources",
    rule = "Resources are counted, not made", guess = "Of resources that come with a space, only "
      .. "names and numbers are kept; what servers would refuse is accepted.",
    steps = {
      { "add_package_with_resources", 3, 2, "S", 1, false, true, "new.example.com", false, true, true, "ftp", true,
        id = 43 },
      { query = "SELECT DomainName FROM Domains", rows = { { DomainName = "new.example.com" } } },
      { query = "SELECT AccountName FROM FtpAccounts", rows = { { AccountName = "ftp" } } },
      { "get_package_quota", 43, "Web.Sites", gives = { QuotaUsedValue = 1 } },
    },
  },
  {
    id = "used-quotas", rule = "What is used of a quota is what was given away and what was seeded",
    guess = "What is used of a quota is what `usage` of a seed says, disk space, and what nested spaces were given.",
    steps = { { "get_package_quota", 2, "Web.Sites", gives = { QuotaUsedValue = 2 } } },
  },
}
