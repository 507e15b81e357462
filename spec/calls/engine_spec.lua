-- Engines that somebody else wrote: what they are given, and what becomes of all that they may do wrong.
local dnp = require "dnp"
local envelope = require "spec.support.envelope"

local HEAD = { ["Content-Type"] = "text/xml; charset=utf-8" }
local YES = envelope.result("UserExists", "true")
local PASSWORD = "pa55word"

local function nothing() end

-- A session over an exchange; `more` is what else the engine has, `options` what else the session has.
local function session(exchange, more, options)
  local engine = { exchange = exchange, sleep = nothing }
  for name, value in pairs(more or {}) do
    engine[name] = value
  end
  local all = { url = "http://panel.example:9002/es", username = "admin", password = PASSWORD, engine = engine }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return assert(dnp.session(all))
end

-- The pieces of a text as a body, and a failure after them.
local function pieces(text, size, failure)
  local at = 1
  return function()
    local piece = text:sub(at, at + size - 1)
    at = at + size
    if piece == "" then
      return nil, failure
    end
    return piece
  end
end

-- The error of a call over an exchange, which must not raise.
local function failure(exchange, more, options)
  local value, err = session(exchange, more, options):user_exists("jdoe")
  assert.is_nil(value)
  assert.are.equal("table", type(err))
  assert.are.equal("string", type(err.kind))
  assert.matches("^UserExists: ", err.message)
  assert.is_nil(err.message:find(PASSWORD, 1, true))
  assert.is_nil(err.message:find("%.lua:%d+"))
  return err
end

