-- What a response becomes in Lua.
local child = require "spec.support.child"
local dnp = require "dnp"
local envelope = require "spec.support.envelope"

local panels = require("spec.support.nowhere").panels()
local panel = panels.dotnetpanel

local function read(operation, content, dialect)
  return panels[dialect or "dotnetpanel"]:response(operation, 200, nil, envelope.result(operation, content, dialect))
end

local function user(content, dialect)
  return assert(read("GetUserById", content, dialect))
end

-- Tables that a compiler cannot do away with.
local garbage
local function make_garbage()
  garbage = { garbage and {}, {}, tostring(garbage) }
end

local is_integer = math.type and function(value)
  return math.type(value) == "integer"
end or function(value)
  return value % 1 == 0
end

describe("a result", function()
  it("is an id, as an integer", function()
    local id, err = read("AddUser", "42")
    assert.are.equal(42, id)
    assert.is_true(is_integer(id))
    assert.is_nil(err)
    assert.are.equal(1, select("#", read("AddUser", "42")))
  end)

  it("is true where the panel answers 0", function()
    assert.is_true(read("UpdateUser", "0"))
    assert.is_true(read("AuthenticateUser", "0"))
    assert.is_true(read("UpdatePackage", "<Result>0</Result>"))
  end)

  it("is the id of a package", function()
    assert.are.equal(17, read("AddPackage", "<Result>17</Result>"))
    assert.are.equal(18, read("AddPackageAddon", "<Result>18</Result>"))
  end)

  it("is a boolean", function()
    assert.is_true(read("UserExists", "true"))
    assert.is_false(read("UserExists", "false"))
    assert.is_true(read("UserExists", " 1 "))
    assert.are.same({ false, n = 1 }, { n = select("#", read("UserExists", "0")), (read("UserExists", "0")) })
  end)

  it("is the last when a response holds it often", function()
    local many = ("<UserExistsResult>true</UserExistsResult>"):rep(500)
    assert.is_false(panel:response("UserExists", 200, nil,
      envelope.response("UserExists", many .. "<UserExistsResult>false</UserExistsResult>")))
    local lists = ("<GetUsersResult><UserInfo><UserId>1</UserId></UserInfo></GetUsersResult>"):rep(500)
    assert.are.same({ { UserId = 1 } },
      panel:response("GetUsers", 200, nil, envelope.response("GetUsers", lists)))
  end)
end)

