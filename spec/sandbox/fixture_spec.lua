-- A sandbox as a fixture for tests: files, states, seeds, queries, logs, https, its end.
local child = require "spec.support.child"
local dnp = require "dnp"
local prng = require "spec.support.prng"
local sandboxes = require "dnp.sandbox"
local support = require "spec.support.sandbox"

local session, user, refused, failed = support.session, support.user, support.refused, support.failed

describe("a sandbox as a fixture", function()
  local sandbox, panel

  support.provide(function(...)
    sandbox, panel = ...
  end)

  it("starts many at a time, each on a port of its own", function()
    local other = assert(sandboxes.start { port = 0 })
    assert.are_not.equal(sandbox.url, other.url)
    assert.is_true(session(other):user_exists "serveradmin")
    other:stop()
    other:stop()
    assert.has_error(function() other:call_count() end, "this sandbox was stopped")
    failed("transport", session(other):user_exists "serveradmin")
  end)

  it("says what cannot be started", function()
    local port = tonumber(sandbox.url:match "%d+$")
    local other, message = sandboxes.start { port = port }
    assert.is_nil(other)
    assert.is_truthy(message:find("cannot be opened", 1, true))
    other, message = sandboxes.start { database = "/nonexistent/panel.db" }
    assert.is_nil(other)
    assert.is_truthy(message:find("/nonexistent/panel.db", 1, true))
    local function raises(options, expected)
      local good, text = pcall(function() return sandboxes.start(options) end)
      assert.is_false(good)
      assert.is_truthy(tostring(text):find(expected, 1, true), text)
    end
    raises({ prot = 1 }, "option 'prot' is unknown; did you mean 'port'?")
    raises({ port = "1" }, "option 'port': expected integer, got a number in a string")
    raises({ port = 70000 }, "option 'port' must be at most 65535, got 70000")
    raises({ port = 1.5 }, "option 'port': expected integer, got 1.5")
    raises({ dialect = "plesk" }, "expected one of 'dotnetpanel', 'websitepanel', 'solidcp', got 'plesk'")
    raises({ database = "" }, "'database' must not be empty")
    raises({ certificate = "x" }, "go together")
    for _, version in ipairs { "", "x", "1.", ".1", "1..2", "1.2.3.4.5", "1.2a", "-1", "16384", "1 2" } do
      raises({ dialect = "websitepanel", version = version }, "option 'version' must be up to four numbers")
    end
    raises({ delete_delay = -1 }, "option 'delete_delay' must be a number of seconds, and not negative")
    raises(7, "expected table of options, got number")
  end)

  describe("with a file", function()
    local file

    local function bytes(path)
      local handle = assert(io.open(path, "rb"))
      local content = handle:read "*a"
      handle:close()
      return content
    end

    -- Runs statements on a file that no sandbox has open.
    local function attached(path, ...)
      assert(sandbox:query(("ATTACH '%s' AS other"):format(path)))
      for _, statements in ipairs { ... } do
        for _, sql in ipairs(statements) do
          assert(sandbox:query(sql))
        end
      end
      assert(sandbox:query "DETACH other")
    end

    before_each(function()
      file = os.tmpname()
      os.remove(file)
    end)

    after_each(function()
      for _, suffix in ipairs { "", "-wal", "-shm", "-journal" } do
        os.remove(file .. suffix)
      end
    end)

    it("keeps its data, and its mark, in it", function()
      local first = assert(sandboxes.start { database = file })
      assert(session(first):add_user(user(), false))
      first:stop()
      assert.are.equal("dnpS", bytes(file):sub(69, 72))
      local second = assert(sandboxes.start { database = file })
      assert.is_true(session(second):user_exists "anna")
      second:stop()
    end)

    it("opens one that the first sandboxes made", function()
      local first = assert(sandboxes.start { database = file })
      local unmade = {}
      for _, row in ipairs(first:query [[SELECT 'DROP TRIGGER other.' || name AS sql FROM sqlite_schema
          WHERE type = 'trigger' AND name NOT IN ('UserAdded', 'PackageAdded')
          UNION ALL SELECT 'DROP TABLE other.' || name FROM sqlite_schema
          WHERE name IN ('WorkerCrashes', 'Domains', 'FtpAccounts', 'NestedPlans', 'NestedAddons')]]) do
        unmade[#unmade + 1] = row.sql
      end
      first:stop()
      attached(file, unmade, { "DROP INDEX other.UsersByKey", "DROP INDEX other.PackagesWithOwnQuotas",
        "ALTER TABLE other.Users DROP COLUMN UsernameKey", "ALTER TABLE other.Users DROP COLUMN OneTimePasswordState",
        "CREATE VIEW other.SeenUsers AS SELECT * FROM Users", "PRAGMA other.application_id = 0",
        "PRAGMA other.user_version = 1" })
      local second = assert(sandboxes.start { database = file })
      assert.is_true(session(second):user_exists "JDOE ")
      refused(-305, session(second):add_package(3, 3, "Huge", "", 1, "2024-01-02T00:00:00"))
      second:stop()
    end)

    it("does not touch another program's", function()
      local function foreign(...)
        attached(file, { "CREATE TABLE other.customers (name text)", ... })
      end
      local function untouched(message)
        local before = bytes(file)
        local other, reason = sandboxes.start { database = file }
        assert.is_nil(other)
        assert.are.equal(file .. message, reason)
        assert.are.equal(before, bytes(file))
        assert.is_nil(io.open(file .. "-wal"))
      end
      foreign()
      untouched " is not a database of the sandbox"
      os.remove(file)
      foreign "PRAGMA other.user_version = 1"
      untouched " is not a database of the sandbox"
      os.remove(file)
      foreign("PRAGMA other.user_version = 2", "PRAGMA other.application_id = 1234")
      untouched " is not a database of the sandbox"
      os.remove(file)
      foreign("PRAGMA other.application_id = 1684959315", "PRAGMA other.user_version = 99")
      untouched " was made by a sandbox of another version"
    end)
  end)

  it("goes back to a state that was kept", function()
    local state = sandbox:freeze()
    local id = assert(panel:add_user(user(), false))
    sandbox:restore(state)
    assert.is_false(panel:user_exists "anna")
    assert.are.equal(id, assert(panel:add_user(user(), false)))
  end)

  it("is seeded from a table", function()
    local seeded = assert(sandboxes.start { seed = {
      users = { { UserId = 50, Username = "shop", Password = "pw", RoleId = 2 },
        { UserId = 51, OwnerId = 50, Username = "customer" } },
      plans = { { PlanId = 7, UserId = 50, PackageId = 20, PlanName = "Tiny", quotas = { ["Web.Sites"] = 2 } },
        { PlanId = 8, UserId = 50, PackageId = 20, PlanName = "Site", IsAddon = true,
          quotas = { ["Web.Sites"] = 1 } } },
      packages = { { PackageId = 20, UserId = 50, PackageName = "Shop", quotas = { ["Web.Sites"] = 3 } },
        { PackageId = 21, ParentPackageId = 20, UserId = 51, PlanId = 7, usage = { ["Web.Sites"] = 1 } } },
      addons = { { PackageId = 21, PlanId = 8, Quantity = 1 } },
      bandwidth = { { PackageId = 21, GroupId = 2, LogDate = "2024-02-01T00:00:00", BytesSent = 3,
        BytesReceived = 4 } },
    } })
    local shop = session(seeded, "shop", "pw")
    assert.are.equal("customer", assert(shop:get_users(50, false))[1].Username)
    local quota = assert(shop:get_package_quota(21, "Web.Sites"))
    assert.are.same({ 3, 1 }, { quota.QuotaAllocatedValue, quota.QuotaUsedValue })
    refused(-305, shop:add_package_addon_by_id(21, 8, 1))
    assert.are.equal(7, assert(shop:get_package_bandwidth(21, "2024-01-01T00:00:00", "2024-12-31T00:00:00"))[1][1]
      .BytesTotal)
    assert.is_false(shop:user_exists "reseller")
    seeded:stop()
  end)

  -- What is kept as it changes, and what it is when it is counted.
  local KEPT = [[SELECT 'plan' AS kind, ParentPackageID, PlanID, Number FROM NestedPlans WHERE Number <> 0
    UNION ALL SELECT 'addon', ParentPackageID, PlanID, Number FROM NestedAddons WHERE Number <> 0 ORDER BY 1, 2, 3]]
  local COUNTED = [[SELECT 'plan' AS kind, ParentPackageID, PlanID, count(*) AS Number FROM Packages
      WHERE ParentPackageID IS NOT NULL AND PlanID IS NOT NULL AND NOT OverrideQuotas GROUP BY 2, 3
    UNION ALL SELECT 'addon', P.ParentPackageID, A.PlanID, sum(A.Quantity)
      FROM PackageAddons AS A JOIN Packages AS P ON P.PackageID = A.PackageID
      WHERE P.ParentPackageID IS NOT NULL AND A.StatusID = 1 GROUP BY 2, 3 ORDER BY 1, 2, 3]]

  it("knows what a space has given away, whatever was done to those in it", function()
    local numbers = prng.new(7)
    local function random(most)
      return numbers:integer(1, most)
    end
    local date = "2024-01-02T00:00:00"
    local function any(sql)
      local rows = sandbox:query(sql)
      return rows[#rows > 0 and random(#rows) or 1] or {}
    end
    sandbox:seed { plans = { { PlanId = 6, UserId = 2, PackageId = 2, PlanName = "None" } } }
    local actions = {
      function() return panel:add_package(3, 6, "x", nil, 1, date) end,
      function() return panel:add_package(9, random(6), "x", nil, 1, date) end,
      function()
        local space = any "SELECT PackageID FROM Packages WHERE PackageID > 1"
        local package = panel:get_package(space.PackageID or 3)
        if package then
          package.PlanId, package.OverrideQuotas = ({ 2, 6 })[random(2)], random(2) == 1
          return panel:update_package(package)
        end
      end,
      function()
        return panel:add_package_addon_by_id(any("SELECT PackageID FROM Packages").PackageID, 4, random(3))
      end,
      function()
        local addon = panel:get_package_addon(any("SELECT PackageAddonID AS id FROM PackageAddons").id or 1)
        if addon then
          addon.StatusId, addon.Quantity = random(2), random(4)
          return panel:update_package_addon(addon)
        end
      end,
      function() return panel:delete_package_addon(any("SELECT PackageAddonID AS id FROM PackageAddons").id or 1) end,
      function()
        return panel:delete_package(any("SELECT PackageID FROM Packages WHERE PackageID > 2").PackageID or 3)
      end,
      function() return random(20) == 1 and panel:delete_user(9) end,
    }
    for _ = 1, 400 do
      actions[random(#actions)]()
    end
    assert.are.same(sandbox:query(COUNTED), sandbox:query(KEPT))
    assert.is_true(#sandbox:query(KEPT) > 0)
  end)

  it("does not become slower with the spaces that a space has", function()
    local packages = {}
    for index = 1, 10000 do
      packages[index] = { ParentPackageId = 2, UserId = 3, PlanId = 2 }
    end
    local function cost()
      local start = os.clock()
      for _ = 1, 20 do
        refused(-305, panel:add_package(3, 3, "x", nil, 1, "2024-01-02T00:00:00"))
      end
      return os.clock() - start
    end
    cost()
    local alone = cost()
    sandbox:seed { packages = packages }
    assert.is_true(cost() < 20 * alone + 0.1)
  end)

  it("raises usage errors where they are made", function()
    local stopped = assert(sandboxes.start())
    stopped:stop()
    local function raises(expected, server, method, ...)
      local arguments = { ... }
      local good, text = pcall(function()
        server[method](server, arguments[1])
      end)
      assert.is_false(good)
      assert.matches("fixture_spec.lua:%d+: " .. expected, text)
    end
    for _, method in ipairs { "freeze", "behave", "misbehaved", "calls", "call_count", "clear_calls" } do
      raises("this sandbox was stopped$", stopped, method)
    end
    raises("this sandbox was stopped$", stopped, "query", "SELECT 1")
    raises("this sandbox was stopped$", stopped, "seed", {})
    raises("this sandbox was stopped$", stopped, "restore", sandbox:freeze())
    raises("this sandbox was stopped$", stopped, "misbehave", { action = "drop" })
    raises("sandbox:misbehave: field 'action': expected one of 'delay', 'fault', ", sandbox, "misbehave",
      { action = "drp" })
    raises("the panel has no operation 'add_user'$", sandbox, "calls", "add_user")
    raises("sandbox:query: expected string, got nil$", sandbox, "query")
    raises("sandbox:restore: expected what sandbox:freeze gave, got nil$", sandbox, "restore")
    raises("sandbox:misbehaved: expected number, got string$", sandbox, "misbehaved", "drop")
    raises("sandbox:call_count: expected string, got table$", sandbox, "call_count", {})
    local good, text = pcall(function()
      assert(sandboxes.start { seed = { users = { { Usrname = "x" } } } })
    end)
    assert.is_false(good)
    assert.matches("fixture_spec.lua:%d+: sandbox:seed: users%[1%]: field 'Usrname' is unknown; did you mean", text)
  end)

  it("is seeded whole or not at all", function()
    local function raises(seed, expected)
      local good, text = pcall(function() sandbox:seed(seed) end)
      assert.is_false(good)
      assert.is_truthy(tostring(text):find(expected, 1, true), text)
    end
    raises({ user = {} }, "field 'user' is unknown; did you mean 'users'?")
    raises({ users = { { Username = "x", Pasword = "y" } } },
      "users[1]: field 'Pasword' is unknown; did you mean 'Password'?")
    raises({ users = { { Username = "x", City = {} } } }, "users[1]: 'City' cannot be a table")
    raises({ users = { "x" } }, "users[1]: expected table, got string")
    raises({ users = { Username = "x" } }, "users: expected list of rows, got a table with the key 'Username'")
    raises({ users = { { Username = "x", RoleId = "User" } } }, "users[1]: 'RoleId': expected number, got 'User'")
    raises({ users = { { Username = "x", IsDemo = "yes" } } }, "users[1]: 'IsDemo': expected number, got 'yes'")
    raises({ plans = { { PlanName = "x", quotas = { ["Web.Sites"] = 1 } } } }, "needs a PlanID")
    raises({ plans = { { PlanId = 9, PlanName = "x", quotas = { ["Web.Site"] = 1 } } } },
      "quota 'Web.Site' is unknown; did you mean 'Web.Sites'?")
    raises({ users = { { Username = "x" }, { Username = "jdoe" } } }, "UNIQUE")
    assert.is_false(panel:user_exists "x")
  end)

  it("answers a query whole or not at all", function()
    local columns = {}
    for i = 1, 64 do
      columns[i] = ("%d AS c%d"):format(i, i)
    end
    local sql = "SELECT " .. table.concat(columns, ", ")
    assert.are.equal(64, sandbox:query(sql)[1].c64)
    local rows, message = sandbox:query(sql .. ", 65")
    assert.is_nil(rows)
    assert.is_truthy(message:find("at most 64 columns", 1, true), message)
  end)

  it("deletes in the background when asked to", function()
    local slow = assert(sandboxes.start { delete_delay = 2 })
    local slow_panel = session(slow)
    assert.is_true(slow_panel:delete_package(3))
    assert.is_true(slow_panel:delete_user(9))
    assert.is_true(slow_panel:user_exists "unicode")
    local deadline = dnp.clock() + 30
    repeat
      dnp.sleep(0.02)
    until not slow_panel:user_exists "unicode" or dnp.clock() > deadline
    assert.is_false(slow_panel:user_exists "unicode")
    failed("absent", slow_panel:get_package(3))
    slow:stop()
  end)

  it("logs calls without secrets", function()
    assert(panel:add_user(user { Password = "t0psecret" }, true))
    assert.is_true(panel:change_user_password(3, "t0psecret"))
    refused(-110, panel:authenticate_user("jdoe", "t0p", "::1"))
    failed("http", session(sandbox, "x", "t0psecret"):user_exists "x")
    local calls = sandbox:calls()
    assert.are.equal(4, #calls)
    assert.are.equal(4, sandbox:call_count())
    assert.are.equal(1, sandbox:call_count "AddUser")
    assert.are.equal(0, sandbox:call_count "DeleteUser")
    local added = sandbox:calls "AddUser"[1]
    assert.are.equal("serveradmin", added.caller)
    assert.are.equal(200, added.http_status)
    assert.is_true(added.code > 0)
    assert.are.equal("anna", added.parameters.user.Username)
    assert.are.equal("[redacted]", added.parameters.user.Password)
    assert.is_false(added.parameters.user.IsPeer)
    assert.is_true(added.parameters.sendLetter)
    assert.is_nil(added.parameters.user.City)
    assert.are.equal("[redacted]", calls[2].parameters.password)
    assert.are.equal(-110, calls[3].code)
    assert.is_nil(calls[3].caller)
    assert.are.equal(401, calls[4].http_status)
    sandbox:clear_calls()
    assert.are.equal(0, sandbox:call_count())
    assert.are.same({}, sandbox:calls())
    assert.is_true(panel:update_user_settings { UserId = 3, SettingsName = "Mail", SettingsArray = {
      { "SmtpPassword", 't0p"\\secret' }, { "Server", "mail.example.com" }, { "ASecret", "t0psecret" }, {}, { "x" } } })
    assert.are.equal('[["SmtpPassword","[redacted]"],["Server","mail.example.com"],["ASecret","[redacted]"],[],["x"]]',
      sandbox:calls()[1].parameters.settings.SettingsArray)
    assert.are.equal('t0p"\\secret', assert(panel:get_user_settings(3, "Mail")).SettingsArray[1][2])
    assert.has_error(function() sandbox:calls "AddUsr" end, "the panel has no operation 'AddUsr'")
  end)

  it("is traced without the settings that are named like a password", function()
    local texts = {}
    local traced = session(sandbox, nil, nil, { trace = function(event)
      texts[#texts + 1] = event.body
    end })
    assert.is_true(traced:update_user_settings { UserId = 3, SettingsName = "Mail", SettingsArray = {
      { "Server", "visible" }, { "SmtpPassword", "t0psecret" }, { "Folder", "plain" } } })
    assert(traced:get_user_settings(3, "Mail"))
    local all = table.concat(texts, "\n")
    assert.is_nil(all:find("t0psecret", 1, true))
    for _, text in ipairs { "visible", "SmtpPassword", "[redacted]", "plain" } do
      assert.is_truthy(texts[1]:find(text, 1, true), text)
      assert.is_truthy(texts[4]:find(text, 1, true), text)
    end
  end)

  it("stops while calls hang", function()
    sandbox:misbehave { action = "hang" }
    local socket = require "socket"
    local request = panel:request("UserExists", "x")
    local client = assert(socket.connect("127.0.0.1", tonumber(sandbox.url:match "%d+$")))
    local lines = { "POST /esUsers.asmx HTTP/1.1", "Host: x", "Content-Length: " .. #request.body }
    for name, value in pairs(request.headers) do
      lines[#lines + 1] = name .. ": " .. value
    end
    client:send(table.concat(lines, "\r\n") .. "\r\n\r\n" .. request.body)
    local deadline = dnp.clock() + 30
    while sandbox:call_count "UserExists" == 0 and dnp.clock() < deadline do
      dnp.sleep(0.01)
    end
    local start = dnp.clock()
    sandbox:stop()
    assert.is_true(dnp.clock() - start < 5)
    client:close()
  end)

  it("speaks https with a certificate", function()
    local pipe = assert(io.popen "mktemp -d")
    local directory = pipe:read "*l"
    pipe:close()
    local made = io.popen(("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext " ..
      "subjectAltName=IP:127.0.0.1 -keyout '%s/key' -out '%s/cert' 2>&1"):format(directory, directory)):read "*a"
    local function content(name)
      local file = assert(io.open(directory .. "/" .. name), made)
      local text = file:read "*a"
      file:close()
      return text
    end
    local secure = assert(sandboxes.start { certificate = content "cert", private_key = content "key" })
    assert.are.equal("https", secure.url:match "^%a+")
    assert.is_true(session(secure, nil, nil, { ca_file = directory .. "/cert" }):user_exists "jdoe")
    failed("transport", session(secure):user_exists "jdoe")
    secure:stop()
    local broken, message = sandboxes.start { certificate = "x", private_key = "y" }
    assert.is_nil(broken)
    assert.is_truthy(message:find("PEM", 1, true))
    os.execute("rm -rf '" .. directory .. "'")
  end)

  it("gives its port back though a program that was started then still runs", function()
    local program = assert(io.popen "echo $$; exec sleep 60")
    local id = program:read "*l"
    sandbox:stop()
    local _, err = panel:user_exists "x"
    os.execute("kill " .. id)
    program:close()
    assert.are.equal("connection_refused", err.name)
  end)

  -- What owns a sandbox may stop it when it is collected, and be collected while a method of the sandbox runs.
  it("may be stopped by a finalizer at any time", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write [[
      local sandboxes = require "dnp.sandbox"
      local finalized = require "spec.support.finalized"
      local methods = {
        function(sandbox) return sandbox:query("SELECT count(*) AS n FROM Users WHERE UserID < ?", 100)[1].n == 9 end,
        function(sandbox) return sandbox:freeze() end,
        function(sandbox) return #sandbox:calls() == 0 end,
        function(sandbox) return sandbox.server:execute { { "UPDATE Users SET City = ?", "x", n = 1 } } end,
        function(sandbox) return sandbox:misbehave { action = "drop" } end,
      }
      collectgarbage("setpause", 0)
      collectgarbage("setstepmul", 1000)
      local sandbox, stopped
      for i = 1, 3000 do
        if not sandbox or stopped then
          sandbox, stopped = assert(sandboxes.start()), false
        end
        local inside = false
        finalized(function()
          if inside then
            sandbox:stop()
            stopped = true
          end
        end)
        for _ = 1, i % 41 do
          setmetatable({}, {})
        end
        inside = true
        local good, response = pcall(methods[i % #methods + 1], sandbox)
        inside = false
        assert(good and response or stopped, response)
      end
    ]]
    file:close()
    local status, output, errors = child.run(child.lua .. " " .. path)
    os.remove(path)
    assert.are.same({ 0, "" }, { status, output .. errors })
  end)

  if rawget(_G, "jit") then
    it("is left alone by a process that did not start it", function()
      local ffi = require "ffi"
      ffi.cdef "int fork(void); void _exit(int); int waitpid(int, int *, int);"
      local forked = ffi.C.fork()
      if forked == 0 then
        local good, text = pcall(sandbox.call_count, sandbox)
        sandbox:stop()
        ffi.C._exit(not good and text:find("the process that started it", 1, true) and 7 or 1)
      end
      local status = ffi.new "int[1]"
      ffi.C.waitpid(forked, status, 0)
      assert.are.equal(7, bit.rshift(status[0], 8))
      assert.is_true(panel:user_exists "jdoe")
    end)
  end

  it("is stopped by the collector", function()
    local url
    do
      local forgotten = assert(sandboxes.start())
      url = forgotten.url
    end
    collectgarbage()
    collectgarbage()
    failed("transport", session { url = url }:user_exists "x")
  end)
end)
