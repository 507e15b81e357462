--- An example for each method of a session, for the reference. They use the sample accounts of the sandbox;
--- spec/docs/docs_spec.lua runs all of them in every dialect.
--
-- `args`: the arguments as written in Lua; `show`: what is printed of `result`; `before`: what comes first.
return {
  add_user = {
    args = [[{
  OwnerId = 2, RoleId = dnp.UserRole.User, StatusId = dnp.UserStatus.Active, IsDemo = false, IsPeer = false,
  Username = "jane", Password = "s3cret", FirstName = "Jane", LastName = "Doe", Email = "jane@example.com",
}, false]], show = "result" },
  add_user_literal = {
    args = [[

  2, "User", "Active", false, false, "jane", "s3cret", "Jane", "Doe", "jane@example.com", nil,
  nil, nil, nil, nil, nil, nil, nil, nil, nil, true, nil, false, false]], show = "result" },
  user_exists = { args = '"jdoe"', show = "result" },
  get_user_by_id = { args = "3", show = "result.Username, result.Email" },
  get_user_by_username = { args = '"jdoe"', show = "result.UserId, result.Status" },
  get_users = { args = "2, false", show = "#result, result[1].Username" },
  get_raw_users = { args = "2, false", show = "result[1].name, result[1][1].Username" },
  get_users_paged = { args = '2, nil, nil, 0, 0, "Username", 0, 10', show = "result[2][1].Username" },
  get_users_paged_recursive = { args = '1, "Email", "jdoe@%", 0, 0, nil, 0, 10', show = "result[2][1].Username" },
  get_user_peers = { args = "1", show = "result[1].Username" },
  get_user_parents = { args = "3", show = "#result, result[1].Username" },
  update_user = {
    before = "local user = assert(panel:get_user_by_id(3))\nuser.City = \"Bonn\"", args = "user", show = "result" },
  update_user_literal = {
    args = [[

  3, "User", "Active", false, false, "John", "Doe", "jdoe@example.com", nil,
  nil, "Bonn", nil, nil, nil, nil, nil, nil, nil, true, nil, false]], show = "result" },
  delete_user = { args = "9", show = "result" },
  change_user_password = { args = '3, "n3w s3cret"', show = "result" },
  change_user_status = { args = '3, "Suspended"', show = "result" },
  get_user_settings = { args = '2, "AccountSummaryLetter"', show = "result.SettingsName" },
  update_user_settings = {
    args = '{ UserId = 3, SettingsName = "Billing", SettingsArray = { { "Group", "retail" } } }', show = "result" },
  authenticate_user = { args = '"jdoe", "secret", "192.0.2.1"', show = "result" },
  get_user_by_username_password = { args = '"jdoe", "secret"', show = "result.UserId" },
  change_user_password_by_username = { args = '"jdoe", "secret", "n3w s3cret"', show = "result" },
  add_package = { args = '3, 2, "www", nil, "Active", os.time()', show = "result" },
  add_package_with_resources = {
    args = '3, 2, "www", "Active", false, true, "example.com", false, true, false, nil, false', show = "result" },
  create_user_wizard = {
    args = [[

  2, "jane", "s3cret", "User", "Jane", "Doe", "jane@example.com", nil, true, false,
  true, 2, false, "example.com", false, true, false, nil, false]], show = "result" },
  update_package = {
    before = "local space = assert(panel:get_package(3))\nspace.PackageComments = \"moved\"", args = "space",
    show = "result" },
  update_package_literal = { args = '3, "Active", 2, os.time(), "www"', show = "result" },
  update_package_name = { args = '3, "www", "moved"', show = "result" },
  delete_package = { args = "3", show = "result" },
  change_package_status = { args = '3, "Suspended"', show = "result" },
  get_package = { args = "3", show = "result.PackageName, result.PlanId" },
  get_packages = { args = "3", show = "#result" },
  get_my_packages = { args = "3", show = "result[1].PackageName" },
  get_packages_paged = { args = '2, nil, nil, "PackageName", 0, 10', show = "result[2][1].PackageName" },
  get_package_context = { args = "3", show = "result.Package.PackageName, result.QuotasArray[1].QuotaName" },
  get_package_quotas = { args = "3", show = "result[2][1].QuotaName" },
  get_package_quota = { args = '3, "Web.Sites"', show = "result.QuotaAllocatedValue, result.QuotaUsedValue" },
  get_package_bandwidth = {
    args = '3, "2011-03-01", "2011-03-31"', show = "result[1][1].GroupName, result[1][1].MegaBytesTotal" },
  get_package_diskspace = { args = "3", show = "result[1][1].GroupName, result[1][1].Diskspace" },
  get_packages_bandwidth_paged = {
    args = '2, -1, "2011-03-01", "2011-03-31", nil, 0, 10', show = "result[2][1].PackageName" },
  get_packages_diskspace_paged = { args = "2, -1, nil, 0, 10", show = "result[2][1].PackageName" },
  add_package_addon = {
    args = [[{
  PackageId = 3, PlanId = 4, Quantity = 1, StatusId = dnp.PackageStatus.Active, PurchaseDate = os.time(),
}]], show = "result" },
  add_package_addon_by_id = { args = "3, 4, 1", show = "result" },
  update_package_addon = {
    before = "local addon = assert(panel:get_package_addon(1))\naddon.Quantity = 3", args = "addon", show = "result" },
  delete_package_addon = { args = "1", show = "result" },
  get_package_addon = { args = "1", show = "result.PlanId, result.Quantity" },
  get_package_addons = { args = "3", show = "result[1][1].PlanName, result[1][1].Quantity" },
  get_hosting_plan = { args = "2", show = "result.PlanName" },
  get_hosting_plans = { args = "2", show = "result[1][1].PlanName" },
  get_hosting_addons = { args = "2", show = "result[1][1].PlanName" },
  get_user_available_hosting_plans = { args = "3", show = "result[1].PlanName" },
  get_user_available_hosting_addons = { args = "3", show = "result[1].PlanName" },
  send_account_summary_letter = { args = '3, "jdoe@example.com"', show = "result" },
  send_package_summary_letter = { args = '3, "jdoe@example.com"', show = "result" },
}
