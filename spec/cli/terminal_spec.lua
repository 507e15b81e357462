-- The command `dnp` before a person: questions, passwords that are not shown, Ctrl-C.
local child = require "spec.support.child"
local command = require "spec.support.command"
local fixture = require "spec.support.panel"
local process = require "spec.support.process"
local scratch = require "spec.support.scratch"
local terminal = require "spec.support.terminal"

local host, dnp

local function at_terminal(arguments, dialog, environment)
  return terminal.run(command.line(host, arguments, environment), dialog)
end

local function need_terminal()
  if not terminal.is_there() then
    pending "the program 'script', which makes a terminal, is not installed"
    return false
  end
  return true
end

local function password_of(name)
  return host.server:query("SELECT Password FROM Users WHERE Username = ?", name)[1].Password
end

local function status_of(name)
  return host.server:query("SELECT StatusID FROM Users WHERE Username = ?", name)[1].StatusID
end

-- Who is there with an add-on that the file does not want, and somebody new.
local LOSING = [=[
{"user":{"Username":"jdoe","Password":"n3w-secret","FirstName":"J","LastName":"D","Email":"j@example.com",\
"Owner":"reseller"},"spaces":[{"name":"John's <space>","plan":"Shared Small","addons":[]}]}
{"Username":"mary","Password":"n3w-secret","FirstName":"M","LastName":"M","Email":"m@example.com","Owner":"reseller"}
]=]
LOSING = LOSING:gsub("\\\n", "")

-- All that deletes something.
local function deletions()
  local absent = scratch.write("absent.json", '[{"user":{"Username":"jdoe"},"absent":true}]')
  local without = scratch.write("without.json",
    [=[[{"user":{"Username":"jdoe"},"spaces":[{"id":3,"addons":[]}]}]]=])
  local secret = scratch.write("secret", "n3w-secret\n")
  os.execute("chmod 600 " .. secret)
  return {
    { "user terminate jdoe", "Delete jdoe with all spaces, for good?" },
    { "user terminate jdoe unicode", "Delete jdoe, unicode with all spaces, for good?" },
    { "package terminate jdoe", "Delete space 'John's <space>' (id 3) of jdoe" },
    { "addon set jdoe", "Delete what is not wanted (remove add-on 4" },
    { "package change-plan jdoe --to 'Shared Small' --addon 21", "Delete what is not wanted (remove add-on 4" },
    { "package add jdoe --plan 'Shared Small' --space \"John's <space>\" --addon 21",
      "Delete what is not wanted (remove add-on 4" },
    { "user add jdoe --ensure --owner reseller --plan 'Shared Small' --space \"John's <space>\" --addon 21 "
      .. "--new-password-file " .. secret,
      "Delete what is not wanted (remove add-on 4" },
    { "call DeletePackage packageId=3", "Call DeletePackage?" },
    { "call DeletePackageAddon packageAddonId=1", "Call DeletePackageAddon?" },
    { "apply " .. absent, "Delete what is not wanted (delete user 'jdoe'" },
    { "apply " .. without, "Delete what is not wanted (remove add-on 4" },
  }
end

local function count_deletions()
  local count = 0
  for _, name in ipairs(host:changes()) do
    count = count + (name:find "^Delete" and 1 or 0)
  end
  return count
end

