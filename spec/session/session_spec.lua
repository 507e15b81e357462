-- A session's options, life and trace.
local dnp = require "dnp"
local envelope = require "spec.support.envelope"
local raw_server = require "spec.support.raw_server"

local nowhere = "http://127.0.0.1:1"

local function options(changes)
  local all = { url = nowhere, username = "admin", password = "pa55word" }
  for name, value in pairs(changes or {}) do
    all[name] = value
  end
  return all
end

local function session(changes)
  return assert(dnp.session(options(changes)))
end

local function http_response(body)
  return "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nConnection: close\r\nContent-Length: "
    .. #body .. "\r\n\r\n" .. body
end

describe("the options", function()
  local function raises(expected, ...)
    local good, text = pcall(function(...)
      local result = dnp.session(...)
      return result
    end, ...)
    assert.is_false(good)
    assert.are.equal(expected, (text:gsub("^.-spec/session/session_spec%.lua:%d+: ", "")))
  end

  it("come in one table", function()
    raises("session: expected one table of options, got no value")
    raises("session: expected one table of options, got string", nowhere)
    raises("session: expected one table of options, got more arguments", options(), 1)
  end)

  it("have names that are known", function()
    raises("session: option 'usrname' is unknown; did you mean 'username'?", options { usrname = "x" })
    raises("session: option 'Timeout' is unknown; did you mean 'timeout'?", options { Timeout = 1 })
    raises("session: option 'frobnicate' is unknown", options { frobnicate = 1 })
    raises("session: option 'verify?' is unknown; did you mean 'verify'?", options { ["verify\0"] = false })
    raises("session: option '" .. ("\195\164"):rep(30) .. "...' is unknown", options { [("\195\164"):rep(99)] = 1 })
    raises("session: option 'x" .. ("\195\164"):rep(29) .. "...' is unknown",
      options { ["x" .. ("\195\164"):rep(99)] = 1 })
    raises("session: option '1' is unknown", options { "x" })
  end)

  it("must say where and who", function()
    for _, name in ipairs { "url", "username", "password" } do
      local some = options()
      some[name] = nil
      raises("session: option '" .. name .. "' is missing", some)
    end
  end)

  it("have types", function()
    raises("session: option 'url': expected string, got number", options { url = 1 })
    raises("session: option 'password': expected string, got number", options { password = 12345 })
    raises("session: option 'timeout': expected number, got a number in a string", options { timeout = "30" })
    raises("session: option 'verify': expected boolean, got number", options { verify = 0 })
    raises("session: option 'trace': expected function or open file, got string", options { trace = "file" })
    raises("session: option 'trace': expected function or open file, got table", options { trace = {} })
  end)

  it("have ranges", function()
    for _, name in ipairs { "timeout", "connect_timeout" } do
      raises(("session: option '%s': expected number, got nan"):format(name), options { [name] = 0 / 0 })
      for _, value in ipairs { 0, -1, -math.huge } do
        raises(("session: option '%s' must be above 0, got %s"):format(name, value), options { [name] = value })
      end
      for _, value in ipairs { math.huge, 10000000 } do
        raises(("session: option '%s' must be at most 1000000, got %s"):format(name, value),
          options { [name] = value })
      end
    end
    raises("session: option 'max_response_bytes' must be at least 1, got 0", options { max_response_bytes = 0 })
    raises("session: option 'max_connections' must be at most 10000, got 10001", options { max_connections = 10001 })
    raises("session: option 'max_response_bytes': expected integer, got 1.5", options { max_response_bytes = 1.5 })
    raises("session: option 'dialect': expected one of 'dotnetpanel', 'websitepanel', 'solidcp', got 'websitpanel'"
      .. "; did you mean 'websitepanel'?",
      options { dialect = "websitpanel" })
  end)

  it("must not hold control characters", function()
    for _, name in ipairs { "url", "username", "password", "ca_file", "proxy", "user_agent" } do
      raises("session: option '" .. name .. "' holds a control character (byte 2)", options { [name] = "a\r\nb" })
      raises("session: option '" .. name .. "' holds a control character (byte 3)", options { [name] = "ab\0c" })
    end
  end)

  it("must have a url that makes sense, which is not repeated", function()
    for _, url in ipairs { "", "panel.example.com", "ftp://panel.example.com", "http://", "http://u:hidden@example.com",
      "http://example.com/esUsers.asmx", "http://example.com/?a=b", "http://example.com:0", "http://exa mple.com",
      "http://[hidden]", "http://hid<den", "http://hidden%0d%0aX: y" } do
      local good, text = pcall(dnp.session, options { url = url })
      assert.is_false(good)
      assert.matches("^session: option 'url' ", text)
      assert.is_nil(text:find("hidden", 1, true))
    end
  end)

  it("are taken when they are right", function()
    for _, dialect in ipairs { "dotnetpanel", "websitepanel", "solidcp" } do
      local panel = session {
        dialect = dialect, timeout = 0.5, connect_timeout = 5, verify = false, ca_file = "/etc/ssl/certs/ca.pem",
        proxy = "", user_agent = "spec", max_response_bytes = 1024, trace = function() end,
      }
      assert.matches(dialect, tostring(panel), 1, true)
    end
  end)

  it("are not changed, nor read again", function()
    local given = options { timeout = 1 }
    local panel = assert(dnp.session(given))
    assert.are.same(options { timeout = 1 }, given)
    given.username = "other"
    assert.matches("user admin", tostring(panel), 1, true)
  end)
end)

