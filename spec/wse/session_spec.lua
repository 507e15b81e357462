-- Sessions with auth = "wse": every call is signed and encrypted, by every engine, and what goes wrong has a name.
local dnp = require "dnp"
local http = require "socket.http"
local ltn12 = require "ltn12"
local sandboxes = require "dnp.sandbox"
local socket = require "socket"

local PASSWORD = "s3cr3t-pässwörd"

-- An engine over LuaSocket. `changed` may look at the request and change the response: status, headers, body.
local function engine(changed)
  return { name = "luasocket", exchange = function(request)
    local pieces = {}
    local headers = { ["content-length"] = #request.body }
    for name, value in pairs(request.headers) do
      headers[name:lower()] = value
    end
    local _, status, answer_headers = http.request { url = request.url, method = "POST", headers = headers,
      source = ltn12.source.string(request.body), sink = ltn12.sink.table(pieces) }
    local body = table.concat(pieces)
    if changed then
      return changed(request, status, answer_headers, body)
    end
    return status, answer_headers, body
  end, sleep = socket.sleep }
end

local function user(changes)
  local record = { OwnerId = 1, RoleId = 2, StatusId = 1, IsDemo = false, IsPeer = false, Username = "anna",
    Password = "an0ther-s3cret", FirstName = "Anna", LastName = "Öz", Email = "anna@example.com" }
  for name, value in pairs(changes or {}) do
    record[name] = value
  end
  return record
end

local sandbox

-- A sandbox that refuses HTTP Basic, with an account whose password HTTP Basic could not carry.
local function start(options)
  options = options or {}
  options.auth = options.auth or "wse"
  local started = assert(sandboxes.start(options))
  assert(started:query("UPDATE Users SET Password = ? WHERE UserID = 1", PASSWORD))
  started.dialect = options.dialect
  return started
end

local function session(changes, there)
  there = there or sandbox
  local options = { url = there.url, username = "serveradmin", password = PASSWORD, auth = "wse",
    dialect = there.dialect, timeout = 20 }
  for name, value in pairs(changes or {}) do
    options[name] = value
  end
  return assert(dnp.session(options))
end

-- Arguments for any operation: something of the right type for each parameter.
local VALUES = { int = 1, unsignedShort = 1, long = 1, boolean = true, double = 1.5, decimal = 1.5, string = "bob",
  dateTime = "2024-01-02T03:04:05" }

-- Of records only what the operation needs.
local function value_of(contract, operation, type_name)
  local described = contract.types[type_name]
  if VALUES[type_name] then
    return VALUES[type_name]
  elseif described.kind == "enum" then
    return select(2, next(dnp[type_name]))
  end
  local record, types = {}, {}
  for _, field in ipairs(described.fields or {}) do
    types[field.name] = field.type
  end
  for _, name in ipairs(operation.required or {}) do
    if types[name] then
      record[name] = value_of(contract, operation, types[name])
    end
  end
  return record
end

local function arguments_of(contract, operation)
  local arguments, count = {}, 0
  for i, parameter in ipairs(operation.parameters) do
    if parameter.argument and not parameter.optional then
      arguments[i], count = value_of(contract, operation, parameter.type), i
    end
  end
  return (unpack or table.unpack)(arguments, 1, count)
end

describe("a session with auth = 'wse'", function()
  teardown(function()
    if sandbox then
      sandbox:stop()
    end
  end)

  setup(function()
    sandbox = start()
  end)

  before_each(function()
    sandbox:behave()
    sandbox:clear_calls()
  end)

  for _, dialect in ipairs(dnp.dialects) do
    describe("on " .. dialect, function()
      local there, fresh

      setup(function()
        there = start { dialect = dialect }
        fresh = there:freeze()
      end)

      before_each(function()
        there:restore(fresh)
      end)

      teardown(function()
        there:stop()
      end)

      it("seals every operation but those that take no credentials", function()
        local panel = session(nil, there)
        local contract = dnp.contract(dialect)
        local sealed, clear = 0, 0
        for _, operation in ipairs(contract.operations) do
          local request = assert(panel:request(operation.name, arguments_of(contract, operation)))
          local status, _, body = engine().exchange(request)
          local code = body:match("<faultcode xmlns:q0=[^>]*>q0:(%w+)<")
          assert.is_nil(code, operation.name)
          assert.are_not.equal(401, status, operation.name)
          if operation.service == "esAuthentication" then
            clear = clear + 1
            assert.is_nil(request.body:find("wsse:", 1, true), operation.name)
            assert.truthy(request.body:find("<" .. operation.name, 1, true))
          else
            sealed = sealed + 1
            assert.truthy(request.body:find("<soap:Body wsu:Id=\"Id-body\"><xenc:EncryptedData ", 1, true))
            assert.is_nil(request.body:find("<" .. operation.name, 1, true), operation.name)
            assert.truthy(body:find("<wsa:RelatesTo>", 1, true), operation.name)
          end
          assert.is_nil(request.body:find(PASSWORD, 1, true))
          assert.is_nil(request.headers.Authorization)
        end
        assert.is_true(sealed > 30)
        assert.is_true(clear > 0)
      end)

      it("reads, changes, and streams", function()
        local panel = session(nil, there)
        there:clear_calls()
        assert.is_false(panel:user_exists("a\r\nb\rc\nd & <e> \"f\" Ж"))
        assert.are.equal("a\r\nb\rc\nd & <e> \"f\" Ж", there:calls("UserExists")[1].parameters.username)
        local id = assert(panel:add_user(user(), false))
        assert.are.equal("Öz", panel:get_user_by_id(id).LastName)
        local names = {}
        for one in panel:each("GetUsers", 1, true) do
          names[one.Username] = true
        end
        assert.is_true(names.anna)
        local _, err = panel:add_user(user(), false)
        assert.are.equal("ERROR_USER_ALREADY_EXISTS", err.name)
        assert.are.equal("wse", panel:info().auth)
      end)
    end)
  end

  it("goes over any engine", function()
    local seen
    local panel = session { engine = engine(function(request, ...)
      seen = request
      return ...
    end) }
    assert.is_true(panel:user_exists("serveradmin"))
    assert.truthy(seen.body:find("<xenc:EncryptedData ", 1, true))

    panel = session()
    local request = assert(panel:request("UserExists", "serveradmin"))
    local status, headers, body = engine().exchange(request)
    assert.is_true(panel:response(request, status, headers, body))

    local responses = dnp.parallel({ "serveradmin", "nobody", "reseller" }, function(name)
      return panel:user_exists(name)
    end)
    assert.are.same({ true, false, true }, responses)
  end)

  it("carries any text, however it is escaped and wherever its lines end", function()
    local panel = session()
    local texts = {
      ("\r"):rep(100000), ("\r\n"):rep(100000), ("<&>ä\r"):rep(50000), ("x"):rep(1000000), "\t \n lead", "  ",
    }
    local pieces = {
      "\r", "\n", "\r\n", "&#13;", "&#xD;", "<", ">", "&", "]]>", '"', "'", "a", "ä", "€", "😀", " ", "\t",
    }
    local seed = 1
    for _ = 1, 100 do
      local text = {}
      for i = 1, 12 do
        seed = (seed * 16807) % 2147483647
        text[i] = pieces[seed % #pieces + 1]
      end
      texts[#texts + 1] = table.concat(text)
    end
    for i, text in ipairs(texts) do
      local id = assert(panel:add_user(user { Username = "text" .. i, Comments = text }, false))
      local rows = sandbox:query("SELECT Comments FROM Users WHERE UserID = ?", id)
      assert.is_true(rows[1].Comments == text, i)
    end
  end)

  it("makes each message anew", function()
    local panel = session()
    local first, second = assert(panel:request("UserExists", "bob")), assert(panel:request("UserExists", "bob"))
    for _, element in ipairs { "wsa:MessageID", "wsse:Nonce", "xenc:CipherValue", "SignatureValue" } do
      local pattern = "<" .. element .. ".->(.-)</" .. element .. ">"
      assert.truthy(first.body:match(pattern), element)
      assert.are_not.equal(first.body:match(pattern), second.body:match(pattern), element)
    end
  end)

  it("says when user name or password are wrong", function()
    local wrong = session { password = "wrong" }
    local _, err
    repeat -- one time in twenty the panel cannot know
      _, err = wrong:user_exists("bob")
    until err.name == "FailedCheck"
    assert.are.equal("fault", err.kind)
    assert.are.equal("not_done", err.outcome)
    assert.truthy(tostring(err):find("the password is wrong", 1, true))

    _, err = session({ username = "nobody" }):user_exists("bob")
    assert.are.equal("FailedAuthentication", err.name)
    assert.truthy(tostring(err):find("does not know this user name", 1, true))
  end)

  it("reports the two clocks and what makes up for their difference", function()
    for _, offset in ipairs { -7200, 7200 } do
      local there = start { clock_offset = offset }
      local _, err = session(nil, there):user_exists("bob")
      assert.are.equal(offset < 0 and "InvalidSecurity" or "MessageExpired", err.name)
      assert.are.equal("not_done", err.outcome)
      local remote, here, advised = tostring(err):match(
        "the panel's clock says (%S+), this machine's (%S+); wse_clock_offset = (%-?%d+) would make up for it")
      assert.truthy(advised, tostring(err))
      assert.truthy(math.abs(tonumber(advised) - offset) <= 2)
      assert.truthy(remote:find("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$"))
      assert.truthy(math.abs(tonumber(here:sub(1, 4)) - os.date("!*t").year) <= 1)
      assert.is_false(session({ wse_clock_offset = tonumber(advised) }, there):user_exists("bob"))

      -- Without the header Date the panel's time is not known.
      local blind = session({ engine = engine(function(_, status, headers, body)
        headers.date = nil
        return status, headers, body
      end) }, there)
      _, err = blind:user_exists("bob")
      assert.truthy(tostring(err):find("the clocks of the panel and of this machine differ too much", 1, true))
      there:stop()
    end
  end)

  it("names the address that the panel sees", function()
    local there = start { address = "http://panel.internal:8080" }
    local _, err = session(nil, there):user_exists("bob")
    assert.are.equal("DestinationUnreachable", err.name)
    assert.truthy(tostring(err):find("see wse_to", 1, true))
    assert.is_false(session({ wse_to = "http://panel.internal:8080/" }, there):user_exists("bob"))
    there:stop()
  end)

  it("says when the panel has no WSE 3.0", function()
    local there = start { auth = "basic" }
    local _, err = session(nil, there):user_exists("bob")
    assert.are.equal("http", err.kind)
    assert.are.equal(401, err.http_status)
    assert.truthy(tostring(err):find("it has no WSE 3.0", 1, true))
    assert.truthy(tostring(err):find("auth = 'basic' is the other way", 1, true))
    there:stop()
  end)

  it("wants the response to be one to its request", function()
    local before
    local panel = session { engine = engine(function(_, status, headers, body)
      if before then
        body = body:gsub("<wsa:RelatesTo>.-<", "<wsa:RelatesTo>" .. before .. "<")
      end
      before = body:match("<wsa:RelatesTo>(.-)<")
      return status, headers, body
    end) }
    assert.is_false(panel:user_exists("bob"))
    local value, err = panel:user_exists("bob")
    assert.is_nil(value)
    assert.are.equal("protocol", err.kind)
    assert.truthy(tostring(err):find("the response is to another request", 1, true))
    assert.are.equal("not_done", err.outcome)
    value, err = panel:change_user_password(2, "new-s3cret")
    assert.is_nil(value)
    assert.are.equal("unknown", err.outcome)
  end)

  it("takes responses without addressing, and with white space around it", function()
    local change
    local panel = session { engine = engine(function(_, status, headers, body)
      return status, headers, change(body)
    end) }
    function change(body)
      return (body:gsub("<soap:Header>.-</soap:Header>", ""))
    end
    assert.is_false(panel:user_exists("bob"))
    function change(body)
      return (body:gsub("<wsa:RelatesTo>(.-)<", "<wsa:RelatesTo>\n  %1\n<"))
    end
    assert.is_false(panel:user_exists("bob"))
  end)

  it("rejects responses whose security header is broken", function()
    local added
    local panel = session { engine = engine(function(_, status, headers, body)
      return status, headers, (body:gsub("</soap:Header>", function(close)
        local wss = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-"
        local header = '<wsse:Security xmlns:wsse="%ssecext-1.0.xsd" xmlns:wsu="%sutility-1.0.xsd"%s</wsse:Security>%s'
        return header:format(wss, wss, added, close)
      end))
    end) }
    local function judged(text)
      added = text
      local value, err = panel:user_exists("bob")
      return value, err and err.kind, err and tostring(err)
    end
    local created = "<wsu:Timestamp><wsu:Created>%s</wsu:Created><wsu:Expires>%s</wsu:Expires></wsu:Timestamp>"
    assert.is_false((judged(">" .. created:format("2024-01-02T03:04:05Z", "2024-01-02T03:09:05Z"))))
    assert.is_false((judged(' soap:mustUnderstand="1">' .. created:format("2024-01-02T03:04:05.123Z",
      "2024-01-02T03:09:05Z"))))
    assert.is_false((judged("><other>x</other>")))
    for _, broken in ipairs { ">" .. created:format("soon", "2024-01-02T03:09:05Z"),
      ">" .. created:format("2024-01-02T03:04:05Z", ""), ' soap:mustUnderstand="1"><other>x</other>',
      "><wsu:Timestamp><wsu:Created><x>2024-01-02T03:04:05Z</x></wsu:Created></wsu:Timestamp>" } do
      local value, kind, text = judged(broken)
      assert.is_nil(value, broken)
      assert.are.equal("protocol", kind)
      assert.truthy(text:find("UserExists: ", 1, true))
    end
    -- And one that is not even XML.
    assert.are.equal("protocol", select(2, judged("><unclosed>")))
  end)

  describe("when an error may come from wrong credentials", function()
    for name, rule in pairs {
      ["a fault"] = { action = "fault", text = "Server was unable to process request." },
      ["a page"] = { action = "html", status = 500 },
    } do
      it("tries a read once more after " .. name, function()
        local panel = session()
        local sent = {}
        local traced = session { trace = function(event)
          sent[#sent + 1] = event.event
        end }
        rule.times = 1
        sandbox:misbehave(rule)
        assert.is_true(panel:user_exists("serveradmin"))
        assert.are.equal(2, sandbox:call_count("UserExists"))

        sandbox:clear_calls()
        rule.times = 5
        sandbox:misbehave(rule)
        local _, err = traced:user_exists("serveradmin")
        assert.are.equal(2, sandbox:call_count("UserExists"))
        assert.are.equal(500, err.http_status)
        assert.is_nil(tostring(err):find("credentials", 1, true))
      end)

      it("tries a list once more that is handed over while it arrives, after " .. name, function()
        for _, changes in ipairs { {}, { engine = engine() } } do
          local count = 0
          sandbox:clear_calls()
          sandbox:behave()
          rule.times = 1
          sandbox:misbehave(rule)
          for _ in session(changes):each("GetUsers", 1, true) do
            count = count + 1
          end
          assert.is_true(count > 2)
          assert.are.equal(2, sandbox:call_count("GetUsers"))

          rule.times = 5
          sandbox:misbehave(rule)
          local good, err = pcall(function()
            for _ in session(changes):each("GetUsers", 1, true) do
              error("nothing comes")
            end
          end)
          assert.is_false(good)
          assert.are.equal(500, err.http_status)
          assert.are.equal(4, sandbox:call_count("GetUsers"))
        end
      end)

      it("does not try a change again after " .. name, function()
        rule.times = 5
        sandbox:misbehave(rule)
        local _, err = session():change_user_password(2, "new-s3cret")
        assert.are.equal(1, sandbox:call_count("ChangeUserPassword"))
        assert.are.equal("unknown", err.outcome)
        assert.truthy(tostring(err):find("wrong credentials can end like this, too", 1, true))
      end)

      it("leaves it to who brings an engine of his own, after " .. name, function()
        rule.times = 1
        sandbox:misbehave(rule)
        local panel = session()
        local request = assert(panel:request("UserExists", "serveradmin"))
        local _, err = panel:response(request, engine().exchange(request))
        assert.truthy(tostring(err):find("wrong credentials can end like this, too", 1, true))
        assert.are.equal("not_done", err.outcome)
      end)
    end

    it("makes the second request of a read anew", function()
      local bodies = {}
      local panel = session { engine = engine(function(request, status, headers, body)
        bodies[#bodies + 1] = request.body
        return #bodies == 1 and 500 or status, headers, #bodies == 1 and "<html/>" or body
      end) }
      assert.is_true(panel:user_exists("serveradmin"))
      assert.are.equal(2, #bodies)
      assert.are_not.equal(bodies[1]:match("<wsse:Nonce>(.-)<"), bodies[2]:match("<wsse:Nonce>(.-)<"))
      assert.are_not.equal(bodies[1]:match("<wsa:MessageID.->(.-)<"), bodies[2]:match("<wsa:MessageID.->(.-)<"))
    end)

    it("asks once only after what is surely a refusal", function()
      local wrong = session { username = "nobody" }
      local _, err = wrong:user_exists("bob")
      assert.are.equal("FailedAuthentication", err.name)
      assert.are.equal(1, sandbox:call_count())
    end)
  end)

  describe("under the workflows", function()
    local provisioning = require "dnp.provisioning"

    -- The name of what test_connection finds wrong.
    local function wrong(there, changes)
      local report, err = provisioning.test_connection(session(changes, there))
      assert.is_nil(report)
      assert.truthy(tostring(err):find("^test_connection: "))
      return err.name, err
    end

    it("tests the connection and names what is wrong", function()
      local report = assert(provisioning.test_connection(session()))
      assert.is_true(report.authenticated)
      assert.are.equal("credentials", (wrong(sandbox, { username = "nobody" })))

      local name, err = wrong(sandbox, { url = sandbox.url:gsub("127.0.0.1", "localhost"),
        wse_to = "http://panel.internal" })
      assert.are.equal("wrong_address", name)
      assert.truthy(tostring(err):find("wse_to", 1, true))

      local there = start { clock_offset = 3600 }
      name, err = wrong(there)
      assert.are.equal("clock_skew", name)
      assert.truthy(tostring(err):find("wse_clock_offset = 3", 1, true))
      there:stop()

      there = start { auth = "basic" }
      name, err = wrong(there)
      assert.are.equal("no_wse", name)
      assert.is_true(err.report.reachable)
      assert.is_false(err.report.authenticated)
      there:stop()
    end)

    it("finds wrong credentials whatever the panel makes of them", function()
      local found = {}
      for i = 1, 60 do
        local name = wrong(sandbox, { password = "wrong" .. i })
        found[name] = (found[name] or 0) + 1
      end
      -- Of 60 tries 57 fail at once; two in a row that do not are as rare as 1 in 490.
      assert.is_true((found.credentials or 0) >= 57)
    end)

    it("makes and changes accounts", function()
      local panel = session()
      assert(provisioning.create_account(panel, { user = { Username = "carla", Password = "c4rlas-s3cret", OwnerId = 2,
        FirstName = "Carla", LastName = "Ü", Email = "carla@example.com" } }))
      local id = assert(panel:get_user_by_username("carla")).UserId
      assert(provisioning.suspend(panel, id))
      assert.are.equal("Suspended", panel:get_user_by_id(id).Status)
      assert(provisioning.change_password(panel, id, "an0ther-s3cret"))
      assert(provisioning.terminate(panel, id))
      assert.is_false(panel:user_exists("carla"))
    end)
  end)

  it("shows nothing secret", function()
    local events = {}
    local panel = session { trace = function(event)
      events[#events + 1] = event
    end }
    assert(panel:add_user(user { Username = "berta" }, false))
    panel:user_exists(PASSWORD)
    panel:authenticate_user("serveradmin", PASSWORD, "127.0.0.1")
    assert.are.equal(6, #events)
    for _, event in ipairs(events) do
      local text = event.body .. (event.error or "") .. tostring(event.headers and event.headers.SOAPAction)
      assert.is_nil(text:find(PASSWORD, 1, true))
      assert.is_nil(text:find("an0ther-s3cret", 1, true))
    end
    -- What a trace has of a request is the text before it was encrypted, and that it was.
    assert.is_true(events[1].encrypted)
    assert.truthy(events[1].body:find("<Username>berta</Username>", 1, true))
    assert.truthy(events[1].body:find("[redacted]", 1, true))
    assert.is_nil(events[1].body:find("EncryptedData", 1, true))
    assert.is_falsy(events[5].encrypted)
    assert.is_nil(tostring(panel):find(PASSWORD, 1, true))

    local lines = {}
    local written = session { trace = { write = function(_, ...)
      lines[#lines + 1] = table.concat { ... }
    end } }
    written:user_exists("bob")
    assert.truthy(table.concat(lines):find("(sent encrypted; this is what it was made from)", 1, true))
  end)

  describe("refuses", function()
    local function raises(expected, changes)
      local good, text = pcall(session, changes)
      assert.is_false(good)
      assert.are.equal(expected, (text:gsub("^.-spec/wse/session_spec%.lua:%d+: ", "")))
    end

    it("an empty password", function()
      raises("session: option 'password' is empty, and no key for WSE 3.0 can be made from that", { password = "" })
    end)

    it("to do without its module", function()
      local loaded, preloaded = package.loaded["dnp.wse"], package.preload["dnp.wse"]
      package.loaded["dnp.wse"] = nil
      package.preload["dnp.wse"] = function()
        error("libcrypto.so.3: cannot open shared object file", 0)
      end
      local good, text = pcall(session)
      package.loaded["dnp.wse"], package.preload["dnp.wse"] = loaded, preloaded
      assert.is_false(good)
      assert.truthy(text:find("session_spec%.lua:%d+: session: auth = 'wse' needs the module dnp%.wse, .*: "
        .. "libcrypto%.so%.3: cannot open shared object file"))

      package.loaded["dnp.wse"] = {}
      good, text = pcall(session)
      package.loaded["dnp.wse"] = loaded
      assert.is_false(good)
      assert.truthy(text:find('expected what require "dnp.wse" gives, got table', 1, true))
    end)

    it("options that make no sense", function()
      raises("session: option 'auth': expected one of 'basic', 'wse', got 'wsse'; did you mean 'wse'?",
        { auth = "wsse" })
      raises("session: option 'username' is not UTF-8", { username = "\255" })
      raises("session: option 'wse_clock_offset': expected integer, got a number in a string",
        { wse_clock_offset = "1" })
      raises("session: option 'wse_clock_offset': expected integer, got 1.5", { wse_clock_offset = 1.5 })
      raises("session: option 'wse_clock_offset' must be at most 1000000000, got 10000000000",
        { wse_clock_offset = 10000000000 })
      raises("session: option 'wse_clock_offset' must be at least -1000000000, got -10000000000",
        { wse_clock_offset = -10000000000 })
      raises("session: option 'wse_to': url must begin with http:// or https://", { wse_to = "panel.internal" })
      for _, name in ipairs { "wse_to", "wse_clock_offset" } do
        raises("session: options 'wse_to' and 'wse_clock_offset' are for auth = 'wse'",
          { auth = "basic", [name] = name == "wse_to" and "http://panel.internal" or 1 })
      end
    end)
  end)
end)
