--- Validation of what callers pass: arguments, named options, sessions. What is wrong is a usage error, so it raises at
--- the caller's line, before anything is sent.

local core = require "dnp.core"

local arguments = {}

--- What an argument or an option may be.
---@class dnp.Field
---@field type string? "number", "integer", "string", "boolean", "function", "table"; several with `|`; nil: any
---@field expected string? what is expected, when that is not the type's name: "array"
---@field default any
---@field required boolean?
---@field min number? numbers from here on
---@field above number? numbers greater than this
---@field max number?
---@field values string[]? the strings that are allowed
---@field check (fun(value: any): boolean|nil, string?)? false and what was expected instead

--- An account, a space or a plan: its id or its name.
---@type dnp.Field
arguments.ID_OR_NAME = {
  type = "integer|string",
  min = 1,
  max = 2147483647,
  check = function(value)
    return value ~= "", "must not be empty"
  end,
}

--- Whether `value` is a number without a fraction, not infinite.
---@param value any
---@return boolean
function arguments.is_integer(value)
  return type(value) == "number" and value == math.floor(value) and value > -math.huge and value < math.huge
end

local function is_of_type(value, names)
  local kind = type(value)
  for name in names:gmatch("[^|]+") do
    if name == kind or (name == "integer" and arguments.is_integer(value)) then
      return true
    end
  end
  return false
end

-- A value where one of some types is expected: of a number that is not an integer the number.
local function describe(value, expected)
  if type(value) == "number" and expected:find "integer" then
    return tostring(value)
  elseif type(value) == "string" and value:find "^%-?%d+%.?%d*$" then
    return "a number in a string"
  end
  return type(value)
end

--- Names for a message: "'basic', 'wse'".
---@param names string[]
---@return string
function arguments.list(names)
  return "'" .. table.concat(names, "', '") .. "'"
end

local function check_range(value, field)
  if value ~= value then
    return "expected number, got nan"
  elseif field.min and value < field.min then
    return ("must be at least %s, got %s"):format(field.min, value)
  elseif field.above and value <= field.above then
    return ("must be above %s, got %s"):format(field.above, value)
  elseif field.max and value > field.max then
    return ("must be at most %s, got %s"):format(field.max, value)
  end
  return nil
end

local function check_choice(value, names)
  for _, name in ipairs(names) do
    if value == name then
      return nil
    end
  end
  return ("expected one of %s, got %s%s"):format(arguments.list(names), core.quote(value),
    core.did_you_mean(value, names))
end

--- What is wrong with a value, or nil.
---@param value any
---@param field dnp.Field
---@return string?
function arguments.problem(value, field)
  if field.type and not is_of_type(value, field.type) then
    local expected = field.expected or field.type:gsub("|", " or ")
    return ("expected %s, got %s"):format(expected, describe(value, field.type))
  end
  local problem
  if type(value) == "number" then
    problem = check_range(value, field)
  elseif type(value) == "string" and field.values then
    problem = check_choice(value, field.values)
  end
  if not problem and field.check then
    local good, expected = field.check(value)
    problem = not good and expected or nil
  end
  return problem
end

-- What goes on from a name without a colon.
local PREDICATES = { is = true, must = true, holds = true, cannot = true }

--- What is wrong, behind what it is about: "option 'limit' must be at least 1, got 0", "option 'limit': expected
--- integer, got string", "spec.user.City: must not be empty". The core says it in the same way.
---@param where string function, and path to the value
---@param problem string
---@return string
function arguments.sentence(where, problem)
  local goes_on = where:find "[')]$" and PREDICATES[problem:match "^%a+"]
  return where .. (goes_on and " " or ": ") .. problem
end

--- Raises when `value` is not what `field` describes.
---@generic T
---@param where string function, and path to the value: "wait_until: argument 2 (condition)"
---@param value T
---@param field dnp.Field
---@param level integer? as of `error`, seen from the caller of this function; 1 is that caller
---@return T value
function arguments.value(where, value, field, level)
  local problem = arguments.problem(value, field)
  if problem then
    error(arguments.sentence(where, problem), (level or 1) + 1)
  end
  return value
end

--- Validates a table of known names and fills in defaults. Unknown names and wrong values raise.
---@param where string the function that was called
---@param noun string what the names are, for messages: "option"
---@param given table
---@param fields table<string, dnp.Field>
---@param level integer as of `error`, seen from the caller of this function; 1 is that caller
---@return table copy
function arguments.record(where, noun, given, fields, level)
  level = level + 1
  for name in pairs(given) do
    if type(name) ~= "string" or not fields[name] then
      error(("%s: %s %s is unknown%s"):format(where, noun, core.quote(tostring(name)),
        core.did_you_mean(name, fields)), level)
    end
  end
  local copy = {}
  for name, field in pairs(fields) do
    local value = given[name]
    if value == nil then
      value = field.default
      if value == nil and field.required then
        error(("%s: %s '%s' is missing"):format(where, noun, name), level)
      end
    else
      arguments.value(("%s: %s '%s'"):format(where, noun, name), value, field, level)
    end
    copy[name] = value
  end
  return copy
end

--- Validates a table of named options and fills in defaults. Unknown names and wrong values raise.
---@param where string the function that was called
---@param given table? nil: no options
---@param fields table<string, dnp.Field>
---@param level integer? as of `error`, seen from the caller of this function; 1 is that caller
---@return table options a copy
function arguments.options(where, given, fields, level)
  level = (level or 1) + 1
  if given ~= nil and type(given) ~= "table" then
    error(("%s: expected table of options, got %s"):format(where, describe(given, "table")), level)
  end
  local options = arguments.record(where, "option", given or {}, fields, level)
  return options
end

--- Raises unless it is an open session, or an object with a session's methods.
---@param where string the function that was called
---@param panel any
---@param level integer? as of `error`, seen from the caller of this function; 1 is that caller
function arguments.session(where, panel, level)
  level = (level or 1) + 1
  local kind = type(panel)
  -- A value that cannot be indexed raises here.
  local indexed, info = pcall(function()
    return panel.info
  end)
  if (kind ~= "userdata" and kind ~= "table") or not indexed or not info then
    error(("%s: expected session, got %s; it is called with a dot, provisioning.%s(session, ...)"):format(where, kind,
      where), level)
  end
  local good, message = pcall(info, panel)
  if not good then
    error(("%s: %s"):format(where, (tostring(message):gsub("^info: ", ""))), level)
  end
end

return arguments
