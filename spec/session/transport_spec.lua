-- Captured responses as they passed over TCP, chunked and packed too, through the module's own engine.
local dnp = require "dnp"
local reader = require "spec.support.captures"
local envelope = require "spec.support.envelope"
local fake = require "spec.support.fake"
local raw_server = require "spec.support.raw_server"

local user = fake.user

local captures = {}
for _, set in ipairs { "dotnetpanel", "dotnetpanel-front" } do
  for _, capture in ipairs(reader.load(set)) do
    if capture.kind == "response" then
      captures[set .. "/" .. capture.name] = capture.bytes
    end
  end
end

-- Makes one call to a server that answers with a capture.
local function call(name, method, ...)
  local url, finish = raw_server.respond(1, assert(captures[name], name))
  local panel = assert(dnp.session { url = url, username = "u", password = "p" })
  local value, err = panel[method](panel, ...)
  panel:close()
  finish()
  return value, err
end

describe("a request", function()
  it("is sent at once, however long it is", function()
    local body = envelope.result("UpdateUser", "0")
    local response = ("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body)
    for _, length in ipairs { 10, 70000, 2000000 } do
      local url, finish = raw_server.start(1, ([[
        local length, expects
        for line in function() return client:receive "*l" end do
          length = line:match "^Content%%-Length: (%%d+)" or length
          expects = expects or line:find "^Expect"
          if line == "" then break end
        end
        client:receive(tonumber(length))
        send(expects and "HTTP/1.1 417 Expectation Failed\r\n\r\n" or %q)
      ]]):format(response))
      local panel = assert(dnp.session { url = url, username = "u", password = "p" })
      local record = user { UserId = 7, _unknown = "<Shade>" .. ("x"):rep(length) .. "</Shade>" }
      assert.is_true(panel:update_user(record))
      panel:close()
      finish()
    end
  end)
end)

describe("a response over HTTP", function()
  it("of HTTP/1.0 ends with its connection or its length", function()
    assert.is_true(call("dotnetpanel/001-UserExists-true", "user_exists", "reseller"))
    assert.is_false(call("dotnetpanel/002-UserExists-false", "user_exists", "nobody"))
  end)

  it("may be chunked and packed with gzip", function()
    assert.is_true(call("dotnetpanel-front/001-UserExists-true", "user_exists", "reseller"))
    local record = assert(call("dotnetpanel-front/016-GetUserById-gzip", "get_user_by_id", 2))
    assert.are.equal("unicode", record.Username)
    assert.are.equal("日本語 😀 & <tag> \"quoted\" 'apos'", record.Address)
    local value, err = call("dotnetpanel-front/003-GetUserById-absent", "get_user_by_id", 9)
    assert.is_nil(value)
    assert.are.equal("absent", err.kind)
    assert.is_true(call("dotnetpanel-front/005-AddUser-ok", "add_user", user(), true) > 0)
    assert.is_true(call("dotnetpanel-front/006-AddPackage-ok", "add_package", 3, 1, "n", "", 1, "2010-01-01") > 0)
  end)

  it("may follow an interim one", function()
    assert.are.equal("unicode", assert(call("dotnetpanel-front/019-GetUserById-expect100", "get_user_by_id", 2))
      .Username)
  end)

  it("may be a fault", function()
    local value, err = call("dotnetpanel-front/009-ChangeUserPassword-unknown", "change_user_password", 9, "s3cret")
    assert.is_nil(value)
    assert.are.equal("fault", err.kind)
    assert.are.equal("Server", err.name)
    assert.are.equal(500, err.http_status)
    assert.are.equal("unknown", err.outcome)
  end)

  it("may not be SOAP", function()
    for name, status in pairs { ["008-UserExists-noauth"] = 401, ["028-GetUserById-gatewaydown"] = 502,
      ["026-GetUserById-toobig"] = 413 } do
      local value, err = call("dotnetpanel-front/" .. name, "user_exists", "reseller")
      assert.is_nil(value)
      assert.are.equal("http", err.kind)
      assert.are.equal(status, err.http_status)
    end
  end)
end)

describe("a 401", function()
  local function refused(username, password)
    local url, finish = raw_server.respond(1, captures["dotnetpanel/128-UserExists-noauth"])
    local panel = assert(dnp.session { url = url, username = username, password = password })
    local _, err = panel:user_exists("x")
    finish()
    return tostring(err)
  end

  it("reports that the server cannot read these credentials, without showing them", function()
    local text = refused("admin", "pass:word")
    assert.matches("colon", text, 1, true)
    assert.is_nil(text:find("pass:word", 1, true))
    assert.matches("ASCII", refused("admin", "pässword"), 1, true)
  end)

  it("says nothing of the sort about ordinary ones", function()
    local text = refused("admin", "password")
    assert.is_nil(text:find("colon", 1, true))
    assert.is_nil(text:find("ASCII", 1, true))
  end)
end)

describe("nothing at the address", function()
  it("is a transport failure that surely did nothing", function()
    local url, finish = raw_server.respond(0, "")
    finish()
    local panel = assert(dnp.session { url = url, username = "u", password = "p" })
    local value, err = panel:add_user(user(), true)
    assert.is_nil(value)
    assert.are.equal("transport", err.kind)
    assert.are.equal("not_done", err.outcome)
    assert.are.equal("AddUser", err.operation)
  end)

  it("behind a connection that was accepted may have done it", function()
    local url, finish = raw_server.respond(1, "")
    local panel = assert(dnp.session { url = url, username = "u", password = "p" })
    local value, err = panel:add_user(user(), true)
    finish()
    assert.is_nil(value)
    assert.are.equal("transport", err.kind)
    assert.are.equal("unknown", err.outcome)
  end)
end)

describe("a request over HTTP", function()
  local body = envelope.result("UserExists", "true")
  local response = ("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body)

  it("goes over one connection with those before it", function()
    local url, finish = raw_server.start(1, ("for _ = 1, 5 do read() send(%q) end"):format(response))
    local panel = assert(dnp.session { url = url, username = "u", password = "p" })
    for _ = 1, 5 do
      assert.is_true(panel:user_exists "jdoe")
    end
    panel:close()
    assert.are.equal(5, #finish())
  end)

  it("says who calls, and takes another way to say it", function()
    for user_agent, expected in pairs { [false] = "lua%-dnp/%d+%.%d+%.%d+", ["billing 7"] = "billing 7" } do
      local url, finish = raw_server.start(1, ("read() send(%q)"):format(response))
      local panel = assert(dnp.session { url = url .. "/panel/", username = "u", password = "p",
        user_agent = user_agent or nil })
      assert.is_true(panel:user_exists "jdoe")
      panel:close()
      local request = finish()[1]
      assert.matches("^POST /panel/esUsers.asmx HTTP/1.1\r?\n", request)
      assert.matches("\nUser%-Agent: " .. expected .. "\r?\n", request)
    end
  end)

  it("may go through a proxy, which gets its own credentials", function()
    local url, finish = raw_server.start(2, ("read() send(%q)"):format(response))
    for _, proxy in ipairs { url, (url:gsub("//", "//me:mine@")) } do
      local panel = assert(dnp.session { url = "http://panel.invalid:9002", username = "u", password = "p",
        proxy = proxy })
      assert.is_true(panel:user_exists "jdoe")
      panel:close()
    end
    local requests = finish()
    for _, request in ipairs(requests) do
      assert.matches("^POST http://panel.invalid:9002/esUsers.asmx HTTP/1.1\r?\n", request)
      assert.matches("\nAuthorization: Basic dTpw\r?\n", request)
    end
    assert.is_nil(requests[1]:find("Proxy-Authorization", 1, true))
    assert.matches("\nProxy%-Authorization: Basic bWU6bWluZQ==\r?\n", requests[2])
  end)
end)