describe("an engine", function()
  it("is given a request and its limits", function()
    local request, limits
    local panel = session(function(...)
      request, limits = ...
      return 200, HEAD, YES
    end, nil, {
      timeout = 7, connect_timeout = 3, max_response_bytes = 123456, verify = false, ca_file = "/ca.pem",
      proxy = "http://proxy.example:3128",
    })
    assert.is_true(panel:user_exists("jdoe"))
    assert.are.same({
      timeout = 7, connect_timeout = 3, max_response_bytes = 123456, verify = false, ca_file = "/ca.pem",
      proxy = "http://proxy.example:3128", streams = false,
    }, limits)
    assert.are.same({ "POST", "http", "panel.example", 9002, "/es/esUsers.asmx", false }, {
      request.method, request.scheme, request.host, request.port, request.path, request.mutates,
    })
    assert.are.equal("http://panel.example:9002/es/esUsers.asmx", request.url)
    assert.matches("UserExists", request.body, 1, true)
    assert.are.equal("string", type(request.headers.Authorization))
    assert.is_true(panel:request("DeleteUser", 7).mutates)
  end)

  it("has limits that agree with each other, and knows when the body is a stream", function()
    local seen = {}
    local panel = session(function(_, limits)
      seen[#seen + 1] = limits
      return 200, HEAD, envelope.result("GetUsers", "")
    end, nil, { timeout = 2, connect_timeout = 10 })
    assert(panel:get_users(1, true))
    for _ in panel:each("GetUsers", 1, true) do
      error "there is no user"
    end
    assert.are.same({ { 2, 2, true, false }, { 2, 2, true, true } }, {
      { seen[1].timeout, seen[1].connect_timeout, seen[1].verify, seen[1].streams },
      { seen[2].timeout, seen[2].connect_timeout, seen[2].verify, seen[2].streams },
    })
  end)

  it("answers in pieces of any size", function()
    for _, size in ipairs { 1, 2, 7, #YES - 1, #YES, #YES + 1 } do
      assert.is_true(session(function()
        return 200, HEAD, pieces(YES, size)
      end):user_exists("jdoe"))
    end
    local long = YES:gsub("<soap:Body>", ("<!-- -->"):rep(40000) .. "%0")
    for _, body in ipairs { long, pieces(long, #long), pieces(long, 65537) } do
      assert.is_true(session(function()
        return 200, HEAD, body
      end):user_exists("jdoe"))
    end
  end)

  it("may give no headers, names in any case, and lists", function()
    assert.is_true(session(function()
      return 200, nil, YES
    end):user_exists("jdoe"))
    assert.is_true(session(function()
      return 200, { ["CONTENT-type"] = { "text/xml", "text/html" }, ["x-other"] = 5, [1] = {} }, YES
    end):user_exists("jdoe"))
    local err = failure(function()
      return 401, { ["www-authenticate"] = { "NTLM", "Negotiate" }, ["content-type"] = "text/html" }, ""
    end)
    assert.are.same({ "http", "windows_authentication" }, { err.kind, err.name })
  end)

  it("yields wherever it waits", function()
    local panel = session(function()
      coroutine.yield "exchange"
      local next_piece = pieces(YES, 100)
      return 200, HEAD, function()
        coroutine.yield "piece"
        return next_piece()
      end
    end)
    local yields = 0
    local proxy = setmetatable({}, { __index = function(_, name)
      return panel:user_exists(name)
    end })
    local run = coroutine.wrap(function()
      local good, exists = pcall(function()
        local found
        for exists in function(_, before)
          return not before and panel:user_exists("jdoe") or nil
        end do
          found = exists
        end
        return found
      end)
      return { good, exists, coroutine.wrap(function()
        return proxy.jdoe
      end)() }
    end)
    local value = run()
    while type(value) == "string" do
      yields = yields + 1
      value = run()
    end
    assert.are.same({ true, true, "exchange" }, value)
    assert.is_true(yields > 4)
  end)
end)

describe("a kept connection that was dead", function()
  -- How often a call is sent when so many exchanges find their connection dead, and what it returns.
  local function send(dead, method, ...)
    local requests = {}
    local panel = session(function(request)
      requests[#requests + 1] = request
      if #requests <= dead then
        return nil, { name = "connection_lost", sent = true, stale = true }
      end
      return 200, HEAD, YES
    end)
    local value, err = panel[method](panel, ...)
    return requests, value, err
  end

  it("is followed by one more exchange of a read, with a new request", function()
    local requests, exists = send(1, "user_exists", "jdoe")
    assert.is_true(exists)
    assert.are.equal(2, #requests)
    assert.are_not.equal(requests[1], requests[2])
    assert.are.equal(requests[1].body, requests[2].body)
  end)

  it("is not followed by a third", function()
    local requests, exists, err = send(math.huge, "user_exists", "jdoe")
    assert.are.same({ 2, nil, "connection_lost", "not_done" }, { #requests, exists, err.name, err.outcome })
  end)

  it("is the end of a change", function()
    local requests, value, err = send(math.huge, "change_user_status", 7, "Suspended")
    assert.are.same({ 1, nil, "connection_lost", "unknown" }, { #requests, value, err.name, err.outcome })
  end)

  it("is followed by one more exchange of a stream", function()
    local count = 0
    local panel = session(function()
      count = count + 1
      if count == 1 then
        return nil, { name = "connection_lost", stale = true }
      end
      return 200, HEAD, envelope.result("GetUsers", "<UserInfo><UserId>7</UserId></UserInfo>")
    end)
    for user in panel:each("GetUsers", 1, true) do
      assert.are.equal(7, user.UserId)
    end
    assert.are.equal(2, count)
  end)
end)

describe("what an engine raises", function()
  local cannot_print = setmetatable({}, { __tostring = function()
    error "not printable"
  end })
  local no_text = setmetatable({}, { __tostring = function()
    return 5
  end })

  it("becomes an error object, without the line and without secrets", function()
    for _, raises in ipairs {
      function() error("boom: " .. PASSWORD) end,
      function() error({}) end,
      function() error() end,
      function() error(cannot_print) end,
      function() error(no_text) end,
      function() return nil + 1 end,
    } do
      for _, exchange in ipairs {
        raises,
        function() return 200, HEAD, raises end,
        function() return nil, setmetatable({}, { __index = raises }) end,
      } do
        local err = failure(exchange)
        assert.are.same({ "transport", "transport", "not_done" }, { err.kind, err.name, err.outcome })
        assert.matches("the engine raised: ", err.message, 1, true)
      end
    end
    assert.matches("the engine raised: boom: [redacted]", failure(function()
      error("boom: " .. PASSWORD)
    end).message, 1, true)
  end)

  it("leaves a change unknown", function()
    local _, err = session(function()
      error "boom"
    end):delete_user(7)
    assert.are.same({ "transport", "unknown" }, { err.kind, err.outcome })
  end)

  it("in its close or yield does no harm", function()
    local long = YES:gsub("<soap:Body>", ("<!-- -->"):rep(400000) .. "%0")
    assert.is_true(session(function()
      return 200, HEAD, pieces(long, 100000)
    end, { yield = error }):user_exists("jdoe"))
    assert.are.equal("protocol", failure(function()
      return 200, HEAD, pieces("no XML", 2), error
    end).kind)
  end)
end)

describe("an engine whose fields are computed", function()
  it("may raise in that", function()
    local computed = {}
    local engine = setmetatable({}, { __index = function(_, name)
      if computed[name] then
        error("no " .. name)
      end
      return name ~= "parallel" and nothing or nil
    end })
    local panel = assert(dnp.session { url = "http://x", username = "a", password = "b", engine = engine })
    computed.exchange = true
    local _, err = panel:user_exists("jdoe")
    assert.matches("the engine raised: no exchange", err.message, 1, true)
  end)
end)

describe("an interrupt", function()
  -- A function that is interrupted in its middle: by a hook, or as Lua's own shells do.
  local function interrupted(reason)
    return function()
      local armed = true
      debug.sethook(function()
        if armed then
          armed = false
          error(reason, 0)
        end
      end, "", 1)
      for _ = 1, 1000 do
        nothing()
      end
      error "was not interrupted"
    end
  end

  -- What `f` raises, without a hook that is left.
  local function raised_by(f)
    local good, err = pcall(f)
    debug.sethook()
    assert.is_false(good)
    return err
  end

  local REASONS = { "interrupted!", "script.lua:7: interrupted!", { "a reason of the program's own" }, "enough" }

  it("goes on as it was raised, whatever of the engine it meets", function()
    for _, reason in ipairs(REASONS) do
      for name, exchange in pairs {
        exchange = interrupted(reason),
        body = function() return 200, HEAD, interrupted(reason) end,
        close = function() return 503, HEAD, pieces(("x"):rep(1000), 10), interrupted(reason) end,
        failure = function() return nil, setmetatable({}, { __index = interrupted(reason) }) end,
      } do
        local panel = session(exchange)
        local function call()
          return panel:user_exists("jdoe")
        end
        assert.are.same({ name, reason }, { name, raised_by(call) })
        assert.are.same({ name, reason }, { name, raised_by(call) })
        assert.are.same({ name, reason }, { name, raised_by(function()
          for _ in panel:each("GetUsers", 1, true) do
            error "a record"
          end
        end) })
      end
    end
  end)

  it("goes on when it meets yield", function()
    local panel = session(function()
      local next_piece = pieces(YES, 100)
      return 200, HEAD, function()
        local started = dnp.clock()
        repeat
        until dnp.clock() - started > 0.02
        return next_piece()
      end
    end, { yield = interrupted "enough" })
    assert.are.equal("enough", raised_by(function()
      panel:user_exists("jdoe")
    end))
  end)

  it("in a body closes it, and ends the stream with an error object", function()
    local closed = 0
    local next_piece
    local panel = session(function()
      local first = true
      return 200, HEAD, function()
        if first then
          first = false
          return (envelope.result("GetUsers", "<UserInfo><UserId>7</UserId></UserInfo>"):match "^(.-)</GetUsersResult>")
        end
        return next_piece()
      end, function()
        closed = closed + 1
      end
    end)
    next_piece = interrupted "enough"
    assert.are.equal("enough", raised_by(function()
      return panel:get_users(1, true)
    end))
    assert.are.equal(1, closed)
    local stream = panel:each("GetUsers", 1, true)
    assert.are.equal(7, stream().UserId)
    assert.are.equal("enough", raised_by(stream))
    assert.are.equal(2, closed)
    assert.matches("the engine raised: enough", raised_by(stream).message, 1, true)
    assert.is_nil(stream())
    assert.are.equal(2, closed)
  end)

  it("does not concern a session's next call", function()
    local exchange = interrupted "enough"
    local panel = session(function()
      return exchange()
    end)
    raised_by(function()
      return panel:user_exists("jdoe")
    end)
    exchange = function() return 200, HEAD, YES end
    assert.is_true(panel:user_exists("jdoe"))
  end)

  it("in an item ends parallel", function()
    for _, reason in ipairs(REASONS) do
      for _, more in ipairs {
        {},
        { parallel = function(tasks)
          for _, task in ipairs(tasks) do
            task()
          end
        end },
      } do
        local begun = 0
        local exchange = interrupted(reason)
        local panel = session(function()
          begun = begun + 1
          if begun == 2 then
            exchange()
          end
          return 200, HEAD, YES
        end)
        local engine = { exchange = nothing, sleep = nothing, parallel = more.parallel }
        assert.are.same(reason, raised_by(function()
          dnp.parallel({ "a", "b", "c", "d" }, function(name)
            return panel:user_exists(name)
          end, { engine = engine, limit = 2 })
        end))
        assert.are.equal(2, begun)
      end
    end
  end)
end)

describe("a response that makes no sense", function()
  it("is an error", function()
    for name, exchange in pairs {
      nothing = nothing,
      boolean = function() return false, "why" end,
      status_text = function() return "200", HEAD, YES end,
      status_small = function() return 99, HEAD, YES end,
      status_large = function() return 1e9, HEAD, YES end,
      status_negative = function() return -200, HEAD, YES end,
      status_part = function() return 200.5, HEAD, YES end,
      status_nan = function() return 0 / 0, HEAD, YES end,
      status_infinite = function() return math.huge, HEAD, YES end,
      headers = function() return 200, "text/xml", YES end,
      no_body = function() return 200, HEAD end,
      body = function() return 200, HEAD, 5 end,
      piece_number = function() return 200, HEAD, function() return 5 end end,
      piece_boolean = function() return 200, HEAD, function() return false end end,
      failure_number = function() return nil, 5 end,
      failure_object = function() return nil, io.stdout end,
      failure_fields = function() return nil, { name = {}, reason = 5, sent = "no", timeout = "x" } end,
      failure_name = function() return nil, { name = "bogus", reason = PASSWORD } end,
      piece_failure = function() return 200, HEAD, function() return nil, { name = 5 } end end,
    } do
      local err = failure(exchange)
      assert.are.same({ name, "transport", "transport" }, { name, err.kind, err.name })
    end
    for _, timeout in ipairs { 0 / 0, math.huge, -1e300, 0 } do
      assert.are.equal("timeout", failure(function()
        return nil, { name = "timeout", timeout = timeout }
      end).kind)
    end
  end)

  it("reports the engine's words", function()
    for _, exchange in ipairs {
      function() return nil, "the cable is cut" end,
      function() return 200, HEAD, function() return nil, "the cable is cut" end end,
      function() return nil, { reason = "the cable is cut" } end,
    } do
      assert.matches("(the cable is cut)", failure(exchange).message, 1, true)
    end
  end)

  it("does not go on for ever", function()
    local endless = envelope.result("UserExists", "true"):match "^(.-)true"
    local err = failure(function()
      local begun = false
      return 200, HEAD, function()
        local piece = begun and ("<!-- " .. ("x"):rep(10000) .. " -->") or endless
        begun = true
        return piece
      end
    end, nil, { max_response_bytes = 1000000 })
    assert.are.equal("limit", err.kind)
  end)
end)

describe("close", function()
  -- How often it is called.
  local function count(status, body, ...)
    local closed = 0
    local panel = session(function()
      return status, HEAD, body, function()
        closed = closed + 1
      end
    end)
    local method = ... or "user_exists"
    local _ = panel[method](panel, "jdoe")
    return closed
  end

  it("is called once when the body was not read to its end", function()
    for name, closed in pairs {
      not_xml = count(200, pieces(("x"):rep(1000), 10)),
      status = count(503, pieces(("x"):rep(1000), 10)),
      failed = count(200, pieces(YES:sub(1, 200), 10, { name = "connection_lost" })),
      raised = count(200, error),
      piece = count(200, function() return 5 end),
      no_body = count(200, nil),
      no_status = count(99, YES),
    } do
      assert.are.same({ name, 1 }, { name, closed })
    end
  end)

  it("is not called when it was", function()
    assert.are.equal(0, count(200, YES))
    assert.are.equal(0, count(200, pieces(YES, 10)))
  end)

  it("need not be a function", function()
    assert.are.equal("protocol", failure(function()
      return 200, HEAD, pieces("no XML", 2), "close"
    end).kind)
  end)
end)

describe("a session that is closed by its engine", function()
  it("lets the call come to its end", function()
    local panel
    for _, exchange in ipairs {
      function() panel:close() return 200, HEAD, YES end,
      function()
        local next_piece = pieces(YES, 50)
        return 200, HEAD, function()
          panel:close()
          collectgarbage()
          return next_piece()
        end
      end,
    } do
      panel = session(exchange)
      assert.is_true(panel:user_exists("jdoe"))
      assert.has_error(function()
        panel:user_exists("jdoe")
      end)
    end
  end)
end)

describe("the option engine", function()
  it("is looked at when the session is made", function()
    for engine, expected in pairs {
      [5] = "option 'engine': expected one of 'auto', 'curl', 'nginx' or a table, got number",
      turbo = "option 'engine': expected one of 'auto', 'curl', 'nginx' or a table, got 'turbo'",
      nginx = "option 'engine': this is not nginx",
      [{}] = "option 'engine': field 'exchange': expected function, got nil",
      [{ exchange = 5 }] = "option 'engine': field 'exchange': expected function, got number",
      [{ exchange = nothing }] = "option 'engine': field 'sleep': expected function, got nil",
      [{ exchange = nothing, sleep = nothing, parallel = true }] =
        "option 'engine': field 'parallel': expected function, got boolean",
      [{ exchange = nothing, sleep = nothing, yield = "x" }] =
        "option 'engine': field 'yield': expected function, got string",
      [setmetatable({}, { __index = function() error("nasty") end })] =
        "option 'engine': field 'exchange' cannot be read: nasty",
      [setmetatable({ exchange = nothing, sleep = nothing }, { __index = function() error({}) end })] =
        "option 'engine': field 'parallel' cannot be read: table: ",
    } do
      local good, text = pcall(function()
        local panel = dnp.session { url = "http://x", username = "a", password = "b", engine = engine }
        return panel
      end)
      assert.is_false(good)
      assert.matches("spec/calls/engine_spec%.lua:%d+: session: ", text)
      assert.matches(expected, text, 1, true)
    end
  end)
end)
