-- What a caller learns about each way in which a call can fail: which kind, and whether the panel may have done it.
local dnp = require "dnp"
local envelope = require "spec.support.envelope"
local fake = require "spec.support.fake"
local raw_server = require "spec.support.raw_server"
local socket = require "socket"

local user = fake.user

local function xml(status, body)
  return ("HTTP/1.1 %s\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s")
    :format(status, #body, body)
end

local function page(status, length)
  return ("HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n<p>page</p>")
    :format(status, length or 11)
end

local added = envelope.result("AddUser", "7")

-- What the server sends after it has read the request, then it closes the connection; what a change fails with.
local responses = {
  { "nothing", "", kind = "transport", name = "connection_lost", outcome = "unknown" },
  { "half a status line", "HTTP/1.1 20", kind = "transport", outcome = "unknown" },
  { "half of its headers", "HTTP/1.1 200 OK\r\nContent-Ty", kind = "transport", name = "connection_lost",
    outcome = "unknown" },
  { "an interim response only", "HTTP/1.1 100 Continue\r\n\r\n", kind = "transport", name = "connection_lost",
    outcome = "unknown" },
  { "half of its body", (xml("200 OK", added):sub(1, -20)), kind = "transport", name = "connection_lost",
    outcome = "unknown", http_status = 200 },
  { "half of a chunk", "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n<?xml",
    kind = "transport", name = "connection_lost", outcome = "unknown", http_status = 200 },
  { "chunks that are none", "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<",
    kind = "transport", name = "connection_lost", outcome = "unknown", http_status = 200 },
  { "a body that ends early", (xml("200 OK", added:sub(1, -20))), kind = "protocol", outcome = "unknown",
    http_status = 200 },
  { "a greeting of SSH", "SSH-2.0-OpenSSH_9.2p1\r\n", kind = "protocol", name = "no_http", outcome = "unknown" },
  { "XML without HTTP", added, kind = "protocol", name = "no_http", outcome = "unknown" },
  { "headers without a colon", "HTTP/1.1 200 OK\r\nContent-Type text/xml\r\nContent-Length 5\r\n\r\nhello",
    kind = "protocol", outcome = "unknown" },
  { "a page", page "200 OK", kind = "protocol", outcome = "unknown", http_status = 200 },
  { "a page called XML", xml("200 OK", "<html><body><p>x</body></html>"), kind = "protocol", outcome = "unknown",
    http_status = 200 },
  { "XML called a page", (xml("200 OK", added):gsub("text/xml", "text/html")), kind = "protocol", outcome = "unknown",
    http_status = 200 },
  { "an empty success", "HTTP/1.1 204 No Content\r\n\r\n", kind = "protocol", outcome = "unknown", http_status = 204 },
  { "packed bytes that are none", (xml("200 OK", added):gsub("\r\n", "\r\nContent-Encoding: gzip\r\n", 1)),
    kind = "protocol", name = "bad_encoding", outcome = "unknown", http_status = 200 },
  { "another operation's response", xml("200 OK", envelope.result("UserExists", "true")), kind = "protocol",
    outcome = "unknown", http_status = 200 },
  { "another dialect's response", xml("200 OK", envelope.result("AddUser", "7", "solidcp")), kind = "protocol",
    name = "wrong_dialect", outcome = "unknown", http_status = 200 },
  { "no result", xml("200 OK", envelope.response("AddUser", "")), kind = "protocol", outcome = "unknown",
    http_status = 200 },
  { "a result that is not a number", xml("200 OK", envelope.result("AddUser", "seven")), kind = "protocol",
    outcome = "unknown", http_status = 200 },
  { "a DTD", xml("200 OK", "<!DOCTYPE a [<!ENTITY b 'c'>]>" .. added), kind = "protocol", outcome = "unknown",
    http_status = 200 },
  { "a fault of the server", xml("500 Oh", envelope.fault("Server", "no")), kind = "fault", name = "Server",
    outcome = "unknown", http_status = 500 },
  { "a fault of the client", xml("500 Oh", envelope.fault("Client", "no")), kind = "fault", name = "Client",
    outcome = "not_done", http_status = 500 },
  { "a fault in a success", xml("200 OK", envelope.fault("Server", "no")), kind = "fault", name = "Server",
    outcome = "unknown", http_status = 200 },
  { "a refusal", xml("200 OK", envelope.result("AddUser", "-100")), kind = "refused",
    name = "ERROR_USER_ALREADY_EXISTS", code = -100, outcome = "not_done", http_status = 200 },
  { "a refusal in the middle", xml("200 OK", envelope.result("AddUser", "-999")), kind = "refused",
    name = "FAILED_EXECUTE_SERVICE_OPERATION", code = -999, outcome = "unknown", http_status = 200 },
  { "400 without a body", xml("400 Bad Request", ""), kind = "http", outcome = "not_done", http_status = 400 },
  { "401", page "401 Unauthorized", kind = "http", outcome = "not_done", http_status = 401 },
  { "401 that is cut", page("401 Unauthorized", 1000), kind = "http", outcome = "not_done", http_status = 401 },
  { "a redirection", page "302 Found", kind = "http", outcome = "not_done", http_status = 302 },
  { "404", page "404 Not Found", kind = "http", outcome = "not_done", http_status = 404 },
  { "415 without a body", "HTTP/1.1 415 No\r\nContent-Length: 0\r\n\r\n", kind = "http", outcome = "not_done",
    http_status = 415 },
  { "500 with a page", page "500 Internal Server Error", kind = "http", outcome = "unknown", http_status = 500 },
  { "500 with broken XML", xml("500 Oh", "<a><b></a>"), kind = "http", outcome = "unknown", http_status = 500 },
  { "502", page "502 Bad Gateway", kind = "http", outcome = "unknown", http_status = 502 },
  { "503 that is cut", page("503 Service Unavailable", 1000), kind = "http", outcome = "unknown", http_status = 503 },
  { "more than it may", xml("200 OK", added .. (" "):rep(5000)), kind = "limit", outcome = "unknown",
    http_status = 200 },
}

local function assert_failed(expected, operation, value, err)
  assert.is_nil(value)
  assert.are.equal(expected.kind, err.kind, err.message)
  assert.are.equal(expected.outcome, err.outcome)
  assert.are.equal(expected.name or err.name, err.name)
  assert.are.equal(expected.code or err.code, err.code)
  assert.are.equal(expected.http_status, err.http_status)
  assert.are.equal(operation, err.operation)
  local remark = expected.outcome == "unknown" and "; the panel may have done it all the same" or ""
  assert.are.equal(err.message .. remark, tostring(err))
  assert.are.equal(operation .. ": ", tostring(err):sub(1, #operation + 2))
  assert.is_nil(tostring(err):find("[%c]"))
end

describe("a change that is answered with", function()
  for _, case in ipairs(responses) do
    it(case[1] .. " failed, and was sent once", function()
      local url, finish = raw_server.start(2, ("read() send(%q)"):format(case[2]))
      local panel = assert(dnp.session { url = url, username = "admin", password = "pa55word",
        max_response_bytes = 4096 })
      assert_failed(case, "AddUser", panel:add_user(user(), false))
      -- What only reads has surely done nothing, whatever was answered.
      local _, err = panel:get_users(1, true)
      assert.are.equal("not_done", err.outcome)
      local requests = finish()
      assert.are.equal(2, #requests)
      assert.matches("<AddUser ", requests[1], 1, true)
    end)
  end
end)

describe("a change whose server", function()
  local function session(url)
    return assert(dnp.session { url = url, username = "admin", password = "pa55word", timeout = 1, proxy = "" })
  end

  it("is silent may be done", function()
    local url, finish = raw_server.start(1, "read() wait()")
    assert_failed({ kind = "timeout", name = "timeout", outcome = "unknown" }, "AddUser",
      session(url):add_user(user(), false))
    assert.are.equal(1, #finish())
  end)

  it("is slow may be done, wherever it stops", function()
    local bytes = xml("200 OK", added)
    local body = bytes:find("\r\n\r\n", 1, true) + 4
    for _, length in ipairs { 3, 12, 15, 40, body - 3, body - 1, body, body + 100, #bytes - 1 } do
      local url, finish = raw_server.start(1, ("read() send(%q) wait()"):format(bytes:sub(1, length)))
      assert_failed({ kind = "timeout", name = "timeout", outcome = "unknown",
        http_status = length >= body - 1 and 200 or nil }, "AddUser", session(url):add_user(user(), false))
      finish()
    end
  end)

  it("does not accept connections is not done", function()
    local listener = assert(socket.tcp())
    assert(listener:bind("127.0.0.1", 0))
    assert(listener:listen(0))
    local _, port = listener:getsockname()
    local waiting = {}
    for i = 1, 8 do
      waiting[i] = socket.tcp()
      waiting[i]:settimeout(0)
      waiting[i]:connect("127.0.0.1", port)
    end
    local panel = assert(dnp.session { url = "http://127.0.0.1:" .. port, username = "a", password = "pa55word",
      connect_timeout = 0.2 })
    assert_failed({ kind = "timeout", name = "connect_timeout", outcome = "not_done" }, "AddUser",
      panel:add_user(user(), false))
    -- Its descriptor's number is free again, and serves for another connection.
    local url, finish = raw_server.respond(3, xml("200 OK", added))
    for _ = 1, 3 do
      assert.is_nil((panel:add_user(user(), false)))
      assert.are.equal(7, assert(session(url):add_user(user(), false)))
    end
    finish()
    listener:close()
  end)

  it("is not there is not done", function()
    assert_failed({ kind = "transport", name = "connection_refused", outcome = "not_done" }, "AddUser",
      session("http://127.0.0.1:1"):add_user(user(), false))
    assert_failed({ kind = "transport", name = "host_not_found", outcome = "not_done" }, "AddUser",
      session("http://nosuch.invalid"):add_user(user(), false))
  end)

  it("is behind a proxy that is not there is not done", function()
    local panel = assert(dnp.session { url = "http://127.0.0.1:2", proxy = "http://u:hidden@127.0.0.1:1",
      username = "admin", password = "pa55word" })
    local value, err = panel:add_user(user(), false)
    assert_failed({ kind = "transport", outcome = "not_done" }, "AddUser", value, err)
    assert.is_nil(tostring(err):find("hidden", 1, true))
  end)

  it("drops the connection of an earlier read is not sent to twice", function()
    local response = xml("200 OK", envelope.result("UserExists", "false")):gsub("Connection: close\r\n", "")
    local url, finish = raw_server.start(2,
      ("read() send(%q) if number == 1 and not another() then read() end"):format(response))
    local panel = session(url)
    assert.is_false(panel:user_exists "jdoe")
    assert_failed({ kind = "transport", name = "connection_lost", outcome = "unknown" }, "AddUser",
      panel:add_user(user(), false))
    assert.is_false(panel:user_exists "jdoe") -- a second AddUser would have come before it
    local requests = finish()
    local count = 0
    for _, request in ipairs(requests) do
      count = count + (request:find("<AddUser ", 1, true) and 1 or 0)
    end
    assert.are.equal(1, count)
  end)
end)