describe("a record", function()
  it("is a plain table with the API's names", function()
    local record = user("<RoleId>3</RoleId><Role>User</Role><UserId>7</UserId><IsPeer>false</IsPeer>"
      .. "<Created>2010-07-16T12:53:06.72</Created><Username>jdoe</Username><EcommerceEnabled>true</EcommerceEnabled>")
    assert.are.same({
      RoleId = 3, Role = "User", UserId = 7, IsPeer = false, Created = "2010-07-16T12:53:06.72", Username = "jdoe",
      EcommerceEnabled = true,
    }, record)
    assert.is_true(is_integer(record.UserId))
    assert.is_nil(getmetatable(record))
  end)

  it("distinguishes an empty string from one that is absent", function()
    local record = user("<Comments /><LastName></LastName>")
    assert.are.equal("", record.Comments)
    assert.are.equal("", record.LastName)
    assert.is_nil(record.FirstName)
  end)

  it("takes nil for absent", function()
    assert.are.same({ UserId = 7 }, user('<Comments xsi:nil="true" /><RoleId xsi:nil="1" /><UserId>7</UserId>'))
  end)

  it("is read in any order, and the last of a field counts", function()
    assert.are.same({ UserId = 8, Username = "jdoe", RoleId = 1 },
      user("<Username>jdoe</Username><UserId>7</UserId><RoleId>1</RoleId><UserId>8</UserId>"))
  end)

  it("keeps a member that only newer panels know", function()
    assert.are.same({ RoleId = 99, Role = "Overlord" }, user("<RoleId>99</RoleId><Role>Overlord</Role>"))
  end)

  it("carries unknown elements along", function()
    assert.are.same({ UserId = 7, _unknown = "<Shade>green</Shade><Tags><Tag>a &amp; b</Tag></Tags>" },
      user("<Shade>green</Shade><UserId>7</UserId><Tags><Tag>a &amp; b</Tag></Tags>"))
  end)

  it("knows its dialect's fields", function()
    assert.are.same({ UserId = 1, _unknown = "<MfaMode>1</MfaMode>" }, user("<UserId>1</UserId><MfaMode>1</MfaMode>"))
    assert.are.same({ MfaMode = 1, LoginStatus = "LockedOut", Vlans = { { VLanID = 65535, Comment = "" } } },
      user("<LoginStatus>LockedOut</LoginStatus><MfaMode>1</MfaMode><Vlans><UserVlan><VLanID>65535</VLanID><Comment />"
        .. "</UserVlan></Vlans>", "solidcp"))
    assert.are.same({ LoginStatusId = 1, FailedLogins = 2, SubscriberNumber = "7", AdditionalParams = "", Vlans = {},
      Password = "x", _unknown = "<MfaMode>1</MfaMode>" }, user("<LoginStatusId>1</LoginStatusId><FailedLogins>2"
      .. "</FailedLogins><Password>x</Password><SubscriberNumber>7</SubscriberNumber><MfaMode>1</MfaMode>"
      .. "<AdditionalParams /><Vlans />", "websitepanel"))
    assert.is_true(read("GetPackage", "<PackageId>1</PackageId><DefaultTopPackage>true</DefaultTopPackage>",
      "websitepanel").DefaultTopPackage)
    assert.are.equal("Gold", read("GetPackageAddon", "<PackageId>1</PackageId><PlanName>Gold</PlanName>",
      "websitepanel").PlanName)
  end)

  it("may hold records and lists", function()
    assert.are.same({
      Package = { PackageId = 5, Groups = { { GroupId = 1, Enabled = true }, { GroupId = 2 } }, Quotas = {} },
      GroupsArray = {}, QuotasArray = { { QuotaName = "a", QuotaExhausted = true } },
    }, read("GetPackageContext", "<Package><PackageId>5</PackageId><Groups><HostingPlanGroupInfo><GroupId>1</GroupId>"
      .. "<Enabled>true</Enabled></HostingPlanGroupInfo><HostingPlanGroupInfo><GroupId>2</GroupId>"
      .. "</HostingPlanGroupInfo></Groups><Quotas /></Package><GroupsArray /><QuotasArray><QuotaValueInfo>"
      .. "<QuotaExhausted>true</QuotaExhausted><QuotaName>a</QuotaName></QuotaValueInfo></QuotasArray>"))
  end)
end)

describe("text", function()
  local function comments(content)
    return user("<Comments>" .. content .. "</Comments>").Comments
  end

  it("comes with its references resolved", function()
    assert.are.equal("<a> & \"b\" 'c' A \233\174\187",
      comments("&lt;a&gt; &amp; &quot;b&quot; &apos;c&apos; &#65; &#x9BBB;"))
    assert.are.equal("<b>&amp;</b>", comments("<![CDATA[<b>&amp;</b>]]>"))
  end)

  it("keeps blanks and has line ends as XML has them", function()
    assert.are.equal("  a\n\tb\nc\rd  ", comments("  a\r\n\tb\rc&#13;d  "))
    assert.are.equal("   ", comments("   "))
  end)

  it("may hold what XML forbids", function()
    assert.are.equal("a\1b\239\191\190c", comments("a&#x1;b&#xFFFE;c"))
    assert.are.equal("\0", comments("&#0;"))
    local record = user("<Comments>&#x1F;</Comments><Username>jdoe</Username>")
    assert.are.same({ Comments = "\31", Username = "jdoe" }, record)
  end)

  it("may be long", function()
    local long = ("0123456789"):rep(200000)
    assert.are.equal(long, comments(long))
  end)
end)

