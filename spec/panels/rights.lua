--- Who may do what with whose accounts and spaces: actor by operation by relation. SolidCP install_db.sql: 25061
-- CheckActorUserRights, 24217 CanGetUserDetails, 24725 CanUpdateUserDetails, 24861 CheckActorPackageRights; the same
-- from WebsitePanel 1.0 on. The line of each operation is in its script.

local rights = {}

--- Ids by what they are to the actor; `master` is the account that a peer acts as, `owner` is whose the actor is.
rights.actors = {
  { name = "serveradmin", users = { own = 1, below = 3 }, spaces = { own = 1, below = 3 }, role = 1 },
  { name = "admin2", users = { own = 30, below = 31, owner = 1, foreign = 2 }, spaces = { foreign = 3 }, role = 1 },
  { name = "reseller", users = { own = 2, below = 3, owner = 1, foreign = 5 },
    spaces = { own = 2, below = 3, owner = 1, foreign = 40 }, role = 2 },
  { name = "peer", users = { own = 32, below = 3, master = 2, owner = 1, foreign = 5 },
    spaces = { master = 2, below = 3, owner = 1, foreign = 40 }, role = 2 },
  { name = "jdoe", users = { own = 3, owner = 2, foreign = 9 }, spaces = { own = 3, owner = 2, foreign = 42 },
    role = 3 },
}
for _, actor in ipairs(rights.actors) do
  actor.users.missing, actor.spaces.missing = 999, 999
end

local FROM, TO = "2011-01-01T00:00:00", "2011-12-31T00:00:00"

-- What comes of it: "given"; "empty", no rows; "absent"; "denied", a fault that says so; "null", another fault;
-- "changed", "ignored" (0, and nothing is done), "raised" (a fault that says so, and it is done); or a code.
local function row(outcomes, method, ...)
  outcomes[1], outcomes.n = method, select("#", ...)
  for index = 1, outcomes.n do
    outcomes[index + 1] = (select(index, ...))
  end
  return outcomes
end

local function reaches(method, ...)
  return row({ of = "users", own = "given", below = "given", master = "given",
    owner = "denied", foreign = "denied", missing = "denied"
  }, method, ...)
end

local function lists(method, ...)
  return row({ of = "users", own = "given", below = "given", master = "given",
    owner = "given", foreign = "empty", missing = "empty"
  }, method, ...)
end

local function looks(method, ...)
  return row({ of = "spaces", own = "given", below = "given", master = "given",
    owner = "denied", foreign = "denied", missing = "given"
  }, method, ...)
end

-- An add-on in the space, so that each space has one: its id.
local function addon_in(space)
  return 1000 + space
end

local ADDONS = "INSERT INTO PackageAddons (PackageAddonID, PackageID, PlanID, Quantity, PurchaseDate, StatusID) "
  .. "SELECT 1000 + PackageID, PackageID, 4, 1, '2011-01-01T00:00:00', 1 FROM Packages"

-- Before WebsitePanel 2.1.0.1 nothing read the add-on first. SolidCP PackageController.cs:1318, install_db.sql:5242.
local function deletes_addon(differing)
  local addon = { of = "spaces", own = "changed", below = "changed", master = "changed", owner = "raised",
    foreign = "raised", resellers = true, sql = ADDONS,
    sees = "SELECT 1 WHERE ?1 <> 999 AND NOT EXISTS (SELECT 1 FROM PackageAddons WHERE PackageAddonID = 1000 + ?1)",
    arguments = function(id)
      return { addon_in(id) }
    end }
  for name, value in pairs(differing) do
    addon[name] = value
  end
  return row(addon, "delete_package_addon")
end

