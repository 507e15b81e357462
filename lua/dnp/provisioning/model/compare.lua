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

--- A name as panels compare names: SQL Server's usual collation distinguishes neither case nor width and ignores blanks
--- at the end.
---@param name string
---@return string
function compare.fold_name(name)
  return (core.fold(name:gsub("\r\n?", "\n")):gsub(" +$", ""))
end

--- Whether two names are equal to the panel.
---@param a string?
---@param b string?
function compare.equal_names(a, b)
  return a ~= nil and b ~= nil and compare.fold_name(a) == compare.fold_name(b)
end

return compare
