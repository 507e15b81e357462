--- The answers that the benchmarks decode: of whole lists, in the forms that panels, proxies and other servers give to
--- the same content.
local answers = {}

local OPEN = '<?xml version="1.0" encoding="utf-8"?><soap:Envelope '
  .. 'xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
  .. 'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
local CLOSE = "</soap:Body></soap:Envelope>"
local NAMESPACE = "http://officepark/dotnetpanel/enterpriseserver"

-- In the order of the schema; %d is the number of the record.
local USER = {
  { "RoleId", "3" }, { "Role", "User" }, { "StatusId", "1" }, { "Status", "Active" }, { "UserId", "%d" },
  { "OwnerId", "2" }, { "IsPeer", "false" }, { "Created", "2010-07-16T12:53:06.72" },
  { "Changed", "2010-07-16T12:53:06.72" }, { "IsDemo", "false" }, { "Comments", "customer no. %d" },
  { "LastName", "Last%d" }, { "Username", "user%d" }, { "Password", "p%d" }, { "FirstName", "First" },
  { "Email", "user%d@example.com" }, { "PrimaryPhone", "+49 30 123456" }, { "Zip", "10115" },
  { "InstantMessenger", "im%d" }, { "Fax", "+49 30 1234567" }, { "SecondaryPhone", "+49 30 12345678" },
  { "SecondaryEmail", "second%d@example.com" }, { "Country", "DE" }, { "Address", "Some Street %d" },
  { "City", "Berlin" }, { "State", "BE" }, { "HtmlMail", "true" }, { "CompanyName", "Company %d &amp; Sons" },
  { "EcommerceEnabled", "true" },
}

-- Rows of GetUsersPaged.
local ROW = {
  { "UserID", "%d" }, { "RoleID", "3" }, { "StatusID", "1" }, { "OwnerID", "2" },
  { "Created", "2010-07-16T12:53:06.72+00:00" }, { "Changed", "2010-07-16T12:53:06.72+00:00" }, { "IsDemo", "false" },
  { "Comments", "customer no. %d" }, { "IsPeer", "false" }, { "Username", "user%d" }, { "FirstName", "First" },
  { "LastName", "Last%d" }, { "Email", "user%d@example.com" }, { "FullName", "First Last%d" },
  { "PackagesNumber", "1" },
}
local COLUMN_TYPES = {
  UserID = "int", RoleID = "int", StatusID = "int", OwnerID = "int", PackagesNumber = "int", Created = "dateTime",
  Changed = "dateTime", IsDemo = "boolean", IsPeer = "boolean",
}

---- records ----

-- A text with everything in it that records of a form differ in.
local function element(name, text, form)
  local prefix = form.prefix or ""
  if text == "" then
    return ("<%s%s />"):format(prefix, name)
  end
  return ("<%s%s%s>%s</%s%s>"):format(prefix, name, form.attribute or "", text, prefix, name)
end

-- Fields that may be missing are missing from every third to seventh record, or empty there.
local function with_gaps(number, field, name, text)
  if number % 3 == 0 and (name == "Fax" or name == "SecondaryPhone" or name == "Comments") then
    return nil
  elseif number % (5 + field % 3) == 0 and text:find "%a" and field > 15 and name ~= "HtmlMail"
    and name ~= "EcommerceEnabled" then
    return name, ""
  end
  return name, text
end

-- No record is like the one before it: which of its fields are there, and how their texts are written, changes.
local function irregular(number, field, name, text)
  local turn = (number * 7 + field * 13) % 11
  if field > 10 and turn < 3 and name ~= "HtmlMail" and name ~= "EcommerceEnabled" then
    return nil
  elseif turn == 3 and (name == "Address" or name == "City") then
    return name, text .. " &#233;"
  elseif turn == 4 and name == "LastName" then
    return name, text .. " &lt;Ünïcödé&gt;"
  end
  return name, text
end

--- How a list of records may be written: `break_line` stands before each element, `vary` changes a field or drops it.
local FORMS = {
  plain = {},
  gaps = { vary = with_gaps },
  irregular = { vary = irregular },
  lf = { break_line = "\n" },
  crlf = { break_line = "\r\n" },
  prefixed = { prefix = "d:" },
  reordered = { reversed = true },
  attributes = { attribute = ' a=""' },
  comments = { break_line = "<!-- -->" },
}

--- Their names.
answers.forms = {}
for name in pairs(FORMS) do
  table.insert(answers.forms, name)
