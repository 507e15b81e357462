-- Every captured response, read through the module and compared with what an independent reader found in it.
local cjson = require "cjson"
local dnp = require "dnp"
local reader = require "spec.support.captures"

local sets = {
  dotnetpanel = "dotnetpanel",
  ["dotnetpanel-shorterrors"] = "dotnetpanel",
  ["dotnetpanel-front"] = "dotnetpanel",
  websitepanel = "websitepanel",
  solidcp = "solidcp",
  addressed = "websitepanel",
}

local function read_expected(set)
  local file = assert(io.open("spec/captures/" .. set .. ".expected.json", "rb"))
  local expected = cjson.decode(file:read("*a"))
  file:close()
  return expected
end

local function operations_of(dialect)
  local operations = {}
  for _, operation in ipairs(dnp.contract(dialect).operations) do
    operations[operation.name] = operation
  end
  return operations
end

-- Dates of DataSets have the server's offset on the wire, and are read as those of records are.
local function without_offsets(rows)
  for _, column in ipairs(rows.columns) do
    for _, row in ipairs(column.type == "dateTime" and rows or {}) do
      row[column.name] = row[column.name] and row[column.name]:gsub("[+-]%d%d:%d%d$", "")
    end
  end
  return rows
end

-- The expected form of a DataSet in the module's: tables are arrays of rows with name and columns.
local function as_lua(value)
  if type(value) ~= "table" then
    return value
  end
  local converted = {}
  for key, item in pairs(value["$dataset"] or value) do
    converted[key] = as_lua(item)
  end
  if value["$dataset"] then
    for index, item in ipairs(converted) do
      local rows = item.rows
      rows.name, rows.columns = item.name, item.columns
      converted[index] = without_offsets(rows)
    end
  end
  return converted
end

local function check_number(number, value, err, expected)
  if number < 0 then
    assert.is_nil(value)
    assert.are.equal("refused", err.kind)
    assert.are.equal(number, err.code)
    assert.are.equal("not_done", err.outcome)
    assert.are.equal(dnp.codes[number] and dnp.codes[number].name, err.name)
  else
    assert.is_nil(err)
    assert.are.equal(expected, value)
  end
end

local function plain_rows(tables)
  if not tables or not tables[1] then
    return nil
  end
  tables[1].name, tables[1].columns = nil, nil
  return tables[1]
end

local check_value = {
  value = function(expected, value, err)
    assert.is_nil(err)
    assert.are.same(expected, value)
  end,
  id = function(expected, value, err)
    check_number(expected, value, err, expected)
  end,
  status = function(expected, value, err)
    check_number(expected, value, err, true)
  end,
  package_id = function(expected, value, err)
    check_number(expected.Result, value, err, expected.Result)
    assert.are.same(expected.Result < 0 and plain_rows(expected.ExceedingQuotas) or nil, err and err.exceeding_quotas)
  end,
  package_status = function(expected, value, err)
    check_number(expected.Result, value, err, true)
    assert.are.same(expected.Result < 0 and plain_rows(expected.ExceedingQuotas) or nil, err and err.exceeding_quotas)
  end,
}

local function check_fault(expected, err)
  assert.are.equal("fault", err.kind)
  assert.are.equal(expected.fault_code, err.name)
  assert.are.equal(expected.fault_string:match "^%s*(.-)%s*$", err.fault_string)
  assert.are.equal(expected.status, err.http_status)
end

local function check(expected, operation, value, err)
  if expected.outcome == "value" then
    check_value[operation.result_kind](as_lua(expected.value), value, err)
    return
  end
  assert.is_nil(value)
  assert.are.equal(operation.name, err.operation)
  assert.is_true(tostring(err):sub(1, #operation.name + 2) == operation.name .. ": ")
  if expected.outcome == "fault" then
    check_fault(expected, err)
  else
    -- A page that is not SOAP although its status is 200 is a response that cannot be read.
    assert.are.equal(expected.status == 200 and expected.outcome == "http" and "protocol" or expected.outcome, err.kind)
    assert.are.equal(expected.status, err.http_status)
  end
end

for set, dialect in pairs(sets) do
  describe("the captured responses of " .. set, function()
    local operations = operations_of(dialect)
    local expected = read_expected(set)
    local panel
    setup(function()
      panel = assert(dnp.session { url = "http://127.0.0.1:1", username = "u", password = "p", dialect = dialect })
    end)
    teardown(function()
      panel:close()
    end)

    local function read(name, bytes)
      local responses = reader.http_responses(bytes)
      local response = responses[#responses]
      -- A call that the service does not know is answered by a fault, whatever was asked.
      local operation = operations[expected[name].operation or "UserExists"]
      local headers = response.status and response.headers
      return operation, panel:response(operation.name, response.status or 200, headers, response.body)
    end

    for _, capture in ipairs(reader.load(set)) do
      local outcome = expected[capture.name]
      local known = outcome and (not outcome.operation or operations[outcome.operation])
      -- Unpacking is the engine's work, so packed bodies are for transport_spec.
      if capture.kind == "response" and known and not capture.bytes:find("Content-Encoding: gzip", 1, true) then
        it(capture.name, function()
          check(outcome, read(capture.name, capture.bytes))
        end)
      end
    end
  end)
end