describe("a session", function()
  it("shows where and who, never the password", function()
    local text = tostring(session { url = "http://panel.example.com:9002/", dialect = "solidcp" })
    assert.are.equal("dnp.session (http://panel.example.com:9002, solidcp, user admin)", text)
  end)

  it("is closed once and for all", function()
    local panel = session()
    panel:close()
    panel:close()
    assert.are.equal("dnp.session (closed)", tostring(panel))
    for _, method in ipairs { "user_exists", "request", "response" } do
      local good, text = pcall(panel[method], panel, "UserExists")
      assert.is_false(good)
      assert.are.equal(method .. ": the session is closed", text)
    end
  end)

  it("is collected", function()
    local watched = setmetatable({}, { __mode = "k" })
    for _ = 1, 50 do
      local panel = session { trace = function() end }
      watched[panel] = true
      panel:request("UserExists", "x")
    end
    for _ = 1, 4 do -- first the calls, then their sessions
      collectgarbage()
    end
    assert.is_nil(next(watched))
  end)

  it("has metamethods that bear any argument", function()
    local metatable = getmetatable(session())
    assert.are.equal("dnp.session", metatable.__name)
    for _, name in ipairs { "__gc", "__close", "__tostring" } do
      assert.is_false(pcall(metatable[name]))
      assert.is_false(pcall(metatable[name], {}))
      assert.is_false(pcall(metatable[name], io.stdout))
    end
    local panel = session()
    metatable.__gc(panel)
    metatable.__gc(panel)
    assert.are.equal("dnp.session (closed)", tostring(panel))
  end)

  it("has a method for each operation", function()
    local panel = session()
    for _, dialect in ipairs(dnp.dialects) do
      for _, operation in ipairs(dnp.contract(dialect).operations) do
        assert.is_function(panel[operation.method])
      end
    end
  end)

  if _VERSION == "Lua 5.4" then
    it("is closed at the end of its scope", function()
      local panel = session()
      local scope = assert(load("local panel <close> = ... ; return tostring(panel)"))
      assert.matches("user admin", scope(panel), 1, true)
      assert.are.equal("dnp.session (closed)", tostring(panel))
    end)
  end

  if rawget(_G, "jit") then
    it("has connections of its own process only", function()
      local ffi = require "ffi"
      ffi.cdef "int fork(void); void _exit(int); int waitpid(int, int *, int);"
      local panel = session()
      assert.are.equal("transport", select(2, panel:user_exists("x")).kind)
      local child = ffi.C.fork()
      if child == 0 then
        local good, text = pcall(panel.user_exists, panel, "x")
        panel:close()
        local own = session():user_exists("x") == nil
        ffi.C._exit(own and not good and text:find("after a fork", 1, true) and 7 or 1)
      end
      local status = ffi.new "int[1]"
      ffi.C.waitpid(child, status, 0)
      assert.are.equal(7, bit.rshift(status[0], 8))
      assert.are.equal("transport", select(2, panel:user_exists("x")).kind)
    end)
  end
end)

describe("a script that asserts", function()
  local function run(chunk)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(chunk)
    file:close()
    local process = assert(io.popen(("%s %s 2>&1"):format(arg[-1], path)))
    local output = process:read("*a")
    process:close()
    os.remove(path)
    return output
  end

  it("prints a sentence", function()
    local output = run [[
      local dnp = require "dnp"
      local panel = assert(dnp.session { url = "http://127.0.0.1:1", username = "u", password = "s3cret" })
      assert(panel:user_exists("jdoe"))
    ]]
    assert.matches(": UserExists: cannot connect to 127.0.0.1:1 ", output, 1, true)
    assert.is_nil(output:find("table:", 1, true))
    assert.is_nil(output:find("s3cret", 1, true))
  end)

  it("names its line for a usage error", function()
    local output = run [[
      local panel = require "dnp".session { url = "http://127.0.0.1:1", username = "u", password = "s3cret" }
      panel:user_exists(7)
    ]]
    assert.matches(":2: user_exists: argument 1 (username): expected string, got number", output, 1, true)
  end)
end)

