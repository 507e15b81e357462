-- The example script for a billing system, run from a shell against a sandbox.
local child = require "spec.support.child"
local cjson = require "cjson"
local fixture = require "spec.support.panel"

local host

-- Runs a command line; `environment` in front of what every run has.
local function hook(arguments, environment)
  return child.run(("env DNP_URL=%s DNP_USERNAME=serveradmin DNP_PASSWORD=serveradmin DNP_DIALECT=%s %s "
    .. "%s examples/billing_hooks.lua %s"):format(host.server.url, host.dialect, environment or "", child.lua,
    arguments))
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
    assert.are.equal("terminate: there is no such user\n", done "terminate mary")
  end)

  it("does not take an account that it may not see for one that is gone", function()
    local status, output = hook("terminate pending", "DNP_USERNAME=reseller DNP_PASSWORD='Res3ller!'")
    assert.are.same({ 1, "there is no user 'pending', or this account may not see it\n" }, { status, output })
  end)

  it("reads a password from its standard input", function()
    local status, _, errors = child.run(("printf 'from stdin\\n' | DNP_URL=%s DNP_USERNAME=serveradmin "
      .. "DNP_PASSWORD=serveradmin DNP_DIALECT=solidcp %s examples/billing_hooks.lua change-password jdoe"):format(
      host.server.url, child.lua))
    assert.are.same({ 0, "" }, { status, errors })
    assert.are.equal("from stdin", host.server:query("SELECT Password FROM Users WHERE Username = 'jdoe'")[1].Password)
  end)

  it("tells what it would do", function()
    local output = done(CREATE .. " --dry-run", PASSWORD)
    assert.matches("3 steps, planned only", output, 1, true)
    assert.are.equal(0, host.server:call_count "AddUser")
  end)

  it("answers in JSON", function()
    local answer = cjson.decode(done(CREATE .. " --json", PASSWORD))
    assert.are.same({ "create", "done", "mary", 3 },
      { answer.command, answer.outcome, answer.username, #answer.steps })
    assert.are.equal(answer.user_id, answer.steps[1].id)
    answer = cjson.decode(done "suspend mary --json --dry-run")
    assert.are.equal("planned", answer.outcome)

    local status, output = hook "change-package jdoe --plan 3 --json"
    answer = cjson.decode(output)
    assert.are.equal(1, status)
    assert.are.same({ "not_done", "refused", -305, "ERROR_PACKAGE_QUOTA_EXCEED", "not_done" },
      { answer.outcome, answer.error.kind, answer.error.code, answer.error.name, answer.steps[1].state })

    host.server:query([[UPDATE Users SET Username = 'a"b\' || char(10, 1) || 'é' WHERE Username = 'unicode']])
    answer = cjson.decode(done "usage --month 2011-03 --json")
    local names = {}
    for _, account in ipairs(answer.accounts) do
      names[account.username] = account
    end
    assert.is_table(names['a"b\\\n\1é'])
    assert.are.same({ "jdoe@example.com", "reseller", "Shared Small" },
      { names.jdoe.email, names.jdoe.owner, names.jdoe.plan })
    assert.are.same({ 5133 * 1048576, 37 * 1048576 }, { names.jdoe.transferred, names.jdoe.on_disk })
  end)

  it("tells what accounts used", function()
    host.server:query("UPDATE PackagesDiskspace SET DiskspaceBytes = 1234567890123457")
    assert.matches('"on_disk":1234567890123457,', done "usage jdoe --month 2011-03 --json", 1, true)
    host:reset()
    local output = done "usage jdoe --month 2011-03"
    assert.matches("^jdoe +%d+ bytes transferred +38797312 bytes on disk\n$", output)
    host.server:misbehave { action = "html", status = 403, operation = "GetPackagesBandwidthPaged" }
    local status
    status, output = hook "usage --month 2011-03"
    assert.are.equal(3, status)
    assert.matches("HTTP 403", output, 1, true)
  end)

  it("says by its status whether somebody has to look", function()
    local status, output = hook "terminate reseller"
    assert.are.equal(1, status)
    assert.matches("user 'reseller' has 2 child users", output, 1, true)
    host.server:misbehave { action = "refuse", code = -106, operation = "DeleteUser", nth = 2 }
    status, output = hook "terminate reseller --children"
    assert.are.equal(3, status)
    assert.matches("1 done and not undone, 2 not done", output, 1, true)
    host:reset()
    status, output = hook "change-package jdoe --plan 3"
    assert.are.equal(1, status)
    assert.matches("  OS.Diskspace is exceeded\n", output, 1, true)
  end)

  it("shows no secret", function()
    host.server:misbehave { action = "html", status = 403, operation = "AddUser", text = "not s3cret pw" }
    local status, output, errors = hook(CREATE .. " --json", PASSWORD)
    assert.are_not.equal(0, status)
    assert.is_nil((output .. errors):find("s3cret", 1, true))
  end)

  it("is coloured on a terminal only, and not when NO_COLOR is set", function()
    if child.run "script --version" ~= 0 then
      pending "the program 'script', which makes a terminal, is not installed"
      return
    end
    assert.is_nil(done("suspend jdoe"):find("\27", 1, true))
    local on_terminal = ("%%s DNP_URL=%s DNP_USERNAME=serveradmin DNP_PASSWORD=serveradmin DNP_DIALECT=solidcp "
      .. "TERM=xterm script -q -e -c %s /dev/null"):format(host.server.url,
      child.quote(child.lua .. " examples/billing_hooks.lua suspend jdoe"))
    local _, output = child.run(on_terminal:format "env -u NO_COLOR")
    assert.is_truthy(output:find("\27[32m", 1, true), output)
    _, output = child.run(on_terminal:format "env NO_COLOR=1")
    assert.is_nil(output:find("\27", 1, true))
  end)

  it("takes an empty DNP_DIALECT for none", function()
    local status, _, errors = hook("suspend jdoe --dry-run", "DNP_DIALECT= DNP_URL=http://127.0.0.1:1")
    assert.are.same({ 1, "" }, { status, errors })
  end)

  it("helps", function()
    for _, arguments in ipairs { "--help", "-h", "suspend --help" } do
      assert.matches("^usage: ", done(arguments))
    end
  end)

  it("refuses a wrong command line before it asks the panel", function()
    local CASES = {
      { "", "which command?" },
      { "sell", "there is no command sell" },
      { "suspend", "suspend whom?" },
      { "suspend a b", "b is too much" },
      { "suspend a --force", "there is no option --force" },
      { "suspend a --space", "--space needs a value" },
      { "create mary --owner 2 --plan 2", "--email is needed" },
      { "terminate jdoe --space www", "terminate has no option --space" },
      { "suspend jdoe --children", "suspend has no option --children" },
      { "usage --month 2011-03 --letter", "usage has no option --letter" },
      { "change-package jdoe", "--plan is needed" },
      { "change-password jdoe", "DNP_ACCOUNT_PASSWORD is not set, and standard input is empty" },
      { "usage", "--month is needed" },
      { "usage --month 2011", "a month like '2026-11' expected, got '2011'" },
      { "change-package jdoe --plan 0", "plan: must be at least 1" },
      { "change-package jdoe --plan 2 --addon 4:0", "addons[1].quantity: must be at least 1" },
      { "suspend jdoe", "DNP_URL is not set", "DNP_URL=" },
      { "suspend jdoe", "'solidcp', got 'plesk'", "DNP_DIALECT=plesk" },
    }
    for _, case in ipairs(CASES) do
      local status, output, errors = hook(case[1], case[3])
      assert.are.same({ 2, "" }, { status, output }, case[1])
      assert.matches(case[2], errors, 1, true)
    end
    assert.are.equal(0, #host.server:calls())
  end)
end)
