-- The workflows that change something, as specs try them in every way in which a panel can fail: each with what makes
-- the panel ready for it, and what each of its steps does.
local provisioning = require "dnp.provisioning"

-- What each step of the healthy run does, asked from the database: no row, or one when it is done. A second row would
-- be something made twice.
local USER = "SELECT 1 FROM Users WHERE Username = 'mary'"
local function space(name, more)
  return ("SELECT 1 FROM Packages AS P JOIN Users AS U ON U.UserID = P.UserID WHERE U.Username IN ('mary', 'jdoe') "
    .. "AND PackageName = '%s'%s"):format(name, more or "")
end
local function addon(plan, more)
  return ("SELECT 1 FROM PackageAddons WHERE PackageID > 2 AND PlanID = %d%s"):format(plan, more or "")
end
local function no(sql)
  return "SELECT 1 WHERE NOT EXISTS (" .. sql .. ")"
end
local JDOE = "SELECT 1 FROM Users WHERE Username = 'jdoe'"
local REMEMBERED = "SELECT 1 FROM UserSettings WHERE SettingsName = 'lua-dnp suspension' AND PropertyName = 'State'"

local MARY = {
  user = {
    Username = "mary", Password = "s3cret", OwnerId = 2, FirstName = "Mary", LastName = "Moe",
    Email = "mary@example.com",
  },
  spaces = {
    { name = "www", plan = "Shared Small", addons = { { plan = "Extra Mailboxes", quantity = 2 } } },
    { name = "shop", plan = 20 },
  },
}

-- jdoe has one space, number 3, on plan 2 with two of add-on 4.
local function two_spaces(host)
  host.server:seed {
    packages = {
      { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "blog", StatusID = 2 },
    },
  }
end

local function suspended(host)
  two_spaces(host)
  local panel = host:session()
  assert(provisioning.suspend(panel, "jdoe"))
  panel:close()
end

local function grandchild(host)
  host.server:seed {
    users = { { UserID = 40, OwnerID = 3, Username = "kid", Password = "x", FirstName = "K", LastName = "D" } },
  }
end

local WORKFLOWS = {
  {
    name = "create_account",
    run = function(panel, options)
      return provisioning.create_account(panel, MARY, options)
    end,
    effects = { USER, space "www", addon(4, " AND PackageID > 3"), space "shop" },
  },
  {
    name = "ensure_account",
    run = function(panel, options)
      return provisioning.ensure_account(panel, {
        user = { Username = "JDoe", City = "Bonn", Comments = "changed" },
        spaces = {
          { id = 3, plan = "Shared Medium", comments = "bigger", addons = { { plan = "More Disk" } } },
          { name = "shop", plan = 2, status = "Suspended" },
        },
        spaces_complete = true,
      }, options)
    end,
    prepare = two_spaces,
    effects = {
      addon(21), space("shop", " AND P.StatusID = 2"), JDOE .. " AND City = 'Bonn' AND Comments = 'changed'",
      space("John''s <space>", " AND PlanID = 20 AND PackageComments = 'bigger'"), no(addon(4)), no(space "blog"),
    },
  },
  {
    name = "suspend",
    run = function(panel, options)
      return provisioning.suspend(panel, "jdoe", options)
    end,
    prepare = two_spaces,
    effects = { REMEMBERED, JDOE .. " AND StatusID = 2" },
  },
  {
    name = "unsuspend",
    run = function(panel, options)
      return provisioning.unsuspend(panel, "jdoe", options)
    end,
    prepare = suspended,
    -- By action: that the blog is to be suspended again is seen only when it is awake. It sleeps before and after.
    effects = {
      remember = no(REMEMBERED .. " AND PropertyValue = 'suspended'"),
      change_user_status = JDOE .. " AND StatusID = 1",
      forget = no(REMEMBERED),
    },
    unforeseen = 1,
    finally = space("blog", " AND P.StatusID = 2"),
  },
  {
    name = "terminate",
    run = function(panel, options)
      return provisioning.terminate(panel, "jdoe", options)
    end,
    effects = { no(JDOE) },
    no_way_back = true,
  },
  {
    name = "terminate with children",
    run = function(panel, options)
      local all = { children = true }
      for name, value in pairs(options) do
        all[name] = value
      end
      return provisioning.terminate(panel, "jdoe", all)
    end,
    prepare = grandchild,
    effects = { no "SELECT 1 FROM Users WHERE Username = 'kid'", no(JDOE) },
    no_way_back = true,
  },
  {
    name = "change_password",
    run = function(panel, options)
      return provisioning.change_password(panel, "jdoe", "n3w", options)
    end,
    effects = { JDOE .. " AND Password = 'n3w'" },
  },
  {
    name = "edit_user",
    run = function(panel, options)
      return provisioning.edit_user(panel, "jdoe", { City = "Ulm", Role = "Reseller", HtmlMail = true }, options)
    end,
    effects = { JDOE .. " AND City = 'Ulm' AND RoleID = 2 AND HtmlMail" },
  },
  {
    name = "change_plan",
    run = function(panel, options)
      local all = { addons = { { plan = 4, quantity = 1 }, { plan = 21, quantity = 2 } } }
      for name, value in pairs(options) do
        all[name] = value
      end
      return provisioning.change_plan(panel, "jdoe", "Shared Medium", all)
    end,
    effects = { addon(21, " AND Quantity = 2"), space("John''s <space>", " AND PlanID = 20"),
      addon(4, " AND Quantity = 1") },
  },
  {
    name = "set_addons",
    run = function(panel, options)
      return provisioning.set_addons(panel, 3, { { plan = "More Disk" } }, options)
    end,
    effects = { addon(21), no(addon(4)) },
  },
}

return WORKFLOWS
