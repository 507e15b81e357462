-- Who and what is meant: by id or by name, everywhere; and what a dry run finds out about it.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local mary, options = specs.mary, specs.options

local host, panel
local function use(...)
  host, panel = ...
end

local function ids(list)
  local found = {}
  for index, record in ipairs(list) do
    found[index] = record.UserId and not record.PackageId and record.UserId or record.PackageAddonId or record.PackageId
  end
  return found
end

describe("an account, a space or a plan is meant by id or name", function()
  fixture.provide("websitepanel", use)

  it("in lists", function()
    for _, owner in ipairs { 2, "reseller", "RESELLER" } do
      assert.are.same({ 3, 9 }, ids(assert(provisioning.all_users(panel, { owner = owner }))))
      assert.are.same({ 3 }, ids(assert(provisioning.all_packages(panel, { owner = owner }))))
    end
    for _, user in ipairs { 3, "JDoe" } do
      assert.are.same({ 3 }, ids(assert(provisioning.all_packages(panel, { user = user }))))
      assert.are.same({ 1 }, ids(assert(provisioning.all_addons(panel, { user = user }))))
      for _, space in ipairs { 3, "John's <space>" } do
        assert.are.same({ 1 }, ids(assert(provisioning.all_addons(panel, { user = user, package = space }))))
      end
    end
    for name, list in pairs { users = "all_users", packages = "all_packages" } do
      local found, err = provisioning[list](panel, { owner = "nobody" })
      assert.is_nil(found)
      assert.are.same({ "absent", "there is no user 'nobody', or this account may not see it" },
        { err.kind, err.message }, name)
    end
    local _, err = provisioning.all_addons(panel, { user = "jdoe", package = 2 })
    assert.are.equal("user 'jdoe' has no space 2; there are 'John's <space>'", err.message)
  end)

  it("when waiting", function()
    for _, user in ipairs { 3, "jdoe" } do
      assert(provisioning.wait_user_status(panel, user, "Active"))
      for _, space in ipairs { 3, "john's <SPACE>" } do
        assert.are.equal(3,
          assert(provisioning.wait_space_status(panel, space, "Active", { user = user })).PackageId)
      end
      assert(provisioning.wait_space_gone(panel, "no such space", { user = user }))
    end
    assert(provisioning.wait_space_gone(panel, "any", { user = "nobody" }))
    local _, err = provisioning.wait_space_status(panel, "none", "Active", { user = "jdoe" })
    assert.are.equal("absent", err.kind)
    _, err = provisioning.wait_space_gone(panel, "John's <space>",
      { user = "jdoe", deadline = 1, policy = fake.time().options })
    assert.are.equal("gave up after 1.0 s waiting for space 'John's <space>' to be gone", err.message)
  end)

  it("as owner of a new account", function()
    for _, field in ipairs { "OwnerId", "Owner" } do
      host:reset()
      local spec = mary { spaces = { { name = "www", plan = "shared small" } } }
      spec.user.OwnerId = nil
      spec.user[field] = "Reseller"
      assert(provisioning.create_account(panel, spec, options()))
      assert.are.equal(2, host.server:query("SELECT OwnerID FROM Users WHERE Username = 'mary'")[1].OwnerID)
      assert.are.equal("ensure_account 'mary': nothing to do",
        tostring(assert(provisioning.ensure_account(panel, spec, options()))))
    end
    local spec = mary()
    spec.user.OwnerId = "nobody"
    local _, err = provisioning.create_account(panel, spec, options())
    assert.are.same({ "absent", "spec.user.OwnerId: there is no user 'nobody', or this account may not see it" },
      { err.kind, err.message })
  end)

  it("and a number that is given as a text is taken for a name, which the message says", function()
    local _, err = provisioning.suspend(panel, "3", options())
    assert.are.equal("there is no user '3', or this account may not see it (a text is a name; an id is a number: 3 "
      .. "without quotes)", err.message)
  end)
end)