describe("a trace", function()
  local secret_user = {
    OwnerId = 1, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false, Username = "jdoe",
    Password = "hush <&> hush", FirstName = "pa55word", LastName = "Doe", Email = "jdoe@example.com",
  }

  local function assert_no_secret(text)
    for _, secret in ipairs { "pa55word", "hush", "YWRtaW46cGE1NXdvcmQ=" } do
      assert.is_nil(text:find(secret, 1, true), text)
    end
  end

  local function text_of(event)
    local parts = {}
    for key, value in pairs(event) do
      parts[#parts + 1] = key .. "=" .. (type(value) == "table" and text_of(value) or tostring(value))
    end
    return table.concat(parts, "\n")
  end

  it("of a function gets a request and a response, without secrets", function()
    local response = envelope.result("GetUserByUsername",
      "<Username>jdoe</Username><Password>hush &lt;&amp;&gt; hush</Password><Comments>pa55word</Comments>")
    local url, finish = raw_server.respond(1, http_response(response))
    local events = {}
    local panel = session { url = url, trace = function(...)
      assert(select("#", ...) == 1)
      events[#events + 1] = ...
    end }
    local record = assert(panel:get_user_by_username("jdoe"))
    finish()
    assert.are.equal("hush <&> hush", record.Password)
    assert.are.equal("pa55word", record.Comments)
    assert.are.equal(2, #events)
    assert.is_number(events[1].call)
    assert.are.equal(events[1].call, events[2].call)
    events[1].call, events[2].call = nil, nil
    assert.are.same({
      event = "request", operation = "GetUserByUsername", url = url .. "/esUsers.asmx",
      headers = {
        ["Content-Type"] = "text/xml; charset=utf-8", Authorization = "[redacted]", ["User-Agent"] = "lua-dnp/0.2.0",
        SOAPAction = '"http://officepark/dotnetpanel/enterpriseserver/GetUserByUsername"',
      },
      body = envelope.request("GetUserByUsername", "<username>jdoe</username>"),
    }, events[1])
    assert.is_number(events[2].seconds)
    events[2].seconds = nil
    assert.are.same({
      event = "response", operation = "GetUserByUsername", status = 200,
      body = envelope.result("GetUserByUsername",
        "<Username>jdoe</Username><Password>[redacted]</Password><Comments>[redacted]</Comments>"),
    }, events[2])
  end)

  it("reports a failure", function()
    for _, dialect in ipairs(dnp.dialects) do
      local events = {}
      local panel = session { dialect = dialect, trace = function(event)
        events[#events + 1] = event
      end }
      local _, err = panel:add_user(secret_user, true)
      assert.are.equal(2, #events)
      assert.matches("<Username>jdoe</Username>", events[1].body, 1, true)
      assert.matches("assword>[redacted]<", events[1].body, 1, true)
      assert.are.equal("response", events[2].event)
      assert.is_nil(events[2].status)
      assert.are.equal("", events[2].body)
      assert.are.equal(err.message, events[2].error)
      assert_no_secret(text_of(events[1]) .. text_of(events[2]))
    end
  end)

  it("of a file gets text", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    local url, finish = raw_server.respond(1, http_response(envelope.result("AddUser", "42")))
    local panel = session { url = url, trace = file }
    assert.are.equal(42, panel:add_user(secret_user, true))
    finish()
    file:close()
    file = assert(io.open(path))
    local text = file:read("*a")
    file:close()
    os.remove(path)
    assert.matches("> POST " .. url .. "/esUsers.asmx\n", text, 1, true)
    assert.matches("> Authorization: [redacted]\n", text, 1, true)
    assert.matches("\n< 200 after %d+%.%d+ s\n<\n", text)
    assert.matches("<AddUserResult>42</AddUserResult>", text, 1, true)
    assert_no_secret(text)
  end)

  it("receives what other engines move, without secrets", function()
    local events = {}
    local panel = session { trace = function(event)
      events[#events + 1] = event
    end }
    local fault = envelope.fault("Server", "'hush &lt;&amp;&gt; hush' is bad")
    local request = panel:request("AddUser", secret_user, true)
    panel:response(request, 500, nil, fault)
    panel:receive(panel:request("AddUser", secret_user, true)):fail { name = "connection_lost" }
    local receiver = panel:receive(panel:request("AddUser", secret_user, true), 500)
    receiver:feed(fault)
    receiver:finish()
    assert.are.equal(6, #events)
    for index, event in ipairs(events) do
      assert.are.equal(index % 2 == 1 and "request" or "response", event.event)
      assert.are.equal("AddUser", event.operation)
      assert_no_secret(text_of(event))
    end
    assert.are.equal(500, events[2].status)
    assert.is_nil(events[4].status)
    assert.matches("^AddUser: the connection was lost", events[4].error)
    assert.matches("[redacted] is bad", events[6].body:gsub("&[^;]*;", ""):gsub("'", ""), 1, true)
  end)

  it("that raises ends the call before it is sent, and the session lives on", function()
    local what
    local panel = session { trace = function()
      if what then
        error(what, 0)
      end
    end }
    local thrown = { "thrown" }
    for _, value in ipairs { "stop", thrown } do
      what = value
      local good, err = pcall(panel.user_exists, panel, "jdoe")
      assert.is_false(good)
      assert.are.equal(value, err)
    end
    what = nil
    assert.are.equal("transport", select(2, panel:user_exists("jdoe")).kind)
  end)

  it("that raises after the response leaves the session usable", function()
    local url, finish = raw_server.respond(2, http_response(envelope.result("UserExists", "true")))
    local count = 0
    local panel = session { url = url, trace = function(event)
      count = count + 1
      if event.event == "response" and count == 2 then
        error("no", 0)
      end
    end }
    assert.are.same({ false, "no" }, { pcall(panel.user_exists, panel, "jdoe") })
    assert.is_true(panel:user_exists("jdoe"))
    finish()
  end)

  it("may use the session that it traces", function()
    local depth, most = 0, 0
    local panel
    panel = session { trace = function()
      depth = depth + 1
      most = math.max(most, depth)
      if depth < 4 then
        assert.are.equal("transport", select(2, panel:user_exists("x")).kind)
        assert.is_table(panel:request("UserExists", "x"))
      end
      depth = depth - 1
    end }
    assert.are.equal("transport", select(2, panel:user_exists("jdoe")).kind)
    assert.are.equal(4, most)
  end)

  it("may close the session that it traces", function()
    local panel
    panel = session { trace = function(event)
      if event.event == "request" then
        panel:close()
      end
    end }
    local _, err = panel:add_user(secret_user, true)
    assert.are.same({ "transport", "closed", "not_done" }, { err.kind, err.name, err.outcome })
    assert.are.equal("dnp.session (closed)", tostring(panel))
  end)

  it("may yield", function()
    local panel = session { trace = coroutine.yield }
    local thread = coroutine.wrap(function()
      return select(2, panel:user_exists("jdoe")).kind
    end)
    assert.are.equal("request", thread().event)
    assert.are.equal("response", thread().event)
    assert.are.equal("transport", thread())
  end)
end)

describe("the module", function()
  it("names statuses, roles and codes", function()
    assert.are.equal(1, dnp.UserRole.Administrator)
    assert.are.equal(2, dnp.UserRole.Reseller)
    assert.are.equal(3, dnp.UserRole.User)
    assert.are.same({ Active = 1, Suspended = 2, Cancelled = 3, Pending = 4 }, dnp.UserStatus)
    assert.are.same({ Active = 1, Suspended = 2, Cancelled = 3, New = 4 }, dnp.PackageStatus)
    assert.are.same({ Enabled = 0, Disabled = 1, LockedOut = 2 }, dnp.UserLoginStatus)
    assert.are.equal("ERROR_USER_ALREADY_EXISTS", dnp.codes[-100].name)
    assert.are.equal("ERROR_PACKAGE_QUOTA_EXCEED", dnp.codes[-305].name)
  end)

  it("describes the contract of each dialect", function()
    for _, dialect in ipairs(dnp.dialects) do
      local contract = dnp.contract(dialect)
      assert.are.equal(dialect, contract.dialect)
      for _, operation in ipairs(contract.operations) do
        assert.is_table(contract.types[operation.result])
        for _, parameter in ipairs(operation.parameters) do
          assert.is_table(contract.types[parameter.type])
        end
      end
    end
    local function raises(expected, ...)
      local good, text = pcall(function(...)
        local contract = dnp.contract(...)
        return contract
      end, ...)
      assert.is_false(good)
      assert.are.equal(expected, (text:gsub("^.-spec/session/session_spec%.lua:%d+: ", "")))
    end
    raises("contract: argument 1 (dialect): expected one of 'dotnetpanel', 'websitepanel', 'solidcp', got 'solidpc'"
      .. "; did you mean 'solidcp'?", "solidpc")
    raises("contract: argument 1 (dialect): expected string, got nil", nil)
  end)

  it("sets no globals", function()
    assert.is_nil(rawget(_G, "dnp"))
    assert.matches("^lua%-dnp %d+%.%d+%.%d+$", dnp._VERSION)
  end)
end)
