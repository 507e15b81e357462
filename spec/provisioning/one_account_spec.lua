-- edit_user, change_password, change_plan, set_addons: the workflows that change one account.
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local mary, options = specs.mary, specs.options

local host, panel
local function use(...)
  host, panel = ...
end

describe("the workflows on one account", function()
  fixture.provide("solidcp", use)

  it("find it by id and by name, without its password", function()
    local user = assert(provisioning.find_user(panel, "JDOE", options { policy = nil }))
    assert.are.same({ 3, "jdoe", nil }, { user.UserId, user.Username, user.Password })
    assert.are.equal("jdoe", assert(provisioning.find_user(panel, 3)).Username)
    local none, err = provisioning.find_user(panel, "nobody")
    assert.is_nil(none)
    assert.are.same({ "absent", "there is no user 'nobody', or this account may not see it" },
      { err.kind, err.message })
  end)

  it("change its password", function()
    local report = assert(provisioning.change_password(panel, "jdoe", "n3w"))
    assert.are.equal("change_password 'jdoe': 1 step\n  1. set the password of user 'jdoe' - done", tostring(report))
    assert.is_true(panel:authenticate_user("jdoe", "n3w"))
  end)

  it("change its fields and carry the others along", function()
    host.server:query("UPDATE Users SET MfaMode = 1, AdditionalParams = 'x', Address = 'Elm', Comments = 'c' WHERE "
      .. "Username = 'jdoe'")
    local before = host:state()
    local report = assert(provisioning.edit_user(panel, "jdoe", { Role = "Reseller", Address = "" }, options()))
    assert.are.equal("change user 'jdoe': Address 'Elm' -> '', RoleId User -> Reseller", report.steps[1].text)
    for _, user in ipairs(before[1]) do
      if user.Username == "jdoe" then
        user.RoleID, user.Address = 2, nil
      end
    end
    assert.are.same(before, host:state())
    assert.are.equal(0, #assert(provisioning.edit_user(panel, "jdoe", { RoleId = 2, Address = "" }, options())).steps)
  end)

  it("send no password along", function()
    assert(provisioning.edit_user(panel, "jdoe", { City = "Bonn" }, options()))
    local sent = host.server:calls("UpdateUser")[1].parameters
    assert.is_nil((sent.user or sent).Password)
    local classic = fixture.start "dotnetpanel"
    local session = classic:session()
    assert(provisioning.edit_user(session, "jdoe", { City = "Bonn" }, options()))
    sent = classic.server:calls("UpdateUser")[1].parameters
    assert.are.same({ "Bonn", nil }, { (sent.user or sent).City, (sent.user or sent).Password })
    classic:stop()
  end)

  it("do not claim a role that the caller may not give", function()
    local before = host:state()
    local own = host:session { username = "reseller", password = "Res3ller!" }
    for _, changed in ipairs { { Role = "Administrator" }, { Role = "Administrator", City = "Bonn" } } do
      local report, err = provisioning.edit_user(own, "jdoe", changed, options())
      assert.is_nil(report)
      assert.are.same({ "conflict", "not_done" }, { err.kind, err.outcome })
      assert.matches("the panel said yes, but afterwards the record was not as requested (RoleId)",
        err.message, 1, true)
      assert.are.same(before, host:state())
    end
    local admin = mary()
    admin.user.Role = "Administrator"
    local _, err = provisioning.create_account(own, admin, options())
    assert.are.same({ "conflict", "undone" }, { err.kind, err.steps[1].state })
    assert.matches("as requested (RoleId)", err.message, 1, true)
    assert.are.same(before, host:state())
    own:close()
  end)

  it("move its space to another plan, with other add-ons", function()
    local report = assert(provisioning.change_plan(panel, "jdoe", "shared medium",
      options { addons = { { plan = 21, quantity = 2 } } }))
    assert.are.same({ "AddPackageAddon", "UpdatePackage", "DeletePackageAddon" }, host:changes())
    assert.are.equal(3, report.spaces[1].id)
    assert.are.equal(20, host:row("SELECT PlanID FROM Packages WHERE PackageID = 3").PlanID)
    host.server:clear_calls()
    assert.are.equal("change_plan 'jdoe': nothing to do", tostring(assert(provisioning.change_plan(panel, 3, 20,
      options { addons = { { plan = "More Disk", quantity = 2 } } }))))
    assert.are.same({}, host:changes())
  end)

  it("keep the add-ons that were paid for when the new plan does not fit", function()
    local before = host:state()
    local _, err = provisioning.change_plan(panel, "jdoe", 3, options { addons = { { plan = 21 } } })
    assert.are.same({ "refused", -305, "not_done" }, { err.kind, err.code, err.outcome })
    assert.are.equal(2, #err.exceeding_quotas)
    assert.are.same(before, host:state())
  end)

  it("take a name for the space that is called exactly so, although others differ in case only", function()
    host.server:seed {
      packages = {
        { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "blog" },
        { PackageID = 31, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "BLOG" },
      },
    }
    assert(provisioning.change_plan(panel, "jdoe", 20, options { space = "BLOG" }))
    assert.are.same({ PackageID = 31 }, host:row "SELECT PackageID FROM Packages WHERE PlanID = 20")
    local _, err = provisioning.suspend(panel, "jdoe", options { space = "Blog" })
    assert.are.equal("user 'jdoe' has several spaces, name one of them: 'blog' (id 30), 'BLOG' (id 31); they were "
      .. "made by different orders; name one by its id", err.message)
  end)

  it("want to know which space when there are several, or none", function()
    host.server:seed {
      packages = { { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "blog" } },
    }
    local _, err = provisioning.change_plan(panel, "jdoe", 20, options())
    assert.are.same({ "conflict",
      "user 'jdoe' has several spaces, name one of them: 'John's <space>' (id 3), 'blog' (id 30)" },
      { err.kind, err.message })
    assert(provisioning.change_plan(panel, "jdoe", 20, options { space = "Blog" }))
    assert.are.equal(20, host:row("SELECT PlanID FROM Packages WHERE PackageID = 30").PlanID)
    _, err = provisioning.set_addons(panel, "unicode", {}, options())
    assert.are.same({ "absent", "user 'unicode' has no space" }, { err.kind, err.message })
    _, err = provisioning.set_addons(panel, "jdoe", {}, options { space = "none" })
    assert.are.same({ "absent", "user 'jdoe' has no space 'none'; there are 'John's <space>', 'blog'" },
      { err.kind, err.message })
  end)

  it("set its add-ons", function()
    assert(provisioning.set_addons(panel, "jdoe", { { plan = 4, quantity = 1, comments = "one" }, { plan = 21 } },
      options()))
    assert.are.same({ { PlanID = 4, Quantity = 1, Comments = "one" }, { PlanID = 21, Quantity = 1 } },
      host.server:query("SELECT PlanID, Quantity, Comments FROM PackageAddons WHERE PackageID = 3 ORDER BY PlanID"))
  end)
end)
