--- The retry policy of a workflow: one deadline, how often a call is repeated, how long the pauses are.
---
--- A policy is made once for a workflow and passed to all that the workflow does, so that all of it shares one
--- deadline.
--- A read ends with it; a change that was begun has the session's own `timeout`, and none is begun after it.

local core = require "dnp.core"
local dnp = require "dnp"
local arguments = require "dnp.arguments"
local backoff = require "dnp.provisioning.retry.backoff"
local deadline = require "dnp.deadline"
local engines = require "dnp.engines"
local failure = require "dnp.failure"
local protect = require "dnp.protect"
local random = require "dnp.provisioning.model.random"

local policy = {}

---@class dnp.provisioning.PolicyOptions
---@field deadline number? seconds for the whole workflow (300)
---@field attempts integer? how often a repeatable call is made at most, the first time included (5)
---@field base_delay number? seconds of the longest first pause (0.5); the longest doubles each time
---@field max_delay number? seconds that no pause is longer than (20)
---@field limit integer? how many reads that do not depend on one another are made at a time (8)
---@field clock (fun(): number)? seconds from any beginning that never go back (`dnp.clock`)
---@field sleep (fun(seconds: number))? (that of the session's engine)
---@field random (fun(): number)? from 0 on, below 1

---@class dnp.provisioning.Policy
---@field deadline number seconds for the whole workflow
---@field ends_at number the deadline, on `clock`
---@field attempts integer
---@field base_delay number
---@field max_delay number
---@field limit integer
---@field clock fun(): number
---@field sleep fun(seconds: number)
---@field has_own_sleep boolean whether nobody passed another
---@field random fun(): number
---@field overrides boolean? whether it replaces an earlier deadline of `dnp.parallel`: of a rollback
---@field slept number seconds that were passed to `sleep` until now
local Policy = {}
Policy.__index = Policy
Policy.__name = "dnp.provisioning.Policy"

local FIELDS = {
  deadline = { type = "number", above = 0, default = 300 },
  attempts = { type = "integer", min = 1, default = 5 },
  base_delay = { type = "number", min = 0, default = 0.5 },
  max_delay = { type = "number", min = 0, default = 20 },
  limit = { type = "integer", min = 1, max = 1000, default = 8 },
  clock = { type = "function" },
  sleep = { type = "function" },
  random = { type = "function" },
}

--- The engine of a session; nil for an object that stands in for one, and without a session.
---@param panel dnp.Session?
---@return string|dnp.Engine|nil
function policy.engine_of(panel)
  return type(panel) == "userdata" and core.settings(panel).engine or nil
end

-- Sleeps as an engine does, and on after a signal that did not end the script.
local function sleeper(engine)
  return function(seconds)
    while seconds > 0 do
      seconds = engines.sleep(seconds, engine)
    end
  end
end

--- Makes a policy; its deadline begins to run now. A policy is returned as it is, so that workflows that call one
--- another share one deadline. Raises on unknown options and wrong types.
---@param options dnp.provisioning.PolicyOptions|dnp.provisioning.Policy|nil
---@param level integer? as of `error`, seen from the caller of this function
---@param panel dnp.Session? with whose engine pauses are made
---@return dnp.provisioning.Policy
function policy.new(options, level, panel)
  local engine = policy.engine_of(panel)
  if getmetatable(options) == Policy then
    -- One that was made without a session gets its way to pause here.
    if options.has_own_sleep and engine then
      options.sleep = sleeper(engine)
    end
    return options --[[@as dnp.provisioning.Policy]]
  end
  local self = arguments.options("policy", options, FIELDS, (level or 1) + 1)
  self.clock = self.clock or dnp.clock
  self.has_own_sleep = self.sleep == nil
  self.sleep = self.sleep or sleeper(engine)
  self.random = self.random or random.new()
  self.ends_at = self.clock() + self.deadline
  self.slept = 0
  return setmetatable(self, Policy)
end

--- Whether `value` is a policy made by `policy.new`.
---@param value any
---@return boolean
function policy.is(value)
  return getmetatable(value) == Policy
end

--- Seconds until the deadline; 0 after it.
---@return number
function Policy:remaining()
  return math.max(0, self.ends_at - self.clock())
end

--- True while there is time, else `nil, err` of kind "timeout". To be called before each call.
---@param what string what is not begun: "add user 'mary'"
---@return true?
---@return dnp.provisioning.Error?
function Policy:check_deadline(what)
  if self:remaining() > 0 then
    return true
  end
  return nil, failure.new {
    kind = "timeout",
    name = "deadline",
    message = ("%s: not begun, the workflow's %g s are over"):format(what, self.deadline),
  }
end

--- Seconds to pause after so many failed attempts: anything up to a ceiling that doubles each time ("full jitter", so
--- that many clients that failed together do not return together).
---@param attempt integer from 1 on
---@return number
function Policy:delay(attempt)
  return self.random() * backoff.pause(attempt, self.base_delay, 2, self.max_delay)
end

--- Sleeps, but never beyond the deadline.
---@param seconds number
---@return boolean more whether time is left
function Policy:wait(seconds)
  seconds = math.min(seconds, self:remaining())
  if seconds > 0 then
    self.slept = self.slept + seconds
    protect.outside(self.sleep, seconds)
  end
  return self:remaining() > 0
end

--- Sleeps before the next attempt, but never beyond the deadline.
---@param attempt integer how many have failed, from 1 on
---@return boolean more whether time is left
function Policy:pause(attempt)
  return self:wait(self:delay(attempt))
end

--- The same policy with a new deadline.
---@return dnp.provisioning.Policy
function Policy:renew()
  local copy = {}
  for name, value in pairs(self) do
    copy[name] = value
  end
  copy.ends_at = self.clock() + self.deadline
  copy.overrides = true
  return setmetatable(copy, Policy)
end

-- Restores the deadline, and raises again what was raised.
local function finish(before, good, ...)
  deadline.restore(before)
  if not good then
    protect.raise(...)
  end
  return ...
end

--- Calls a method with the deadline: what only reads ends with it. With another clock calls have the session's
--- `timeout` alone.
---@param panel dnp.Session
---@param method string
---@param ... any
---@return any ... what the method returns
function Policy:call(panel, method, ...)
  if self.clock ~= dnp.clock then
    return panel[method](panel, ...)
  end
  local before = (self.overrides and deadline.replace or deadline.set)(self.ends_at)
  return finish(before, protect.call(panel[method], panel, ...))
end

return policy
