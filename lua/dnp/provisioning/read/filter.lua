--- Filters of the paged lists: literal text as the panel's LIKE patterns, and a second comparison on this side.
---
--- What the panel does with a filter value: it doubles every ', so a value with one never matches; it keeps the first
--- 50 characters, so a longer pattern loses its end; and it takes %, _ and [ as wildcards. So the pattern sent is one
--- that matches at least what is asked for, and each row that comes is compared again, exactly.

local core = require "dnp.core"
local arguments = require "dnp.arguments"

local filter = {}

---@class dnp.provisioning.Filter one of `equals`, `begins`, `ends` and `contains`; case and width do not count
---@field column string
---@field equals string?
---@field begins string?
---@field ends string?
---@field contains string?

local LONGEST_PATTERN = 50 -- UTF-16 units, as nvarchar(50) counts
local KINDS = { "equals", "begins", "ends", "contains" }

-- A text as parts of a pattern, each one character of the text, and their lengths in UTF-16 units.
local function to_parts(text)
  local parts, lengths = core.characters(text)
  for index, character in ipairs(parts) do
    if character == "'" then
      parts[index] = "_"
    elseif character:find("^[%%_%[]") then
      parts[index], lengths[index] = "[" .. character .. "]", 3
    end
  end
  return parts, lengths
end

-- As many parts from one end as fit; whether that is all of them.
local function fit(parts, lengths, room, from_end)
  local first, last, step = 1, #parts, 1
  if from_end then
    first, last, step = #parts, 1, -1
  end
  local fitting = {}
  for index = first, last, step do
    room = room - lengths[index]
    if room < 0 then
      return fitting, false
    end
    table.insert(fitting, from_end and 1 or #fitting + 1, parts[index])
  end
  return fitting, true
end

--- The LIKE pattern that matches at least what the filter matches; nil when every row has to be compared.
---@param given dnp.provisioning.Filter
function filter.pattern(given)
  local kind, text
  for _, name in ipairs(KINDS) do
    if given[name] then
      kind, text = name, given[name]
    end
  end
  if text == "" then
    return nil
  end
  local parts, lengths = to_parts(text)
  local open_front = kind == "contains" or kind == "ends"
  local open_back = kind == "contains" or kind == "begins"
  local room = LONGEST_PATTERN - (open_front and 1 or 0) - (open_back and 1 or 0)
  local fitting, all = fit(parts, lengths, room, kind == "ends")
  if not all and kind == "equals" then
    fitting = fit(parts, lengths, room - 1, false)
    open_back = true
  end
  if #fitting == 0 then
    return nil
  end
  return (open_front and "%" or "") .. table.concat(fitting) .. (open_back and "%" or "")
end

--- The column and the pattern that the panel is asked to filter by; both "" when it cannot.
---@param given dnp.provisioning.Filter?
---@return string column
---@return string pattern
function filter.arguments(given)
  local pattern = given and filter.pattern(given)
  if not pattern then
    return "", ""
  end
  return given.column, pattern
end

--- Whether a filter matches a row. A column that is NULL counts as empty text.
---@param row table
---@param given dnp.provisioning.Filter
function filter.matches(row, given)
  local value = core.fold(tostring(row[given.column] or ""))
  local text = core.fold(given.equals or given.begins or given.ends or given.contains)
  if given.equals then
    return value == text
  elseif given.begins then
    return value:sub(1, #text) == text
  elseif given.ends then
    return #value >= #text and value:sub(#value - #text + 1) == text
  end
  return value:find(text, 1, true) ~= nil
end

---@type dnp.Field
local TEXT = {
  type = "string",
  check = function(value)
    local problem = core.text_problem(value)
    return problem == nil, problem
  end,
}

--- Validates a caller's filter; raises when it is not one.
---@param where string "users"
---@param given table?
---@param columns string[] those that can be filtered by
---@param level integer as of `error`, seen from the caller of this function
---@return dnp.provisioning.Filter?
function filter.check(where, given, columns, level)
  if given == nil then
    return nil
  end
  where = where .. ": option 'filter'"
  local checked = arguments.options(where, given, {
    column = { type = "string", required = true, values = columns },
    equals = TEXT,
    begins = TEXT,
    ends = TEXT,
    contains = TEXT,
  }, level + 1)
  local count = 0
  for _, name in ipairs(KINDS) do
    count = count + (checked[name] and 1 or 0)
  end
  if count ~= 1 then
    error(("%s: expected exactly one of %s, got %d"):format(where, arguments.list(KINDS), count), level + 1)
  end
  return checked
end

return filter
