-- What the command `dnp` writes where: forms of the answer, and what becomes of it when nobody takes it.
local child = require "spec.support.child"
local cjson = require "cjson"
local command = require "spec.support.command"
local fixture = require "spec.support.panel"

local host, dnp, done

local function status_of(name)
  return host.server:query("SELECT StatusID FROM Users WHERE Username = ?", name)[1].StatusID
end

-- Status and errors of a command whose output goes to a reader that ends early.
local function into(reader, arguments)
  local folder, remove = child.folder()
  local _, output, errors = child.run(("{ %s; echo $? >%s/status; } | %s"):format(command.line(host, arguments),
    folder, reader))
  local status = tonumber(child.read(folder .. "/status"))
  remove()
  return status, errors, output
end

local READING = {
  "user list", "user list --json", "user list --csv", "user show jdoe", "package show 3", "export --json", "test",
  "call GetUserById userId=3", "describe", "help", "help profiles", "--help", "user list --help", "--version",
  "completion bash", "plan list --owner reseller", "addon list jdoe", "usage --month 2011-03",
}

describe("the command dnp writes", function()
  fixture.provide("solidcp", function(started)
    host, dnp = started, command.runner(started)
    done = command.done(dnp)
  end)

  it("nothing more for a reader that has gone, without an error", function()
    for _, arguments in ipairs(READING) do
      local status, errors = into("true", arguments)
      assert.are.same({ 0, "" }, { status, errors }, arguments)
    end
    local status, errors, output = into("head -n 1", "user list -r")
    assert.are.same({ 0, "" }, { status, errors })
    assert.matches("^USERID[^\n]*\n$", output)
  end)

  it("and goes on with what it does, although nobody reads what became of it", function()
    local status, errors = into("true", "user suspend jdoe unicode reseller --jobs 1")
    assert.are.same({ 0, "" }, { status, errors })
    assert.are.same({ 2, 2, 2 }, { status_of "jdoe", status_of "unicode", status_of "reseller" })
    assert.are.equal(4, (into("true", "diff spec/cli/data/bonn.json")))
  end)

  it("what cannot be written as a failure, also when the rest is done", function()
    local cases = { { ">/dev/full", "dnp: standard output: No space left on device\n" },
      { ">&-", "dnp: standard output: it is closed\n" } }
    if child.run "test -w /dev/full" ~= 0 then
      table.remove(cases, 1)
    end
    for _, case in ipairs(cases) do
      for _, arguments in ipairs(READING) do
        local status, _, errors = dnp(arguments .. " " .. case[1])
        assert.are.equal(1, status, arguments)
        if arguments:find("--json", 1, true) then
          assert.matches("standard output", cjson.decode(errors).error.message, 1, true)
        else
          assert.are.equal(case[2], errors, arguments)
        end
      end
      host:reset()
      local status, _, errors = dnp("user suspend jdoe unicode " .. case[1])
      assert.are.same({ 1, case[2] }, { status, errors })
      assert.are.same({ 2, 2 }, { status_of "jdoe", status_of "unicode" })
    end
  end)

  it("nothing into what is opened in place of a closed stream", function()
    for _, closing in ipairs { "<&-", "2>&-", "<&- 2>&-" } do
      local status, output = dnp("user list --owner 2 --csv " .. closing)
      assert.are.equal(0, status, closing)
      assert.matches("^UserId,Username,", output)
    end
    local folder, remove = child.folder()
    local log = folder .. "/log"
    assert.are.equal(1, (dnp(("user list --log %s >&- 2>&-"):format(log))))
    for line in child.read(log):gmatch "[^\n]+" do
      assert.is_table(cjson.decode(line))
    end
    remove()
  end)

  it("a row of CSV for each account that is changed", function()
    assert.are.equal("workflow,username,user_id,outcome,changed,steps\n"
      .. "suspend,jdoe,3,done,true,change status of user 'jdoe': Active -> Suspended: done\n"
      .. "suspend,unicode,9,done,true,change status of user 'unicode': Active -> Suspended: done\n",
      done "user suspend jdoe unicode --jobs 1 --csv")
    assert.matches("^authenticated,dialect,[%w_,]*,url[%w_,]*\n[^\n]+\n$", done "test --csv")
  end)

  it("what has parts as JSON, and no secrets", function()
    host.server:query "UPDATE Users SET Vlans = '[]' WHERE UserID = 3"
    for _, arguments in ipairs { "user show jdoe", "user show jdoe --csv", "call GetUserById userId=3 --csv",
      "call GetUserById userId=3", "package show 3", "call GetPackageContext packageId=3" } do
      local output = done(arguments)
      assert.is_nil(output:find("table: ", 1, true), arguments)
      assert.is_nil(output:find("Password", 1, true), arguments)
    end
    assert.matches("^RoleId,Role,StatusId,Status,", done "call GetUserById userId=3 --csv")
    assert.are.equal("", done "call GetUserPeers userId=3")
    assert.are.equal("[]\n", done "call GetUserPeers userId=3 --json")
    assert.matches("%[%[", done "call GetPackageQuotas packageId=3 --json")
    assert.matches('"Vlans":[]', done "call GetUserById userId=3 --json", 1, true)
  end)

  it("errors on standard error in both forms", function()
    for _, case in ipairs {
      { "user show nobody", 1, "there is no user 'nobody'" },
      { "user edit jdoe Cty=x", 2, "did you mean 'City'?" },
      { "user lst", 2, "did you mean one of these: 'list' 'ls'?" },
      { "user suspend nobody", 1, "there is no user 'nobody'" },
      { "user suspend jdoe --jobs 0", 2, "--jobs: expected a whole number from 1 to 1000, got '0'" },
      { "user suspend 0", 2, "WHO: '0' is not an id" },
      { "package show reseller --space nothing", 1, "reseller has no such space: Reseller space (id 2)" },
      { "call GetUserById user=3", 2, "it takes: userId" },
      { "call GetUsers ownerId=2", 2, "recursive" },
      { "call DeleteUser userId=3", 2, "say --yes" },
      { "apply /nowhere/accounts.yaml", 2, "No such file or directory" },
      { "diff .", 2, "Is a directory" },
      { "export nobody", 1, "nobody: there is no user 'nobody'" },
    } do
      local status, _, errors = dnp(case[1])
      assert.are.equal(case[2], status, case[1])
      assert.matches(case[3], errors, 1, true)
      local output
      status, output, errors = dnp(case[1] .. " --json")
      assert.are.equal(case[2], status, case[1])
      assert.is_true(output == "" or output == "[]\n", output)
      local err = cjson.decode(errors).error
      assert.is_string(err.message)
      assert.is_truthy(err.subject or err.message:find(case[3], 1, true), errors)
    end
  end)
end)