describe("a step", function()
  fixture.provide("solidcp", use)

  it("reports the fields that it changes", function()
    local report = assert(provisioning.edit_user(panel, "jdoe", { Role = "Reseller", City = "Ulm" }, options()))
    local step = report.steps[1]
    assert.are.same({ { field = "City", from = "", to = "Ulm" }, { field = "RoleId", from = "User", to = "Reseller" } },
      step.changes)
    assert.are.same({ "City", "", "Ulm" }, { step.field, step.from, step.to })
    step = assert(provisioning.suspend(panel, "jdoe", options())).steps[1]
    assert.are.same({ "Status", "Active", "Suspended" }, { step.field, step.from, step.to })
  end)

  it("names plans", function()
    local report = assert(provisioning.change_plan(panel, "jdoe", 20, options { addons = { { plan = 21 } } }))
    local texts = {}
    for index, step in ipairs(report.steps) do
      texts[index] = step.text
    end
    assert.are.same({
      "add add-on 21 'More Disk' x 1 to space 'John's <space>' (Active)",
      "change space 'John's <space>': PlanId 2 'Shared Small' -> 20 'Shared Medium'",
      "remove add-on 4 'Extra Mailboxes' (id 1) from space 'John's <space>'",
    }, texts)
    assert.are.same({ "PlanId", 2, 20 }, { report.steps[2].field, report.steps[2].from, report.steps[2].to })
  end)

  it("holds no secret", function()
    local report = assert(provisioning.change_password(panel, "jdoe", "n3w", options()))
    assert.are.same({ nil, nil, nil }, { report.steps[1].field, report.steps[1].to, report.steps[1].changes })
  end)
end)

