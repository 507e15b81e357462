-- What is not understood does not pass as success: responses that real software sends and the contract does not know.
local dnp = require "dnp"
local envelope = require "spec.support.envelope"

local panels = require("spec.support.nowhere").panels()

local function read_case(name)
  local file = assert(io.open("spec/captures/cases/" .. name .. ".xml", "rb"))
  local body = file:read "*a"
  file:close()
  return body
end

-- operation, file, status and what comes of it: an error's fields, or a function that looks at the value.
local cases = {
  { "GetUsers", "list_items_datacontract_ns", kind = "protocol",
    message = '<GetUsersResult> holds <UserInfo> in the namespace "http://schemas.datacontract.org/2004/07/X"' },
  { "GetUserByUsername", "rec_members_datacontract_ns", kind = "protocol",
    message = '<GetUserByUsernameResult> holds <UserId> in the namespace "http://schemas.datacontract.org/' },
  { "GetUsers", "list_text_only", kind = "protocol",
    message = 'holds text where <UserInfo> was expected: "error: no access"' },
  { "GetUserByUsername", "multiref", kind = "protocol", message = "refers to another element (href" },
  { "GetPackageAddons", "ds_rows_without_diffgram", kind = "protocol", message = "holds <NewDataSet> in no namespace" },
  { "GetPackageAddons", "ds_escaped_xml_string", kind = "protocol",
    message = 'holds text where the schema or diffgram of a DataSet was expected: "<NewDataSet>' },
  { "GetPackageAddons", "ds_attr_columns", kind = "protocol", message = "columns in attributes" },
  { "GetUserByUsername", "bare_amp", kind = "protocol", message = "an & that does not begin a reference" },
  { "GetPackageAddons", "ds_name_with_space", value = function(tables)
    assert.are.equal("Table 1", tables[1].name)
    assert.are.same({ ["Disk Space"] = 5, ["1st"] = "x" }, tables[1][1])
  end },
  { "GetUserByUsername", "surrogate_charrefs", value = function(record)
    assert.are.equal("\240\159\148\180x", record.FirstName)
  end },
  { "GetUserByUsername", "enum_with_blanks", value = function(record)
    assert.are.equal("Active", record.Status)
  end },
  { "AddUser", "faultstring_leading_newline", status = 500, kind = "fault", name = "Server", outcome = "unknown",
    whole = "AddUser: The account cannot be created.", fault_string = "The account cannot be created.\n   at X" },
  { "AddUser", "fault_code_ws", status = 500, kind = "fault", name = "Client", outcome = "not_done",
    whole = "AddUser: padded text", fault_string = "padded text\n second" },
  { "AddUser", "fault_nested_html", status = 500, kind = "fault", name = "Server", outcome = "unknown",
    whole = "AddUser: see log now", fault_string = "see log now" },
  { "AddUser", "fault_exception_detail", status = 500, kind = "fault", name = "Server", outcome = "unknown",
    whole = "AddUser: Exception of type X was thrown.", fault_string = "Exception of type X was thrown." },
}

describe("a response of other software:", function()
  for _, case in ipairs(cases) do
    it(case[2], function()
      local value, err = panels.dotnetpanel:response(case[1], case.status or 200, { ["Content-Type"] = "text/xml" },
        read_case(case[2]))
      if case.value then
        assert.is_nil(err)
        case.value(value)
        return
      end
      assert.is_nil(value)
      assert.are.equal(case.kind, err.kind, err.message)
      assert.are.equal(case.outcome or "not_done", err.outcome)
      assert.is_truthy(err.message:find(case.message or "", 1, true), err.message)
      for _, field in ipairs { "name", "fault_string" } do
        assert.are.equal(case[field] or err[field], err[field])
      end
      assert.are.equal(case.whole or err.message, err.message)
    end)
  end
end)

