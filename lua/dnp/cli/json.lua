--- JSON by lua-cjson, with keys in order and integers without exponents.

local system = require "dnp.cli.system"

local json = {}

--- An empty list, which an empty table alone does not tell from an empty object.
json.EMPTY_LIST = setmetatable({}, { __name = "dnp.cli.empty_list" })

local function library()
  local cjson = system.library("cjson.safe", "lua-cjson")
  cjson.encode_invalid_numbers(false)
  return cjson
end

local encode

local function encode_list(list)
  local parts = {}
  for index = 1, #list do
    parts[index] = encode(list[index])
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function encode_object(object, order)
  local keys, parts = {}, {}
  local place = {}
  for index, name in ipairs(order or {}) do
    place[name] = index
  end
  for key in pairs(object) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    local left, right = place[a] or math.huge, place[b] or math.huge
    if left ~= right then
      return left < right
    end
    return tostring(a) < tostring(b)
  end)
  for index, key in ipairs(keys) do
    parts[index] = encode(tostring(key)) .. ":" .. encode(object[key])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function encode(value, order)
  if type(value) == "table" then
    if value == json.EMPTY_LIST or #value > 0 then
      return encode_list(value)
    end
    return encode_object(value, order)
  elseif type(value) == "number" and value % 1 == 0 and value > -2 ^ 63 and value < 2 ^ 63 then
    return ("%d"):format(value)
  elseif type(value) == "number" and (value ~= value or value == math.huge or value == -math.huge) then
    return "null"
  elseif type(value) == "userdata" then
    return "null"
  end
  return (library().encode(value))
end

--- A value as JSON on one line. An empty table is an object; `json.list` marks lists.
---@param value any
---@param order string[]? names of keys that come first
---@return string
function json.encode(value, order)
  return encode(value, order)
end

--- A list that stays one when it is empty.
---@param list any[]
---@return any[]
function json.list(list)
  return #list > 0 and list or json.EMPTY_LIST
end

--- Reads a JSON text. Null becomes nil.
---@param text string
---@return any value
---@return string? message
function json.decode(text)
  local cjson = library()
  local function without_null(value)
    if type(value) ~= "table" then
      return value
    end
    for key, entry in pairs(value) do
      if entry == cjson.null then
        value[key] = nil
      else
        without_null(entry)
      end
    end
    return value
  end
  local value, message = cjson.decode(text)
  if value == nil then
    return nil, message
  elseif value == cjson.null then
    return nil
  end
  return without_null(value)
end

return json
