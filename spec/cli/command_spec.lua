-- The command `dnp`: its frame and what it does with accounts, spaces, add-ons, plans and calls.
local child = require "spec.support.child"
local cjson = require "cjson"
local command = require "spec.support.command"
local fixture = require "spec.support.panel"
local process = require "spec.support.process"

local host, dnp, done

local ADD = "user add mary FirstName=Mary LastName=Moe Email=mary@example.com --owner reseller --plan 'Shared Small' "
  .. "--addon 'Extra Mailboxes:2'"
local PASSWORD = "DNP_ACCOUNT_PASSWORD='s3cret pw'"

local function one(sql, ...)
  return host.server:query(sql, ...)[1]
end

local function status_of(name)
  return one("SELECT StatusID FROM Users WHERE Username = ?", name).StatusID
end

-- A file with a text in a folder of its own, which `fn` is given.
local function with_file(name, text, fn)
  local folder, remove = child.folder()
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  local good, raised = pcall(fn, path, folder)
  remove()
  if not good then
    error(raised, 0)
  end
end

describe("the command dnp", function()
  fixture.provide("solidcp", function(started)
    host, dnp = started, command.runner(started)
    done = command.done(dnp)
  end)

  it("tests the connection", function()
    assert.matches("signed in as serveradmin, Administrator", done "test", 1, true)
    local status, output, errors = dnp("test", "DNP_PASSWORD=wrong")
    assert.are.same({ 1, "" }, { status, output })
    assert.matches("^dnp: test_connection: ", errors)
    status, output, errors = dnp("test --json", "DNP_PASSWORD=wrong")
    assert.are.equal("", output)
    assert.are.equal(1, status)
    assert.are.equal("credentials", cjson.decode(errors).error.name)
  end)

  it("says which dialects there are", function()
    local status, _, errors = dnp("test", "DNP_DIALECT=plesk")
    assert.are.equal(2, status)
    assert.matches("plesk", errors, 1, true)
  end)

  it("takes an account through its life", function()
    local output = done(ADD, PASSWORD)
    assert.matches("1. add user 'mary' (owner 2, User, Active) - done, id ", output, 1, true)
    assert.matches("3. add add-on 4 'Extra Mailboxes' x 2 to space 'mary' (Active) - done", output, 1, true)
    assert.are.equal("s3cret pw", one("SELECT Password FROM Users WHERE Username = 'mary'").Password)
    assert.are.equal(1, (dnp(ADD, PASSWORD)))
    assert.are.equal("ensure_account 'mary': nothing to do\n", done(ADD .. " --ensure", PASSWORD))

    done "user edit mary City=Bonn HtmlMail=true"
    assert.are.same({ "Bonn", 1 }, {
      one("SELECT City FROM Users WHERE Username = 'mary'").City,
      one("SELECT HtmlMail FROM Users WHERE Username = 'mary'").HtmlMail,
    })
    done "user suspend mary"
    assert.are.equal(2, status_of "mary")
    done "user unsuspend mary"
    assert.are.equal(1, status_of "mary")
    done "package change-plan mary --to 'Shared Medium' --addon 21 --yes"
    assert.are.equal(20, one("SELECT PlanID FROM Packages WHERE PackageName = 'mary'").PlanID)
    done "addon set mary 'Extra Mailboxes:3' --yes"
    assert.matches("Extra Mailboxes +3 +Active", done "addon list mary")
    done "package add mary --plan 'Shared Small' --space second"
    assert.matches("second", done "package list --user mary", 1, true)
    done "package terminate mary --space second --yes"
    assert.is_nil(done("package list --user mary"):find("second", 1, true))
    done("user password mary", "DNP_ACCOUNT_PASSWORD=n3w")
    assert.are.equal("n3w", one("SELECT Password FROM Users WHERE Username = 'mary'").Password)
    done "user terminate mary --yes"
    assert.are.equal(0, host:count("SELECT 1 FROM Users WHERE Username = 'mary'"))
    assert.are.equal(1, (dnp "user terminate mary --yes"))
    done "user terminate mary --yes --ignore-absent"
  end)

  it("shows what it would do and does nothing", function()
    local before = host:state()
    for _, line in ipairs {
      ADD, "user edit jdoe City=Bonn", "user suspend jdoe", "user password jdoe", "user terminate jdoe",
      "package change-plan jdoe --to 'Shared Medium'", "addon set jdoe", "package add jdoe --plan 2 --space more",
      "package terminate jdoe", "call DeleteUser userId=3",
    } do
      done(line .. " --dry-run")
    end
    assert.are.same(before, host:state())
  end)

  it("does not delete unasked", function()
    for _, line in ipairs { "user terminate jdoe", "package terminate jdoe" } do
      local status, _, errors = dnp(line)
      assert.are.equal(2, status)
      assert.matches("say --yes", errors, 1, true)
    end
    assert.are.equal(0, host.server:call_count "DeleteUser")
    assert.are.equal(0, host.server:call_count "DeletePackage")
  end)

  it("goes on with the others when one account fails, and says by its status how it ended", function()
    local status, output, errors = dnp "user suspend jdoe nobody reseller --jobs 1"
    assert.are.equal(1, status)
    assert.matches("suspend 'jdoe'", output, 1, true)
    assert.matches("suspend 'reseller'", output, 1, true)
    assert.matches("dnp: nobody: there is no user 'nobody'", errors, 1, true)
    host:reset()
    host.server:misbehave { action = "refuse", code = -106, operation = "DeleteUser", nth = 2 }
    status = dnp "user terminate reseller --children --yes"
    assert.are.equal(3, status)
    host:reset()
    assert.matches("with --children they are deleted too", select(3, dnp "user terminate reseller --yes"), 1, true)
  end)

  it("stops soon when the panel does not answer any more, and goes on when it does", function()
    local names = {}
    for number = 1, 60 do
      names[number] = ("c%02d"):format(number)
    end
    host.server:seed { users = (function()
      local users = {}
      for number, name in ipairs(names) do
        users[number] = { UserId = 100 + number, OwnerId = 2, Username = name, RoleId = 3 }
      end
      return users
    end)() }
    with_file("who", table.concat(names, "\n") .. "\n", function(path, folder)
      for _, line in ipairs {
        "user suspend --from " .. path, ("rotate-passwords --from %s --out %s/p.csv"):format(path, folder),
        "package change-plan --to 2 --addon 4 --yes --from " .. path,
      } do
        local status, _, errors = dnp(line, "DNP_URL=http://127.0.0.1:1")
        assert.are.equal(1, status, errors)
        -- Those that were under way, five in a row and some more.
        assert.matches("the panel does not answer any more, so [345]%d were not tried; repeat the command", errors)
      end
      local status, _, errors = dnp(("apply %s"):format(child.write(folder .. "/a.csv", "Username,City\n"
        .. table.concat(names, ",Bonn\n") .. ",Bonn\n")), "DNP_URL=http://127.0.0.1:1")
      assert.are.equal(1, status)
      assert.matches("so [345]%d were not tried", errors)
      assert.matches("nothing was done", errors, 1, true)

      host.server:misbehave { action = "html", status = 503, nth = 40, times = 100000 }
      status, _, errors = dnp("user suspend --deadline 2 --from " .. path)
      assert.is_true(status == 1 or status == 3, errors)
      assert.matches("the panel does not answer any more, so %d+ were not tried", errors)
      host.server:behave()
      done("user suspend --from " .. path)
      assert.are.equal(60, host:count "SELECT 1 FROM Users WHERE Username LIKE 'c__' AND StatusID = 2")
    end)
  end)

  it("takes accounts from files", function()
    for _, text in ipairs {
      "# overdue\njdoe\n2\n", "\239\187\191UserId;Amount\r\n3;1\r\n2;5\r\n",
      '"Username","Note"\n"jdoe","a, b"\nreseller,\n',
    } do
      host:reset()
      with_file("who", text, function(path)
        done("user suspend --from " .. path)
      end)
      assert.are.same({ 2, 2 }, { status_of "jdoe", status_of "reseller" }, text)
    end
    host:reset()
    done("user suspend --from -", nil, "echo jdoe")
    assert.are.equal(2, status_of "jdoe")
  end)

  it("takes no file for accounts that names none, or cannot be read", function()
    for text, reason in pairs {
      ["Email,Name\njdoe,John\n"] = "line 1 has several columns, and none is called Username or UserId",
      ["jdoe\nunicode,x\n"] = "line 2 has several columns, and none is called Username or UserId",
      ["Username\nJ\252rgen\n"] = "it is not UTF-8, but maybe Latin-1 or Windows-1252; save the file as UTF-8",
    } do
      with_file("who", text, function(path)
        local status, output, errors = dnp(("user terminate --yes --from %s"):format(path))
        assert.are.same({ 2, "" }, { status, output })
        assert.matches(reason, errors, 1, true)
      end)
    end
    with_file("who", "Username\n", function(path)
      local status, output, errors = dnp(("user terminate --from %s"):format(path))
      assert.are.same({ 0, "" }, { status, output })
      assert.matches("^Nothing to do: .*who names nobody.\n$", errors)
    end)
    assert.are.same({}, host:changes())
  end)

  it("moves all spaces of a plan to another", function()
    done "package change-plan --where plan='Shared Small' --to 'Shared Medium'"
    assert.are.equal(0, host:count("SELECT 1 FROM Packages WHERE PlanID = 2"))
    assert.is_true(host:count("SELECT 1 FROM Packages WHERE PlanID = 20") > 0)
    local status, _, errors = dnp "package change-plan --where plan='Shared Small' --to 'Shared Medium'"
    assert.are.same({ 0, "Nothing to do: there is no such space.\n" }, { status, errors })
  end)

  it("names the quotas that do not fit", function()
    local status, _, errors = dnp "package change-plan jdoe --to 'Shared Huge'"
    assert.are.equal(1, status)
    assert.matches("OS.Diskspace is exceeded", errors, 1, true)
    status, _, errors = dnp "package change-plan jdoe --to 'Shared Huge' --json"
    assert.are.equal(1, status)
    local answer = cjson.decode(errors).error
    assert.are.same({ -305, "refused", "jdoe" }, { answer.code, answer.kind, answer.subject })
    assert.are.equal("OS.Diskspace", answer.exceeding_quotas[1])
  end)

  it("lists for people and for programs", function()
    assert.matches("USERID +USERNAME", done "user list")
    local users = cjson.decode(done "user list --recursive --json")
    local names = {}
    for _, user in ipairs(users) do
      names[user.Username] = user.Status
    end
    assert.are.same({ "Active", "Suspended" }, { names.jdoe, names.suspended })
    assert.matches("^UserId,Username,", done "user list --owner 2 --csv")
    assert.are.equal("[]\n", done "user list --owner jdoe --json")
    assert.matches("jdoe", done "user list -r --where Email=doe@", 1, true)
    assert.matches("Shared Small", done "plan list --owner reseller", 1, true)
    assert.matches("Extra Mailboxes", done "plan list --owner reseller --addons", 1, true)
    assert.are.equal(3, cjson.decode(done "user show jdoe --json").UserId)
    assert.are.equal(2, cjson.decode(done "package show 3 --json").PlanId)
    local usage = cjson.decode(done "usage jdoe --month 2011-03 --json")
    assert.are.equal(38797312, usage[1].DiskspaceBytes)
    assert.matches("^Username,PlanName,OwnerUsername,Email,BytesTotal,DiskspaceBytes\n",
      done "usage --month 2011-03 --csv")
  end)

  it("calls any operation", function()
    assert.are.equal("true\n", done "call UserExists username=jdoe")
    assert.are.equal(3, cjson.decode(done "call GetUserByUsername username=jdoe --json").UserId)
    local id = done("call AddUser user.OwnerId=1 user.RoleId=User user.StatusId=Active user.IsDemo=false user.IsPeer=0 "
      .. "user.Username=zoe user.FirstName=Zoe user.LastName=Z user.Email=z@example.com user.Password=- sendLetter=no",
      nil, "echo pass")
    assert.are.equal(one("SELECT UserID FROM Users WHERE Username = 'zoe'").UserID, tonumber(id))
    assert.are.equal("pass", one("SELECT Password FROM Users WHERE Username = 'zoe'").Password)
    local status, _, errors = dnp "call ChangeUserPassword userId=3 password=secret"
    assert.are.equal(2, status)
    assert.matches("password=@FILE", errors, 1, true)
    status, _, errors = dnp "call GetUserById userId=77777"
    assert.are.equal(1, status)
    assert.matches("dnp: ", errors, 1, true)
  end)

  it("describes operations without a panel", function()
    assert.matches("GetUsersPagedRecursive", done("describe", "DNP_URL="), 1, true)
    local _, output = dnp("describe AddUser --json", "DNP_URL=")
    local rows, found = cjson.decode(output), nil
    for _, row in ipairs(rows) do
      found = found or row.Name == "user.City" and row.Remarks
    end
    assert.are.equal("up to 50 characters", found)
  end)

  it("keeps secrets out of what it writes", function()
    with_file("log", "", function(path)
      local status, output, errors = dnp(ADD .. " --trace --log " .. path, PASSWORD)
      assert.are.equal(0, status)
      assert.matches("> POST ", errors, 1, true)
      local log = child.read(path)
      for _, text in ipairs { output, errors, log } do
        assert.is_nil(text:find("s3cret", 1, true))
      end
      local requests, answers = {}, 0
      for line in log:gmatch "[^\n]+" do
        local event = cjson.decode(line)
        if event.event == "request" then
          requests[event.call] = event.operation
        else
          answers = answers + 1
          assert.are.equal(requests[event.call], event.operation)
          assert.are.equal(200, event.status)
        end
      end
      assert.are.equal(#host.server:calls(), answers)
    end)
  end)

  it("refuses a wrong command line before it asks the panel", function()
    for _, case in ipairs {
      { "user", "a command is required" },
      { "usr list", "unknown command 'usr'; did you mean 'user'? `dnp --help` tells more" },
      { "user add", "missing argument 'name'" },
      { "user add x City=Bonn", "dnp: FirstName: is missing; LastName: is missing; Email: is missing\n" },
      { "user list --role Boss", "dnp: role: expected one of 'Administrator'" },
      { "user list --where Size=x", "dnp: --where: expected one of 'Username'" },
      { "user edit jdoe Role=Boss", "dnp: jdoe: Role: expected one of 'Administrator'" },
      { "call GetUsers", "GetUsers: missing ownerId, recursive; `dnp describe GetUsers` tells" },
      { "user suspend", "whom?" },
      { "user suspend jdoe --force", "unknown option '--force'" },
      { "user edit jdoe Cty=Bonn", "did you mean 'City'?" },
      { "user edit jdoe City", "expected NAME=VALUE" },
      { "user edit jdoe HtmlMail=maybe", "expected true or false" },
      { "user edit jdoe Password=x", "is a secret" },
      { "user edit jdoe", "which fields?" },
      { "usage", "--month" },
      { "usage --month 2011", "is not a month such as '2026-11'" },
      { "package change-plan jdoe", "--to" },
      { "package change-plan jdoe --to 0", "is not an id" },
      { "user list --json --csv", "one is enough" },
      { "call GetUser", "there is no operation 'GetUser'" },
      { "call GetUserById user=3", "has no parameter 'user'" },
      { "test", "no panel", "DNP_URL=" },
      { "help nothing", "there is no help about 'nothing'" },
      { "help migraton", "did you mean 'migration'?" },
    } do
      local status, output, errors = dnp(case[1], case[3])
      assert.are.same({ 2, "" }, { status, output }, case[1])
      assert.matches(case[2], errors, 1, true)
    end
    assert.are.equal(0, #host.server:calls())
  end)

  it("helps, and completes in three shells", function()
    local output = done "--help"
    assert.matches("Exit status:", output, 1, true)
    assert.matches("Examples:", done "user add --help", 1, true)
    assert.matches("Examples:", done "help user add", 1, true)
    assert.matches("password_command", done "help profiles", 1, true)
    assert.matches("change-plan", done "completion bash", 1, true)
    assert.matches("#compdef dnp", done "completion zsh", 1, true)
    assert.matches("complete -c dnp", done "completion fish", 1, true)
    assert.matches("--database FILE", done "sandbox --help", 1, true)
  end)

  it("has examples everywhere, and --dry-run wherever something is changed", function()
    local changing = { import = true, call = true }
    assert.matches("Examples:\n    dnp ", done "--help", 1, true)
    for path, entry in pairs(require("dnp.cli").parser().commands) do
      local help = entry.command:get_help()
      assert.matches("Examples:\n    dnp " .. path, help, 1, true)
      assert.matches("Exit status: 0 done", help, 1, true)
      if not entry.definition.commands then
        assert.are.equal((entry.definition.changes or changing[path]) and true or false,
          help:find("--dry-run", 1, true) ~= nil, path)
      end
    end
  end)

  it("has a manual page that says the same", function()
    assert.is_true(require("tools.man").fresh "man/dnp.1", "run ./dev lua tools/man.lua")
    if child.run "man --version" == 0 then
      local status, output, errors = child.run "man --warnings -l man/dnp.1 | col -b"
      assert.are.same({ 0, "" }, { status, errors })
      assert.matches("dnp package change-plan", output, 1, true)
      assert.matches("plan='Shared Small' --to", output, 1, true)
    end
  end)

  it("is coloured on a terminal only, and not when NO_COLOR is set", function()
    if child.run "script --version" ~= 0 then
      pending "the program 'script', which makes a terminal, is not installed"
      return
    end
    assert.is_nil(done("user list"):find("\27", 1, true))
    local on_terminal = ("env %%s DNP_CONFIG=/dev/null DNP_URL=%s DNP_USERNAME=serveradmin DNP_PASSWORD=serveradmin "
      .. "DNP_DIALECT=solidcp TERM=xterm script -q -e -c %s /dev/null"):format(host.server.url,
      child.quote(child.lua .. " bin/dnp user suspend jdoe"))
    local _, output = child.run(on_terminal:format "-u NO_COLOR")
    assert.is_truthy(output:find("\27[32m", 1, true), output)
    _, output = child.run(on_terminal:format "NO_COLOR=1")
    assert.is_nil(output:find("\27", 1, true))
  end)

  it("finishes what is under way when it is interrupted, and says so", function()
    host.server:misbehave { action = "delay", seconds = 25, operation = "ChangeUserStatus", when = "before" }
    local status, output = process.interrupt(("env DNP_CONFIG=/dev/null DNP_URL=%s DNP_USERNAME=serveradmin "
      .. "DNP_PASSWORD=serveradmin DNP_DIALECT=solidcp %s bin/dnp user suspend jdoe unicode --jobs 1"):format(
      host.server.url, child.lua), function()
      return host.server:call_count "ChangeUserStatus" > 0
    end, function(running)
      running:await_output "interrupted"
      host.server:behave()
    end)
    assert.are.equal(130, status, output)
    assert.matches("interrupted; what is under way is brought to its end.-jdoe", output)
    assert.are.same({ 2, 1 }, { status_of "jdoe", status_of "unicode" })
  end)
end)
