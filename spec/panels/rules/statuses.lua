-- What a change of status falls on. See spec/panels/rules.lua.
local given = require "spec.panels.rules.given"

local NULL_REFERENCE, NO_ACCOUNT, NO_PACKAGE = given.NULL_REFERENCE, given.NO_ACCOUNT, given.NO_PACKAGE

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
    id = "status-overridden", rule = "A space with own quotas that do not fit keeps its state, and the result is 0",
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
}
