-- Every script of examples/ runs, and says in one clear line what is wrong when something is.
local child = require "spec.child"
local dnp = require "dnp"
local engine = require "examples.engine"
local sandboxes = require "dnp.sandbox"

-- What is run here; a script may have a spec of its own, which then names its path.
local covered = {
  ["billing_hooks.lua"] = true, -- by spec/billing_hooks_spec.lua
  ["demo.lua"] = true,
  ["engine.lua"] = true,
  ["first_account.lua"] = true,
  ["nonblocking.lua"] = true,
  ["openresty/hosting.lua"] = true,
  ["openresty/nginx.conf"] = true,
  ["signup_spec.lua"] = true,
}

local function example(arguments, environment)
  return child.run(("%s %s examples/%s"):format(environment or "", child.lua, arguments))
end

local function session(server, dialect)
  return assert(dnp.session { url = server.url, username = "serveradmin", password = "serveradmin", dialect = dialect })
end

-- What a script says when it is given up: without the interpreter's name, and without a traceback, which LuaJIT adds.
local function complaint(errors)
  local line, rest = errors:match "^([^\n]*)\n(.*)$"
  assert.is_truthy(line, errors)
  assert.is_true(rest == "" or rest:find "^stack traceback:" ~= nil, errors)
  return (line:gsub("^[^ ]*lua[%w.]*: ", ""))
end

local function ends_with_one_line(expected, status, output, errors)
  assert.are.equal("", output)
  assert.matches(expected, complaint(errors))
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
      local named = child.run("grep -l -F " .. child.quote("examples/" .. path) .. " spec/*_spec.lua") == 0
      assert.is_true(covered[path] or named, path .. " is not covered by spec/examples_spec.lua or a spec of its own")
    end
    pipe:close()
  end)
end)

describe("a script of examples", function()
  for _, script in ipairs { "billing_hooks.lua", "demo.lua", "first_account.lua", "nonblocking.lua" } do
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

  it("says what is wrong", function()
    local server = assert(sandboxes.start {})
    assert(session(server):change_user_password(1, "another"))
    ends_with_one_line("^GetUserByUsername: HTTP 401: .*password", example("first_account.lua " .. server.url))
    server:stop()
    ends_with_one_line("^GetUserByUsername: cannot connect to 127%.0%.0%.1:%d+",
      example("first_account.lua " .. dead_url()))
    ends_with_one_line("'plesk' is no dialect", example("first_account.lua http://127.0.0.1 plesk"))
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
    assert.are.same({ 2, "", "demo: there is no dialect 'plesk'; there are dotnetpanel, websitepanel, solidcp\n" },
      { example "demo.lua plesk" })
  end)
end)

describe("examples/signup_spec.lua", function()
  it("passes with busted", function()
    local status, output, errors = child.run(child.lua .. " spec/run.lua --output=TAP examples/signup_spec.lua")
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
    local status = child.run(("%s spec/run.lua %s/signup_spec.lua"):format(child.lua, folder))
    remove()
    assert.are_not.equal(0, status)
  end)
end)

