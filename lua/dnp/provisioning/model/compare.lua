--- When two values of the panel's records are equal to the panel: texts, dates, names.

local core = require "dnp.core"

local compare = {}

--- Stands for the absence of a field where a table cannot hold nil.
compare.NONE = setmetatable({}, {
  __tostring = function()
    return "nothing"
  end,
})

--- Seconds of a date without a zone ("2024-01-02", "2024-01-02T03:04:05.678", with or without Z), or of an `os.time()`
--- number taken as local time; nil when it is neither. A Z is dropped, as the panel does.
---@type fun(date: any): number?
compare.seconds = core.date_seconds

-- Dates are stored to 1/300 s.
local DATE_STEP = 0.005

local function equal_dates(a, b)
  local first, second = compare.seconds(a), compare.seconds(b)
  return first ~= nil and second ~= nil and math.abs(first - second) < DATE_STEP
end

-- The wire turns CR LF and CR into LF.
local function equal_texts(a, b)
  return a == b or a:gsub("\r\n?", "\n") == b:gsub("\r\n?", "\n")
end

local function equal_tables(a, b)
  for key, value in pairs(a) do
    if not compare.equal(value, b[key]) then
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

--- Whether two values of a field are equal to the panel, which does not always distinguish "" from an absent text.
---@param a any
---@param b any
---@param date boolean? the field is a date
function compare.equal(a, b, date)
  if a == compare.NONE then
    a = nil
  end
  if b == compare.NONE then
    b = nil
  end
  if date and a ~= nil and b ~= nil then
    return equal_dates(a, b)
  elseif type(a) == "table" and type(b) == "table" then
    return equal_tables(a, b)
  elseif type(a) == "string" and type(b) == "string" then
    return equal_texts(a, b)
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

--- A name as panels compare names: SQL Server's usual collation distinguishes neither case nor width and ignores blanks
--- at the end. Latin, Greek, Cyrillic and Armenian letters are folded here; others stay as they are.
---@param name string
function compare.fold(name)
  local text = name:gsub("\r\n?", "\n"):gsub("[\194-\239][\128-\191]+", folded)
  return (text:gsub("[A-Z]", string.lower):gsub(" +$", ""))
end

--- Whether two names are equal to the panel.
---@param a string?
---@param b string?
function compare.equal_names(a, b)
  return a ~= nil and b ~= nil and compare.fold(a) == compare.fold(b)
end

return compare
