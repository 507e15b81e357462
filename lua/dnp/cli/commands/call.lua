--- `dnp call`: any operation of the API.

local dnp = require "dnp"
local confirm = require "dnp.cli.confirm"
local fail = require "dnp.cli.fail"
local fields = require "dnp.cli.fields"
local json = require "dnp.cli.json"
local stdout = require "dnp.cli.stdout"

local unpack = table.unpack or unpack

-- An operation by the API's name or the method's, in any case of letters.
local function find_operation(contract, name)
  local names = {}
  for _, operation in ipairs(contract.operations) do
    if operation.name:lower() == name:lower() or operation.method == name then
      return operation
    end
    names[#names + 1] = operation.name
  end
  fail.usage("there is no operation '%s'%s", name, fields.did_you_mean(name, names))
end

-- Parameters by the names that can be given: the API's and the method's.
local function parameters_of(operation)
  local by_name = {}
  local count = 0
  for _, parameter in ipairs(operation.parameters) do
    if not parameter.from then
      count = count + 1
      local entry = { parameter = parameter, index = count }
      by_name[parameter.name], by_name[parameter.argument or parameter.name] = entry, entry
    end
  end
  return by_name, count
end

-- Puts `user.City` into a record.
local function set_field(record, types, type_name, name, text)
  local known = {}
  for _, field in ipairs(types[type_name].fields) do
    known[field.name] = field
  end
  local field = known[name]
  if not field then
    fail.usage("%s has no field '%s'%s", type_name, name, fields.did_you_mean(name, known))
  end
  local value, message = fields.convert(field, text, types)
  if value == nil then
    fail.usage("%s: %s", name, message)
  end
  record[name] = value
end

-- Ends the command when parameters are missing.
local function check_complete(operation, by_name, values)
  local missing = {}
  for _, parameter in ipairs(operation.parameters) do
    if not parameter.from and not parameter.optional and values[by_name[parameter.name].index] == nil then
      missing[#missing + 1] = parameter.name
    end
  end
  if #missing > 0 then
    fail.usage("%s: missing %s; `dnp describe %s` tells what it takes", operation.name, table.concat(missing, ", "),
      operation.name)
  end
end

local function read_arguments(run, contract, operation)
  local by_name, count = parameters_of(operation)
  local values = {}
  local function entry_of(name)
    if by_name[name] then
      return by_name[name]
    end
    local names = {}
    for _, parameter in ipairs(operation.parameters) do
      names[#names + 1] = not parameter.from and parameter.name or nil
    end
    local hint = fields.did_you_mean(name, by_name)
    fail.usage("%s has no parameter '%s'%s", operation.name, name, hint ~= "" and hint
      or #names > 0 and "; it takes: " .. table.concat(names, ", ") or "; it takes none")
  end
  local function is_secret(name)
    local record, field = name:match "^(.-)%.(.*)$"
    local parameter = entry_of(record or name).parameter
    if not field then
      return parameter.secret
    end
    for _, known in ipairs(contract.types[parameter.type].fields or {}) do
      if known.name == field then
        return known.secret
      end
    end
  end
  for _, text in ipairs(run.given.parameters) do
    local name, value = fields.split(text, is_secret)
    local record, field = name:match "^(.-)%.(.*)$"
    local entry = entry_of(record or name)
    if field then
      if contract.types[entry.parameter.type].kind ~= "record" then
        fail.usage("%s is not a record", record)
      end
      values[entry.index] = values[entry.index] or {}
      set_field(values[entry.index], contract.types, entry.parameter.type, field, value)
    else
      local converted, message = fields.convert(entry.parameter, value, contract.types)
      if converted == nil then
        fail.usage("%s: %s", name, message)
      end
      values[entry.index] = converted
    end
  end
  check_complete(operation, by_name, values)
  return values, count
end

-- The fields that any row has: those of the result's type in the contract's order, else by name.
local function columns_of(rows, types, type_name)
  local seen, names = {}, {}
  for _, row in ipairs(rows) do
    for name in pairs(row) do
      seen[name] = true
    end
  end
  local result = types[type_name]
  for _, field in ipairs(types[result.item or type_name].fields or {}) do
    names[#names + 1] = seen[field.name] and field.name or nil
    seen[field.name] = nil
  end
  local others = {}
  for name in pairs(seen) do
    others[#others + 1] = name
  end
  table.sort(others)
  for _, name in ipairs(others) do
    names[#names + 1] = name
  end
  return names
end

local function columns_of_table(rows)
  local names = {}
  for index, column in ipairs(rows.columns) do
    names[index] = type(column) == "table" and column.name or column
  end
  return names
end

local function show(run, operation, types, value)
  if run.output.form == "json" then
    stdout.write(json.encode(fields.with_lists(value, types, operation.result)), "\n")
  elseif operation.result == "DataSet" then
    for _, rows in ipairs(value) do
      run.output:rows(columns_of_table(rows), rows)
    end
  elseif type(value) == "table" and type(value[1]) == "table" then
    run.output:rows(columns_of(value, types, operation.result), value)
  elseif type(value) == "table" and types[operation.result].kind == "array" then
    run.output:rows({}, {})
  elseif type(value) == "table" then
    run.output:record(columns_of({ value }, types, operation.result), value)
  else
    stdout.write(tostring(value), "\n")
  end
end

local function is_deletion(operation)
  return operation.name:find "^Delete" ~= nil
end

local function call(run)
  local contract = dnp.contract((run:about()))
  local operation = find_operation(contract, run.given.operation)
  local values, count = read_arguments(run, contract, operation)
  local panel = run:panel()
  if run.given.dry_run and operation.mutates then
    local request = run:need(fail.checked(panel.request, panel, operation.method, unpack(values, 1, count)))
    return run.output:say({ outcome = "planned", operation = operation.name, url = request.url },
      ("would call %s at %s"):format(operation.name, request.url))
  end
  if is_deletion(operation) then
    run:confirm(("Call %s?"):format(operation.name))
  end
  return run:each({ operation.name }, {}, function()
    local value, err = fail.checked(panel[operation.method], panel, unpack(values, 1, count))
    return { value = value, err = err }
  end, function(_, result, err)
    if not result then
      fail.with(err)
    elseif result.value == nil and result.err ~= nil then
      run.output:error(tostring(result.err), result.err)
      return fail.status_of(result.err)
    end
    show(run, operation, contract.types, result.value)
  end)
end

return {
  name = "call",
  summary = "Call any operation of the API.",
  about = "Parameters go by the API's names; a record's fields as user.City=Bonn, or the record as user=@FILE.json. A "
    .. "secret is given as password=@FILE or password=-, never in the command line. `dnp describe` lists operations.",
  examples = {
    "dnp call GetUserByUsername username=jdoe",
    "dnp call GetUsers ownerId=1 recursive=true --json",
    "dnp call ChangeUserPassword userId=3 password=@new.txt",
    "dnp call UpdateUser user=@jdoe.json --dry-run",
  },
  arguments = {
    { "operation", "the API's name of it", words = fields.operations },
    { "parameters", "NAME=VALUE", args = "*" },
  },
  options = {
    { "-n --dry-run", nil, "only show the request of what changes something" },
    confirm.YES,
  },
  run = call,
}
