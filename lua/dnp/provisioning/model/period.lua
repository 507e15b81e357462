--- Calendar months, as usage is asked for and billed.

local core = require "dnp.core"
local arguments = require "dnp.arguments"

local periods = {}

---@class dnp.provisioning.Period
---@field name string "2026-11"
---@field first string its first moment: "2026-11-01T00:00:00"
---@field last string its last moment as the panel's database can hold it: "2026-11-30T23:59:59.997"

--- Reads "2026-11". Anything else raises.
---
--- The panel takes traffic whose date is BETWEEN two dates, both ends included, and dates each day's traffic with that
--- day's 00:00. So the end must be neither the last day's 00:00 (a day's traffic that is logged within it would be
--- lost) nor the next month's (its first day would be billed twice), but the last moment that SQL Server's datetime
--- holds, which counts 1/300 seconds; .998 and .999 would be rounded, the latter up into the next month.
---@param where string for the message
---@param level integer? as of `error`, seen from the caller of this function
---@return dnp.provisioning.Period
function periods.parse(where, text, level)
  level = (level or 1) + 1
  arguments.value(where, text, { type = "string" }, level)
  local year, number = text:match("^(%d%d%d%d)%-(%d%d)$")
  year, number = tonumber(year), tonumber(number)
  if not year or number < 1 or number > 12 or year < 1753 or year > 9998 then
    error(("%s: %s is not a month such as '2026-11'"):format(where, core.quote(text)), level)
  end
  return {
    name = text,
    first = ("%04d-%02d-01T00:00:00"):format(year, number),
    last = ("%04d-%02d-%02dT23:59:59.997"):format(year, number, core.days_in_month(year, number)),
  }
end

return periods
