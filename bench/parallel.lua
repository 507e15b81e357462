--- Makes many calls with dnp.parallel: parallel.lua URL COUNT AT_ONCE
-- Prints the wall time and the processor time of this process, in milliseconds.
local dnp = require "dnp"

local count, at_once = tonumber(arg[2]), tonumber(arg[3])
local panel = assert(dnp.session {
  url = (arg[1]:gsub("/%w+%.asmx$", "")), username = "bench", password = "bench", max_connections = at_once,
})
local left = count
local function next_item()
  left = left - 1
  return left >= 0 and "jdoe" or nil
end

require "dnp.curl" -- what a program does once is not measured
local wall, cpu = dnp.clock(), os.clock()
local failed = 0
dnp.parallel(next_item, function(name)
  return panel:user_exists(name)
end, { limit = at_once, on_result = function(_, _, value)
  failed = failed + (value and 0 or 1)
end })
assert(failed == 0, failed .. " calls failed")
print(("%.3f %.3f"):format((dnp.clock() - wall) * 1000, (os.clock() - cpu) * 1000))
