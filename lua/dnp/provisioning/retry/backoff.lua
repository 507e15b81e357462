--- Exponential backoff: how long the pauses before repeats, polls and probes are.

local backoff = {}

-- 2^1023 is the last power of two that is a number; every longest pause is reached long before.
local GREATEST_EXPONENT = 1000

--- The longest pause after so many failed attempts.
---@param attempt integer from 1 on
---@param first number seconds of the first pause
---@param factor number how much longer each is than the one before
---@param longest number seconds that none exceeds
---@return number seconds
function backoff.pause(attempt, first, factor, longest)
  return math.min(longest, first * factor ^ math.min(attempt - 1, GREATEST_EXPONENT))
end

return backoff
