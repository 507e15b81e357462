-- Calls as objects: many of one session at once, in any order, moved by anybody.
local dnp = require "dnp"
local envelope = require "spec.support.envelope"

local function session(changes)
  local options = { url = "http://panel.example.com:9002", username = "admin", password = "pa55word" }
  for name, value in pairs(changes or {}) do
    options[name] = value
  end
  return assert(dnp.session(options))
end

local XML = { ["Content-Type"] = "text/xml; charset=utf-8" }

local function fault(text)
  return envelope.fault("Server", text)
end

local function exists(value)
  return envelope.response("UserExists", "<UserExistsResult>" .. tostring(value) .. "</UserExistsResult>")
end

-- Every order in which the steps of several calls can follow each other, each call's own steps in their order.
local function interleavings(counts)
  local found, path = {}, {}
  local function extend()
    local any = false
    for number, left in ipairs(counts) do
      if left > 0 then
        any = true
        counts[number] = left - 1
        path[#path + 1] = number
        extend()
        path[#path] = nil
        counts[number] = left
      end
    end
    if not any then
      local copy = {}
      for index, number in ipairs(path) do
        copy[index] = number
      end
      found[#found + 1] = copy
    end
  end
  extend()
  return found
end

describe("calls of one session", function()
  local SECRETS = { "TopSecretA", "TopSecretB" }

  -- The steps of one that sets a password and is answered by a fault that quotes both.
  local function password_call(panel, number)
    local request, receiver, err
    return {
      function()
        request = assert(panel:request("ChangeUserPassword", number, SECRETS[number]))
      end,
      function()
        receiver = panel:receive(request, 500, XML)
      end,
      function()
        receiver:feed(fault(("user %d: '%s' is bad"):format(number, SECRETS[number])))
      end,
      function()
        local _
        _, err = receiver:finish()
      end,
    }, function()
      return err
    end
  end

  it("report their own faults without their own secrets, in whatever order they go on", function()
    local orders = interleavings { 4, 4 }
    assert.are.equal(70, #orders)
    for _, order in ipairs(orders) do
      local panel = session()
      local steps, results, at = {}, {}, { 1, 1 }
      steps[1], results[1] = password_call(panel, 1)
      steps[2], results[2] = password_call(panel, 2)
      for _, number in ipairs(order) do
        steps[number][at[number]]()
        at[number] = at[number] + 1
      end
      for number = 1, 2 do
        local err = results[number]()
        assert.are.equal(("ChangeUserPassword: user %d: '[redacted]' is bad"):format(number), err.message)
        assert.are.equal(("user %d: '[redacted]' is bad"):format(number), err.fault_string)
        assert.are.equal("esUsers", err.service)
      end
    end
  end)

  it("can end in another order than they began, a thousand of them", function()
    local panel = session()
    local requests = {}
    for number = 1, 1000 do
      requests[number] = assert(panel:request("UserExists", "user" .. number))
    end
    for number = 1000, 1, -1 do
      assert.matches("user" .. number .. "<", requests[number].body, 1, true)
      assert.are.equal(number % 3 == 0, panel:response(requests[number], 200, XML, exists(number % 3 == 0)))
    end
  end)

  it("go on when their session is closed, and when nobody holds it", function()
    local panel = session()
    local request = panel:request("UserExists", "bob")
    local receiver = panel:receive(request, 200, XML)
    panel:close()
    panel = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.is_true(receiver:feed(exists(true)))
    assert.is_true(receiver:finish())
  end)

  it("are collected with all they hold", function()
    local panel = session()
    local watched = setmetatable({}, { __mode = "k" })
    for _ = 1, 100 do
      local request = panel:request("UserExists", "bob")
      watched[request] = true
      watched[panel:receive(request, 200, XML)] = true
    end
    collectgarbage()
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(watched))
  end)
end)

describe("a request", function()
  it("shows no secret when it is printed", function()
    local request = session():request("ChangeUserPassword", 5, "TopSecretA")
    assert.are.equal("dnp.request (ChangeUserPassword, POST http://panel.example.com:9002/esUsers.asmx)",
      tostring(request))
  end)

  it("says whether it changes something", function()
    assert.is_true(session():request("DeleteUser", 5).mutates)
    assert.is_false(session():request("UserExists", "bob").mutates)
  end)

  it("may be changed before it is sent, without effect on how its response is taken", function()
    local panel = session()
    local request = panel:request("UserExists", "bob")
    request.url, request.headers, request.operation, request.body = "x", {}, "DeleteUser", ""
    assert.is_true(panel:response(request, 200, XML, exists(true)))
  end)

  it("has one response, with a secret and without, in whichever way it comes", function()
    local panel = session()
    local status = '<ChangeUserPasswordResult>0</ChangeUserPasswordResult>'
    local cases = {
      { function() return panel:request("UserExists", "bob") end, exists(true) },
      { function() return panel:request("ChangeUserPassword", 5, "TopSecretA") end,
        envelope.response("ChangeUserPassword", status) },
    }
    local ways = {
      function(request, body)
        return panel:response(request, 200, XML, body)
      end,
      function(request, body)
        local receiver = panel:receive(request, 200, XML)
        receiver:feed(body)
        return receiver:finish()
      end,
    }
    for _, case in ipairs(cases) do
      for _, way in ipairs(ways) do
        local request = case[1]()
        assert.is_true(way(request, case[2]))
        local good, text = pcall(panel.response, panel, request, 200, XML, case[2])
        assert.is_false(good)
        assert.matches("response: argument 1 (request): it has had its response", text, 1, true)
        good, text = pcall(panel.receive, panel, request, 200, XML)
        assert.is_false(good)
        assert.matches("receive: argument 1 (request): it has had its response", text, 1, true)
      end
    end
  end)

  it("still waits for its response after one that was not given rightly", function()
    local panel = session()
    local request = panel:request("ChangeUserPassword", 5, "TopSecretA")
    for _, arguments in ipairs { { 200, XML }, { nil, XML, "" }, { 200, XML, 5 }, { 200, XML, "", 1, n = 4 } } do
      assert.is_false(pcall(panel.response, panel, request, table.unpack(arguments, 1, arguments.n or 3)))
    end
    local body = envelope.response("ChangeUserPassword", "<ChangeUserPasswordResult>0</ChangeUserPasswordResult>")
    assert.is_true(panel:response(request, 200, XML, body))
  end)

  it("keeps its own secrets out of its response, whatever comes between", function()
    local panel = session()
    local long = ("Secret "):rep(10)
    for _, way in ipairs { "response", "receive" } do
      local requests = {}
      for number = 1, 70 do
        requests[number] = panel:request("ChangeUserPassword", number, number % 2 == 0 and "TopSecretA" or long)
      end
      collectgarbage()
      assert.is_true(panel:response(panel:request("UserExists", "bob"), 200, XML, exists(true)))
      for number = 70, 1, -1 do
        local text = ("%d: TopSecretA %s pa55word"):format(number, long)
        local _, err
        if way == "response" then
          _, err = panel:response(requests[number], 500, XML, fault(text))
        else
          local receiver = panel:receive(requests[number], 500, XML)
          receiver:feed(fault(text))
          _, err = receiver:finish()
        end
        local shown = number % 2 == 0 and ("[redacted] %s"):format(long) or "TopSecretA [redacted]"
        assert.are.equal(("%d: %s [redacted]"):format(number, shown), err.fault_string)
      end
    end
  end)

  it("is answered as in the session that made it", function()
    local first, second = session { dialect = "solidcp", password = "first" }, session { password = "second" }
    local function response(request)
      return second:response(request, 500, XML, fault "first second TopSecretA")
    end
    local _, err = response(first:request("UserExists", "bob"))
    assert.are.equal("[redacted] second TopSecretA", err.fault_string)
    _, err = response(first:request("ChangeUserPassword", 5, "TopSecretA"))
    assert.are.equal("[redacted] second [redacted]", err.fault_string)
    local value = second:response(first:request("UserExists", "bob"), 200, XML,
      envelope.result("UserExists", "true", "solidcp"))
    assert.is_true(value)
  end)

  it("has tables of its own", function()
    local panel = session()
    local function copy(request)
      local fields, headers = {}, {}
      for name, value in pairs(request) do
        fields[name] = value
      end
      for name, value in pairs(request.headers) do
        headers[name] = value
      end
      fields.headers = headers
      return fields
    end
    local first = panel:request("UserExists", "bob")
    local before = copy(first)
    for name in pairs(copy(first)) do
      first[name] = name == "headers" and first.headers or "changed"
    end
    for name in pairs(copy(first).headers) do
      first.headers[name] = "changed"
    end
    first.more, first.headers.more = 1, "1"
    assert.are.same(before, copy(panel:request("user_exists", "bob")))
    assert.are.equal("Basic YWRtaW46cGE1NXdvcmQ=", before.headers.Authorization)
    assert.are.equal('"http://officepark/dotnetpanel/enterpriseserver/UserExists"', before.headers.SOAPAction)
    assert.are.equal("text/xml; charset=utf-8", before.headers["Content-Type"])
    assert.are.equal("POST", before.method)
    assert.are.equal("/esUsers.asmx", before.path)
    assert.are.equal(9002, before.port)
  end)
end)

describe("responses in one piece", function()
  local panel = session()
  local USER = envelope.response("GetUserById", "<GetUserByIdResult><UserId>%d</UserId><Username>%s</Username>"
    .. "</GetUserByIdResult>")

  it("leave nothing to each other, of whichever operation they are and however they end", function()
    local kept = {}
    for number = 1, 200 do
      kept[number] = panel:response("GetUserById", 200, XML, USER:format(number, "user" .. number))
      assert.are.equal(number % 2 == 0, panel:response("UserExists", 200, XML, exists(number % 2 == 0)))
      if number % 3 == 0 then
        local _, err = panel:response("GetUserById", 200, XML, USER:format(number, "a"):sub(1, -20))
        assert.are.equal("protocol", err.kind)
      elseif number % 3 == 1 then
        local _, err = panel:response("GetUsers", 500, XML, fault "no")
        assert.are.equal("fault", err.kind)
      else
        local list = panel:response("GetUsers", 200, XML, envelope.response("GetUsers", ""))
        assert.are.same({}, list)
      end
    end
    for number = 1, 200 do
      assert.are.same({ UserId = number, Username = "user" .. number }, kept[number])
    end
  end)

  it("give as much as the method does", function()
    assert.are.equal(1, select("#", panel:response("UserExists", 200, XML, exists(true))))
    assert.are.equal(2, select("#", panel:response("UserExists", 500, XML, fault "no")))
  end)

  it("raise where they are taken wrongly", function()
    local function raises(expected, ...)
      local arguments = { ... }
      local good, text = pcall(function()
        local _ = panel:response(table.unpack(arguments, 1, #arguments))
      end)
      assert.is_false(good)
      assert.matches("^[^:]*calls_spec%.lua:%d+: response: " .. expected, text)
    end
    raises("argument 1 %(operation%): 'GetUser' is not an operation; did you mean", "GetUser", 200, XML, "")
    raises("argument 1 %(request%): expected what session:request gave, or the name of an operation, got table", {},
      200, XML, "")
    raises("argument 4 %(body%): expected string, got nil", "UserExists", 200, XML)
    raises("argument 4 %(body%): expected string, got more arguments", "UserExists", 200, XML, "", 1)
    raises("argument 2 %(status%): expected HTTP status, got another number", "UserExists", 99, XML, "")
    raises("argument 3 %(headers%): expected table, got boolean", "UserExists", 200, true, "")
    local good, text = pcall(panel.response, panel, "UserExists", nil, XML, "")
    assert.is_false(good)
    assert.matches("response: argument 2 (status): expected HTTP status, got nil", text, 1, true)
    good, text = pcall(panel.response, {}, "UserExists", 200, XML, "")
    assert.is_false(good)
    assert.matches("response: expected session, got table", text, 1, true)
  end)

  it("are passed to a trace, also of a session that had others before", function()
    local events = {}
    local traced = session { trace = function(event)
      events[#events + 1] = event.event .. " " .. event.operation .. " " .. event.call
    end }
    assert.is_true(traced:response(traced:request("UserExists", "bob"), 200, XML, exists(true)))
    assert.is_true(traced:response("UserExists", 200, XML, exists(true)))
    assert.is_true(panel:response(panel:request("UserExists", "bob"), 200, XML, exists(true)))
    local first = tonumber(events[1]:match "%d+$")
    assert.are.same({ "request UserExists " .. first, "response UserExists " .. first,
      "response UserExists " .. first + 1 }, events)
  end)
end)

describe("a receiver", function()
  local panel = session()

  local function begin(operation, status, headers, ...)
    return panel:receive(assert(panel:request(operation, ...)), status, headers)
  end

  it("takes pieces of any size", function()
    local body = envelope.response("GetUsers",
      "<GetUsersResult><UserInfo><UserId>1</UserId><Username>a&amp;b</Username>"
      .. "</UserInfo><UserInfo><UserId>2</UserId></UserInfo></GetUsersResult>")
    for size = 1, #body do
      local receiver = begin("GetUsers", 200, XML, 1, true)
      for from = 1, #body, size do
        assert.is_true(receiver:feed(body:sub(from, from + size - 1)))
      end
      assert.are.same({ { UserId = 1, Username = "a&b" }, { UserId = 2 } }, receiver:finish())
    end
  end)

  it("says when the rest does not matter, and keeps the reason for finish", function()
    local receiver = begin("UserExists", 200, XML, "bob")
    assert.is_nil(receiver:feed("<html><body>"))
    assert.is_nil(receiver:feed("and more"))
    local value, err = receiver:finish()
    assert.is_nil(value)
    assert.are.equal("protocol", err.kind)
  end)

  it("reads names of headers in any case, and lists", function()
    for _, name in ipairs { "content-type", "CONTENT-TYPE", "Content-Type" } do
      assert.is_true(panel:response("UserExists", 200, { [name] = { "text/xml", "text/html" } }, exists(true)))
    end
    local _, err = panel:response("UserExists", 200, { ["content-type"] = "text/html" }, "<html>")
    assert.are.equal("protocol", err.kind)
  end)

  it("makes the ordinary error of a broken transport", function()
    local cases = {
      { { name = "connection_refused", sent = false, reason = "ECONNREFUSED" }, "transport", "not_done", true },
      { { name = "connection_lost", sent = true }, "transport", "unknown", false },
      { { name = "connection_lost" }, "transport", "unknown", false },
      { { name = "timeout", sent = true, timeout = 5 }, "timeout", "unknown", false },
      { { name = "connect_timeout", sent = false, timeout = 5 }, "timeout", "not_done", true },
      { { name = "certificate", sent = false }, "transport", "not_done", false },
      { { name = "no_http", sent = true }, "protocol", "unknown", false },
      { { name = "phase", sent = false }, "transport", "not_done", false },
      { {}, "transport", "unknown", false },
    }
    for _, case in ipairs(cases) do
      local failure, kind, outcome, retryable = case[1], case[2], case[3], case[4]
      local value, err = begin("DeleteUser", nil, nil, 7):fail(failure)
      assert.is_nil(value)
      assert.are.same({ kind, outcome, retryable, failure.name or "transport", "DeleteUser" },
        { err.kind, err.outcome, err.retryable, err.name, err.operation })
      assert.matches("^DeleteUser: .*panel%.example%.com:9002", err.message)
      -- What only reads has changed nothing, whatever became of it.
      local _, read = begin("UserExists", nil, nil, "bob"):fail(failure)
      assert.are.equal("not_done", read.outcome)
    end
  end)

  it("keeps only what is not a secret of an engine's words", function()
    local receiver = panel:receive(panel:request("ChangeUserPassword", 5, "TopSecretA"))
    local _, err = receiver:fail { name = "transport", reason = "cannot send 'TopSecretA' for pa55word" }
    assert.is_nil(err.message:find("TopSecret", 1, true))
    assert.is_nil(err.message:find("pa55word", 1, true))
  end)

  it("prefers what the status said to what broke after it", function()
    local receiver = begin("DeleteUser", 401, {}, 7)
    local _, err = receiver:fail { name = "connection_lost", sent = true }
    assert.are.equal("http", err.kind)
    assert.are.equal(401, err.http_status)
  end)

  it("takes a part of a piece, and nothing beside it", function()
    local body = exists(true)
    local receiver = begin("UserExists", 200, XML, "bob")
    assert.is_true(receiver:feed("x" .. body:sub(1, 20) .. "y", 2, 21))
    local ranges = { { 10, 20 }, { 5, 2 }, { -5, 3 }, { 0, 1 }, { 0 / 0, 0 / 0 }, { 1, 0 }, { 4, 3 }, { -1e300, 1 } }
    for _, range in ipairs(ranges) do
      assert.is_true(receiver:feed("xyz", range[1], range[2]))
    end
    assert.is_true(receiver:feed("xyz" .. body:sub(21), 4, math.huge))
    assert.is_true(receiver:finish())
  end)

  it("is used in order, or raises", function()
    local function raises(expected, f, ...)
      local good, text = pcall(f, ...)
      assert.is_false(good)
      assert.matches(expected, text, 1, true)
    end
    local receiver = begin("UserExists", nil, nil, "bob")
    raises("feed: the call has no head", receiver.feed, receiver, "x")
    raises("finish: no response has begun", receiver.finish, receiver)
    raises("fail: argument 1 (failure): expected table, got string", receiver.fail, receiver, "broken")
    receiver = begin("UserExists", 200, XML, "bob")
    raises("feed: argument 1 (piece): expected string, got number", receiver.feed, receiver, 5)
    raises("feed: expected receiver, got string", receiver.feed, "x", "y")
    receiver:feed(exists(false))
    assert.is_false(receiver:finish())
    raises("finish: the call is closed", receiver.finish, receiver)
    raises("receive: argument 1 (request): expected what session:request gave", panel.receive, panel, {}, 200, XML)
    raises("receive: argument 2 (status): expected HTTP status, got string", panel.receive, panel,
      panel:request("UserExists", "bob"), "200", XML)
    raises("receive: argument 3 (headers): expected table, got string", panel.receive, panel,
      panel:request("UserExists", "bob"), 200, "text/xml")
  end)
end)

describe("a call that is given up in the middle", function()
  it("is collected, also when it has served before", function()
    local core = require "dnp.core"
    local panel = session { engine = {
      sleep = function() end,
      exchange = function()
        return 200, XML, exists(true)
      end,
    } }
    local index
    for number, operation in ipairs(core.operations()) do
      index = operation.name == "UserExists" and number - 1 or index
    end
    assert.is_true(panel:user_exists("bob"))
    local weak = setmetatable({ (core.begin(panel, index, "jim")) }, { __mode = "v" })
    assert.is_userdata(weak[1])
    collectgarbage()
    collectgarbage()
    assert.is_nil(weak[1])
    assert.is_true(panel:user_exists("bob"))
  end)
end)

describe("what a session does not have", function()
  local panel = session()

  local function reading(name)
    local good, text = pcall(function()
      return panel[name]
    end)
    assert.is_false(good)
    return text
  end

  it("raises with the method that was meant", function()
    assert.matches("calls_spec%.lua:%d+: session: there is no method 'get_usr_by_id'; did you mean 'get_user_by_id'%?$",
      reading "get_usr_by_id")
    for _, operation in ipairs(dnp.contract("solidcp").operations) do
      assert.matches("; did you mean '" .. operation.method .. "'?", reading(operation.name), 1, true)
    end
    assert.are.equal("session: there is no method 'frobnicate'", (reading("frobnicate"):gsub("^.-%d+: ", "")))
  end)
end)
