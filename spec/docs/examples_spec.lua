-- Every script of examples/ runs, and says in one clear line what is wrong when something is.
local child = require "spec.support.child"
local dnp = require "dnp"
local documented = require "spec.support.examples"
local sandboxes = require "dnp.sandbox"

-- What is run here; a script may have a spec of its own, which then names its path.
local covered = {
  ["billing_hooks.lua"] = true, -- by spec/docs/billing_hooks_spec.lua
  ["crowd.lua"] = true,
  ["demo.lua"] = true,
  ["first_account.lua"] = true,
  ["luv_engine.lua"] = true,
  ["openresty/api.lua"] = true, -- by spec/nginx/openresty_spec.lua, and so are the others of that folder
  ["openresty/nginx.conf"] = true,
  ["openresty/resty_http.lua"] = true,
  ["openresty/start.lua"] = true,
  ["signup_spec.lua"] = true,
}

local function example(arguments, environment)
  return child.run(("%s %s examples/%s"):format(environment or "", child.lua, arguments))
end

local function session(server, dialect)
  return assert(dnp.session { url = server.url, username = "serveradmin", password = "serveradmin", dialect = dialect })
end

-- What a script says when it is given up: without the interpreter's name, and without a traceback, which LuaJIT adds.
local function message_of(errors)
  local line, rest = errors:match "^([^\n]*)\n(.*)$"
  assert.is_truthy(line, errors)
  assert.is_true(rest == "" or rest:find "^stack traceback:" ~= nil, errors)
  return (line:gsub("^[^ ]*lua[%w.]*: ", ""))
end

local function ends_with_one_line(expected, status, output, errors)
  assert.are.equal("", output)
  assert.matches(expected, message_of(errors))
  assert.are_not.equal(0, status)
end

-- Nobody listens there any more.
local function dead_url()
  local server = assert(sandboxes.start {})
  server:stop()
  return server.url
end

describe("the folder of examples", function()
  it("has nothing that no spec runs", function()
    local pipe = assert(io.popen "cd examples && find . -type f | sort")
    for line in pipe:lines() do
      local path = line:sub(3)
      local named = child.run(("grep -rl -F %s spec --include='*_spec.lua'"):format(
        child.quote("examples/" .. path))) == 0
      assert.is_true(covered[path] or named, path .. " is covered neither here nor by a spec of its own")
    end
    pipe:close()
  end)
end)

describe("a script of examples", function()
  for _, script in ipairs { "billing_hooks.lua", "crowd.lua", "demo.lua", "first_account.lua" } do
    it("says how it is used: " .. script, function()
      local status, output, errors = example(script .. " --help")
      assert.are.same({ 0, "" }, { status, errors })
      assert.matches("^usage: %./dev [^\n]+\n", output)
    end)
  end
end)

describe("examples/first_account.lua", function()
  for _, dialect in ipairs(dnp.dialects) do
    it("makes a user and a space in " .. dialect, function()
      local server = assert(sandboxes.start { dialect = dialect })
      local status, output, errors = example(("first_account.lua %s %s"):format(server.url, dialect))
      assert.are.same({ 0, "" }, { status, errors })
      assert.matches("^user 10\n.*\n?space 5[^\n]*\n$", output)
      assert.are.equal("First space", assert(session(server, dialect):get_package(5)).PackageName)
      ends_with_one_line("ERROR_USER_ALREADY_EXISTS", example(("first_account.lua %s %s"):format(server.url, dialect)))
      server:stop()
    end)
  end

  it("works on a panel that the environment names", function()
    local server = assert(sandboxes.start { dialect = "websitepanel", seed = documented.other("websitepanel").seed })
    local status, output, errors = example("first_account.lua", ("DNP_URL=%s DNP_DIALECT=websitepanel "
      .. "DNP_USERNAME=acme DNP_PASSWORD=4cme"):format(server.url))
    assert.are.same({ 0, "" }, { status, errors })
    assert.matches("space %d+ on plan 'Basic'\n$", output)
    server:stop()
  end)

  it("says what is wrong", function()
    local server = assert(sandboxes.start {})
    assert(session(server):change_user_password(2, "another"))
    ends_with_one_line("^GetUserByUsername: HTTP 401: .*password", example("first_account.lua " .. server.url))
    server:stop()
    ends_with_one_line("^GetUserByUsername: cannot connect to 127%.0%.0%.1:%d+",
      example("first_account.lua " .. dead_url()))
    ends_with_one_line("'solidcp', got 'plesk'", example("first_account.lua http://127.0.0.1 plesk"))
  end)
end)

