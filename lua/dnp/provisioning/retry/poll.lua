--- Asks again and again, with growing pauses, until a condition holds.

local backoff = require "dnp.provisioning.retry.backoff"
local failure = require "dnp.failure"
local protect = require "dnp.protect"
local retry = require "dnp.provisioning.retry.retry"

local poll = {}

--- The options of a poll, for checks of options.
---@type table<string, dnp.Field>
poll.FIELDS = {
  what = { type = "string", default = "a condition" },
  start = { type = "number", above = 0, default = 0.5 },
  factor = { type = "number", min = 1, default = 1.5 },
  max = { type = "number", above = 0, default = 15 },
  deadline = { type = "number", above = 0 },
  policy = { type = "table" },
}

local function too_late(what, waited, last)
  local message = ("gave up after %.1f s waiting for %s"):format(waited, what)
  if last then
    message = ("%s; the last error: %s"):format(message, tostring(last))
  end
  return failure.new { kind = "timeout", name = "deadline", message = message, cause = last }
end

--- Asks until a condition holds; it is asked at once, and once more when the time is over.
---@generic T
---@param condition fun(): T|false|nil, dnp.Error? `nil, err` ends the waiting, unless the error is transient
---@param policy dnp.provisioning.Policy clock and sleep, and the deadline of all
---@param options dnp.provisioning.WaitOptions
---@return T? value what the condition returned
---@return dnp.Error? err kind "timeout" when the time is over (`cause`: the last transient failure), or the condition's
function poll.wait(condition, policy, options)
  local fields = poll.FIELDS
  local began, ends_at = policy.clock(), policy.ends_at
  if options.deadline then
    ends_at = math.min(ends_at, began + options.deadline)
  end
  local start, factor = options.start or fields.start.default, options.factor or fields.factor.default
  local longest, attempt = options.max or fields.max.default, 0
  while true do
    local value, err = condition()
    if value then
      return value
    elseif err ~= nil and not retry.is_transient(err) then
      return nil, err
    end
    local left = ends_at - policy.clock()
    if left <= 0 then
      return nil, too_late(options.what, policy.clock() - began, err)
    end
    attempt = attempt + 1
    protect.outside(policy.sleep, math.min(backoff.pause(attempt, start, factor, longest), left))
  end
end

return poll
