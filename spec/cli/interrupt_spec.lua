-- Ctrl-C at any moment: after each call that a command makes. Nothing is left half, and the same command goes on.
local child = require "spec.support.child"
local command = require "spec.support.command"
local fixture = require "spec.support.panel"
local process = require "spec.support.process"
local scratch = require "spec.support.scratch"

local host, dnp

local SPEC = [=[
[{"user":{"Username":"jdoe","City":"Bonn"},"spaces":[{"id":3,"addons":[{"plan":"Extra Mailboxes","quantity":3}]}]},
 {"user":{"Username":"mary","FirstName":"M","LastName":"M","Email":"m@example.com","Owner":"reseller"},
  "spaces":[{"name":"www","plan":"Shared Small","addons":[{"plan":"Extra Mailboxes","quantity":2}]}]}]
]=]
local ROWS = "Username,FirstName,LastName,Email,Owner,Space,Plan,Addons\n"
  .. "mary,M,M,m@example.com,reseller,www,Shared Small,Extra Mailboxes:2\n"

-- Interrupts a command line, once or twice, when the panel has received so many calls; nil when it ended before.
local function interrupted(line, count, times)
  host.server:misbehave { action = "delay", seconds = 0.05, rate = 1 }
  local late = false
  local status, output = process.interrupt(command.line(host, line), function()
    return #host.server:calls() >= count
  end, function(running)
    late = running:status() ~= nil
    for _ = 2, times do
      running:await_output "interrupted"
      running:signal "INT"
    end
  end)
  host.server:behave()
  if late then
    return nil
  end
  return status, output
end

-- Whether there is all of mary, or nothing.
local function is_whole()
  local users = host:count "SELECT 1 FROM Users WHERE Username = 'mary'"
  local spaces = host:count "SELECT 1 FROM Packages WHERE PackageName = 'www'"
  local addons = host:count("SELECT 1 FROM PackageAddons AS A JOIN Packages AS P ON P.PackageID = A.PackageID "
    .. "WHERE P.PackageName = 'www'")
  return users == spaces and spaces == addons
end

-- Interrupts a command after its first call, its second, and so on, until it ends before that.
local function each_call(line, times, check)
  local count = 0
  repeat
    count = count + 1
    host:reset()
    child.run(("rm -f %s/*.journal* %s/p.csv"):format(scratch.path, scratch.path))
    local status, output = interrupted(line, count, times)
    if status then
      check(status, output, ("after %d calls: %s"):format(count, output))
      local again, _, errors = dnp(line)
      assert.are.equal(0, again, errors)
      assert.is_true(is_whole())
      assert.are.equal(1, host:count "SELECT 1 FROM Users WHERE Username = 'mary'")
    end
  until not status
  assert.is_true(count > 8, count .. " calls")
end

local function check_first(status, output, what)
  assert.is_true(status == 130 or status == 0, what)
  assert.is_true(status == 0 or output:find("interrupted", 1, true) ~= nil, what)
  assert.is_true(is_whole(), what)
end

local function check_second(status, _, what)
  assert.is_true(status == 130 or status == 0, what)
end

-- LuaJIT interrupts whatever runs, so that one may come in the middle of a workflow, which rolls back and fails.
local IN_A_WORKFLOW = [=[
local run = require("dnp.cli.run").new {}
local begun = 0
local code = run:each({ 1, 2, 3, 4, 5 }, { jobs = 1 }, function()
  begun = begun + 1
  return nil, { kind = "raised", message = "suspend: interrupted!", outcome = "not_done" }
end, function()
  return 1
end)
print(code, begun)
]=]

describe("Ctrl-C", function()
  scratch.provide()
  fixture.provide("solidcp", function(started)
    host, dnp = started, command.runner(started)
  end)

  it("ends a command when it comes in the middle of a workflow", function()
    local _, output, errors = child.run(("%s %s"):format(child.lua, scratch.write("test.lua", IN_A_WORKFLOW)))
    assert.are.equal("130\t1\n", output, errors)
    assert.matches("dnp: interrupted", errors, 1, true)
  end)

  for times, check in ipairs { check_first, check_second } do
    local often = times == 1 and "once" or "twice"
    it(("leaves nothing half of an apply that the same command does not go on with, %s"):format(often), function()
      local path = scratch.write("a.json", SPEC)
      each_call(("apply %s --passwords-out %s/p.csv"):format(path, scratch.path), times, check)
    end)

    it(("leaves nothing half of an import that the same command does not go on with, %s"):format(often), function()
      if not pcall(require, "DBI") then
        pending "lua-dbi-sqlite3 is not installed"
        return
      end
      local path = scratch.write("a.csv", ROWS)
      each_call(("import %s --passwords-out %s/p.csv"):format(path, scratch.path), times, check)
    end)
  end
end)