describe("a list", function()
  it("is an array of its records", function()
    assert.are.same({ { UserId = 1 }, { UserId = 2, Username = "b" }, { Username = "" } },
      read("GetUsers", "<UserInfo><UserId>1</UserId></UserInfo><UserInfo><UserId>2</UserId><Username>b</Username>"
        .. "</UserInfo><UserInfo><Username /></UserInfo>"))
  end)

  it("is an array even when it is empty or absent", function()
    assert.are.same({}, read("GetUsers", ""))
    assert.are.same({}, panel:response("GetUsers", 200, nil, envelope.response("GetUsers", "")))
    assert.are.same({ {}, { "a", "" } }, read("GetUserSettings",
      "<SettingsArray><ArrayOfString /><ArrayOfString><string>a</string><string /></ArrayOfString></SettingsArray>")
      .SettingsArray)
  end)

  it("has the last of a member that comes twice, in any order, and what is not known beside it", function()
    assert.are.same({ { UserId = 9, Username = "b", RoleId = 3, _unknown = "<New>1</New>" }, { UserId = 1 } },
      read("GetUsers", "<UserInfo><Username>a</Username><UserId>8</UserId><New>1</New><RoleId>3</RoleId>" ..
        "<UserId>9</UserId><Username>b</Username></UserInfo><UserInfo><UserId>1</UserId></UserInfo>"))
    local twice = "<SettingsArray><ArrayOfString><string>%s</string></ArrayOfString></SettingsArray>"
    assert.are.same({ SettingsName = "n", UserId = 7, SettingsArray = { { "b" } } },
      read("GetUserSettings", twice:format("a") .. "<SettingsName>n</SettingsName>" .. twice:format("b") ..
        "<UserId>7</UserId>"))
  end)

  it("may be long, and leaves the collector as it was", function()
    local content = {}
    for id = 1, 3000 do
      content[id] = ("<UserInfo><UserId>%d</UserId><Username>user%d</Username></UserInfo>"):format(id, id)
    end
    local text = table.concat(content)
    local users = read("GetUsers", text)
    assert.are.equal(3000, #users)
    assert.are.same({ UserId = 2999, Username = "user2999" }, users[2999])
    -- A collector that rests collects nothing; one that runs does.
    local watched = setmetatable({}, { __mode = "v" })
    watched[1] = {}
    local limit = os.time() + 20
    while watched[1] and os.time() < limit do
      make_garbage()
    end
    assert.is_nil(watched[1])
  end)

  -- In a process of its own: how late the collector comes depends on all that there is besides. How much Lua holds at
  -- most after each of many responses, as a multiple of what one takes: two is usual, the last and the one before;
  -- three where a cycle had begun while the last was in use.
  local function most_of_many(script)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write([[
      local dnp, envelope = require "dnp", require "spec.support.envelope"
      local function new_session()
        return assert(dnp.session { url = "http://127.0.0.1:1", username = "u", password = "p" })
      end
      local panel = new_session()
      local content = ("<UserInfo><UserId>1</UserId><OwnerId>1</OwnerId><Username>u</Username></UserInfo>"):rep(10000)
      local text = envelope.result("GetUsers", content)
      local function read_all()
        assert(#assert(panel:response("GetUsers", 200, nil, text)) == 10000)
        return collectgarbage "count"
      end
      collectgarbage()
      local before = collectgarbage "count"
      local one, most = read_all() - before, 0
      for _ = 1, 40 do
        ]], script, [[
        most = math.max(most, read_all())
      end
      print((most - before) / one)
    ]])
    file:close()
    local status, output, errors = child.run(child.lua .. " " .. path)
    os.remove(path)
    assert.are.same({ 0, "" }, { status, errors })
    return assert(tonumber(output), output)
  end

  it("does not outrun the collector", function()
    for _, script in ipairs {
      "", -- nothing in between
      "panel = new_session()",
      'panel:request("UserExists", "jdoe")',
    } do
      local most = most_of_many(script)
      assert.is_true(most < 4.5, ("%s: %g"):format(script, most))
    end
  end)

  it("has the collector go on as before when it was the last", function()
    local text = envelope.result("GetUsers", ("<UserInfo><UserId>1</UserId></UserInfo>"):rep(10000))
    local watched = setmetatable({ assert(panel:response("GetUsers", 200, nil, text)) }, { __mode = "v" })
    for _ = 1, 2e7 do
      if not watched[1] then
        break
      end
      make_garbage()
    end
    assert.is_nil(watched[1])
  end)

  it("leaves a collector that was stopped alone", function()
    collectgarbage("stop")
    local content = ("<UserInfo><UserId>1</UserId></UserInfo>"):rep(500)
    read("GetUsers", content)
    local watched = setmetatable({}, { __mode = "v" })
    watched[1] = {}
    for _ = 1, 20000 do
      make_garbage()
    end
    local kept = watched[1] ~= nil
    collectgarbage("restart")
    assert.is_true(kept)
  end)
end)

describe("a DataSet", function()
  local function column(name, kind)
    return ('<xs:element name="%s" type="xs:%s" minOccurs="0" />'):format(name, kind)
  end

  local function dataset(operation, tables, rows)
    local declared = {}
    for index, columns in ipairs(tables) do
      declared[index] = ('<xs:element name="%s"><xs:complexType><xs:sequence>%s</xs:sequence></xs:complexType>'
        .. "</xs:element>"):format(index == 1 and "Table" or "Table" .. index - 1, columns)
    end
    local gram = rows and '<NewDataSet xmlns="">' .. rows .. "</NewDataSet>" or ""
    return read(operation, '<xs:schema id="NewDataSet" xmlns="" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
      .. 'xmlns:msdata="urn:schemas-microsoft-com:xml-msdata"><xs:element name="NewDataSet" msdata:IsDataSet="true">'
      .. '<xs:complexType><xs:choice minOccurs="0" maxOccurs="unbounded">' .. table.concat(declared)
      .. "</xs:choice></xs:complexType></xs:element></xs:schema>"
      .. '<diffgr:diffgram xmlns:diffgr="urn:schemas-microsoft-com:xml-diffgram-v1">' .. gram .. "</diffgr:diffgram>")
  end

  it("is an array of tables, each an array of rows with its columns", function()
    local tables = dataset("GetUsersPaged", { column("Column1", "int"), column("UserID", "int")
      .. column("Username", "string") }, "<Table><Column1>2</Column1></Table><Table1><UserID>3</UserID>"
      .. "<Username>a</Username></Table1><Table1><UserID>4</UserID><Username /></Table1>")
    assert.are.same({
      { { Column1 = 2 }, name = "Table", columns = { { name = "Column1", type = "int" } } },
      { { UserID = 3, Username = "a" }, { UserID = 4, Username = "" }, name = "Table1",
        columns = { { name = "UserID", type = "int" }, { name = "Username", type = "string" } } },
    }, tables)
  end)

  it("distinguishes NULL from a column that does not exist", function()
    local rows = dataset("GetRawUsers", { column("UserID", "int") .. column("Comments", "string") },
      "<Table><UserID>3</UserID></Table>")[1]
    assert.are.same({ UserID = 3 }, rows[1])
    assert.are.same({ { name = "UserID", type = "int" }, { name = "Comments", type = "string" } }, rows.columns)
  end)

  it("has typed values", function()
    local row = dataset("GetHostingPlans", { column("I", "int") .. column("L", "long") .. column("D", "double")
      .. column("M", "decimal") .. column("B", "boolean") .. column("T", "dateTime") .. column("S", "string") },
      "<Table><I>-5</I><L>1234567890123</L><D>2.5</D><M>12.0500</M><B>true</B><T>2010-07-16T12:53:06.72-04:00</T>"
      .. "<S>x</S></Table>")[1][1]
    assert.are.same({ I = -5, L = 1234567890123, D = 2.5, M = 12.05, B = true, T = "2010-07-16T12:53:06.72",
      S = "x" }, row)
  end)

  it("has its dates in the form that records have", function()
    for wire, date in pairs {
      ["2010-07-16T12:53:06.72-04:00"] = "2010-07-16T12:53:06.72",
      ["2010-01-16T12:53:06+13:45"] = "2010-01-16T12:53:06",
      ["2010-07-16T12:53:06Z"] = "2010-07-16T12:53:06",
      [" 2010-07-16T12:53:06.1234567 "] = "2010-07-16T12:53:06.1234567",
      ["2010-07-16T12:53:06"] = "2010-07-16T12:53:06", ["2010-07-16"] = "2010-07-16",
      ["0001-01-01T00:00:00-05:00"] = "0001-01-01T00:00:00",
    } do
      local row = dataset("GetHostingPlans", { column("T", "dateTime") .. column("S", "string") },
        ("<Table><T>%s</T><S>%s</S></Table>"):format(wire, wire))[1][1]
      assert.are.same({ T = date, S = wire }, row)
      local record = user("<Created>" .. wire .. "</Created>")
      assert.are.equal(wire:match "^%s*(.-)%s*$", record.Created)
    end
  end)

  it("has the names that its columns had before they became elements", function()
    for wire, name in pairs {
      ["Disk_x0020_Space"] = "Disk Space", ["_x0031_st"] = "1st", ["a_x005F_x0020_b"] = "a_x0020_b", ["a_b"] = "a_b",
      ["_x00e9_"] = "é", ["_xD83D__xDD34_"] = "\240\159\148\180", ["_x0001F534_"] = "\240\159\148\180",
      ["_x0000_"] = "_x0000_", ["_xD83D_a"] = "_xD83D_a", ["_x20_"] = "_x20_", ["_x0020"] = "_x0020",
      ["_X0020_"] = " ", ["_x0020__x0020_"] = "  ",
    } do
      local row = ("<Table><%s>5</%s></Table>"):format(wire, wire)
      local tables = dataset("GetHostingPlans", { column(wire, "int") }, row)
      assert.are.same({ { [name] = 5 }, name = "Table", columns = { { name = name, type = "int" } } }, tables[1])
    end
  end)

  it("keeps numbers exact", function()
    local columns = { column("M", "decimal") .. column("L", "long") }
    local rows = dataset("GetHostingPlans", columns, "<Table><M>123456789012.345</M></Table>"
      .. "<Table><M>1234567890123.4567</M></Table><Table><M>0.000000000000001</M></Table>"
      .. "<Table><L>9007199254740993</L></Table><Table><L>-9223372036854775808</L></Table>")[1]
    assert.are.equal(123456789012.345, rows[1].M)
    assert.are.equal("1234567890123.4567", rows[2].M)
    assert.are.equal(1e-15, rows[3].M)
    assert.are.equal("9007199254740993", ("%s"):format(rows[4].L))
    assert.are.equal("-9223372036854775808", ("%s"):format(rows[5].L))
    assert.are.equal(math.type and "number" or "string", type(rows[4].L))
  end)

  it("has its tables even without rows", function()
    local tables = dataset("GetRawUsers", { column("UserID", "int") })
    assert.are.same({ { name = "Table", columns = { { name = "UserID", type = "int" } } } }, tables)
  end)

  it("explains a refusal for quotas", function()
    local schema = '<ExceedingQuotas><xs:schema id="NewDataSet" xmlns="" xmlns:xs="http://www.w3.org/2001/XMLSchema">'
      .. '<xs:element name="NewDataSet"><xs:complexType><xs:choice><xs:element name="Table"><xs:complexType>'
      .. "<xs:sequence>" .. column("QuotaID", "int") .. column("QuotaName", "string") .. column("QuotaValue", "int")
      .. "</xs:sequence></xs:complexType></xs:element></xs:choice></xs:complexType></xs:element></xs:schema>"
      .. '<diffgr:diffgram xmlns:diffgr="urn:schemas-microsoft-com:xml-diffgram-v1">%s</diffgr:diffgram>'
      .. "</ExceedingQuotas>"
    local rows = '<NewDataSet xmlns=""><Table><QuotaID>2</QuotaID><QuotaName>OS.Diskspace</QuotaName>'
      .. "<QuotaValue>-10</QuotaValue></Table></NewDataSet>"
    local value, err = read("AddPackage", "<Result>-305</Result>" .. schema:format(rows))
    assert.is_nil(value)
    assert.are.equal("refused", err.kind)
    assert.are.equal(-305, err.code)
    assert.are.same({ { QuotaID = 2, QuotaName = "OS.Diskspace", QuotaValue = -10 } }, err.exceeding_quotas)
    assert.are.same({}, select(2, read("AddPackage", "<Result>-305</Result>" .. schema:format(""))).exceeding_quotas)
    assert.is_nil(select(2, read("AddPackage", "<Result>-108</Result>")).exceeding_quotas)
    assert.are.equal(5, read("AddPackage", "<Result>5</Result>" .. schema:format("")))
  end)
end)

describe("a failure", function()
  local function fails(operation, status, headers, body)
    local value, err = panel:response(operation, status, headers, body)
    assert.is_nil(value)
    return err
  end

  it("is a table that says which kind, with a sentence", function()
    local _, err = read("AddUser", "-100")
    assert.are.same({
      kind = "refused", code = -100, name = "ERROR_USER_ALREADY_EXISTS", operation = "AddUser", http_status = 200,
      outcome = "not_done", message = err.message, retryable = false, service = "esUsers",
    }, setmetatable(err, nil))
    local _, again = read("AddUser", "-100")
    assert.are.equal(again.message, tostring(again))
    assert.matches("^AddUser: refused with %-100 ERROR_USER_ALREADY_EXISTS: %l", again.message)
  end)

  it("shows codes without a name by their number", function()
    local _, err = read("DeletePackage", "-4242")
    assert.are.equal(-4242, err.code)
    assert.is_nil(err.name)
    assert.matches("-4242", tostring(err), 1, true)
  end)

  it("may be a record that is not there", function()
    local err = fails("GetUserById", 200, nil, envelope.response("GetUserById", ""))
    assert.are.equal("absent", err.kind)
    assert.are.equal("not_done", err.outcome)
    assert.is_nil(err.code)
    assert.is_nil(err.name)
    assert.is_nil(err.fault_string)
  end)

  it("may be a fault, with its whole text", function()
    local text = "System.Exception: It broke ---&gt; because\n  at Some.Method ()"
    local err = fails("UpdateUser", 500, { ["CONTENT-TYPE"] = "text/xml; charset=utf-8" },
      envelope.fault("Server", text))
    assert.are.equal("fault", err.kind)
    assert.are.equal("Server", err.name)
    assert.are.equal(500, err.http_status)
    assert.are.equal("unknown", err.outcome)
    assert.are.equal("System.Exception: It broke ---> because\n  at Some.Method ()", err.fault_string)
    assert.is_nil(tostring(err):find("\n", 1, true))
    assert.are.equal("not_done", fails("UpdateUser", 500, nil, envelope.fault("Client", "bad value")).outcome)
    assert.are.equal("not_done", fails("GetUserById", 500, nil, envelope.fault("Server", "it broke")).outcome)
  end)

  it("may be an HTTP status without SOAP", function()
    for _, headers in ipairs { { ["Content-Type"] = "text/html" }, { ["content-type"] = { "text/html", "x" } }, {} } do
      local err = fails("AddUser", 502, headers, "<html><body>Bad Gateway</body></html>")
      assert.are.equal("http", err.kind)
      assert.are.equal(502, err.http_status)
      assert.are.equal("unknown", err.outcome)
    end
    assert.are.equal("not_done", fails("AddUser", 401, { ["Content-Type"] = "text/plain" }, "no").outcome)
  end)

  it("may be a response that cannot be read", function()
    local whole = envelope.result("AddUser", "42")
    for _, body in ipairs { "", "no XML", whole:sub(1, -10), "<html />", envelope.of(""),
      envelope.response("AddUser", ""), envelope.result("AddUser", "many"), envelope.result("AddUser", ""),
      envelope.result("AddUser", "0"), envelope.result("AddUser", "2147483648"), envelope.result("DeleteUser", "1"),
      envelope.result("AddUser", "42", "solidcp"), "<!DOCTYPE a [<!ENTITY b 'c'>]>" .. whole } do
      local err = fails("AddUser", 200, nil, body)
      assert.are.equal("protocol", err.kind)
      assert.are.equal("unknown", err.outcome)
      assert.is_nil(err.code)
    end
  end)

  it("may be a response beyond a limit", function()
    local small = assert(dnp.session { url = "http://127.0.0.1:1", username = "u", password = "p",
      max_response_bytes = 1000 })
    local _, err = small:response("GetUsers", 200, nil,
      envelope.result("GetUsers", ("<UserInfo><UserId>1</UserId></UserInfo>"):rep(100)))
    assert.are.equal("limit", err.kind)
    assert.matches("1000", tostring(err), 1, true)
  end)

  it("leaves the session ready for the next response", function()
    fails("GetUsers", 200, nil, envelope.result("GetUsers", "<UserInfo><UserId>1</UserId></UserInfo>"):sub(1, -40))
    assert.is_true(read("UserExists", "true"))
  end)

  it("never stops at a cut with anything but an error", function()
    local whole = envelope.result("GetUsers",
      "<UserInfo><UserId>1</UserId><Comments>a&amp;b&#x1;</Comments></UserInfo>")
    for length = 0, #whole - 1 do
      local err = fails("GetUsers", 200, nil, whole:sub(1, length))
      assert.are.equal("protocol", err.kind)
    end
    assert.are.same({ { UserId = 1, Comments = "a&b\1" } }, panel:response("GetUsers", 200, nil, whole))
  end)
end)
