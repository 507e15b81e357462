-- The example script for a billing system, run from a shell against a sandbox.
local child = require "spec.support.child"
local cjson = require "cjson"
local fixture = require "spec.support.panel"

local host

-- Runs a command line; `environment` in front of what every run has.
local function hook(arguments, environment)
  return child.run(("env DNP_CONFIG=/dev/null DNP_URL=%s DNP_USERNAME=serveradmin DNP_PASSWORD=serveradmin "
    .. "DNP_DIALECT=%s %s %s examples/billing_hooks.lua %s"):format(host.server.url, host.dialect, environment or "",
    child.lua, arguments))
end

local function done(arguments, environment)
  local status, output, errors = hook(arguments, environment)
  assert.are.same({ 0, "" }, { status, errors })
  return output
end

local CREATE = "create mary --owner 2 --plan 'Shared Small' --email mary@example.com --first-name Mary --last-name Moe "
  .. "--addon 'Extra Mailboxes:2'"
local PASSWORD = "DNP_ACCOUNT_PASSWORD='s3cret pw'"

local function status_of(name)
  return host.server:query("SELECT StatusID FROM Users WHERE Username = ?", name)[1].StatusID
end

describe("examples/billing_hooks.lua", function()
  fixture.provide("solidcp", function(started)
    host = started
  end)

  it("takes an account through its life", function()
    local output = done(CREATE, PASSWORD)
    assert.matches("1. add user 'mary' (owner 2, User, Active) - done, id ", output, 1, true)
    assert.matches("3. add add-on 4 'Extra Mailboxes' x 2 to space 'mary' (Active) - done", output, 1, true)
    assert.are.equal("s3cret pw", host.server:query("SELECT Password FROM Users WHERE Username = 'mary'")[1].Password)
    assert.are.equal("ensure_account 'mary': nothing to do\n", done(CREATE, PASSWORD))

    done "suspend mary"
    assert.are.equal(2, status_of "mary")
    done "unsuspend mary"
    assert.are.equal(1, status_of "mary")
    done "change-package mary --plan=20 --addon 21"
    assert.are.equal(20, host.server:query("SELECT PlanID FROM Packages WHERE PackageName = 'mary'")[1].PlanID)
    done("change-password mary", "DNP_ACCOUNT_PASSWORD=n3w")
    assert.are.equal("n3w", host.server:query("SELECT Password FROM Users WHERE Username = 'mary'")[1].Password)
    done "terminate mary"
    assert.are.equal(0, host:count("SELECT 1 FROM Users WHERE Username = 'mary'"))
    assert.are.equal("ensure_account 'mary': nothing to do\n", done "terminate mary")
  end)

  it("does not take an account that it may not see for one that is gone", function()
    local status, output, errors = hook("terminate pending", "DNP_USERNAME=reseller DNP_PASSWORD='Res3ller!'")
    assert.are.same({ 1, "", "dnp: pending: there is no user 'pending', or this account may not see it\n" },
      { status, output, errors })
  end)

  it("reads a password from its standard input", function()
    local status, _, errors = child.run(("printf 'from stdin\\n' | DNP_CONFIG=/dev/null DNP_URL=%s "
      .. "DNP_USERNAME=serveradmin DNP_PASSWORD=serveradmin DNP_DIALECT=solidcp %s examples/billing_hooks.lua "
      .. "change-password jdoe"):format(host.server.url, child.lua))
    assert.are.same({ 0, "" }, { status, errors })
    assert.are.equal("from stdin", host.server:query("SELECT Password FROM Users WHERE Username = 'jdoe'")[1].Password)
  end)

  it("reports what it would do", function()
    local output = done(CREATE .. " --dry-run", PASSWORD)
    assert.matches("3 steps, planned only", output, 1, true)
    assert.are.equal(0, host.server:call_count "AddUser")
  end)

  it("answers in JSON, failures on standard error", function()
    local response = cjson.decode(done(CREATE .. " --json", PASSWORD))
    assert.are.same({ "ensure_account", "done", "mary", 3 },
      { response.workflow, response.outcome, response.username, #response.steps })
    assert.are.equal(response.user_id, response.steps[1].id)
    assert.are.equal("planned", cjson.decode(done "suspend mary --json --dry-run").outcome)

    local status, output, errors = hook "change-package jdoe --plan 3 --json"
    local err = cjson.decode(errors).error
    assert.are.same({ 1, "" }, { status, output })
    assert.are.same({ "not_done", "refused", -305, "ERROR_PACKAGE_QUOTA_EXCEED", "not_done" },
      { err.outcome, err.kind, err.code, err.name, err.steps[1].state })

    host.server:query([[UPDATE Users SET Username = 'a"b\' || char(10, 1) || 'é' WHERE Username = 'unicode']])
    host.server:query("UPDATE PackagesDiskspace SET DiskspaceBytes = 1234567890123457")
    assert.matches('"DiskspaceBytes":1234567890123457,', done "usage jdoe --month 2011-03 --json", 1, true)
    output = done "usage --month 2011-03 --json"
    assert.is_nil(output:find('"packages":{}', 1, true))
    local accounts = {}
    for _, account in ipairs(cjson.decode(output)) do
      accounts[account.Username] = account
    end
    assert.is_table(accounts['a"b\\\n\1é'])
    assert.are.same({ "jdoe@example.com", "reseller", "Shared Small" },
      { accounts.jdoe.Email, accounts.jdoe.OwnerUsername, accounts.jdoe.PlanName })
    assert.are.equal(5133 * 1048576, accounts.jdoe.BytesTotal)
  end)

  it("says by its status whether somebody has to look", function()
    local status, output, errors = hook "terminate reseller"
    assert.are.same({ 1, "" }, { status, output })
    assert.matches("user 'reseller' has 2 child users", errors, 1, true)
    host.server:misbehave { action = "refuse", code = -106, operation = "DeleteUser", nth = 2 }
    status, output, errors = hook "terminate reseller --children"
    assert.are.same({ 3, "" }, { status, output })
    assert.matches("1 done and not undone, 2 not done", errors, 1, true)
    host:reset()
    status, output, errors = hook "change-package jdoe --plan=3"
    assert.are.same({ 1, "" }, { status, output })
    assert.matches("  OS.Diskspace is exceeded\n", errors, 1, true)
    host.server:misbehave { action = "html", status = 403, operation = "GetPackagesBandwidthPaged" }
    status, output, errors = hook "usage --month 2011-03"
    assert.matches("^USERNAME", output)
    assert.are.equal(3, status)
    assert.matches("HTTP 403", errors, 1, true)
  end)

  it("shows no secret", function()
    host.server:misbehave { action = "html", status = 403, operation = "AddUser", text = "not s3cret pw" }
    local status, output, errors = hook(CREATE .. " --json", PASSWORD)
    assert.are_not.equal(0, status)
    assert.is_nil((output .. errors):find("s3cret", 1, true))
  end)

  it("helps", function()
    for _, arguments in ipairs { "--help", "-h" } do
      assert.matches("^usage: ", done(arguments))
    end
    assert.matches("Examples:", done "create --help", 1, true)
  end)

  it("refuses a wrong command line before it asks the panel", function()
    for _, case in ipairs {
      { "", "" },
      { "sell", "there is no hook sell" },
      { "suspend", "whom?" },
      { "suspend a --force", "unknown option '--force'" },
      { "suspend a --space", "option '--space' requires an argument" },
      { "create mary --owner 2 --plan 2", "--email is needed" },
      { "create mary --owner 2 --plan 2 --email", "--email needs a value" },
      { "terminate jdoe --space www", "unknown option '--space'" },
      { "suspend jdoe --children", "unknown option '--children'" },
      { "change-package jdoe", "--plan is needed" },
      { "change-password jdoe", "standard input is empty" },
      { "usage", "--month" },
      { "usage --month 2011", "'2011' is not a month such as '2026-11'" },
      { "change-package jdoe --plan 0", "'0' is not an id" },
      { "suspend jdoe", "no panel", "DNP_URL=" },
      { "suspend jdoe", "'solidcp', got 'plesk'", "DNP_DIALECT=plesk" },
    } do
      local status, _, errors = hook(case[1], case[3])
      assert.are.equal(2, status, case[1])
      assert.matches(case[2], errors, 1, true)
    end
    assert.are.equal(0, #host.server:calls())
  end)
end)