end

local function indent(form, depth)
  return form.break_line and form.break_line .. ("  "):rep(depth) or ""
end

-- A maker of records.
local function record_maker(fields, tag, form)
  local prefix = form.prefix or ""
  return function(number, attributes)
    local parts = { indent(form, 4), "<", prefix, tag, attributes or "", ">" }
    for place = 1, #fields do
      local index = form.reversed and #fields + 1 - place or place
      local field = fields[index]
      local name, text = field[1], (field[2]:gsub("%%d", number))
      if form.vary then
        name, text = form.vary(number, index, name, text)
      end
      if name then
        parts[#parts + 1] = indent(form, 5)
        parts[#parts + 1] = element(name, text, form)
      end
    end
    parts[#parts + 1] = indent(form, 4)
    parts[#parts + 1] = ("</%s%s>"):format(prefix, tag)
    return table.concat(parts)
  end
end

---- answers ----

-- The result between what stands around it.
local function wrap(write, operation, form, write_result)
  local prefix = form.prefix or ""
  local binding = form.prefix and "xmlns:d" or "xmlns"
  write(OPEN, indent(form, 2), ('<%s%sResponse %s="%s">'):format(prefix, operation, binding, NAMESPACE),
    indent(form, 3), ("<%s%sResult>"):format(prefix, operation))
  write_result()
  write(("</%s%sResult>"):format(prefix, operation), indent(form, 2), ("</%s%sResponse>"):format(prefix, operation),
    CLOSE)
end

local function schema()
  local columns = {}
  for _, field in ipairs(ROW) do
    columns[#columns + 1] = ('<xs:element name="%s" type="xs:%s" minOccurs="0" />')
      :format(field[1], COLUMN_TYPES[field[1]] or "string")
  end
  return '<xs:schema id="NewDataSet" xmlns="" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    .. 'xmlns:msdata="urn:schemas-microsoft-com:xml-msdata"><xs:element name="NewDataSet" msdata:IsDataSet="true" '
    .. 'msdata:UseCurrentLocale="true"><xs:complexType><xs:choice minOccurs="0" maxOccurs="unbounded">'
    .. '<xs:element name="Table"><xs:complexType><xs:sequence><xs:element name="Column1" type="xs:int" minOccurs="0" />'
    .. '</xs:sequence></xs:complexType></xs:element><xs:element name="Table1"><xs:complexType><xs:sequence>'
    .. table.concat(columns) .. "</xs:sequence></xs:complexType></xs:element></xs:choice></xs:complexType></xs:element>"
    .. "</xs:schema>"
end

--- Writes a GetUsers answer.
---@param write fun(...: string)
---@param count integer
---@param form string a key of FORMS
function answers.users(write, count, form)
  local shape = assert(FORMS[form], form)
  local record = record_maker(USER, "UserInfo", shape)
  wrap(write, "GetUsers", shape, function()
    for number = 1, count do
      write(record(number))
    end
    write(indent(shape, 3))
  end)
end

--- Writes a GetUsersPaged answer, a DataSet.
---@param write fun(...: string)
---@param count integer
function answers.dataset(write, count)
  local record = record_maker(ROW, "Table1", FORMS.plain)
  wrap(write, "GetUsersPaged", FORMS.plain, function()
    write(schema(), '<diffgr:diffgram xmlns:msdata="urn:schemas-microsoft-com:xml-msdata" ',
      'xmlns:diffgr="urn:schemas-microsoft-com:xml-diffgram-v1"><NewDataSet xmlns="">',
      ('<Table diffgr:id="Table1" msdata:rowOrder="0"><Column1>%d</Column1></Table>'):format(count))
    for number = 1, count do
      write(record(number, (' diffgr:id="Table1%d" msdata:rowOrder="%d"'):format(number, number - 1)))
    end
    write "</NewDataSet></diffgr:diffgram>"
  end)
end

--- Writes the answer of an operation that gives one user.
---@param write fun(...: string)
function answers.user(write)
  local text = record_maker(USER, "UserInfo", FORMS.plain)(1)
  wrap(write, "GetUserById", FORMS.plain, function()
    write((text:gsub("^<UserInfo>", ""):gsub("</UserInfo>$", "")))
  end)
end

--- Writes the answer of an operation that gives a value.
---@param write fun(...: string)
---@param operation string
---@param value string
function answers.value(write, operation, value)
  wrap(write, operation, FORMS.plain, function()
    write(value)
  end)
end

return answers
