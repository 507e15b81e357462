-- Accounts: who may change them, and what their fields and lists hold. See spec/panels/rules.lua.
local given = require "spec.panels.rules.given"

local NULL_REFERENCE, NO_ACCOUNT, DATE = given.NULL_REFERENCE, given.NO_ACCOUNT, given.DATE
local user, update = given.user, given.update

return {
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
    id = "empty-letters", rule = "A letter without a text is not sent, and the result is 0",
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
    id = "settings-absent", rule = "Settings that nobody has come without an array",
    source = "WebsitePanel 1.0 UserSettings.cs:64, 94; SolidCP UserController.cs:980",
    steps = {
      { "get_user_settings", 3, "Nothing", gives = { UserId = 3, SettingsArray = false } },
      { "get_user_settings", 3, "accountsummaryletter ", gives = { UserId = 1 } },
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
}
