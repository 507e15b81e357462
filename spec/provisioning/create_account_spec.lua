-- create_account: what it makes, what it refuses to touch, and its rollback.
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local mary, options = specs.mary, specs.options

local host, panel
local function use(...)
  host, panel = ...
end

-- Everything that a value says, tables inside included, to look for secrets in.
local function everything(value, seen)
  seen = seen or {}
  if type(value) ~= "table" then
    return tostring(value)
  elseif seen[value] then
    return ""
  end
  seen[value] = true
  local parts = { tostring(value) }
  for key, entry in pairs(value) do
    parts[#parts + 1] = everything(key, seen) .. "=" .. everything(entry, seen)
  end
  return table.concat(parts, "\n")
end

describe("create_account", function()
  fixture.provide("websitepanel", use)

  it("makes an account and sends the letter that is asked for", function()
    local report = assert(provisioning.create_account(panel, mary { spaces = { { name = "www", plan = 2 } } },
      options { send_letter = true }))
    assert.are.equal("create_account 'mary': 2 steps", tostring(report):match("^[^\n]*"))
    assert.are.equal(1, host:count("SELECT 1 FROM Letters WHERE UserID = ?", report.user_id))
  end)

  it("does not touch an account that is there", function()
    local spec = mary()
    spec.user.Username = "JDoe"
    local report, err = provisioning.create_account(panel, spec, options())
    assert.is_nil(report)
    assert.are.same({ "conflict", -100, "ERROR_USER_ALREADY_EXISTS", "not_done" },
      { err.kind, err.code, err.name, err.outcome })
    assert.are.equal("a user 'JDoe' exists already", tostring(err))
    assert.are.same({}, host:changes())
  end)

  it("does not touch an account that it may not see", function()
    local own = host:session { username = "reseller", password = "Res3ller!" }
    local spec = mary()
    spec.user.Username = "pending"
    local report, err = provisioning.create_account(own, spec, options())
    own:close()
    assert.is_nil(report)
    assert.are.same({ "conflict", -100, "not_done" }, { err.kind, err.code, err.outcome })
    assert.are.equal("a user 'pending' exists already, and this account may not see it", err.message)
    assert.are.same({}, host:changes())
  end)

  it("rolls everything back when a quota is exceeded, and reports which", function()
    local before = host:state()
    local report, err = provisioning.create_account(panel,
      mary { spaces = { { name = "www", plan = 2 }, { name = "huge", plan = "Shared Huge" } } }, options())
    assert.is_nil(report)
    assert.are.same({ "refused", -305, "ERROR_PACKAGE_QUOTA_EXCEED", "AddPackage", "not_done" },
      { err.kind, err.code, err.name, err.operation, err.outcome })
    assert.are.equal("OS.Diskspace", err.exceeding_quotas[1].QuotaName)
    assert.are.equal([[
create_account 'mary': 3 steps
  1. add user 'mary' (owner 2, User, Active) - undone
  2. add space 'www' to user 'mary' (plan 2 'Shared Small', Active) - undone
  3. add space 'huge' to user 'mary' (plan 3 'Shared Huge', Active) - not done]], tostring(err.report))
    assert.are.equal(
      "create_account: add space 'huge' to user 'mary' (plan 3 'Shared Huge', Active) failed: AddPackage: refused with "
        .. "-305 ERROR_PACKAGE_QUOTA_EXCEED: the parent hosting space has not enough left of a quota "
        .. "(of 3 steps: 2 undone, 1 not done)", tostring(err))
    assert.is_false(err.report.changed)
    assert.are.same(before, host:state())
    -- One call takes the account back, with the space in it.
    assert.are.same({ "AddUser", "AddPackage", "AddPackage", "DeleteUser" }, host:changes())
  end)

  it("names no id of what it has rolled back", function()
    local _, err = provisioning.create_account(panel, mary {
      spaces = { { name = "www", plan = 2 }, { name = "shop", plan = 3 } },
    }, options())
    assert.are.equal("not_done", err.outcome)
    assert.is_nil(err.report.user_id)
    assert.are.same({ { name = "www" }, { name = "shop" } }, err.report.spaces)
    _, err = provisioning.ensure_account(panel, {
      user = { Username = "jdoe" }, spaces = { { name = "www", plan = 2 }, { name = "shop", plan = 3 } },
    }, options())
    assert.are.same({ 3, { { name = "www" }, { name = "shop" } } }, { err.report.user_id, err.report.spaces })
  end)

  it("keeps what was done when that is asked for", function()
    local _, err = provisioning.create_account(panel,
      mary { spaces = { { name = "www", plan = 2 }, { name = "huge", plan = 3 } } }, options { on_failure = "keep" })
    assert.are.equal("partly_done", err.outcome)
    assert.are.equal(2, err.report:count "done")
    assert.is_true(err.report.changed)
    assert.are.equal(1, host:count("SELECT 1 FROM Packages WHERE PackageName = 'www'"))
    assert.are.equal(err.report.user_id, host:row("SELECT UserID FROM Users WHERE Username = 'mary'").UserID)
  end)

  it("reports what could not be rolled back", function()
    host.server:misbehave { action = "refuse", code = -106, operation = "DeleteUser", times = math.huge }
    local _, err = provisioning.create_account(panel, mary { spaces = { { name = "huge", plan = 3 } } }, options())
    assert.are.same({ "kept", "not_done" }, { err.steps[1].state, err.steps[2].state })
    assert.are.equal(-106, err.steps[1].error.code)
    assert.are.equal("partly_done", err.outcome)
    assert.matches("done, not undone", tostring(err.report), 1, true)
    assert.are.equal(1, host:count("SELECT 1 FROM Users WHERE Username = 'mary'"))
  end)

  it("never shows the password", function()
    host.server:misbehave { action = "fault", operation = "AddUser", times = math.huge, text = "could not: s3cret-pw" }
    local report, err = provisioning.create_account(panel, mary { spaces = { { name = "www", plan = 2 } } }, options())
    assert.is_nil(report)
    assert.is_nil(everything(err):find("s3cret", 1, true))
    host.server:behave()
    report = assert(provisioning.create_account(panel, mary(), options()))
    assert.is_nil(everything(report):find("s3cret", 1, true))
  end)
end)