describe("examples/nonblocking.lua", function()
  it("has many calls under way at once", function()
    local status, output, errors = example "nonblocking.lua"
    assert.are.same({ 0, "" }, { status, errors })
    for number = 1, 10 do
      assert.is_truthy(output:find(("customer %d is user "):format(number), 1, true), output)
    end
    local seconds = tonumber(output:match "10 customers in ([%d.]+) s")
    local calls = tonumber(output:match "(%d+) calls that took 0.1 s each")
    assert.is_true(seconds < calls * 0.1 / 2, output)
  end)

  for _, dialect in ipairs(dnp.dialects) do
    it("makes each account once in " .. dialect .. ", although answers get lost", function()
      local server = assert(sandboxes.start { dialect = dialect })
      for _, rule in ipairs {
        { action = "drop", operation = "AddUser", when = "after", times = 4 },
        { action = "cut", bytes = 100, operation = "AddPackage", times = 3 },
        { action = "html", status = 503, operation = "GetHostingPlans", times = 2 },
        { action = "drop", operation = "UserExists", times = 2 },
      } do
        server:misbehave(rule)
      end
      local status, _, errors = example(("nonblocking.lua %s %s"):format(server.url, dialect))
      assert.are.same({ 0, "" }, { status, errors })
      assert.are.equal(11, server:misbehaved())
      assert.are.equal(10, server:call_count "AddUser")
      assert.are.equal(10, #assert(server:query "SELECT 1 FROM Users WHERE Username LIKE 'crowd%'"))
      assert.are.equal(10, #assert(server:query "SELECT 1 FROM Packages WHERE PackageName LIKE 'Space%'"))
      server:stop()
    end)
  end

  it("says in one line what is wrong", function()
    ends_with_one_line("^GetUserByUsername: cannot connect to 127%.0%.0%.1:%d+ %(connection refused%)$",
      example("nonblocking.lua " .. dead_url()))
    ends_with_one_line("^usage: .*nonblocking.lua %[URL %[DIALECT%]%]$", example "nonblocking.lua --url")
    local server = assert(sandboxes.start {})
    assert(session(server):change_user_password(1, "another"))
    ends_with_one_line("^GetUserByUsername: HTTP 401: .*password", example("nonblocking.lua " .. server.url))
    assert.is_truthy(select(3, example("nonblocking.lua " .. server.url)):find "^[^\n]*\n$")
    server:stop()
  end)
end)

describe("examples/engine.lua", function()
  local panel = assert(dnp.session { url = "http://127.0.0.1:9002/es", username = "a", password = "b" })

  -- A socket whose other end says `text`.
  local function talker(text)
    local at, self = 1, { sent = "" }
    function self.send(_, data)
      self.sent = self.sent .. data
      return #data
    end
    function self.receive(_, pattern)
      local from, till = at, #text
      if pattern == "*l" then
        till = text:find("\n", at, true)
      elseif pattern ~= "*a" then
        till = at + pattern - 1
      end
      if not till or till > #text then
        return nil, "closed"
      end
      at = till + 1
      local data = text:sub(from, till)
      return pattern == "*l" and data:gsub("\r?\n$", "") or data
    end
    function self.close()
      self.closed = true
    end
    return self
  end

  local head = "HTTP/1.1 200 OK\r\ncontent-TYPE: text/xml; charset=utf-8\r\n"
  local answer = require("spec.envelope").result("UserExists", "true")

  local function ask(text, method, ...)
    local socket = talker(text)
    local value, err = engine.over(panel, function()
      return socket
    end)[method or "user_exists"](panel, ... or "jdoe")
    assert.is_true(socket.closed)
    return value, err, socket.sent
  end

  it("sends what the session makes", function()
    local value, _, sent = ask(head .. "Content-Length: " .. #answer .. "\r\n\r\n" .. answer .. "rest")
    assert.is_true(value)
    assert.matches("^POST /es/esUsers%.asmx HTTP/1%.1\r\nHost: 127%.0%.0%.1:9002\r\n", sent)
    local request = panel:request("UserExists", "jdoe")
    assert.are.equal(request.body, sent:match "\r\n\r\n(.*)$")
    for name, text in pairs(request.headers) do
      assert.is_truthy(sent:find("\r\n" .. name .. ": " .. text .. "\r\n", 1, true), name)
    end
  end)

  it("reads answers of every framing", function()
    local half = math.floor(#answer / 2)
    for _, rest in ipairs {
      ("Content-Length: %d\r\n\r\n%s"):format(#answer, answer),
      "\r\n" .. answer,
      ("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%X;x=y\r\n%s\r\n0\r\n\r\n"):format(half, answer:sub(1, half),
        #answer - half, answer:sub(half + 1)),
    } do
      assert.is_true((ask(head .. rest)))
      assert.is_true((ask("HTTP/1.1 100 Continue\r\n\r\n" .. head .. rest)))
    end
  end)

  it("knows whether a change may have been made", function()
    local function outcome(text, method, ...)
      local value, err = ask(text, method, ...)
      assert.is_nil(value)
      assert.are.equal("transport", err.kind)
      assert.are.equal(err.outcome == "unknown", tostring(err):find("may have done it", 1, true) ~= nil)
      return err.outcome
    end
    for _, text in ipairs { "", "SSH-2.0\r\n", head, head .. "Content-Length: 9\r\n\r\nx",
      head .. "Transfer-Encoding: chunked\r\n\r\n5\r\nx", head .. "Transfer-Encoding: chunked\r\n\r\n" } do
      assert.are.equal("not_done", outcome(text))
      assert.are.equal("unknown", outcome(text, "delete_user", 7))
    end
    local value, err = engine.over(panel, function()
      return nil, "timeout"
    end):delete_user(7)
    assert.is_nil(value)
    assert.are.same({ "timeout", "not_done", "DeleteUser: timeout" }, { err.kind, err.outcome, tostring(err) })
  end)

  it("raises the caller's mistakes, and sends nothing", function()
    assert.has_error(function()
      engine.over(panel, error):delete_user "seven"
    end)
  end)
end)

-- nginx with its Lua module, as a command line; nil where there is none.
local function find_nginx()
  if child.run "command -v openresty" == 0 then
    return "openresty"
  end
  local modules = "/usr/lib/nginx/modules/"
  local there = child.run("command -v nginx && test -e " .. modules .. "ngx_http_lua_module.so")
  return there == 0 and ("nginx -g 'load_module %sndk_http_module.so; load_module %sngx_http_lua_module.so;'")
    :format(modules, modules) or nil
end

-- A port that nobody listens on.
local function free_port()
  local socket = require("socket").bind("127.0.0.1", 0)
  local _, port = socket:getsockname()
  socket:close()
  return tonumber(port)
end

local function wait_until(condition)
  local deadline = dnp.clock() + 20
  while not condition() do
    if dnp.clock() > deadline then
      return false
    end
    dnp.sleep(0.01)
  end
  return true
end

-- nginx runs LuaJIT, so it can only load what is built for that.
local describe_with_luajit = jit and describe or function() end

describe_with_luajit("examples/openresty #nginx", function()
  local nginx = find_nginx()
  local http, socket, ltn12 = require "socket.http", require "socket", require "ltn12"
  local server, port, stop, folder, remove

  -- nginx on a port and in a folder of this spec.
  local function start()
    server = assert(sandboxes.start {})
    folder, remove = child.folder()
    assert.are.equal(0, (child.run(("mkdir %s/logs && chmod 755 %s"):format(folder, folder))))
    port = free_port()
    local address = "127.0.0.1:" .. port
    local conf, count = child.read("examples/openresty/nginx.conf"):gsub("127%.0%.0%.1:8080;", address .. ";")
    assert.are.equal(1, count)
    local temporary = "http {"
    for _, name in ipairs { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" } do
      temporary = temporary .. ("%s_temp_path %s/%s; "):format(name, folder, name)
    end
    local file = assert(io.open(folder .. "/nginx.conf", "w"))
    file:write((conf:gsub("http {", temporary)))
    file:close()
    local path = "examples/?.lua;examples/openresty/?.lua;" .. package.path
    stop = child.start(("env LUA_PATH=%s LUA_CPATH=%s DNP_URL=%s DNP_PASSWORD='Res3ller!' %s -p %s -c nginx.conf")
      :format(child.quote(path), child.quote(package.cpath), server.url, nginx, folder), folder .. "/log")
    local serves = wait_until(function()
      local connection = socket.connect("127.0.0.1", port)
      return connection and connection:close()
    end)
    assert.is_true(serves, child.read(folder .. "/log"))
  end

  if nginx then
    setup(start)

    teardown(function()
      stop()
      server:stop()
      remove()
    end)

    before_each(function()
      server:behave()
      server:clear_calls()
    end)
  end

  local function ask(method, path, form)
    local parts = {}
    local _, status = http.request {
      url = ("http://127.0.0.1:%d%s"):format(port, path), method = method, sink = ltn12.sink.table(parts),
      source = form and ltn12.source.string(form),
      headers = form and { ["Content-Length"] = #form, ["Content-Type"] = "application/x-www-form-urlencoded" },
    }
    return status, table.concat(parts)
  end

  local function form(name)
    return ("password=s3cret&first_name=Jane&last_name=Doe&email=%s@example.com"):format(name)
  end

  -- Sends the request for an account, and leaves its answer for later.
  local function begin_put(name)
    local connection = assert(socket.connect("127.0.0.1", port))
    connection:settimeout(30)
    assert(connection:send(("PUT /accounts/%s HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      .. "Content-Length: %d\r\n\r\n%s"):format(name, #form(name), form(name))))
    return function()
      local text = connection:receive "*a" or ""
      connection:close()
      return text
    end
  end

  local function test(name, body)
    it(name, function()
      if not nginx then
        pending "nginx's Lua module is not installed: libnginx-mod-http-lua, or OpenResty"
        return
      end
      body()
    end)
  end

  test("provisions over HTTP", function()
    local function asked(expected_status, expected, ...)
      local status, text = ask(...)
      assert.are.equal(expected_status, status, text)
      assert.is_truthy(text:find(expected, 1, true), text)
    end
    asked(400, "password is missing", "PUT", "/accounts/jane", "email=x")
    asked(400, "create_account: spec.user.Password: must not be empty\n", "PUT", "/accounts/jane",
      (form("jane"):gsub("s3cret", "")))
    asked(413, "Too Large", "PUT", "/accounts/jane", form(("x"):rep(20000)))
    asked(201, "add user 'jane'", "PUT", "/accounts/jane", form "jane")
    asked(409, "a user 'jane' exists already", "PUT", "/accounts/jane", form "jane")
    asked(200, "jane Active", "GET", "/accounts/jane")
    asked(200, "Active -> Suspended - done", "POST", "/accounts/jane/suspend", "")
    asked(200, "jane Suspended", "GET", "/accounts/jane")
    asked(200, "Suspended -> Active - done", "POST", "/accounts/jane/unsuspend", "")
    asked(405, "PUT, GET or DELETE", "POST", "/accounts/jane", "")
    asked(200, "delete user 'jane'", "DELETE", "/accounts/jane")
    asked(404, "there is no user 'jane'", "GET", "/accounts/jane")
  end)

  test("makes an account once and whole, or not at all", function()
    server:misbehave { action = "drop", operation = "AddUser", when = "after" }
    assert.are.equal(201, (ask("PUT", "/accounts/once", form "once")))
    assert.are.equal(1, server:call_count "AddUser")
    server:misbehave { action = "refuse", code = -300, operation = "AddPackage" }
    assert.are.equal(409, (ask("PUT", "/accounts/never", form "never")))
    assert.are.same({}, server:query "SELECT 1 FROM Users WHERE Username = 'never'")
  end)

  test("serves others while the panel takes its time", function()
    server:misbehave { action = "delay", operation = "AddUser", seconds = 25, times = math.huge }
    local answers = {}
    for number = 1, 5 do
      answers[number] = begin_put("slow" .. number)
    end
    assert.is_true(wait_until(function()
      return server:call_count "AddUser" == 5
    end))
    assert.are.same({ 200, "alive\n" }, { ask("GET", "/alive") })
    assert.are.same({ 200, "jdoe Active\n" }, { ask("GET", "/accounts/jdoe") })
    assert.are.same({}, server:query "SELECT 1 FROM Users WHERE Username LIKE 'slow%'")
    server:behave()
    for number = 1, 5 do
      assert.matches("^HTTP/1%.1 201 ", answers[number]())
    end
  end)

  test("logs no password", function()
    ask("PUT", "/accounts/secretive", form "secretive")
    server:misbehave { action = "refuse", code = -300, operation = "AddPackage" }
    assert.are.equal(409, (ask("PUT", "/accounts/secretive2", form "secretive2")))
    local log = child.read(folder .. "/logs/error.log") .. child.read(folder .. "/log")
    assert.is_truthy(log:find("secretive2", 1, true))
    assert.is_nil(log:find("s3cret", 1, true))
    assert.is_nil(log:find("Res3ller", 1, true))
  end)
end)
