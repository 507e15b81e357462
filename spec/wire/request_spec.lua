-- What goes over the wire, byte for byte, and what an engine is given to send it.
local dnp = require "dnp"
local envelope = require "spec.support.envelope"
local fake = require "spec.support.fake"

local user = fake.user

local function session(dialect, options)
  local all = { url = "http://panel.example.com:9002", username = "admin", password = "pa55word", dialect = dialect }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return assert(dnp.session(all))
end

local panels = {}
for _, dialect in ipairs(dnp.dialects) do
  panels[dialect] = session(dialect)
end

local function body(dialect, operation, ...)
  return assert(panels[dialect]:request(operation, ...)).body
end

local fields = "<RoleId>3</RoleId><StatusId>1</StatusId><OwnerId>1</OwnerId><IsPeer>false</IsPeer>"
  .. "<IsDemo>false</IsDemo><LastName>Doe</LastName><Username>jdoe</Username>%s<FirstName>John</FirstName>"
  .. "<Email>jdoe@example.com</Email>"

describe("a request", function()
  it("says where to and how", function()
    local request = panels.dotnetpanel:request("GetUserById", 7)
    assert.are.same({
      operation = "GetUserById",
      url = "http://panel.example.com:9002/esUsers.asmx",
      scheme = "http",
      host = "panel.example.com",
      port = 9002,
      path = "/esUsers.asmx",
      method = "POST",
      mutates = false,
      changes = false,
      headers = {
        ["Content-Type"] = "text/xml; charset=utf-8",
        ["User-Agent"] = "lua-dnp/0.2.0",
        SOAPAction = '"http://officepark/dotnetpanel/enterpriseserver/GetUserById"',
        Authorization = "Basic YWRtaW46cGE1NXdvcmQ=",
      },
      body = envelope.request("GetUserById", "<userId>7</userId>"),
    }, request)
  end)

  it("goes to the service of its operation, below the path of the url", function()
    local panel = session("solidcp", { url = "https://example.com/es/" })
    assert.are.equal("https://example.com/es/esUsers.asmx", panel:request("UserExists", "a").url)
    assert.are.equal("https://example.com/es/esPackages.asmx", panel:request("GetPackage", 1).url)
    assert.are.equal("https://example.com/es/esAuthentication.asmx",
      panel:request("AuthenticateUser", "a", "b", "c").url)
  end)

  it("holds credentials only where the service takes them", function()
    assert.is_nil(panels.dotnetpanel:request("AuthenticateUser", "a", "b", "c").headers.Authorization)
  end)

  it("is in the dialect's namespace", function()
    for dialect, namespace in pairs {
      dotnetpanel = "http://officepark/dotnetpanel/enterpriseserver",
      websitepanel = "http://smbsaas/websitepanel/enterpriseserver",
      solidcp = "http://smbsaas/solidcp/enterpriseserver",
    } do
      local request = panels[dialect]:request("UserExists", "jdoe")
      assert.are.equal(envelope.request("UserExists", "<username>jdoe</username>", dialect), request.body)
      assert.are.equal('"' .. namespace .. '/UserExists"', request.headers.SOAPAction)
    end
  end)
end)

describe("AddUser", function()
  it("has its fields in schema order, and the password where the panel looks for it", function()
    local in_record, apart = "<Password>s3cret</Password>", "<password>s3cret</password>"
    for dialect, places in pairs {
      dotnetpanel = { in_record, "" },
      -- 2.1.0.722 and later take the parameter, older ones the field; each passes over the other.
      websitepanel = { in_record, apart },
      solidcp = { "", apart },
    } do
      assert.are.equal(envelope.request("AddUser", "<user>" .. fields:format(places[1]) .. "</user>"
        .. "<sendLetter>true</sendLetter>" .. places[2], dialect), body(dialect, "AddUser", user(), true))
    end
  end)

  it("takes SolidCP's notes", function()
    assert.are.equal(envelope.request("AddUser", "<user>" .. fields:format("") .. "</user>"
      .. "<sendLetter>false</sendLetter><password>s3cret</password>"
      .. "<notes><string>one</string><string>two</string></notes>", "solidcp"),
      body("solidcp", "AddUser", user(), false, { "one", "two" }))
    assert.matches("<notes />", body("solidcp", "AddUser", user(), false, {}), 1, true)
  end)

  it("sends the further fields of later panels", function()
    for _, dialect in ipairs { "websitepanel", "solidcp" } do
      local solidcp = dialect == "solidcp"
      local sent = body(dialect, "AddUser", user {
        LoginStatus = "LockedOut", FailedLogins = 3, SubscriberNumber = "77", AdditionalParams = "a=b",
        MfaMode = solidcp and 1 or nil, Vlans = { { VLanID = 7, Comment = "x" } },
      }, false)
      assert.matches("<StatusId>1</StatusId><LoginStatusId>2</LoginStatusId><FailedLogins>3</FailedLogins><OwnerId>",
        sent, 1, true)
      assert.matches("<SubscriberNumber>77</SubscriberNumber>" .. (solidcp and "<MfaMode>1</MfaMode>" or "")
        .. "<AdditionalParams>a=b</AdditionalParams><Vlans><UserVlan><VLanID>7</VLanID><Comment>x</Comment></UserVlan>"
        .. "</Vlans></user>", sent, 1, true)
      sent = body(dialect, "AddUser", user { RoleId = "PlatformHelpdesk" }, false)
      assert.matches("<RoleId>7</RoleId>", sent, 1, true)
    end
  end)

  it("sends of two faces the id only", function()
    local expected = body("dotnetpanel", "AddUser", user(), true)
    assert.are.equal(expected, body("dotnetpanel", "AddUser", user { RoleId = "User", StatusId = "Active" }, true))
    assert.are.equal(expected, body("dotnetpanel", "AddUser", user { Role = "Administrator", Status = 4 }, true))
    local named = user { Role = "User", Status = "Active" }
    named.RoleId, named.StatusId = nil, nil
    assert.are.equal(expected, body("dotnetpanel", "AddUser", named, true))
  end)

  it("distinguishes a string that is empty from one that is not there", function()
    local sent = body("dotnetpanel", "AddUser", user { Comments = "" }, true)
    assert.matches("<IsDemo>false</IsDemo><Comments /><LastName>", sent, 1, true)
    assert.is_nil(sent:find("CompanyName", 1, true))
  end)
end)

