--- Values of the panel's records: when two of them are the same, and how they are shown.

local values = {}

--- Stands for the absence of a field where a table cannot hold nil.
values.NONE = setmetatable({}, {
  __tostring = function()
    return "nothing"
  end,
})

-- Days since 1970-01-01 of the Gregorian calendar.
local function day_number(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  local century = math.floor(year / 100)
  return 365 * year + math.floor(year / 4) - century + math.floor(century / 4) + math.floor((153 * month - 457) / 5)
    + day - 719469
end

--- Seconds of a date without a zone ("2024-01-02", "2024-01-02T03:04:05.678", with or without Z), or of an `os.time()`
--- number taken as local time; nil when it is neither. A Z is dropped, as the panel does.
---@param date any
---@return number?
function values.seconds(date)
  if type(date) == "number" then
    date = os.date("%Y-%m-%dT%H:%M:%S", date)
  elseif type(date) ~= "string" then
    return nil
  end
  local year, month, day, rest = date:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  if not year then
    return nil
  end
  local seconds = day_number(tonumber(year), tonumber(month), tonumber(day)) * 86400
  if rest == "" then
    return seconds
  end
  local hour, minute, second, fraction = rest:match("^T(%d%d):(%d%d):(%d%d)(%.?%d*)Z?$")
  if not hour then
    return nil
  end
  return seconds + hour * 3600 + minute * 60 + second + (tonumber("0" .. fraction) or 0)
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
  return a ~= nil and b ~= nil and (a == b or a:lower() == b:lower())
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
  local text = value:gsub("%c", "?")
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
