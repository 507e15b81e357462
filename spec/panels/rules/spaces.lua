-- Spaces and add-ons: what writes them, what lists have of them. See spec/panels/rules.lua.
local given = require "spec.panels.rules.given"

local NULL_REFERENCE, NO_ACCOUNT, NO_PACKAGE = given.NULL_REFERENCE, given.NO_ACCOUNT, given.NO_PACKAGE
local DATE, package, wizard = given.DATE, given.package, given.wizard

return {
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
    id = "lists-of-spaces", rule = "Lists of spaces hold neither comments nor OverrideQuotas",
    source = "SolidCP update_db.sql:6524, 6576; WebsitePanel 1.0 install_db.sql:28285, 30569",
    steps = {
      { sql = "UPDATE Packages SET PackageComments = 'c', OverrideQuotas = 1" },
      { "get_my_packages", 3, gives = { { PackageId = 3, PackageComments = false, OverrideQuotas = false } } },
      { "get_package", 3, gives = { PackageComments = "c", OverrideQuotas = true } },
    },
  },
  {
    id = "get-packages-below", rule = "GetPackages returns the spaces of the accounts below one",
    source = "WebsitePanel 1.0 install_db.sql:30569", to = "websitepanel 1.2.0",
    steps = {
      { "get_packages", 2, keys = "3 42" },
      { "get_packages", 3, keys = "" },
      { as = "jdoe", "get_packages", 9, fault = NO_ACCOUNT },
      { "get_packages", 999, fault = NO_ACCOUNT },
    },
  },
  {
    id = "get-packages-own", rule = "GetPackages returns an account's own spaces and checks nothing",
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
    id = "all-plans-available", rule = "Available plans are all of the owner's, for sale or not",
    source = "SolidCP install_db.sql:18064, 17952; WebsitePanel 1.0 install_db.sql:35914",
    steps = {
      { sql = "UPDATE HostingPlans SET Available = 0 WHERE PlanID IN (3, 5)" },
      { "get_user_available_hosting_plans", 3, count = 2 },
      { "get_user_available_hosting_addons", 3, count = 2 },
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
    id = "plans-of-others", rule = "GetHostingPlan looks at nobody's rights", source = "SolidCP install_db.sql:9352",
    steps = {
      { as = "jdoe", "get_hosting_plan", 1, gives = { PlanId = 1, PlanName = "Reseller" } },
      { as = "jdoe", "get_hosting_plan", 999, absent = true },
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
}
