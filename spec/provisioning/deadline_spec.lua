-- Deadlines in real time, and interrupts: what becomes of the calls of a workflow.
local dnp = require "dnp"
local child = require "spec.support.child"
local fixture = require "spec.support.panel"
local process = require "spec.support.process"
local provisioning = require "dnp.provisioning"

local MARY = {
  user = {
    Username = "mary", Password = "s3cret!x", OwnerId = 2, FirstName = "Mary", LastName = "Moe",
    Email = "mary@example.com",
  },
  spaces = { { name = "www", plan = "Shared Small" }, { name = "shop", plan = "Shared Small" } },
}

describe("a workflow's deadline #slow", function()
  local host, panel
  local function use(...)
    host, panel = ...
  end

  fixture.provide("solidcp", use)

  it("cuts a read short", function()
    host.server:misbehave { action = "hang", operation = "GetUserByUsername", times = math.huge }
    local started = dnp.clock()
    local user, err = provisioning.find_user(panel, "jdoe", { policy = { deadline = 0.3 } })
    assert.is_nil(user)
    assert.are.equal("timeout", err.kind)
    assert.is_true(dnp.clock() - started < 5)
  end)

  it("lets a change that was begun have its time, and begins none after it", function()
    host.server:misbehave { action = "delay", operation = "AddPackage", seconds = 3, times = math.huge }
    local report, err = provisioning.create_account(panel, MARY, { policy = { deadline = 2 }, on_failure = "keep" })
    assert.is_nil(report)
    assert.are.equal("timeout", err.kind)
    assert.are.equal("deadline", err.name)
    assert.are.equal("partly_done", err.outcome)
    -- The first space took longer than the deadline and is there; the second was not begun.
    assert.are.equal(1, host.server:call_count "AddPackage")
    assert.are.equal(1, host:count("SELECT 1 FROM Packages WHERE PackageName = 'www'"))
  end)

  it("leaves time for a rollback, inside of parallel too", function()
    host.server:misbehave { action = "delay", operation = "AddPackage", seconds = 3, times = math.huge }
    local _, failures = dnp.parallel({ MARY }, function(spec)
      return provisioning.create_account(panel, spec)
    end, { deadline = 2 })
    assert.are.equal("not_done", failures[1].outcome, tostring(failures[1].report))
    assert.are.equal(0, host:count("SELECT 1 FROM Users WHERE Username = 'mary'"))
  end)

  it("does not outlive the workflow", function()
    assert(provisioning.find_user(panel, "jdoe", { policy = { deadline = 1 } }))
    dnp.sleep(1.1)
    assert.is_true(panel:user_exists "jdoe")
  end)
end)

describe("Ctrl-C in a workflow #slow", function()
  it("undoes what was done, and says so", function()
    local host = fixture.start "solidcp"
    host.server:misbehave { action = "hang", operation = "AddPackage", when = "before", times = 1 }
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(([[
      io.stdout:setvbuf "no"
      local dnp = require "dnp"
      local provisioning = require "dnp.provisioning"
      local panel = dnp.session {
        url = %q, username = "serveradmin", password = "serveradmin", dialect = "solidcp", timeout = 20,
      }
      local report, err = provisioning.create_account(panel, {
        user = {
          Username = "mary", Password = "s3cret!x", OwnerId = 2, FirstName = "Mary", LastName = "Moe",
          Email = "mary@example.com",
        },
        spaces = { { name = "www", plan = "Shared Small" } },
      })
      print(report, err.kind, err.outcome)
      print(err.report)
    ]]):format(host.server.url))
    file:close()
    local _, output = process.interrupt(("%s %s"):format(child.lua, path), function()
      return host.server:call_count "AddPackage" > 0
    end)
    os.remove(path)
    assert.matches("nil\traised\tnot_done", output)
    assert.matches("add user 'mary'.- %- undone", output)
    assert.are.equal(0, host:count("SELECT 1 FROM Users WHERE Username = 'mary'"))
    host.server:stop()
  end)
end)
