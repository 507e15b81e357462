--- Checks of values that complain with the path to the value and the reason: "spec.spaces[2].name: must not be empty".
---
--- Every check takes a path and a value, and gives the value as it goes on from there. They complain by raising inside
--- `shape.judge`, which turns the complaint into a result.

local check = require "dnp.provisioning.model.options"
local values = require "dnp.provisioning.model.values"

local shape = {}

-- What `refuse` raises, told from other errors by its type.
local Complaint = {}

--- Complains; only within `shape.judge`.
---@param path string
---@param reason string
---@param ... any for the reason, as of `string.format`
function shape.refuse(path, reason, ...)
  error(setmetatable({ text = ("%s: %s"):format(path, reason:format(...)) }, Complaint), 0)
end

---- kinds of values ----

--- The largest int of the panel.
shape.MAX_INT = 2147483647

-- Whole characters of one to four bytes; then what looks like one and cannot be sent: overlong forms, surrogates,
-- U+FFFE, U+FFFF, and what is beyond U+10FFFF.
local CHARACTERS = {
  "^[\1-\127]+",
  "^[\194-\223][\128-\191]",
  "^[\224-\239][\128-\191][\128-\191]",
  "^[\240-\244][\128-\191][\128-\191][\128-\191]",
}
local IMPOSSIBLE = {
  "\224[\128-\159]", "\237[\160-\191]", "\239\191[\190\191]", "\240[\128-\143]", "\244[\144-\191]",
}
local CONTROLS = "[\1-\8\11\12\14-\31]"

local function end_of_character(text, at)
  for _, pattern in ipairs(CHARACTERS) do
    local _, last = text:find(pattern, at)
    if last then
      return last
    end
  end
  return nil
end

-- What keeps a text from being sent, and at which byte; nil when nothing does.
local function flaw(text)
  local position = text:find("\0", 1, true) or text:find(CONTROLS)
  if position then
    return "holds a control character", position
  end
  local at = 1
  while at <= #text do
    local last = end_of_character(text, at)
    if not last then
      return "is not UTF-8", at
    end
    at = last + 1
  end
  for _, pattern in ipairs(IMPOSSIBLE) do
    position = text:find(pattern)
    if position then
      return "holds a character that cannot be sent", position
    end
  end
  return nil
end

-- How many characters a panel counts in a text: UTF-16 units.
local function count_units(text)
  local units = 0
  for byte in text:gmatch "[^\128-\191]" do
    units = units + (byte:byte() >= 240 and 2 or 1)
  end
  return units
end

-- Beyond ASCII and U+00A0 to U+00FF: what code page 1252 has, which is what one-byte columns of panels keep.
local NARROW = {}
for character in ("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"):gmatch "[\194-\244][\128-\191]*" do
  NARROW[character] = true
end

-- At which byte a text has the first character that such a column would turn into a question mark.
local function find_wide(text)
  for at, character in text:gmatch "()([\194-\244][\128-\191]*)" do
    if not NARROW[character] and not character:find "^\194[\160-\191]$" and not character:find "^\195.$" then
      return at
    end
  end
  return nil
end

--- Text that can be sent and is kept as it is: panels cut what is too long without a word.
---@param path string
---@param value any
---@param longest integer? characters that the panel keeps; nil: any number
---@param narrow boolean? whether it keeps those of one byte only
---@return string
function shape.text(path, value, longest, narrow)
  if type(value) ~= "string" then
    shape.refuse(path, "string expected, got %s", type(value))
  end
  local reason, position = flaw(value)
  if reason then
    shape.refuse(path, "%s (byte %d)", reason, position)
  end
  local units = longest and count_units(value) or 0
  if longest and units > longest then
    shape.refuse(path, "has %d characters, of which the panel keeps %d", units, longest)
  end
  local wide = narrow and find_wide(value)
  if wide then
    shape.refuse(path, "holds a character that the panel keeps as a question mark (byte %d)", wide)
  end
  return value
end

--- The same, and not empty.
---@param path string
---@param value any
---@param longest integer?
---@return string
function shape.filled(path, value, longest)
  if shape.text(path, value, longest) == "" then
    shape.refuse(path, "must not be empty")
  end
  return value
end

--- A name: text that is not empty, without blanks at its ends. Panels ignore those in some places and not in others.
---@param path string
---@param value any
---@param longest integer?
---@return string
function shape.name(path, value, longest)
  if shape.filled(path, value, longest):find "^%s" or value:find "%s$" then
    shape.refuse(path, "must not begin or end with a blank")
  end
  return value
end

--- True or false.
---@param path string
---@param value any
---@return boolean
function shape.flag(path, value)
  if type(value) ~= "boolean" then
    shape.refuse(path, "boolean expected, got %s", type(value))
  end
  return value