describe("text", function()
  it("is escaped, a carriage return too", function()
    assert.are.equal(envelope.request("UserExists", "<username>&lt;a&gt; &amp; \"b\" 'c'&#13;\n\t</username>"),
      body("dotnetpanel", "UserExists", "<a> & \"b\" 'c'\r\n\t"))
    assert.are.equal(envelope.request("UserExists", "<username>]]&gt;</username>"),
      body("dotnetpanel", "UserExists", "]]>"))
  end)

  it("keeps its bytes and its blanks", function()
    assert.are.equal(envelope.request("UserExists", "<username>  Zoë 日本 😀  </username>"),
      body("dotnetpanel", "UserExists", "  Zoë 日本 😀  "))
  end)
end)

describe("the other kinds of arguments", function()
  local function purchase(date)
    return body("dotnetpanel", "AddPackage", 3, 1, "Space", nil, "Active", date)
  end

  it("are written as ASMX reads them", function()
    assert.are.equal(envelope.request("AddPackage", "<userId>3</userId><planId>1</planId>"
      .. "<packageName>Space</packageName><statusId>1</statusId><purchaseDate>2010-07-16T12:53:06.72</purchaseDate>"),
      purchase("2010-07-16T12:53:06.72"))
  end)

  it("take a date as os.time() gives it, in local time", function()
    local now = os.time()
    assert.matches("<purchaseDate>" .. os.date("%Y-%m-%dT%H:%M:%S", now) .. "</purchaseDate>", purchase(now), 1, true)
    assert.matches("<purchaseDate>2010-07-16T12:53:06</purchaseDate>",
      purchase(os.time { year = 2010, month = 7, day = 16, hour = 12, min = 53, sec = 6 }), 1, true)
  end)

  it("name an enumeration's member where the parameter is one", function()
    for _, status in ipairs { 2, "Suspended", dnp.UserStatus.Suspended } do
      assert.are.equal(envelope.request("ChangeUserStatus", "<userId>3</userId><status>Suspended</status>"),
        body("dotnetpanel", "ChangeUserStatus", 3, status))
    end
  end)

  it("write integers without a fraction", function()
    assert.are.equal(envelope.request("GetUsers", "<ownerId>1</ownerId><recursive>true</recursive>"),
      body("dotnetpanel", "GetUsers", 1.0, true))
    assert.are.equal(envelope.request("GetUserById", "<userId>2147483647</userId>"),
      body("dotnetpanel", "GetUserById", 2147483647))
  end)

  it("write lists of lists", function()
    assert.are.equal(envelope.request("UpdateUserSettings", "<settings><UserId>1</UserId>"
      .. "<SettingsName>Theme</SettingsName><SettingsArray><ArrayOfString><string>a</string><string>b</string>"
      .. "</ArrayOfString><ArrayOfString /></SettingsArray></settings>"),
      body("dotnetpanel", "UpdateUserSettings",
        { UserId = 1, SettingsName = "Theme", SettingsArray = { { "a", "b" }, {} } }))
  end)
end)

describe("a record that was read", function()
  it("is sent back whole, with elements that the contract does not know", function()
    local content = "<RoleId>3</RoleId><Role>User</Role><StatusId>1</StatusId><Status>Active</Status>"
      .. "<UserId>7</UserId><OwnerId>1</OwnerId><IsPeer>false</IsPeer><IsDemo>false</IsDemo>"
      .. "<Comments>a &amp; b</Comments><Shade>green</Shade><Tags><Tag>x &lt; y</Tag><Tag /></Tags>"
    local panel = panels.dotnetpanel
    local record = assert(panel:response("GetUserById", 200, nil, envelope.result("GetUserById", content)))
    record.RoleId = 2
    assert.are.equal(envelope.request("UpdateUser", "<user><RoleId>2</RoleId><StatusId>1</StatusId><UserId>7</UserId>"
      .. "<OwnerId>1</OwnerId><IsPeer>false</IsPeer><IsDemo>false</IsDemo><Comments>a &amp; b</Comments>"
      .. "<Shade>green</Shade><Tags><Tag>x &lt; y</Tag><Tag></Tag></Tags></user>"), body("dotnetpanel", "UpdateUser",
      record))
  end)
end)

describe("a request after another", function()
  it("is not changed by it, nor by one that failed", function()
    local panel = panels.dotnetpanel
    local first = panel:request("UserExists", "first")
    assert.is_false(pcall(panel.request, panel, "AddUser", user { Fax = 1 }, true))
    local second = panel:request("UserExists", "second")
    assert.are.equal(envelope.request("UserExists", "<username>first</username>"), first.body)
    assert.are.equal(envelope.request("UserExists", "<username>second</username>"), second.body)
  end)
end)