--- A row: the method, its arguments after the id (or `arguments`, all of them), and what comes of it for each relation.
--- `sql` goes before it. `from` and `to` name panels that it holds in; what an actor's name holds is for that actor.
rights.operations = {
  reaches "get_my_packages",
  reaches("get_user_settings", "AccountSummaryLetter"),
  reaches "get_user_parents",
  reaches "get_hosting_plans",
  reaches "get_hosting_addons",
  reaches "get_user_available_hosting_plans",
  reaches "get_user_available_hosting_addons",
  lists("get_users", true),
  lists("get_raw_users", true),
  lists "get_user_peers",
  { "get_user_by_id", of = "users", own = "given", below = "given", master = "given", owner = "given",
    foreign = "absent", missing = "absent" },
  { "get_users_paged", n = 7, "", "", 0, 0, "", 0, 99, of = "users", own = "given", below = "given", master = "given",
    owner = "empty", foreign = "empty", missing = "empty" },
  { "get_users_paged_recursive", n = 7, "", "", 0, 0, "", 0, 99, of = "users", own = "given", below = "given",
    master = "given", owner = "empty", foreign = "empty", missing = "empty" },
  -- The reports look at the space that they are asked for, and at nothing where that is -1.
  { "get_packages_bandwidth_paged", of = "users", own = "given", below = "given", master = "given", owner = "given",
    foreign = "given", missing = "given", arguments = function(id)
      return { id, -1, FROM, TO, "", 0, 99 }
    end },
  { "get_packages_diskspace_paged", of = "users", own = "given", below = "given", master = "given", owner = "given",
    foreign = "given", missing = "given", arguments = function(id)
      return { id, -1, "", 0, 99 }
    end },
  { "send_account_summary_letter", n = 1, "a@example.com", of = "users", own = "given", below = "given",
    master = "given", owner = "denied", foreign = -101, missing = -101 },
  { "get_packages_paged", n = 5, "", "", "", 0, 99, of = "users", own = "given", below = "given", master = "given",
    owner = "empty", foreign = "empty", missing = "empty" },
  { "change_user_password", n = 1, "changed", of = "users", own = "changed", below = "changed", master = "ignored",
    owner = "ignored", foreign = "ignored", missing = "null",
    sees = "SELECT 1 FROM Users WHERE UserID = ? AND Password = 'changed'" },
  { "update_user", of = "users", own = "changed", below = "changed", master = "ignored", owner = "ignored",
    foreign = "null", missing = "null", sees = "SELECT 1 FROM Users WHERE UserID = ? AND FirstName = 'changed'",
    record = function(id)
      return { UserId = id, RoleId = 2, StatusId = 1, IsDemo = false, IsPeer = false, FirstName = "changed" }
    end },
  { "update_user_settings", of = "users", own = "changed", below = "changed", master = "changed", owner = "raised",
    foreign = "raised", missing = "null", sees = "SELECT 1 FROM UserSettings WHERE UserID = ? AND SettingsName = 'x'",
    record = function(id)
      return { UserId = id, SettingsName = "x", SettingsArray = { { "a", "b" } } }
    end },
  -- Who has accounts below is refused, also one's own owner; of whom the caller does not know, 0 is said and nothing is
  -- done. SolidCP UserController.cs:823.
  { "delete_user", of = "users", own = -102, below = "changed", master = -102, owner = -102, foreign = "ignored",
    missing = "ignored", sees = "SELECT 1 WHERE ?1 <> 999 AND NOT EXISTS (SELECT 1 FROM Users WHERE UserID = ?1)",
    peer = { own = "changed" }, jdoe = { own = "changed" } },
  -- WebsitePanel 1.0 UserController.cs:632, install_db.sql:28293; 1.2.2.127 UserController.cs:711.
  { "change_user_status", n = 1, "Cancelled", of = "users", to = "websitepanel 1.2.2", own = "changed",
    below = "changed", master = "ignored", owner = "denied", foreign = "denied", missing = "null",
    sees = "SELECT 1 FROM Users WHERE UserID = ? AND StatusID = 3" },
  -- The account keeps its state, and its first space that has a server is changed all the same; who is not a reseller
  -- changes none. WebsitePanel 2.1 UserController.cs:693, update_db.sql:7914; SolidCP UserController.cs:895.
  { "change_user_status", n = 1, "Cancelled", of = "users", from = "websitepanel 2.1", own = "changed",
    below = "changed", master = "ignored", owner = "ignored", foreign = "denied", missing = "null",
    sees = "SELECT 1 FROM Users WHERE UserID = ? AND StatusID = 3", jdoe = { foreign = "ignored" } },

  { "get_package", of = "spaces", own = "given", below = "given", master = "given", owner = "given", foreign = "given",
    missing = "absent" },
  { "get_package_context", of = "spaces", own = "given", below = "given", master = "given", owner = "denied",
    foreign = "denied", missing = "absent" },
  looks "get_package_quotas",
  looks("get_package_quota", "Web.Sites"),
  looks("get_package_bandwidth", FROM, TO),
  looks "get_package_diskspace",
  looks "get_package_addons",
  { "get_packages_bandwidth_paged", of = "spaces", own = "given", below = "given", master = "given", owner = "denied",
    foreign = "denied", missing = "given", arguments = function(id)
      return { 1, id, FROM, TO, "", 0, 99 }
    end },
  { "get_packages_diskspace_paged", of = "spaces", own = "given", below = "given", master = "given", owner = "denied",
    foreign = "denied", missing = "given", arguments = function(id)
      return { 1, id, "", 0, 99 }
    end },
  { "send_package_summary_letter", n = 1, "a@example.com", of = "spaces", own = "given", below = "given",
    master = "given", owner = "denied", foreign = -101, missing = -300 },
  { "get_package_addon", of = "spaces", own = "given", below = "given", master = "given", owner = "given",
    foreign = "given", missing = "absent", sql = ADDONS, arguments = function(id)
      return { addon_in(id) }
    end },
  { "update_package_addon", of = "spaces", own = "changed", below = "changed", master = "changed", owner = "raised",
    foreign = "raised", missing = "ignored", resellers = true, sql = ADDONS,
    sees = "SELECT 1 FROM PackageAddons WHERE PackageID = ? AND Comments = 'changed'",
    record = function(id)
      return { PackageAddonId = addon_in(id), PackageId = id, PlanId = 4, Quantity = 1, StatusId = 1,
        PurchaseDate = FROM, Comments = "changed" }
    end },
  { "update_package_name", n = 1, "changed", of = "spaces", own = "changed", below = "changed", master = "changed",
    owner = "raised", foreign = "raised", missing = "ignored",
    sees = "SELECT 1 FROM Packages WHERE PackageID = ? AND PackageName = 'changed'" },
  { "change_package_status", n = 1, "Cancelled", of = "spaces", own = "changed", below = "changed", master = "changed",
    owner = "denied", foreign = "denied", missing = -1, resellers = true,
    sees = "SELECT 1 FROM Packages WHERE PackageID = ? AND StatusID = 3" },
  -- A space with others below it is refused. SolidCP PackageController.cs:929, install_db.sql:12280.
  { "delete_package", of = "spaces", own = -301, below = "changed", master = -301, owner = "denied", foreign = "denied",
    missing = -300, resellers = true, sees = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM Packages WHERE PackageID = ?)" },
  deletes_addon { to = "websitepanel 1.2.2", missing = "ignored" },
  deletes_addon { from = "websitepanel 2.1", missing = "null" },
  { "update_package", of = "spaces", own = "changed", below = "changed", master = "changed", owner = "raised",
    foreign = "raised", missing = -300, resellers = true,
    sees = "SELECT 1 FROM Packages WHERE PackageID = ? AND PackageName = 'changed'",
    record = function(id)
      return { PackageId = id, StatusId = 1, PlanId = id == 3 and 2 or 1, PurchaseDate = FROM, PackageName = "changed" }
    end },
}

return rights