end

--- A number without a fraction, within bounds.
---@param path string
---@param value any
---@param minimum integer
---@param maximum integer
---@return integer
function shape.integer(path, value, minimum, maximum)
  if type(value) == "string" and value:find "^%-?%d+$" then
    shape.refuse(path, "integer expected, got a number in a string")
  elseif type(value) ~= "number" then
    shape.refuse(path, "integer expected, got %s", type(value))
  elseif not check.is_integer(value) then
    shape.refuse(path, "integer expected, got %s", tostring(value))
  elseif value < minimum then
    shape.refuse(path, "must be at least %d, got %.14g", minimum, value)
  elseif value > maximum then
    shape.refuse(path, "must be at most %d, got %.14g", maximum, value)
  end
  return math.floor(value)
end

--- The id of a record.
---@param path string
---@param value any
---@return integer
function shape.id(path, value)
  return shape.integer(path, value, 1, shape.MAX_INT)
end

-- "'Active', 'Suspended'" for a wrong name, "1 (Active), 2 (Suspended)" for a wrong number.
local function list_choices(members, numbers)
  local names = {}
  for name in pairs(members) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    return members[a] < members[b]
  end)
  for index, name in ipairs(names) do
    names[index] = numbers and ("%d (%s)"):format(members[name], name) or ("'%s'"):format(name)
  end
  return table.concat(names, ", ")
end

--- A member of an enumeration by number or name.
---@param path string
---@param value any
---@param members table<string, integer> such as `dnp.UserStatus`
---@param what string what the enumeration is called
---@return integer number
function shape.member(path, value, members, what)
  if type(value) == "string" and members[value] then
    return members[value]
  elseif type(value) == "number" then
    for _, number in pairs(members) do
      if number == value then
        return number
      end
    end
  elseif type(value) ~= "string" or value:find "^%-?%d+$" then
    shape.refuse(path, "number or name of a %s expected, got %s", what,
      type(value) == "string" and "a number in a string" or type(value))
  end
  shape.refuse(path, "expected one of %s, got %s%s", list_choices(members, type(value) == "number"),
    values.show(value), check.did_you_mean(value, members))
end

local EARLIEST = values.seconds "1753-01-01"

--- A date that the panel can store, as text without an offset or as a number of `os.time()`.
---@param path string
---@param value any
---@return string|number
function shape.date(path, value)
  if type(value) ~= "string" and type(value) ~= "number" then
    shape.refuse(path, "date as string or os.time() number expected, got %s", type(value))
  elseif type(value) == "number" and not check.is_integer(value) then
    shape.refuse(path, "time in whole seconds expected, got %s", tostring(value))
  end
  local seconds = values.seconds(value)
  if not seconds then
    shape.refuse(path, "%s is not a date such as '2024-01-31' or '2024-01-31T12:00:00'; an offset is not taken, "
      .. "because the panel would convert it to its own time", values.show(value))
  elseif seconds < EARLIEST then
    shape.refuse(path, "must not be before 1753")
  end
  return value
end

--- A list without holes.
---@param path string
---@param value any
---@param item fun(path: string, value: any): any the check of each entry
---@return any[] a copy
function shape.list(path, value, item)
  if type(value) ~= "table" then
    shape.refuse(path, "list expected, got %s", type(value))
  end
  local count = 0
  for key in pairs(value) do
    if not check.is_integer(key) or key < 1 then
      shape.refuse(path, "list expected, got a table with the key %s", values.show(key))
    end
    count = count + 1
  end
  local list = {}
  if count ~= #value then
    shape.refuse(path, "list expected, got a table with holes")
  end
  for index, entry in ipairs(value) do
    list[index] = item(("%s[%d]"):format(path, index), entry)
  end
  return list
end

--- A table of known fields.
---@param path string
---@param value any
---@param checks table<string, fun(path: string, value: any): any> of each field
---@return table<string, any> a copy
function shape.fields(path, value, checks)
  if type(value) ~= "table" then
    shape.refuse(path, "table expected, got %s", type(value))
  end
  local checked = {}
  for name, field in pairs(value) do
    if not checks[name] then
      shape.refuse(path, "has no field %s%s", values.show(name), check.did_you_mean(name, checks))
    end
    checked[name] = checks[name](path .. "." .. name, field)
  end
  return checked
end

---- the entrance ----

--- What a check gives, or what it complains about.
---@generic T
---@param checker fun(...: any): T
---@param ... any for the check
---@return T? value
---@return string? complaint
function shape.judge(checker, ...)
  local good, result = pcall(checker, ...)
  if good then
    return result
  elseif getmetatable(result) == Complaint then
    return nil, result.text
  end
  error(result, 0)
end

return shape