-- Calls body(panel, operation, type, types, dialect) for each operation whose result is of a kind.
local function each_result(kind, body)
  local count = 0
  for _, dialect in ipairs(dnp.dialects) do
    local contract = dnp.contract(dialect)
    for _, operation in ipairs(contract.operations) do
      local result = contract.types[operation.result]
      if result.kind == kind then
        count = count + 1
        body(panels[dialect], operation, result, contract, dialect)
      end
    end
  end
  assert.is_true(count >= 3)
end

local function assert_not_understood(panel, operation, dialect, response, message)
  local value, err = panel:response(operation.name, 200, nil, envelope.response(operation.name, response, dialect))
  assert.is_nil(value)
  assert.are.equal("protocol", err.kind, err.message)
  assert.are.equal(operation.mutates and "unknown" or "not_done", err.outcome)
  assert.is_truthy(err.message:find(message, 1, true), err.message)
  -- The session goes on.
  assert.is_true(panel:response("UserExists", 200, nil, envelope.result("UserExists", "true", dialect)))
end

local function result_of(operation, content)
  return ("<%sResult>%s</%sResult>"):format(operation.name, content, operation.name)
end

local function every_operation_refuses(kind, responses)
  each_result(kind, function(panel, operation, result, contract, dialect)
    local name = operation.name .. "Result"
    for _, response in ipairs {
      { ("<%s href='#id1' />"):format(name), "<" .. name .. "> refers to another element" },
      { ("<%s href='#id1'>5</%s>"):format(name, name), "<" .. name .. "> refers to another element" },
      { ("<x:%s xmlns:x='urn:x' />"):format(name), ('holds <%s> in the namespace "urn:x"'):format(name) },
      { ("<%s xmlns='' />"):format(name), ("holds <%s> in no namespace"):format(name) },
      { "<return>5</return>", "holds <return> in the namespace \"" .. contract.namespace },
      { "none", operation.name .. "Response> holds text where <" .. name .. "> was expected" },
    } do
      assert_not_understood(panel, operation, dialect, response[1], response[2])
    end
    for _, response in ipairs(responses(result, contract)) do
      assert_not_understood(panel, operation, dialect, result_of(operation, response[1]), response[2])
    end
  end)
end

-- The first member of a record that has a value.
local function a_member(types, name)
  for _, field in ipairs(types[name].fields) do
    if not field.hoisted and types[field.type].kind == "scalar" then
      return field.name
    end
  end
end

