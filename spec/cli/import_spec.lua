-- `dnp import`: what is checked, what is told, how it goes on.
local child = require "spec.support.child"
local cjson = require "cjson"
local command = require "spec.support.command"
local process = require "spec.support.process"
local scratch = require "spec.support.scratch"
local shop = require "spec.support.shop"

local host, dnp, done

local HEADER = shop.HEADER

describe("dnp import", function()
  shop.provide(function(...)
    host, dnp, done = ...
  end)

  it("makes accounts with spaces and add-ons, once", function()
    local path, passwords = scratch.write("c.csv", shop.customers(25)), scratch.path .. "/passwords.csv"
    local line = ("import %s --passwords-out %s"):format(path, passwords)
    local status, output, errors = dnp(line)
    assert.are.same({ 0, "25 of 25 done, 0 failed\n" }, { status, output }, errors)
    assert.are.same({}, shop.faults(host, 25))
    local _, listing = child.run("ls -l " .. passwords)
    assert.matches("^%-rw%-%-%-%-%-%-%-", listing)
    for _, user in ipairs(host.server:query "SELECT Username, Password FROM Users WHERE Username LIKE 'c____'") do
      assert.matches(("%s,%s\n"):format(user.Username, user.Password), child.read(passwords), 1, true)
    end
    host.server:clear_calls()
    assert.are.equal("25 of 25 done, 0 failed\n", done(line))
    assert.are.equal(0, #host.server:calls())
    local journal = child.read(path .. ".journal")
    for password in child.read(passwords):gmatch ",(%w+)\n" do
      assert.is_nil(journal:find(password, 1, true))
    end
  end)

  it("takes JSON Lines, flat or as specs", function()
    local rest = '"FirstName":"A","LastName":"B","Email":"a@example.com","Password":"pass word","Owner":"shop"'
    local path = scratch.write("c.jsonl", ('{"Username":"flat",%s,"Plan":"Starter","Zip":"01"}\n'):format(rest)
      .. ('{"user":{"Username":"spec",%s},"spaces":[{"name":"x","plan":72}]}\n'):format(rest))
    assert.are.equal("2 of 2 done, 0 failed\n", done("import " .. path))
    assert.are.equal(1,
      host:count "SELECT 1 FROM Users WHERE Username = 'flat' AND Zip = '01' AND Password = 'pass word'")
    assert.are.equal(1, host:count "SELECT 1 FROM Packages WHERE PackageName = 'flat' AND PlanID = 70")
    assert.are.equal(1, host:count "SELECT 1 FROM Packages WHERE PackageName = 'x' AND PlanID = 72")
  end)

  it("checks the whole file and what it names on the panel before anything is done", function()
    local path = scratch.write("c.csv", HEADER .. "a,A,A,a@example.com,,shop,Starter\n"
      .. "b,,B,b@example.com,secret,shop,Starter\n")
    local status, _, errors = dnp("import " .. path)
    assert.are.equal(2, status)
    assert.matches(":2: Password: is missing", errors, 1, true)
    assert.matches(":3: FirstName: is missing", errors, 1, true)
    assert.matches("2 errors; nothing was done", errors, 1, true)
    path = scratch.write("c.csv", HEADER .. "a,A,A,a@example.com,secret,nobody,Starter\n"
      .. "b,B,B,b@example.com,secret,shop,Startr\n"
      .. "c,C,C,c@example.com,secret,shop,Startr\n")
    for _, option in ipairs { "--check", "" } do
      status, _, errors = dnp(("import %s %s --json"):format(path, option))
      assert.are.equal(2, status)
      local found = {}
      for line in errors:gmatch "[^\n]+" do
        local err = cjson.decode(line).error
        found[#found + 1] = err.row and ("%d %s"):format(err.row, err.column)
      end
      assert.are.same({ "2 Owner", "3 Plan", "4 Plan" }, found)
    end
    assert.are.equal(0, host.server:call_count "AddUser")
    path = scratch.write("c.csv", HEADER .. "a,A,A,a@example.com,secret,shop,Starter\n")
    assert.are.equal("1 account, no errors\n", done(("import %s --check"):format(path)))
    assert.are.equal(0, host.server:call_count "AddUser")
  end)

  it("has as many calls under way at once as there are jobs", function()
    local path = scratch.write("c.csv", shop.customers(40):gsub("Zip", "Password"))
    host.server:misbehave { action = "hang", operation = "AddUser", rate = 1 }
    local running = process.start(command.line(host, ("import %s --jobs 16"):format(path)), scratch.path .. "/import")
    process.await("16 calls", function()
      return host.server:call_count "AddUser" == 16
    end)
    assert.are.equal(0, host:count "SELECT 1 FROM Users WHERE Username LIKE 'c____'")
    running:kill()
  end)

  it("writes failures as a file that can be corrected and imported", function()
    local path = scratch.write("c.csv", "Username;Note\n")
    assert.are.equal(2, (dnp("import " .. path)))
    path = scratch.write("d.csv", HEADER .. "a,A,A,a@example.com,secret,shop,Starter\n"
      .. "b,B,\"B,\"\"b\",b@example.com,secret,shop,Pro\nc,C,C,c@example.com,secret,shop,Starter\n")
    host.server:misbehave { action = "refuse", code = -305, operation = "AddPackage", nth = 2 }
    local status, output, errors = dnp("import --jobs 1 " .. path)
    assert.are.equal(1, status)
    assert.matches("2 of 3 done, 1 failed; the failures are in ", output, 1, true)
    assert.matches("dnp: b (line 3): ", errors, 1, true)
    local failures = scratch.path .. "/d.failures.csv"
    local text = child.read(failures)
    assert.matches("^Username,FirstName,LastName,Email,Password,Owner,Plan,Error\nb,B,\"B,\"\"b\",b@", text)
    assert.matches("ERROR_PACKAGE_QUOTA_EXCEED", text, 1, true)
    local _, listing = child.run("ls -l " .. failures)
    assert.matches("^%-rw%-%-%-%-%-%-%-", listing)
    assert.are.equal("1 of 1 done, 0 failed\n", done("import " .. failures))
    assert.are.equal(1, host:count "SELECT 1 FROM Users WHERE Username = 'b' AND LastName = 'B,\"b'")
    assert.are.equal("3 of 3 done, 0 failed\n", done("import " .. path))
  end)

  it("stops soon when the panel is down, and goes on later", function()
    local path = scratch.write("c.csv", shop.customers(60):gsub("Zip", "Password"))
    host.server:misbehave { action = "html", status = 503, nth = 60, times = 100000 }
    local status, output = dnp("import --jobs 4 --deadline 2 " .. path)
    assert.is_true(status == 1 or status == 3)
    assert.matches("The panel does not answer any more, so %d+ were not tried; the same command goes on", output)
    host.server:behave()
    assert.are.equal("60 of 60 done, 0 failed\n", done("import " .. path))
    assert.are.equal(60, host:count "SELECT 1 FROM Users WHERE Username LIKE 'c____'")
  end)

  it("knows its file and its panel again", function()
    local path = scratch.write("c.csv", HEADER .. "a,A,A,a@example.com,secret,shop,Starter\n")
    done("import " .. path)
    scratch.write("c.csv", HEADER .. "a,A,A,a@example.com,secret,shop,Starter\nb,B,B,b@example.com,secret,shop,Pro\n")
    local status, _, errors = dnp("import " .. path)
    assert.are.equal(2, status)
    assert.matches("--fresh", errors, 1, true)
    assert.are.equal("2 of 2 done, 0 failed\n", done(("import %s --fresh"):format(path)))
    assert.are.equal(1, host:count "SELECT 1 FROM Users WHERE Username = 'a'")
  end)

  it("gives accounts that are there the passwords that it has written", function()
    host.server:query "UPDATE Users SET OwnerID = 50 WHERE Username = 'jdoe'"
    local path = scratch.write("c.csv", "Username,FirstName,LastName,Email,Owner\njdoe,John,Doe,j@example.com,shop\n")
    done(("import %s --passwords-out %s/p.csv"):format(path, scratch.path))
    local password = child.read(scratch.path .. "/p.csv"):match "jdoe,(%w+)\n"
    assert.are.equal(password, host.server:query("SELECT Password FROM Users WHERE Username = 'jdoe'")[1].Password)
  end)

  it("deletes nothing of accounts that are there without --yes", function()
    host.server:query "UPDATE Users SET OwnerID = 50 WHERE Username = 'jdoe'"
    local path = scratch.write("c.csv", HEADER:gsub("Plan", "Space,Plan,Addons")
      .. "a,A,A,a@example.com,secret,shop,a,Starter,Sites\n"
      .. "b,B,B,b@example.com,secret,shop,b,Starter,Sites:2\n")
    done("import " .. path)
    local other = scratch.write("d.csv", (child.read(path):gsub("Sites:2", "71")
      :gsub("Starter,Sites", "Starter,73")))
    host.server:seed { plans = {
      { PlanId = 73, UserId = 50, PackageId = 40, PlanName = "More", IsAddon = true, quotas = { ["Web.Sites"] = 1 } },
    } }
    host.server:clear_calls()
    local status, output, errors = dnp(("import %s --check"):format(other))
    assert.are.same({ 0, "2 accounts, no errors; 1 would lose something, which --yes allows\n" }, { status, output })
    assert.matches("note: a (line 2): would remove add-on 71 'Sites'", errors, 1, true)
    assert.are.equal(1, cjson.decode((select(2, dnp(("import %s --check --json"):format(other))))).losing)
    assert.are.same({}, host:changes())

    status, output, errors = dnp("import " .. other)
    assert.are.equal(1, status)
    assert.matches("1 of 2 done, 1 failed", output, 1, true)
    assert.matches("dnp: a (line 2): ensure_account: would remove add-on 71 'Sites'", errors, 1, true)
    assert.matches("; --yes allows that\n", errors, 1, true)
    assert.are.same({ "UpdatePackageAddon" }, host:changes())
    assert.matches("would remove add-on 71", child.read(scratch.path .. "/d.failures.csv"), 1, true)
    assert.are.equal("2 of 2 done, 0 failed\n", done(("import %s --yes"):format(other)))
    assert.are.equal(1, host:count "SELECT 1 FROM PackageAddons WHERE PlanID = 71")
    assert.are.equal(1, host:count "SELECT 1 FROM PackageAddons WHERE PlanID = 73")
  end)

  it("shows a bar to a person only", function()
    if child.run "script --version" ~= 0 then
      pending "the program 'script', which makes a terminal, is not installed"
      return
    end
    local path = scratch.write("c.csv", shop.customers(20):gsub("Zip", "Password"))
    host.server:misbehave { action = "delay", seconds = 0.03, rate = 1 }
    local _, output = child.run(("env DNP_CONFIG=/dev/null DNP_URL=%s DNP_USERNAME=serveradmin "
      .. "DNP_PASSWORD=serveradmin DNP_DIALECT=solidcp TERM=xterm script -q -e -c %s /dev/null"):format(host.server.url,
      child.quote(("%s bin/dnp import %s --jobs 2"):format(child.lua, path))))
    assert.matches("\r%[#+%-+%] %d+ of 20 done, 0 failed, [%d.]+/s, %d:%d%d left", output)
  end)
end)