for _, dialect in ipairs(dnp.dialects) do
  describe("a dry run on " .. dialect, function()
    fixture.provide(dialect, use)

    local function dry_run(session, spec)
      local before = host:state()
      local report, err = provisioning.ensure_account(session, spec, options { dry_run = true })
      assert.are.same(before, host:state())
      assert.are.same({}, host:changes())
      return report, err
    end

    local function as(name, password, work)
      local own = host:session { username = name, password = password }
      work(own)
      own:close()
    end

    it("says what it could not check", function()
      local report = assert(dry_run(panel, mary { spaces = { { name = "www", plan = 2 } } }))
      assert.are.same({
        "whether the quotas of plan 2 'Shared Small' fit into what is left of the space above",
        "whether the servers behind the panel carry out what it asks of them",
      }, report.unchecked)
      assert.matches("\n     not checked: whether the servers", tostring(report), 1, true)
      host.server:query "UPDATE HostingPlanQuotas SET QuotaValue = 500 WHERE PlanID = 1 AND QuotaID = 11"
      report = assert(dry_run(panel, mary { spaces = { { name = "www", plan = 2 } } }))
      assert.matches("nothing is left of OS.Diskspace", report.unchecked[1], 1, true)
      assert.are.same({}, assert(dry_run(panel, mary())).unchecked)
      assert.are.same({}, assert(dry_run(panel, { user = { Username = "jdoe" } })).unchecked)
    end)

    it("does not promise what the panel refuses", function()
      local function refused(session, spec, kind, message)
        local report, err = dry_run(session, spec)
        assert.is_nil(report)
        assert.are.same({ kind, message, "not_done" }, { err.kind, err.message, err.outcome })
      end
      local spec = mary()
      spec.user.OwnerId = 777
      refused(panel, spec, "absent",
        "ensure_account: spec.user.OwnerId: there is no user 777, or this account may not see it")
      as("demo", "demo", function(own)
        refused(own, { user = { UserId = 5, City = "Ulm" } }, "conflict",
          "ensure_account: the account that calls, 'demo', is a demo account and may not change anything")
      end)
      as("reseller", "Res3ller!", function(own)
        spec = mary()
        spec.user.Role = "Administrator"
        refused(own, spec, "conflict",
          "ensure_account: spec.user.Role: only an administrator can create an administrator")
        refused(own, mary { spaces = { { name = "www", plan = 1 } } }, "conflict",
          "ensure_account: spec.spaces[1].plan: plan 1 'Reseller' belongs to user 1, not to owner 2")
      end)
      as("suspended", "suspended", function(own)
        refused(own, { user = { UserId = 6 }, spaces = { { name = "www", plan = 1 } } }, "conflict",
          "ensure_account: the account that calls, 'suspended', is Suspended and may not change spaces")
      end)
    end)

    it("warns an administrator that a plan is somebody else's", function()
      local report = assert(dry_run(panel, mary { spaces = { { name = "www", plan = 1 } } }))
      assert.are.same({ "whether the servers behind the panel carry out what it asks of them" }, report.unchecked)
      as("adminpeer", "adminpeer", function(own)
        assert.are.equal(1, #assert(dry_run(own, mary { spaces = { { name = "www", plan = 1 } } })).unchecked)
      end)
      local spec = mary { spaces = { { name = "www", plan = 2 } } }
      spec.user.OwnerId = 7
      report = assert(dry_run(panel, spec))
      assert.are.equal("whether the panel gives plan 2 'Shared Small' of user 2 to an account of owner 7",
        report.unchecked[1])
    end)

    it("of a suspension's end says that what it falls on is seen only then", function()
      host.server:query "UPDATE Packages SET StatusID = 2 WHERE PackageID = 3"
      assert(provisioning.suspend(panel, "reseller", options()))
      local report = assert(provisioning.unsuspend(panel, "reseller", options { dry_run = true }))
      assert.are.same({
        "what the change of status of user 'reseller' affects; 1 below that must not be Active is corrected then",
      }, report.unchecked)
    end)
  end)
end

describe("EcommerceEnabled", function()
  fixture.provide("solidcp", use)

  local NOTE = "EcommerceEnabled is left out: panels set it to false for accounts of role User"

  it("is left out for accounts of role User, with a note", function()
    local spec = mary()
    spec.user.EcommerceEnabled = true
    local report = assert(provisioning.create_account(panel, spec, options()))
    assert.are.same({ NOTE }, report.notes)
    assert.matches("\n     " .. NOTE, tostring(report), 1, true)
    report = assert(provisioning.ensure_account(panel, spec, options()))
    assert.are.same({ 0, { NOTE } }, { #report.steps, report.notes })
    report = assert(provisioning.edit_user(panel, "jdoe", { EcommerceEnabled = true }, options()))
    assert.are.same({ 0, { NOTE } }, { #report.steps, report.notes })
    assert.are.equal(0, host:count("SELECT 1 FROM Users WHERE RoleID = 3 AND EcommerceEnabled"))
  end)

  it("is set for others", function()
    local changes = { EcommerceEnabled = true, Role = "Reseller" }
    local report = assert(provisioning.edit_user(panel, "jdoe", changes, options()))
    assert.are.same({}, report.notes)
    assert.are.equal(1, host:count("SELECT 1 FROM Users WHERE UserID = 3 AND EcommerceEnabled"))
  end)

  it("is known to be lost by who becomes a User, so that it can be rolled back", function()
    local report = assert(provisioning.edit_user(panel, "demo", { Role = "User" }, options { dry_run = true }))
    assert.are.equal(1, #report.steps[1].changes)
    host.server:query "UPDATE Users SET EcommerceEnabled = 1 WHERE Username = 'demo'"
    report = assert(provisioning.edit_user(panel, "demo", { Role = "User" }, options { dry_run = true }))
    assert.are.same({ { field = "EcommerceEnabled", from = true, to = false },
      { field = "RoleId", from = "Reseller", to = "User" } }, report.steps[1].changes)
  end)
end)

describe("a function that dnp.provisioning does not have", function()
  it("is reported where it is named, with what may be meant", function()
    for name, meant in pairs {
      create_acount = "create_account", suspendd = "suspend", ensureAccount = "ensure_account", all_user = "all_users",
    } do
      local good, message = pcall(function()
        return provisioning[name]
      end)
      assert.is_false(good)
      assert.matches(("dnp.provisioning has no function '%s'; did you mean '%s'?"):format(name, meant), message, 1,
        true)
      assert.matches("who_spec.lua:", message, 1, true)
    end
    local _, message = pcall(function()
      return provisioning.frobnicate
    end)
    assert.matches("dnp.provisioning has no function 'frobnicate'$", message)
  end)
end)