describe("every operation", function()
  it("that gives a list takes items only", function()
    every_operation_refuses("array", function(result)
      local item = result.item
      return {
        { ("<x:%s xmlns:x='urn:x' />"):format(item),
          ('holds <%s> in the namespace "urn:x" where <%s>'):format(item, item) },
        { ("<%s xmlns='' />"):format(item), ("holds <%s> in no namespace where <%s>"):format(item, item) },
        { "<Other />", "holds <Other> in the namespace" },
        { "no access", 'holds text where <' .. item .. '> was expected: "no access"' },
        { ("<%s href='#id1' />"):format(item), "<" .. item .. "> refers to another element" },
        { ("<%s />"):format(item), "<" .. item .. "> is empty where a member of " .. item .. " was expected" },
        { ("<%s>seven</%s>"):format(item, item), "<" .. item .. "> holds text" },
        { ("<%s><Other>1</Other></%s>"):format(item, item), "<" .. item .. "> holds <Other>" },
        { "<diffgr:diffgram xmlns:diffgr='urn:schemas-microsoft-com:xml-diffgram-v1' />", "holds <diffgram>" },
      }
    end)
  end)

  it("that gives a record takes its members only", function()
    every_operation_refuses("record", function(result, contract)
      local types = contract.types
      local responses = {
        { "<Other>1</Other>", "holds <Other> in the namespace \"" .. contract.namespace },
        { "<Other xmlns='urn:x'>1</Other>",
          'holds <Other> in the namespace "urn:x" where a member of ' .. result.name },
        { "", "is empty where a member of " .. result.name .. " was expected" },
        { "no access", "holds text where a member of " .. result.name },
        { "no <b>access</b>", "holds text where a member of " .. result.name },
      }
      local member = a_member(types, result.name)
      if member then
        responses[#responses + 1] = { ("<x:%s xmlns:x='urn:x'>1</x:%s>"):format(member, member),
          ('holds <%s> in the namespace "urn:x"'):format(member) }
        responses[#responses + 1] = { ("<%s href='#id1' />"):format(member),
          "<" .. member .. "> refers to another element" }
      end
      return responses
    end)
  end)

  it("that gives a DataSet takes schema and diffgram only", function()
    local schema = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns=""><xs:element name="D">'
      .. '<xs:element name="T"><xs:element name="A" type="xs:int"/></xs:element></xs:element></xs:schema>'
    local function gram(rows)
      return ('<d:diffgram xmlns:d="urn:schemas-microsoft-com:xml-diffgram-v1" xmlns="">%s</d:diffgram>'):format(rows)
    end
    every_operation_refuses("dataset", function()
      return {
        { "", "is not a DataSet: it has no schema" },
        { schema, "is not a DataSet: it has no diffgram" },
        { gram "<D/>", "is not a DataSet: it has no schema" },
        { schema .. "<D xmlns=''><T><A>1</A></T></D>", "holds <D> in no namespace" },
        { "<T xmlns=''><A>1</A></T>", "holds <T> in no namespace" },
        { "&lt;D/&gt;", 'holds text where the schema or diffgram of a DataSet was expected: "<D/>"' },
        { "<![CDATA[<D/>]]>", 'holds text where the schema or diffgram of a DataSet was expected: "<D/>"' },
        { schema .. gram "<D><U/></D>", "a row of <U>" },
        { schema .. gram "<D><T><A>1</A><B>2</B></T></D>", "holds <B> in no namespace where a column" },
        { schema .. gram "<D><T A='1'/></D>", "a row with the attribute A" },
        { schema .. gram "<D><T>text</T></D>", "holds text where a column" },
        { schema .. gram "error", "holds text where the row" },
      }
    end)
  end)

  it("that gives a plain value takes nothing else", function()
    every_operation_refuses("scalar", function()
      return {
        { "<b>1</b>", "holds elements where a value was expected" },
        { "", "does not hold a" },
        { "yes", "does not hold a" },
        { (" "):rep(300) .. "1", "does not hold a" },
      }
    end)
  end)

  it("that changes something leaves the outcome unknown when its response is not understood", function()
    for _, dialect in ipairs(dnp.dialects) do
      for _, operation in ipairs(dnp.contract(dialect).operations) do
        local _, err = panels[dialect]:response(operation.name, 200, nil,
          envelope.response(operation.name, "<x:y xmlns:x='urn:x' />", dialect))
        assert.are.equal("protocol", err.kind)
        assert.are.equal(operation.mutates and "unknown" or "not_done", err.outcome)
      end
    end
  end)
end)

describe("what is found", function()
  local panel = panels.dotnetpanel

  local function message_of(content)
    local _, err = panel:response("GetUsers", 200, nil, envelope.result("GetUsers", content))
    return err.message
  end

  it("is shown short, and harmlessly", function()
    assert.are.equal('GetUsers: <GetUsersResult> holds text where <UserInfo> was expected: "' .. ("x"):rep(60) .. '"',
      message_of(("x"):rep(5000)))
    assert.is_nil(message_of("a&#27;[2Jb\nc"):find "[%c]")
    assert.is_true(#message_of(("<%s xmlns='%s' />"):format(("n"):rep(400), ("u"):rep(2000))) < 400)
  end)

  it("is reported without the secrets of the session", function()
    local secret = assert(dnp.session { url = "http://127.0.0.1:1", username = "u", password = "pa55word" })
    local _, err = secret:response("GetUsers", 200, nil, envelope.result("GetUsers", "the password is pa55word"))
    assert.is_nil(err.message:find("pa55word", 1, true))
    secret:close()
  end)
end)