describe("examples/demo.lua", function()
  for _, dialect in ipairs(dnp.dialects) do
    it("shows every step in " .. dialect, function()
      local status, output, errors = example("demo.lua " .. dialect)
      assert.are.equal("", errors)
      assert.are.equal(0, status)
      for _, telling in ipairs {
        "A " .. dialect .. " Enterprise Server is running at http://127.0.0.1:",
        "add user 'jane.doe' (owner 2, User, Active) - done, id 10",
        "add add-on 4 'Extra Mailboxes' x 2",
        "user 10 jane.doe (Jane Doe) is Active",
        "nothing to do",
        "user 10 jane.doe (Jane Doe) is Suspended",
        "-100 ERROR_USER_ALREADY_EXISTS",
        "-305 ERROR_PACKAGE_QUOTA_EXCEED",
        "OS.Diskspace is exceeded",
        "AddUser was called 1 time",
        "delete user 'john.doe' (id 11) - done",
      } do
        assert.is_truthy(output:find(telling, 1, true), telling .. " is missing in:\n" .. output)
      end
      assert.is_nil(output:find("s3cret", 1, true))
      assert.is_nil(output:find("\27", 1, true))
    end)
  end

  it("is coloured on a terminal only, and not when NO_COLOR is set", function()
    if child.run "script --version" ~= 0 then
      pending "the program 'script', which makes a terminal, is not installed"
      return
    end
    local on_terminal = ("%%s TERM=xterm script -q -e -c %s /dev/null")
      :format(child.quote(child.lua .. " examples/demo.lua"))
    local status, output = child.run(on_terminal:format "env -u NO_COLOR")
    assert.are.equal(0, status)
    assert.is_truthy(output:find("\27[", 1, true))
    status, output = child.run(on_terminal:format "env NO_COLOR=1")
    assert.are.equal(0, status)
    assert.is_nil(output:find("\27", 1, true))
  end)

  it("says what is wrong", function()
    assert.are.same({ 2, "", "demo: expected one of dotnetpanel, websitepanel, solidcp, got 'plesk'\n" },
      { example "demo.lua plesk" })
  end)
end)

describe("examples/signup_spec.lua", function()
  it("passes with busted", function()
    local status, output, errors = child.run(child.lua .. " spec/support/run.lua --output=TAP examples/signup_spec.lua")
    assert.are.equal("", errors)
    assert.are.equal(0, status, output)
    local _, passed = ("\n" .. output):gsub("\nok ", "")
    assert.is_true(passed > 20, output)
    assert.is_nil(output:find "not ok", output)
  end)

  it("fails when what it tests is broken", function()
    local folder, remove = child.folder()
    local text, count = child.read("examples/signup_spec.lua")
      :gsub("provisioning%.create_account%(panel, (%b{})", "panel:add_user(%1.user, true")
    assert.are.equal(1, count)
    local file = assert(io.open(folder .. "/signup_spec.lua", "w"))
    file:write(text)
    file:close()
    local status = child.run(("%s spec/support/run.lua %s/signup_spec.lua"):format(child.lua, folder))
    remove()
    assert.are_not.equal(0, status)
  end)
end)

-- Debian has lua-luv for every version of Lua.
local has_luv, uv = pcall(require, "luv")
local function luv_test(name, body)
  it(name, has_luv and body or function()
    pending "lua-luv is not installed"
  end)
end

