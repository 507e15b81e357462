--- Checks of what callers hand over. What is wrong is the caller's mistake, so it raises, before anything is sent.

local check = {}

---@class dnp.provisioning.Field what an option may be
---@field type string "number", "integer", "string", "boolean", "function", "table"; several with `|`
---@field default any
---@field required boolean?
---@field min number? numbers from here on
---@field above number? numbers greater than this
---@field max number?
---@field values string[]? the strings that are allowed
---@field check (fun(value: any): boolean|nil, string?)? false and what was expected instead

--- An account, a space or a plan: its id or its name.
check.ID_OR_NAME = {
  type = "integer|string",
  min = 1,
  max = 2147483647,
  check = function(value)
    return value ~= "", "must not be empty"
  end,
}

-- Edit distance with swaps of neighbours, case aside.
local function distance(a, b)
  a, b = a:lower(), b:lower()
  local above, row = {}, {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local second_above
    second_above, above, row = above, row, { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      row[j] = math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], second_above[j - 2] + 1)
      end
    end
  end
  return row[#b]
end

--- `"; did you mean 'best'?"`, or "" when no name is near.
---@param wanted any
---@param names string[]|table<string, any> an array of names, or a table with names as keys
---@return string
function check.did_you_mean(wanted, names)
  if type(wanted) ~= "string" or #wanted > 63 then
    return ""
  end
  local candidates = {}
  for key, value in pairs(names) do
    candidates[#candidates + 1] = type(key) == "string" and key or value
  end
  table.sort(candidates)
  local best
  local nearest = #wanted < 3 and 2 or math.floor(#wanted / 3) + 1
  for _, name in ipairs(candidates) do
    local far = distance(wanted, name)
    if far < nearest and far < #name then
      nearest, best = far, name
    end
  end
  return best and ("; did you mean '%s'?"):format(best) or ""
end

--- Whether `value` is a number without a fraction, not infinite.
---@param value any
---@return boolean
function check.is_integer(value)
  return type(value) == "number" and value == math.floor(value) and value > -math.huge and value < math.huge
end

local function is_of_type(value, names)
  local kind = type(value)
  for name in names:gmatch("[^|]+") do
    if name == kind or (name == "integer" and check.is_integer(value)) then
      return true
    end
  end
  return false
end

local function describe(value)
  if type(value) == "number" then
    return tostring(value)
  elseif type(value) == "string" and value:find "^%-?%d+%.?%d*$" then
    return "a number in a string"
  end
  return type(value)
end

local function list(values)
  local quoted = {}
  for index, value in ipairs(values) do
    quoted[index] = ("'%s'"):format(value)
  end
  return table.concat(quoted, ", ")
end

-- What is wrong with a value, or nil.
local function complaint(value, field)
  if not is_of_type(value, field.type) then
    return ("%s expected, got %s"):format(field.type:gsub("|", " or "), describe(value))
  end
  if type(value) == "number" then
    if value ~= value then
      return "number expected, got nan"
    elseif field.min and value < field.min then
      return ("must be at least %s, got %s"):format(field.min, value)
    elseif field.above and value <= field.above then
      return ("must be above %s, got %s"):format(field.above, value)
    elseif field.max and value > field.max then
      return ("must be at most %s, got %s"):format(field.max, value)
    end
  end
  if field.values and type(value) == "string" then
    for _, allowed in ipairs(field.values) do
      if value == allowed then
        return nil
      end
    end
    return ("expected one of %s, got '%s'%s"):format(list(field.values), value, check.did_you_mean(value, field.values))
  end
  if field.check then
    local good, expected = field.check(value)
    if not good then
      return expected
    end
  end
  return nil
end

--- Raises when `value` is not what `field` describes.
---@param where string function, and path to the value: "wait_until: option 'factor'"
---@param value any
---@param field dnp.provisioning.Field
---@param level integer? as of `error`, seen from the caller of this function; 1 is that caller
---@return any value
function check.value(where, value, field, level)
  local wrong = complaint(value, field)
  if wrong then
    error(("%s: %s"):format(where, wrong), (level or 1) + 1)
  end
  return value
end

--- Checks a table of named options and fills in defaults. Unknown names and wrong values raise.
---@param where string name of the function that was called
---@param given table? nil: no options
---@param fields table<string, dnp.provisioning.Field>
---@param level integer? as of `error`, seen from the caller of this function; 1 is that caller
---@return table options a copy
function check.options(where, given, fields, level)
  level = (level or 1) + 1
  if given == nil then
    given = {}
  elseif type(given) ~= "table" then
    error(("%s: table of options expected, got %s"):format(where, describe(given)), level)
  end
  local options = {}
  for name in pairs(given) do
    if type(name) ~= "string" or not fields[name] then
      error(("%s: unknown option '%s'%s"):format(where, tostring(name), check.did_you_mean(name, fields)), level)
    end
  end
  for name, field in pairs(fields) do
    local value = given[name]
    if value == nil then
      value = field.default
      if value == nil and field.required then
        error(("%s: option '%s' is missing"):format(where, name), level)
      end
    else
      check.value(("%s: option '%s'"):format(where, name), value, field, level)
    end
    options[name] = value
  end
  return options
end

--- Raises unless it is an open session, or an object with a session's methods.
---@param where string name of the function that was called
---@param panel any
---@param level integer? as of `error`, seen from the caller of this function; 1 is that caller
function check.session(where, panel, level)
  level = (level or 1) + 1
  local kind = type(panel)
  -- What has no `info` may raise when it is asked for one.
  local indexed, info = pcall(function()
    return panel.info
  end)
  if (kind ~= "userdata" and kind ~= "table") or not indexed or not info then
    error(("%s: session expected, got %s; it is called with a dot, provisioning.%s(session, ...)"):format(where, kind,
      where), level)
  end
  local good, message = pcall(info, panel)
  if not good then
    error(("%s: %s"):format(where, (tostring(message):gsub("^info: ", ""))), level)
  end
end

return check
