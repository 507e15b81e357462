-- Quotas, and what counts for them. See spec/panels/rules.lua.
local given = require "spec.panels.rules.given"

local NULL_REFERENCE, DATE, package = given.NULL_REFERENCE, given.DATE, given.package

return {
  {
    id = "allotment-is-the-least", rule = "A space has no more of a quota than any space it is in",
    source = "SolidCP install_db.sql:25787",
    steps = {
      { sql = "UPDATE HostingPlanQuotas SET QuotaValue = 3 WHERE PlanID = 1 AND QuotaID = 21" },
      { "get_package_quota", 3, "Mail.Accounts", gives = { QuotaAllocatedValue = 3 } },
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
    id = "unknown-quota", rule = "GetPackageQuota of an unknown name is a fault",
    source = "SolidCP PackageController.cs:1961",
    steps = {
      { "get_package_quota", 3, "No.Such", fault = NULL_REFERENCE },
      { "get_package_quota", 3, "WEB.SITES ", gives = { QuotaAllocatedValue = 1 } },
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
}