describe("examples/crowd.lua", function()
  luv_test("has many calls under way at once", function()
    local status, output, errors = example "crowd.lua"
    assert.are.same({ 0, "" }, { status, errors })
    for number = 1, 10 do
      assert.is_truthy(output:find(("customer %d is user "):format(number), 1, true), output)
    end
    local seconds = tonumber(output:match "10 customers in ([%d.]+) s")
    local calls = tonumber(output:match "(%d+) calls that took 0.1 s each")
    assert.is_true(seconds < calls * 0.1 / 2, output)
  end)

  for _, dialect in ipairs(dnp.dialects) do
    luv_test("makes each account once in " .. dialect .. ", although responses get lost", function()
      local server = assert(sandboxes.start { dialect = dialect })
      for _, rule in ipairs {
        { action = "drop", operation = "AddUser", when = "after", times = 4 },
        { action = "cut", bytes = 100, operation = "AddPackage", times = 3 },
        { action = "html", status = 503, operation = "GetHostingPlans", times = 2 },
        { action = "drop", operation = "UserExists", times = 2 },
      } do
        server:misbehave(rule)
      end
      local status, _, errors = example(("crowd.lua %s %s"):format(server.url, dialect))
      assert.are.same({ 0, "" }, { status, errors })
      assert.are.equal(11, server:misbehaved())
      assert.are.equal(10, server:call_count "AddUser")
      assert.are.equal(10, #assert(server:query "SELECT 1 FROM Users WHERE Username LIKE 'crowd%'"))
      assert.are.equal(10, #assert(server:query "SELECT 1 FROM Packages WHERE PackageName LIKE 'Space%'"))
      server:stop()
    end)
  end

  luv_test("says in one line what is wrong", function()
    ends_with_one_line("^GetUserByUsername: cannot connect to 127%.0%.0%.1:%d+ %(ECONNREFUSED", example("crowd.lua "
      .. dead_url()))
    ends_with_one_line("^usage: .*crowd.lua %[URL %[DIALECT%]%]$", example "crowd.lua --url")
    local server = assert(sandboxes.start {})
    assert(session(server):change_user_password(1, "another"))
    ends_with_one_line("^GetUserByUsername: HTTP 401: .*password", example("crowd.lua " .. server.url))
    server:stop()
  end)
end)

describe("examples/luv_engine.lua", function()
  local engine = has_luv and require "examples.luv_engine"
  local server

  setup(function()
    server = assert(sandboxes.start {})
  end)

  teardown(function()
    server:stop()
  end)

  before_each(function()
    server:behave()
  end)

  local function in_loop(fn)
    local results
    engine.run(function()
      results = { pcall(fn) }
    end)
    assert.is_true(results[1], results[2])
    return (table.unpack or unpack)(results, 2)
  end

  local function panel(changes)
    local options = { url = server.url, username = "serveradmin", password = "serveradmin", engine = engine }
    for name, value in pairs(changes or {}) do
      options[name] = value
    end
    return assert(dnp.session(options))
  end

  luv_test("reads what is long, and hands records over", function()
    local users, names = in_loop(function()
      local names = {}
      for user in panel():each("GetUsers", 1, true) do
        names[#names + 1] = user.Username
      end
      return assert(panel():get_users(1, true)), names
    end)
    assert.are.equal("reseller", names[1])
    assert.are.equal(#users, #names)
  end)

  luv_test("fails as the module's own engines fail", function()
    local function fails(rule, changes)
      if rule then
        server:misbehave(rule)
      end
      local err = in_loop(function()
        return select(2, panel(changes):change_user_password(3, "s3cret"))
      end)
      return { err.kind, err.name, err.outcome }
    end
    local operation = "ChangeUserPassword"
    assert.are.same({ "transport", "connection_lost", "unknown" }, fails { action = "drop", operation = operation })
    assert.are.same({ "timeout", "timeout", "unknown" },
      fails({ action = "hang", operation = operation }, { timeout = 0.6 }))
    assert.are.same({ "transport", "connection_refused", "not_done" }, fails(nil, { url = dead_url() }))
    assert.are.same({ "transport", "tls", "not_done" }, fails(nil, { url = "https://127.0.0.1" }))
    assert.are.same({ "transport", "host_not_found", "not_done" }, fails(nil, { url = "http://nobody.invalid" }))
  end)

  luv_test("has its whole time, however long the loop did not run", function()
    in_loop(function() end)
    dnp.sleep(4.2)
    assert.is_true(in_loop(function()
      server:misbehave { action = "delay", operation = "UserExists", seconds = 0.1 }
      return panel({ timeout = 4 }):user_exists "jdoe"
    end))
  end)

  luv_test("lets the loop run while it sleeps and waits", function()
    server:misbehave { action = "delay", operation = "UserExists", seconds = 0.2 }
    local ticks, exists = 0, nil
    local timer = uv.new_timer()
    timer:start(10, 10, function()
      ticks = ticks + 1
    end)
    in_loop(function()
      exists = panel():user_exists "jdoe"
      engine.sleep(0.1)
      timer:close()
    end)
    assert.is_true(exists)
    assert.is_true(ticks > 3, ticks)
  end)
end)
