--- Purchase dates that say who created a record: with a random fraction of a second. Panels keep dates to 1/300 s (SQL
--- Server's datetime), and a spec that names a date names whole seconds, as a rule.

local compare = require "dnp.provisioning.model.compare"
local random = require "dnp.provisioning.model.random"

local mark = {}

local TICKS = 300

local next_random = random.new(true)

--- The present time with a mark: "2024-01-31T12:00:00.677".
function mark.now()
  local tick = math.floor(next_random() * (TICKS - 1)) + 1
  return ("%s.%03d"):format(os.date("%Y-%m-%dT%H:%M:%S"), math.floor(tick * 1000 / TICKS + 0.5))
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
