--- Purchase dates that say who created a record: with a random fraction of a second. Panels keep dates to 1/300 s (SQL
--- Server's datetime), and a spec that names a date names whole seconds, as a rule.

local dnp = require "dnp"
local compare = require "dnp.provisioning.model.compare"

local mark = {}

local TICKS = 300

-- A generator of its own, which takes in the clock each time: two programs that started together, or a program and its
-- copy, must not make the same marks.
local MODULUS = 2147483647
local state = (tonumber(tostring(mark):match "0x(%x+)" or "1", 16) or 1) % MODULUS

local function any_tick()
  state = (state + math.floor(dnp.clock() * 1e6)) % (MODULUS - 1) + 1
  state = state * 48271 % MODULUS
  return state % (TICKS - 1) + 1
end

--- The present time with a mark: "2024-01-31T12:00:00.677".
function mark.now()
  return ("%s.%03d"):format(os.date("%Y-%m-%dT%H:%M:%S"), math.floor(any_tick() * 1000 / TICKS + 0.5))
end

-- The 1/300 s of a date, as records and DataSets have it: those with the panel's offset behind it.
local function ticks(date)
  local seconds = compare.seconds(type(date) == "string" and date:gsub("[+-]%d%d:%d%d$", "") or date)
  return seconds and math.floor(seconds * TICKS + 0.5)
end

--- Whether two dates are the same to the panel.
---@param a any
---@param b any
function mark.equal(a, b)
  local first = ticks(a)
  return first ~= nil and first == ticks(b)
end

--- Whether a date has a fraction of a second.
---@param date any
function mark.has(date)
  local tick = ticks(date)
  return tick ~= nil and tick % TICKS ~= 0
end

return mark
