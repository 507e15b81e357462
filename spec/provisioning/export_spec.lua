-- Accounts as specs, plans by name, specs of accounts that shall not be there.
local fixture = require "spec.support.panel"
local provisioning = require "dnp.provisioning"

for _, dialect in ipairs { "dotnetpanel", "websitepanel", "solidcp" } do
  describe("export_account in " .. dialect, function()
    local host, panel
    local function use(...)
      host, panel = ...
    end

    fixture.provide(dialect, use)

    it("gives a spec with which there is nothing to do", function()
      for _, who in ipairs { "jdoe", "reseller", "unicode", "suspended", 5 } do
        local spec = assert(provisioning.export_account(panel, who))
        local report = assert(provisioning.ensure_account(panel, spec, { policy = fixture.policy() }))
        assert.are.equal(0, #report.steps, tostring(report))
      end
    end)

    it("gives a spec that makes the account again", function()
      assert(provisioning.set_addons(panel, "jdoe", { { plan = 4, quantity = 2 } }))
      assert(provisioning.edit_user(panel, "jdoe", { City = "Bonn", Zip = "01234", HtmlMail = true }))
      local before = host:state()
      local spec = assert(provisioning.export_account(panel, "jdoe"))
      assert.are.same({ "reseller", "Bonn", "01234", nil },
        { spec.user.Owner, spec.user.City, spec.user.Zip, spec.user.Password })
      assert.are.same({ "Shared Small", "Extra Mailboxes", 2 },
        { spec.spaces[1].plan, spec.spaces[1].addons[1].plan, spec.spaces[1].addons[1].quantity })
      assert(provisioning.ensure_account(panel, { user = { Username = "jdoe" }, absent = true }))
      assert.are.equal(0, host:count("SELECT 1 FROM Users WHERE Username = 'jdoe'"))
      spec.user.Password = "secret"
      assert(provisioning.create_account(panel, spec))
      assert.are.same(before, host:state())
    end)

    it("says what the spec does not hold, or would not mean the same elsewhere", function()
      local spec, err, notes = provisioning.export_account(panel, "jdoe")
      assert.is_table(spec)
      assert.are.same({ nil, {} }, { err, notes })
      host.server:query "UPDATE Packages SET OverrideQuotas = 1, PlanID = 1 WHERE PackageID = 3"
      host.server:seed { packages = {
        { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "JOHN'S <SPACE>" },
      } }
      spec, err, notes = provisioning.export_account(panel, "jdoe")
      assert.are.same({ 1, nil, 3 }, { spec.spaces[1].plan, err, #notes })
      assert.matches("space 'John's <space>': the plan 1 'Reseller' is not one of the owner's", notes[1], 1, true)
      assert.matches("quotas of its own", notes[2], 1, true)
      assert.matches("two spaces are called ", notes[3], 1, true)
    end)

    it("fails as it reads", function()
      local spec, err = provisioning.export_account(panel, "nobody")
      assert.are.same({ nil, "absent" }, { spec, err.kind })
      host.server:misbehave { action = "html", status = 403, operation = "GetPackageAddons" }
      spec, err = provisioning.export_account(panel, "jdoe")
      assert.are.same({ nil, "http" }, { spec, err.kind })
    end)

    it("finds plans", function()
      assert.are.equal(2, assert(provisioning.find_plan(panel, "shared small", { owner = "reseller" })).PlanId)
      assert.are.equal("Shared Small", assert(provisioning.find_plan(panel, 2)).PlanName)
      assert.are.equal(4, assert(provisioning.find_plan(panel, "Extra Mailboxes", { owner = 2, addon = true })).PlanId)
      local plan, err = provisioning.find_plan(panel, "Shared Smal", { owner = "reseller" })
      assert.are.same({ nil, "absent" }, { plan, err.kind })
      assert.matches("did you mean 'Shared Small'?", tostring(err), 1, true)
      plan, err = provisioning.find_plan(panel, 4)
      assert.are.same({ nil, "conflict" }, { plan, err.kind })
    end)
  end)
end

describe("a spec of an account that shall not be there", function()
  local host, panel

  fixture.provide("solidcp", function(...)
    host, panel = ...
  end)

  it("deletes it once", function()
    local spec = { user = { Username = "jdoe" }, absent = true }
    local report = assert(provisioning.ensure_account(panel, spec, { dry_run = true }))
    assert.are.same({ 1, 0 }, { #report.steps, host.server:call_count "DeleteUser" })
    report = assert(provisioning.ensure_account(panel, spec))
    assert.are.same({ 1, "DeleteUser" }, { #report.steps, report.steps[1].operation })
    assert.are.equal("ensure_account 'jdoe': nothing to do", tostring(assert(provisioning.ensure_account(panel, spec))))
  end)

  it("keeps what must not be lost", function()
    local customer = host:session { username = "reseller", password = "Res3ller!" }
    local report, err = provisioning.ensure_account(customer, { user = { Username = "pending" }, absent = true })
    assert.are.same({ nil, "conflict" }, { report, err.kind })
    report, err = provisioning.ensure_account(panel, { user = { Username = "reseller" }, absent = true })
    assert.are.same({ nil, -102 }, { report, err.code })
    report, err = provisioning.ensure_account(panel, { user = { Username = "serveradmin" }, absent = true })
    assert.are.same({ nil, "conflict" }, { report, err.kind })
    assert.are.equal(0, host.server:call_count "DeleteUser")
    customer:close()
  end)

  it("says nothing else, and is checked without a panel", function()
    assert.are.same({ nil, "spec.absent: is true, so that there is nothing to say about spaces and status" },
      { provisioning.check_spec({ user = { Username = "x" }, absent = true, status = "Active" }, "solidcp") })
    assert.is_true(provisioning.check_spec({ user = { Username = "x" } }, "dotnetpanel"))
    assert.are.same({ nil, "spec.user.Password: is missing" },
      { provisioning.check_spec({ user = { Username = "x" } }, "dotnetpanel", { new = true }) })
    assert.has_error(function()
      provisioning.check_spec({}, "plesk")
    end)
  end)
end)
