--- FIELD=VALUE of the command line, and cells of files, as values of the contract's types.

local dnp = require "dnp"
local fail = require "dnp.cli.fail"
local json = require "dnp.cli.json"
local system = require "dnp.cli.system"

local fields = {}

local TRUTH = { ["true"] = true, yes = true, ["1"] = true, ["false"] = false, no = false, ["0"] = false }

local function to_boolean(text)
  local value = TRUTH[text:lower()]
  if value == nil then
    return nil, ("expected true or false, got '%s'"):format(text)
  end
  return value
end

local function to_integer(text)
  local number = text:find "^%s*[-+]?%d+%s*$" and tonumber(text)
  if not number then
    return nil, ("expected a whole number, got '%s'"):format(text)
  end
  return math.floor(number)
end

local function to_decimal(text)
  local number = text:find "^%s*[-+]?%d*%.?%d+%s*$" and tonumber(text)
  if not number then
    return nil, ("expected a number, got '%s'"):format(text)
  end
  return number
end

local CONVERTERS = { boolean = to_boolean, int = to_integer, unsignedShort = to_integer, decimal = to_decimal }

--- A text as the value that a field or a parameter of the contract takes.
---@param field { type: string, enum: string? }
---@param text string
---@param types table
---@return any
---@return string? message
function fields.convert(field, text, types)
  local kind = types[field.type].kind
  if field.enum or kind == "enum" then
    if text:find "^%d+$" then
      return math.floor(tonumber(text))
    end
    return text
  elseif kind == "scalar" then
    local converter = CONVERTERS[field.type]
    if converter then
      return converter(text)
    end
    return text
  end
  local value, message = json.decode(text)
  if type(value) ~= "table" then
    return nil, ("JSON expected (%s)"):format(message or "a list or an object")
  end
  return value
end

--- A value of the contract for JSON: what is a list stays one when it is empty.
---@param value any
---@param types table
---@param type_name string
---@return any
function fields.with_lists(value, types, type_name)
  local kind = types[type_name].kind
  if type(value) ~= "table" then
    return value
  elseif kind == "dataset" then
    local tables = {}
    for index, rows in ipairs(value) do
      tables[index] = json.list(rows)
    end
    return json.list(tables)
  elseif kind == "array" then
    local list = {}
    for index, entry in ipairs(value) do
      list[index] = fields.with_lists(entry, types, types[type_name].item)
    end
    return json.list(list)
  end
  local record = {}
  for name, entry in pairs(value) do
    record[name] = entry
  end
  for _, field in ipairs(types[type_name].fields or {}) do
    record[field.name] = fields.with_lists(value[field.name], types, field.type)
  end
  return record
end

--- The fields of a record's type by name.
---@param dialect string
---@param type_name string
---@return table<string, table> by_name
---@return table types
---@return string[] names in the contract's order
function fields.of(dialect, type_name)
  local types = dnp.contract(dialect).types
  local by_name, names = {}, {}
  for index, field in ipairs(types[type_name].fields) do
    by_name[field.name] = field
    names[index] = field.name
  end
  return by_name, types, names
end

-- A panel's enumerations say with 0 what is usual.
local function is_usual(field, types, value)
  if value == nil or value == "" or value == false or value == "false" or tonumber(value) == 0 then
    return true
  end
  for _, member in ipairs(types[field.type].values or {}) do
    if member.name == value then
      return member.number == 0
    end
  end
  return type(value) == "table" and next(value) == nil
end

--- Whether only other dialects have a field of UserInfo, and what is lost without it.
---@param dialect string
---@param name string
---@param value any
---@return boolean is_elsewhere
---@return boolean? is_lost
function fields.elsewhere(dialect, name, value)
  for _, other in ipairs(dnp.dialects) do
    local known, types = fields.of(other, "UserInfo")
    if other ~= dialect and known[name] and not fields.of(dialect, "UserInfo")[name] then
      return true, not is_usual(known[name], types, value)
    end
  end
  return false
end

--- The names of all operations that any dialect has, in order.
---@return string[]
function fields.operations()
  local seen, names = {}, {}
  for _, dialect in ipairs(dnp.dialects) do
    for _, operation in ipairs(dnp.contract(dialect).operations) do
      names[#names + 1] = not seen[operation.name] and operation.name or nil
      seen[operation.name] = true
    end
  end
  table.sort(names)
  return names
end

--- The names nearest to a wrong one.
---@param name string
---@param known table
---@return string
function fields.did_you_mean(name, known)
  return require("dnp.core").did_you_mean(name, known)
end

--- "NAME=VALUE" in two. `@FILE` and, for a secret, `-` stand for what a file or standard input holds; secrets come from
--- nowhere else.
---@param text string
---@param is_secret fun(name: string): boolean?
---@return string name
---@return string value
function fields.split(text, is_secret)
  local name, value = text:match "^([%w_.]+)=(.*)$"
  if not name then
    fail.usage("expected NAME=VALUE, got '%s'", text)
  end
  local file = value:match "^@(.+)$"
  if is_secret(name) then
    if value ~= "-" and not file then
      fail.usage("%s is a secret, and everybody can read a command line: %s=@FILE, or %s=- for standard input", name,
        name, name)
    end
    return name, system.read_secret(file or "-")
  elseif file then
    return name, (system.read(file):gsub("\r?\n$", ""))
  end
  return name, value
end

--- A list of FIELD=VALUE as a record.
---@param list string[]
---@param dialect string
---@param type_name string
---@param more table<string, table>? further names that are taken, with what they are
---@return table
function fields.record(list, dialect, type_name, more)
  local known, types = fields.of(dialect, type_name)
  local record = {}
  for _, text in ipairs(list) do
    local name, value = fields.split(text, function(one)
      return known[one] and known[one].secret
    end)
    local field = more and more[name] or known[name]
    if not field then
      fail.usage("there is no field '%s'%s", name, fields.did_you_mean(name, known))
    end
    local converted, message = fields.convert(field, value, types)
    if converted == nil then
      fail.usage("%s: %s", name, message)
    end
    record[name] = converted
  end
  return record
end

return fields
