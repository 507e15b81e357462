--- Values of the panel's records: when two of them are the same, and how they are shown.

local month = require "dnp.provisioning.month"

local values = {}

--- Stands for the absence of a field where a table cannot hold nil.
values.NONE = setmetatable({}, {
  __tostring = function()
    return "nothing"
  end,
})

-- Days since 1970-01-01 of the Gregorian calendar; nil when there is no such day.
local function day_number(year, number, day)
  if number < 1 or number > 12 or day < 1 or day > month.days(year, number) then
    return nil
  end
  if number <= 2 then
    year, number = year - 1, number + 12
  end
  local century = math.floor(year / 100)
  return 365 * year + math.floor(year / 4) - century + math.floor(century / 4) + math.floor((153 * number - 457) / 5)
    + day - 719469
end

-- Seconds since midnight; nil when there is no such time.
local function time_of_day(text)
  local hour, minute, second, fraction = text:match("^T(%d%d):(%d%d):(%d%d)(.-)Z?$")
  if not hour or tonumber(hour) > 23 or tonumber(minute) > 59 or tonumber(second) > 59
    or not (fraction == "" or fraction:find("^%.%d+$")) then
    return nil
  end
  return hour * 3600 + minute * 60 + second + (tonumber("0" .. fraction) or 0)
end

-- The years 1 to 9999, give or take a day for the zone; beyond them os.date raises, or gives nil.
local FIRST_SECOND, LAST_SECOND = -62135596800, 253402300799

--- Seconds of a date without a zone ("2024-01-02", "2024-01-02T03:04:05.678", with or without Z), or of an `os.time()`
--- number taken as local time; nil when it is neither. A Z is dropped, as the panel does.
---@param date any
---@return number?
function values.seconds(date)
  if type(date) == "number" then
    if not (date >= FIRST_SECOND and date <= LAST_SECOND) then
      return nil
    end
    date = os.date("%Y-%m-%dT%H:%M:%S", date)
  elseif type(date) ~= "string" then
    return nil
  end
  local year, number, day, rest = date:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  local days = year and day_number(tonumber(year), tonumber(number), tonumber(day))
  local seconds = rest == "" and 0 or rest and time_of_day(rest)
  return days and seconds and days * 86400 + seconds or nil
end

-- Dates are stored to 1/300 s.
local DATE_STEP = 0.005

local function same_date(a, b)
  local first, second = values.seconds(a), values.seconds(b)
  return first ~= nil and second ~= nil and math.abs(first - second) < DATE_STEP
end

-- The wire turns CR LF and CR into LF.
local function same_text(a, b)
  return a == b or a:gsub("\r\n?", "\n") == b:gsub("\r\n?", "\n")
end

local function same_table(a, b)
  for key, value in pairs(a) do
    if not values.same(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

--- Whether two values of a field are the same to the panel, which does not always tell "" from an absent text.
---@param a any
---@param b any
---@param date boolean? the field is a date
---@return boolean
function values.same(a, b, date)
  if a == values.NONE then
    a = nil
  end
  if b == values.NONE then
    b = nil
  end
  if date and a ~= nil and b ~= nil then
    return same_date(a, b)
  elseif type(a) == "table" and type(b) == "table" then
    return same_table(a, b)
  elseif type(a) == "string" and type(b) == "string" then
    return same_text(a, b)
  end
  return a == b or (a == nil and b == "") or (a == "" and b == nil)
end

--- Whether two names mean the same: case does not matter to the panel.
---@param a string?
---@param b string?
---@return boolean
function values.same_name(a, b)
  return a ~= nil and b ~= nil and same_text(a:lower(), b:lower())
end

-- What a line of text shows of a value.
local SHOWN_BYTES = 60

--- A value for a line of text: short, and nothing that a terminal would obey.
---@param value any
---@return string
function values.show(value)
  if value == nil or value == values.NONE then
    return "nothing"
  elseif type(value) == "table" then
    return ("a list of %d"):format(#value)
  elseif type(value) ~= "string" then
    return tostring(value)
  end
  -- U+0080 to U+009F control terminals as well.
  local text = value:gsub("%c", "?"):gsub("\194[\128-\159]", "?")
  if #text > SHOWN_BYTES then
    local last = SHOWN_BYTES
    -- Not in the middle of a character.
    while last > 0 and text:find("^[\128-\191]", last + 1) do
      last = last - 1
    end
    text = text:sub(1, last) .. "..."
  end
  return "'" .. text .. "'"
end

return values
