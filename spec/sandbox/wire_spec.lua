-- What a real ASMX stack answers to requests that no client of this module sends.
local dnp = require "dnp"
local mime = require "mime"
local sandboxes = require "dnp.sandbox"
local socket = require "socket"

local NAMESPACE = "http://officepark/dotnetpanel/enterpriseserver"
local SOAP11, SOAP12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"

describe("the wire of the sandbox", function()
  local sandbox, port, start_state

  setup(function()
    sandbox = assert(sandboxes.start())
    port = tonumber(sandbox.url:match "%d+$")
    start_state = sandbox:freeze()
  end)

  teardown(function()
    sandbox:stop()
  end)

  before_each(function()
    sandbox:restore(start_state)
    sandbox:clear_calls()
  end)

  local function post(service, operation, envelope)
    local client = assert(socket.connect("127.0.0.1", port))
    client:settimeout(10)
    assert(client:send(table.concat({
      ("POST /%s.asmx HTTP/1.1"):format(service), "Host: x", "Connection: close", "Content-Length: " .. #envelope,
      "Authorization: Basic " .. mime.b64 "serveradmin:serveradmin", "Content-Type: text/xml; charset=utf-8",
      ('SOAPAction: "%s/%s"'):format(NAMESPACE, operation), "", envelope,
    }, "\r\n")))
    local response = client:receive "*a"
    client:close()
    return tonumber(response:match "^HTTP/1%.1 (%d+)"), response:match "\r\n\r\n(.*)$", response:match "^(.-)\r\n\r\n"
  end

  local function message(operation, parameters)
    return ('<%s xmlns="%s">%s</%s>'):format(operation, NAMESPACE, parameters, operation)
  end

  local function body(content)
    return ("<s:Body>%s</s:Body>"):format(content)
  end

  local function envelope(content, soap)
    return ('<s:Envelope xmlns:s="%s" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">%s</s:Envelope>'):format(
      soap or SOAP11, content)
  end

  local function call(service, operation, parameters)
    return post(service, operation, envelope(body(message(operation, parameters))))
  end

  local function user_of(id)
    return sandbox:query("SELECT * FROM Users WHERE UserID = ?", id)[1]
  end

  it("takes the first of a parameter that is there twice, and of a member", function()
    local status, response = call("esUsers", "GetUserById", "<userId>3</userId><userId>2</userId>")
    assert.are.equal(200, status)
    assert.matches("<Username>jdoe</Username>", response)
    local record = "<user><UserId>3</UserId><RoleId>3</RoleId><StatusId>1</StatusId><FirstName>A</FirstName>"
      .. "<FirstName>B</FirstName><City>C</City></user><user><UserId>3</UserId><FirstName>D</FirstName></user>"
    assert.are.equal(200, (call("esUsers", "UpdateUser", record)))
    assert.are.same({ "A", "C" }, { user_of(3).FirstName, user_of(3).City })
  end)

  it("lets the later of two faces win", function()
    local function role(members)
      assert.are.equal(200, (call("esUsers", "UpdateUser", "<user><UserId>3</UserId><StatusId>1</StatusId>" .. members
        .. "</user>")))
      return user_of(3).RoleID
    end
    assert.are.equal(2, role "<RoleId>3</RoleId><Role>Reseller</Role>")
    assert.are.equal(3, role "<Role>Reseller</Role><RoleId>3</RoleId>")
    assert.are.equal(2, role "<RoleId>3</RoleId><Role>Reseller</Role><RoleId>3</RoleId>")
  end)

  it("reads the second of two bodies", function()
    local status, response = post("esUsers", "GetUserById", envelope(
      body(message("GetUserById", "<userId>2</userId>")) .. body(message("GetUserById", "<userId>3</userId>"))))
    assert.are.equal(200, status)
    assert.matches("<Username>jdoe</Username>", response)
    assert.are.equal(3, sandbox:calls()[1].parameters.userId)
  end)

  it("does not read values with comments or elements in them, and minds no other comments", function()
    for _, parameters in ipairs {
      "<userId>1<!-- x -->2</userId>", "<userId><!-- x -->2</userId>", "<userId>2<!----></userId>",
      "<userId><b/></userId>", "<userId>2<b/></userId>",
    } do
      local status, response, head = call("esUsers", "GetUserById", parameters)
      assert.are.equal(400, status, parameters)
      assert.are.equal("", response)
      assert.matches("text/xml", head)
    end
    assert.are.equal(400, (call("esUsers", "UserExists", "<username>a<b/>c</username>")))
    local status, response = call("esUsers", "GetUserById",
      "<!-- a > b --> <userId>3</userId><!-- <userId>2</userId> -->")
    assert.are.equal(200, status)
    assert.matches("<Username>jdoe</Username>", response)
  end)

  it("has no room for the last millisecond of all", function()
    local function add(date)
      return (call("esPackages", "AddPackage", "<userId>3</userId><planId>2</planId><packageName>x</packageName>"
        .. "<statusId>1</statusId><purchaseDate>" .. date .. "</purchaseDate>"))
    end
    assert.are.equal(500, add "9999-12-31T23:59:59.999")
    assert.are.equal(200, add "9999-12-31T23:59:59.997")
  end)

  it("takes a nil string for an empty one", function()
    local record = '<user><UserId>3</UserId><RoleId>3</RoleId><StatusId>1</StatusId><City xsi:nil="true"/></user>'
    assert.are.equal(200, (call("esUsers", "UpdateUser", record)))
    assert.are.equal("", user_of(3).City)
    assert.is_nil(user_of(3).Address)
  end)

  it("replaces what is not UTF-8", function()
    local record = "<user><UserId>3</UserId><RoleId>3</RoleId><StatusId>1</StatusId><City>%s</City></user>"
    for bytes, expected in pairs {
      ["\255"] = "\239\191\189", ["a\228b"] = "a\239\191\189b", ["\195"] = "\239\191\189",
      ["ä\128\240\159\152\128"] = "ä\239\191\189\240\159\152\128", ["ok"] = "ok",
      ["\237\160\128"] = ("\239\191\189"):rep(3), ["\192\175"] = ("\239\191\189"):rep(2),
    } do
      assert.are.equal(200, (call("esUsers", "UpdateUser", record:format(bytes))))
      assert.are.equal(expected, user_of(3).City)
    end
  end)

  it("answers an envelope of SOAP 1.2 as one, whatever it was sent as", function()
    local status, response, head = post("esUsers", "UserExists",
      envelope(body(message("UserExists", "<username>jdoe</username>")), SOAP12))
    assert.are.equal(200, status)
    assert.matches("Content%-Type: application/soap%+xml; charset=utf%-8", head)
    assert.matches(SOAP12, response, 1, true)
  end)

  it("does not change what the module's own session is given", function()
    local panel = assert(dnp.session { url = sandbox.url, username = "serveradmin", password = "serveradmin" })
    assert.is_true(panel:user_exists "jdoe")
  end)
end)
