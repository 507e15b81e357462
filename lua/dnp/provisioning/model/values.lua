--- Values of the panel's records: when two of them are the same, and how they are shown.

local month = require "dnp.provisioning.model.period"

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

---- names ----

local function utf8_of(code)
  if code < 0x80 then
    return string.char(code)
  elseif code < 0x800 then
    return string.char(0xC0 + math.floor(code / 0x40), 0x80 + code % 0x40)
  end
  return string.char(0xE0 + math.floor(code / 0x1000), 0x80 + math.floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

-- Letters with a small form at a distance: first, last, distance; then those where the small one is the next, every
-- second beginning with the first.
local SHIFTED = {
  { 0xC0, 0xD6, 32 }, { 0xD8, 0xDE, 32 }, { 0x178, 0x178, -121 }, { 0x386, 0x386, 38 }, { 0x388, 0x38A, 37 },
  { 0x38C, 0x38C, 64 }, { 0x38E, 0x38F, 63 }, { 0x391, 0x3A1, 32 }, { 0x3A3, 0x3AB, 32 }, { 0x400, 0x40F, 80 },
  { 0x410, 0x42F, 32 }, { 0x531, 0x556, 48 },
  -- The same characters in their wide form, of which the capitals become small below, and the wide blank.
  { 0xFF01, 0xFF20, -0xFEE0 }, { 0xFF21, 0xFF3A, -0xFEC0 }, { 0xFF3B, 0xFF5E, -0xFEE0 }, { 0x3000, 0x3000, -0x2FE0 },
}
local PAIRED = {
  { 0x100, 0x12E }, { 0x132, 0x136 }, { 0x139, 0x147 }, { 0x14A, 0x176 }, { 0x179, 0x17D }, { 0x460, 0x480 },
  { 0x48A, 0x4BE }, { 0x4C1, 0x4CD }, { 0x4D0, 0x52E }, { 0x1E00, 0x1E94 }, { 0x1EA0, 0x1EFE },
}

local folded = {}
for _, range in ipairs(SHIFTED) do
  for code = range[1], range[2] do
    folded[utf8_of(code)] = utf8_of(code + range[3])
  end
end
for _, range in ipairs(PAIRED) do
  for code = range[1], range[2], 2 do
    folded[utf8_of(code)] = utf8_of(code + 1)
  end
end

--- A name as panels compare names: SQL Server's usual collation tells neither case nor width and ignores blanks at the
--- end. Latin, Greek, Cyrillic and Armenian letters are known here; what is not is taken as it is.
---@param name string
---@return string
function values.fold(name)
  local text = name:gsub("\r\n?", "\n"):gsub("[\194-\239][\128-\191]+", folded)
  return (text:gsub("[A-Z]", string.lower):gsub(" +$", ""))
end

--- Whether two names mean the same to the panel.
---@param a string?
---@param b string?
---@return boolean
function values.same_name(a, b)
  return a ~= nil and b ~= nil and values.fold(a) == values.fold(b)
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
