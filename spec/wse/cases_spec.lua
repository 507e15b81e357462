-- The sandbox judges messages of WSE 3.0 as a WSE 3.0 server does: the vectors and cases of spec/wse, and its options.
local json = require "cjson"
local sandboxes = require "dnp.sandbox"
local socket = require "socket"

local file = assert(io.open("spec/wse/VECTORS.json", "rb"))
local DATA = json.decode((assert(file:read("*a"))))
file:close()

local HOST = "panel.example.com:9002"
local CODES = { wsse = DATA.namespaces.wsse, wsu = DATA.namespaces.wsu, wsa = DATA.namespaces.wsa }

-- Seconds since 1970 of "2010-06-15T12:00:00Z".
local function seconds(text)
  local year, month, day, hour, minute, second = text:match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)Z$")
  local function utc(time)
    return os.time(os.date("!*t", time))
  end
  local there = os.time { year = year, month = month, day = day, hour = hour, min = minute, sec = second,
    isdst = false }
  return there + os.difftime(there, utc(there))
end

local function post(sandbox, body, changes)
  changes = changes or {}
  local connection = assert(socket.connect("127.0.0.1", sandbox.url:match(":(%d+)$")))
  connection:settimeout(20)
  assert(connection:send(table.concat({ "POST /" .. (changes.page or "esUsers.asmx") .. " HTTP/1.0",
    "Host: " .. (changes.host or HOST), "Content-Type: text/xml; charset=utf-8",
    'SOAPAction: "' .. (changes.action or "http://smbsaas/websitepanel/enterpriseserver/UserExists") .. '"',
    "Content-Length: " .. #body, "", "" }, "\r\n") .. body))
  local response = assert(connection:receive("*a"))
  connection:close()
  return tonumber(response:match("^HTTP/1%.%d (%d+)")), response:match("\r\n\r\n(.*)$"), response:match("^(.-)\r\n\r\n")
end

-- "wsse:FailedCheck" of a fault, whatever its prefix; nil when there is none.
local function fault_code(body)
  local space, code = body:match('<faultcode xmlns:q0="([^"]+)">q0:(%w+)</faultcode>')
  for prefix, uri in pairs(CODES) do
    if uri == space then
      return prefix .. ":" .. code
    end
  end
  return body:match("<faultcode>([%w:]+)</faultcode>")
end

local function start(time, options)
  options = options or {}
  options.dialect = "websitepanel"
  options.clock_offset = time and seconds(time) - os.time() or nil
  local sandbox = assert(sandboxes.start(options))
  sandbox:seed { users = { { UserId = 900, OwnerId = 1, RoleId = 2, StatusId = 1, Username = "empty", Password = "",
    FirstName = "E", LastName = "E", Email = "e@example.com" } } }
  return sandbox
end

local function case(name)
  for _, one in ipairs(DATA.cases) do
    if one.name == name then
      return one
    end
  end
  error("there is no case " .. name)
end

describe("message security in the sandbox", function()
  local by_time = {}

  local function at(time)
    by_time[time] = by_time[time] or start(time)
    return by_time[time]
  end

  teardown(function()
    for _, sandbox in pairs(by_time) do
      sandbox:stop()
    end
  end)

  for _, one in ipairs(DATA.cases) do
    it("judges the case " .. one.name, function()
      local status, body = post(at(one.received_at), one.request)
      if one.verdict == "accepted" then
        assert.are.equal(200, status, body)
        assert.is_nil(fault_code(body))
        assert.truthy(body:find("<UserExistsResult>", 1, true))
      else
        assert.are.equal(500, status)
        assert.are.equal(one.faultcode, fault_code(body))
      end
    end)
  end

  for _, vector in ipairs(DATA.vectors) do
    it("accepts the vector " .. vector.name, function()
      local inputs = vector.inputs
      local scheme, host, page = inputs.to:match("^(https?)://([^/]+)/(.*)$")
      local sandbox = start(inputs.timestamp_created, { address = scheme .. "://" .. host })
      sandbox:seed { users = { { UserId = 901, OwnerId = 1, RoleId = 2, StatusId = 1, Username = "other",
        Password = inputs.password, FirstName = "E", LastName = "E", Email = "e@example.com" } } }
      if inputs.username == "serveradmin" then
        assert(sandbox:query("UPDATE Users SET Password = ? WHERE UserID = 1", inputs.password))
      else
        assert(sandbox:query("UPDATE Users SET Username = ? WHERE UserID = 901", inputs.username))
      end
      local _, body = post(sandbox, vector.request, { page = page, action = inputs.action })
      assert.are.equal(inputs.message_id, body:match("<wsa:RelatesTo>(.-)</wsa:RelatesTo>"), body)
      assert.is_nil(body:match("<faultcode xmlns:q0"))
      if vector.name == "carriage-return" then
        -- What was signed as a line feed arrives as the carriage return that was encrypted.
        local call = sandbox:calls("UserExists")[1]
        assert.are.equal("line1\r\nline2\rend\ttab\n", call.parameters.username)
        assert.are.equal("serveradmin", call.caller)
      end
      sandbox:stop()
    end)
  end

  it("answers with addressing headers like a WSE 3.0 server", function()
    local minimal = case "minimal"
    local sandbox = at(minimal.received_at)
    local _, body = post(sandbox, minimal.request)
    -- Of both envelopes, with the values taken out that differ from response to response.
    local function shape(text)
      return (text:gsub("urn:uuid:[%x-]+", "ID"):gsub("<UserExistsResult>%a+<", "<UserExistsResult><")
        :gsub("(<faultstring>).-<", "%1<"):gsub("(<faultactor>).-<", "%1<"))
    end
    assert.are.equal(shape(DATA.responses[1].xml), shape(body))
    assert.are.equal("urn:uuid:00000000-0000-4000-8000-000000000001", body:match("<wsa:RelatesTo>(.-)<"))
    local _, again = post(sandbox, minimal.request)
    assert.are_not.equal(body:match("<wsa:MessageID>(.-)<"), again:match("<wsa:MessageID>(.-)<"))

    local _, fault = post(sandbox, case("wrong-password").request)
    assert.are.equal(shape(DATA.responses[2].xml), shape(fault))

    local _, unrelated = post(sandbox, case("no-message-id").request)
    assert.is_nil(unrelated:find("RelatesTo", 1, true))
    assert.truthy(unrelated:find("<wsa:MessageID>", 1, true))
  end)

  it("reports faults of a secured call with addressing headers too", function()
    local minimal = case "minimal"
    local sandbox = at(minimal.received_at)
    local status, body = post(sandbox, minimal.request, { action = "http://smbsaas/websitepanel/enterpriseserver/No" })
    assert.are.equal(500, status)
    assert.are.equal("soap:Client", fault_code(body))
    assert.truthy(body:find("<wsa:Action>" .. DATA.namespaces.wsa .. "/fault</wsa:Action>", 1, true))
  end)

  it("wants the address that it sees in wsa:To", function()
    local minimal = case "minimal"
    local function judged(host, options)
      local sandbox = start(minimal.received_at, options)
      local status, body = post(sandbox, minimal.request, { host = host })
      sandbox:stop()
      return status == 200 and "accepted" or fault_code(body)
    end
    assert.are.equal("accepted", judged("PANEL.example.COM:9002"))
    assert.are.equal("wsa:DestinationUnreachable", judged("panel.example.com"))
    assert.are.equal("wsa:DestinationUnreachable", judged("panel.example.com:9003"))
    assert.are.equal("wsa:DestinationUnreachable", judged("other.example.com:9002"))
    assert.are.equal("accepted", judged("127.0.0.1", { address = "http://panel.example.com:9002" }))
    assert.are.equal("wsa:DestinationUnreachable", judged(HOST, { address = "https://panel.example.com:9002" }))
  end)

  it("leaves requests without a security header to HTTP Basic, unless that is refused", function()
    local minimal = case "minimal"
    local clear = minimal.request:gsub("<wsse:Security.-</wsse:Security>", "")
      :gsub("<xenc:EncryptedData.-</xenc:EncryptedData>",
        '<UserExists xmlns="http://smbsaas/websitepanel/enterpriseserver"><username>bob</username></UserExists>')
    local function posted(sandbox, body, authorization)
      return post(sandbox, body, { action = 'http://smbsaas/websitepanel/enterpriseserver/UserExists"\r\n'
        .. (authorization and "Authorization: Basic c2VydmVyYWRtaW46c2VydmVyYWRtaW4=\r\n" or "") .. 'X: "' })
    end
    local both = at(minimal.received_at)
    assert.are.equal(401, (posted(both, clear)))
    local status, body = posted(both, clear, true)
    assert.are.equal(200, status)
    assert.is_nil(body:find("<wsa:", 1, true))

    local strict = start(minimal.received_at, { auth = "wse" })
    assert.are.equal(401, (posted(strict, clear, true)))
    assert.are.equal(200, (posted(strict, minimal.request)))
    strict:stop()

    local without = start(minimal.received_at, { auth = "basic" })
    assert.are.equal(401, (posted(without, minimal.request)))
    assert.are.equal(200, (posted(without, clear, true)))
    without:stop()
  end)

  it("says its own time when its clock is off", function()
    local minimal = case "minimal"
    local sandbox = start(minimal.received_at)
    local _, _, head = post(sandbox, minimal.request)
    assert.truthy(head:find("\r\nDate: Tue, 15 Jun 2010 12:00:%d%d GMT"), head)
    sandbox:stop()
  end)

  it("takes only what was signed for signed", function()
    local minimal = case "minimal"
    local sandbox = at(minimal.received_at)
    local function judged(pattern, replacement)
      local changed, count = minimal.request:gsub(pattern, replacement)
      assert.are.equal(1, count)
      local status, body = post(sandbox, changed)
      return status == 200 and "accepted" or fault_code(body)
    end
    -- A second element of the same name is not signed by the signature of the first.
    assert.are.equal("wsse:Security", judged("(<wsa:To )", "<wsa:To>http://evil.example.com/</wsa:To>%1"))
    assert.are.equal("wsse:Security", judged("(<wsa:Action )", "<wsa:From>x</wsa:From>%1"))
    -- Nor one that took its id.
    assert.are.equal("wsse:FailedCheck", judged("(<wsa:To )", '<x wsu:Id="Id-to"/>%1'))
    assert.are.equal("wsse:FailedCheck", judged('(<soap:Body )', '<soap:Body wsu:Id="Id-body"/>%1'))
    assert.are.equal("wsse:FailedCheck", judged("</soap:Body>", "<UserExists/></soap:Body>"))
    assert.are.equal("wsse:UnsupportedAlgorithm", judged('(#hmac%-sha1")/>',
      "%1><HMACOutputLength>8</HMACOutputLength></SignatureMethod>"))
    assert.are.equal("wsse:UnsupportedAlgorithm", judged('xmldsig#hmac%-sha1', "xmldsig#hmac-md5"))
  end)

  it("refuses what is broken without going down", function()
    local minimal = case "minimal"
    local sandbox = at(minimal.received_at)
    local function judged(pattern, replacement, times)
      local changed, count = minimal.request:gsub(pattern, replacement)
      assert.are.equal(times or 1, count, pattern)
      local status, body = post(sandbox, changed)
      return status == 200 and "accepted" or fault_code(body) or status
    end
    assert.are.equal("wsse:InvalidSecurityToken", judged("<wsse:Nonce>.-</wsse:Nonce>", ""))
    assert.are.equal("wsse:InvalidSecurityToken", judged("<wsse:Nonce>.", "<wsse:Nonce>!"))
    assert.are.equal("wsse:InvalidSecurityToken", judged("<wsse:Username>.-</wsse:Username>", ""))
    assert.are.equal("wsse:FailedAuthentication", judged("<wsse:Username>.-</wsse:Username>", "<wsse:Username/>"))
    assert.are.equal("wsse:InvalidSecurityToken", judged("(</wsse:Nonce><wsu:Created>)2010", "%1soon"))
    assert.are.equal("wsse:InvalidSecurityToken", judged('<wsse:UsernameToken wsu:Id="SecurityToken%-1"',
      "<wsse:UsernameToken"))
    assert.are.equal("wsse:InvalidSecurity", judged('("Timestamp%-1"><wsu:Created>)2010', "%1soon"))
    assert.are.equal("wsse:InvalidSecurity", judged("(<wsse:UsernameToken)", "<wsse:Unknown/>%1"))
    assert.are.equal("wsse:FailedCheck", judged("<xenc:CipherValue>.-<", "<xenc:CipherValue>AAAA<"))
    assert.are.equal("wsse:FailedCheck", judged("<xenc:CipherValue>.-<", "<xenc:CipherValue><"))
    assert.are.equal("wsse:FailedCheck", judged("<xenc:CipherData>.-</xenc:CipherData>", ""))
    assert.are.equal("wsse:FailedCheck", judged('URI="#Enc%-1"', 'URI="#Enc-2"'))
    assert.are.equal("wsse:FailedCheck", judged('URI="#Enc%-1"', 'URI="#SecurityToken-1"'))
    assert.are.equal("wsse:FailedCheck", judged("<SignatureValue>.-<", "<SignatureValue>AAAA<"))
    assert.are.equal("wsse:FailedCheck", judged("<SignedInfo>.-</SignedInfo>", ""))
    -- What has no canonical form matches no digest.
    assert.are.equal("wsse:FailedCheck", judged("<wsa:To ", '<wsa:To xmlns:x="relative" x:y="" '))
    assert.are.equal("wsse:SecurityTokenUnavailable", judged('URI="#SecurityToken%-1"', 'URI=""', 2))
    assert.are.equal("wsse:Security", judged("<wsse:Security.-</wsse:Security>", "<wsse:Security/>"))
    assert.are.equal(401, judged("<soap:Header>.-</soap:Header>", ""))
    assert.are.equal(401, judged("</soap:Envelope>", ""))
    assert.are.equal(401, judged("<soap:Envelope", "<!DOCTYPE x [<!ENTITY y 'z'>]>%0"))
  end)

  it("refuses options that make no sense", function()
    assert.has_error(function()
      sandboxes.start { auth = "digest" }
    end, "sandbox.start: option 'auth': expected one of 'both', 'basic', 'wse', got 'digest'")
    assert.has_error(function()
      sandboxes.start { address = "panel.example.com" }
    end, "sandbox.start: option 'address' must be a scheme, a host and perhaps a port, without a path")
    assert.has_error(function()
      sandboxes.start { clock_offset = math.huge }
    end, "sandbox.start: option 'clock_offset' must be a number of seconds")
  end)
end)