describe("a person at a terminal", function()
  scratch.provide()
  fixture.provide("solidcp", function(started)
    host, dnp = started, command.runner(started)
  end)

  it("is asked before anything is deleted", function()
    if not need_terminal() then
      return
    end
    for _, case in ipairs(deletions()) do
      local status, screen = at_terminal(case[1], { { "[y/N] ", "n\n" } })
      assert.are.equal(1, status, screen)
      assert.matches(case[2], screen, 1, true)
      assert.matches("nothing was done", screen, 1, true)
      assert.are.same({}, host:changes(), case[1])
    end
    for number, answer in ipairs { "\n", "\4", "nyes\n", "y\n", "YES\n" } do
      host:reset()
      local status = at_terminal("user terminate jdoe", { { "[y/N] ", answer } })
      assert.are.same({ number < 4 and 1 or 0, number < 4 and 0 or 1 }, { status, count_deletions() }, answer)
    end
  end)

  it("has to say --yes where none sits", function()
    for _, case in ipairs(deletions()) do
      host:reset()
      local status, output, errors = dnp(case[1])
      assert.are.same({ 2, "" }, { status, output }, case[1])
      assert.matches("say --yes", errors, 1, true)
      assert.are.same({}, host:changes())
      assert.are.equal(0, (dnp(case[1] .. " --dry-run --yes")))
      assert.are.same({}, host:changes())
      status, _, errors = dnp(case[1] .. " --yes")
      assert.are.same({ 0, "" }, { status, errors }, case[1])
      assert.is_true(count_deletions() > 0, case[1])
    end
  end)

  it("is asked by an import for what accounts that are there would lose, when all others are done", function()
    if not need_terminal() then
      return
    elseif not pcall(require, "DBI") then
      pending "lua-dbi-sqlite3 is not installed"
      return
    end
    local path = scratch.write("a.jsonl", LOSING)
    local question = "1 account of the file would lose something. Delete what is not wanted (jdoe: remove add-on 4"
    for number, answer in ipairs { "n\n", "\3", "\4", "y\n" } do
      host:reset()
      local status, screen = at_terminal("import " .. path .. " --fresh", { { "[y/N] ", answer } })
      assert.matches(question, screen, 1, true)
      assert.are.equal(({ 1, 130, 1, 0 })[number], status, screen)
      assert.are.equal(1, host:count "SELECT 1 FROM Users WHERE Username = 'mary'")
      assert.are.equal(number == 4 and 1 or 0, count_deletions(), screen)
      assert.matches(number == 2 and "1 of 2 done, 0 failed. The same command goes on from here"
        or number == 4 and "2 of 2 done, 0 failed" or "1 of 2 done, 1 failed", screen, 1, true)
    end
    -- One that waited for an answer when it was interrupted is asked about again.
    host:reset()
    assert.are.equal(130, (at_terminal("import " .. path .. " --fresh", { { "[y/N] ", "\3" } })))
    local status, screen = at_terminal("import " .. path, { { "[y/N] ", "y\n" } })
    assert.are.same({ 0, 1 }, { status, count_deletions() }, screen)
  end)

  it("is not answered for what comes after the answer", function()
    if not need_terminal() then
      return
    end
    local path = scratch.write("without.json", [=[[{"user":{"Username":"jdoe"},"spaces":[{"id":3,"addons":[]}]}]]=])
    local meanwhile = command.line(host, "addon set jdoe 'Extra Mailboxes:2' 21 >/dev/null")
    local status, screen = at_terminal("apply " .. path, { { "[y/N] ", "y\n", meanwhile } })
    assert.are.equal(1, status, screen)
    assert.matches("would remove add-on 21 'More Disk'", screen, 1, true)
    assert.matches("which it did not when it was looked at; nothing was done", screen, 1, true)
    assert.are.equal(0, count_deletions())
  end)

  it("types passwords that nobody sees", function()
    if not need_terminal() then
      return
    end
    local without = "env -u DNP_PASSWORD"
    local status, screen = at_terminal("test; stty -a", { { "Password of serveradmin: ", "serveradmin\n" } }, without)
    assert.are.equal(0, status, screen)
    assert.matches("signed in as serveradmin", screen, 1, true)
    assert.is_nil(screen:find("Password of serveradmin: serveradmin", 1, true))
    assert.matches("[ ;]echo[ ;]", screen)

    local again = { { "New password of jdoe: ", "n3w s3cret\n" }, { "Once more: ", "n3w s3cret\n" } }
    status, screen = at_terminal("user password jdoe", again)
    assert.are.same({ 0, "n3w s3cret" }, { status, password_of "jdoe" }, screen)
    assert.is_nil(screen:find("s3cret", 1, true))
    again[2][2] = "another\n"
    status, screen = at_terminal("user password jdoe", again)
    assert.are.same({ 2, "n3w s3cret" }, { status, password_of "jdoe" }, screen)
    assert.matches("two different passwords", screen, 1, true)
    for _, answer in ipairs { "\n", "\4" } do
      status, screen = at_terminal("test", { { "Password of serveradmin: ", answer } }, without)
      assert.are.equal(2, status, screen)
    end
  end)

  it("is asked for a password only when all else is right", function()
    if not need_terminal() then
      return
    end
    local file = scratch.write("a.csv", "Username,Cty\nx,y\n")
    for _, arguments in ipairs {
      "test --dialect plesk", "test --timeout x", "user add x --plan 2", "user edit jdoe Cty=x", "call GetUser",
      "diff " .. file,
    } do
      local status, screen = at_terminal(arguments, {}, "env -u DNP_PASSWORD")
      assert.are.equal(2, status, screen)
      assert.is_nil(screen:find("assword of", 1, true), screen)
    end
  end)

  it("can leave at a question, and gets the terminal back", function()
    if not need_terminal() then
      return
    end
    local status, screen = at_terminal("test; code=$?; stty -a; exit $code",
      { { "Password of serveradmin: ", "\3" } }, "env -u DNP_PASSWORD")
    assert.are.equal(130, status, screen)
    assert.matches("interrupted", screen, 1, true)
    assert.matches("[ ;]echo[ ;]", screen)
    status, screen = at_terminal("user terminate jdoe", { { "[y/N] ", "\3" } })
    assert.are.equal(130, status, screen)
    assert.are.same({}, host:changes())
  end)

  it("finishes with one Ctrl-C, and leaves at once with the second, knowing of whom nobody knows", function()
    host.server:misbehave { action = "hang", operation = "ChangeUserStatus" }
    local line = command.line(host, "user suspend jdoe unicode --jobs 2", "DNP_TIMEOUT=120")
    local status, output = process.interrupt(line, function()
      return host.server:call_count "ChangeUserStatus" > 1
    end, function(running)
      running:await_output "interrupted"
      running:signal "INT"
    end)
    assert.is_true(status == 130, output)
    local names = output:match "interrupted; .- became of: ([^\n]*)"
    assert.is_truthy(names, output)
    assert.is_true(names == "jdoe" or names == "unicode" or names == "jdoe, unicode", names)
  end)

  it("is heard while the shell does something for the command", function()
    -- The program that passwords are written to the disk by.
    local program = ("#!/bin/sh\n: >%s/begun\nuntil [ -e %s/go ]; do sleep 0.05; done\n"):format(scratch.path,
      scratch.path)
    child.run("chmod 700 " .. scratch.write("sync", program))
    local path = scratch.write("a.csv", "Username,FirstName,LastName,Email,Owner\nmary,M,M,m@example.com,reseller\n")
    local line = command.line(host, ("apply %s --passwords-out %s/p.csv"):format(path, scratch.path),
      ("PATH=%s:\"$PATH\""):format(scratch.path))
    local status, output = process.interrupt(line, function()
      return child.run(("test -e %s/begun"):format(scratch.path)) == 0
    end, function()
      scratch.write("go", "")
    end)
    assert.are.equal(130, status, output)
    assert.are.same({}, host:changes())
  end)

  it("learns of a single call, too, that it goes on", function()
    host.server:misbehave { action = "delay", seconds = 25, operation = "DeleteUser", when = "before" }
    local status, output = process.interrupt(command.line(host, "call DeleteUser userId=3 --yes"), function()
      return host.server:call_count "DeleteUser" > 0
    end, function(running)
      running:await_output "became of: DeleteUser"
      host.server:behave()
    end)
    assert.are.equal(130, status, output)
    assert.are.equal(0, host:count "SELECT 1 FROM Users WHERE UserID = 3")
  end)

  it("undoes what a workflow would undo", function()
    host.server:misbehave { action = "delay", seconds = 25, operation = "AddPackage", when = "before" }
    host.server:misbehave { action = "refuse", code = -302, operation = "AddPackageAddon" }
    local line = command.line(host, "user add mary FirstName=M LastName=M Email=m@example.com --owner reseller "
      .. "--plan 'Shared Small' --addon 'Extra Mailboxes'", "DNP_ACCOUNT_PASSWORD=s3cret-pw")
    local status, output = process.interrupt(line, function()
      return host.server:call_count "AddPackage" > 0
    end, function(running)
      running:await_output "became of: mary"
      host.server:behave()
    end)
    assert.are.equal(130, status, output)
    local there = host:count "SELECT 1 FROM Users WHERE Username = 'mary'"
    local spaces = host:count "SELECT 1 FROM Packages WHERE PackageName = 'mary'"
    assert.are.equal(there, spaces, output)
    assert.matches(there == 1 and "done" or "undone", output, 1, true)
  end)

  it("watches programs without colours where NO_COLOR is set", function()
    if not need_terminal() then
      return
    end
    local _, screen = at_terminal("user suspend jdoe", {})
    assert.matches("\27[32m", screen, 1, true)
    assert.are.equal(2, status_of "jdoe")
    _, screen = at_terminal("user suspend nobody", {})
    assert.matches("\27[31m", screen, 1, true)
    _, screen = at_terminal("user list", {}, "NO_COLOR=1")
    assert.is_nil(screen:find("\27", 1, true))
  end)
end)
