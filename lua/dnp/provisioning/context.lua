--- What a workflow works with: the session, and the policy that all its calls share.

local failure = require "dnp.provisioning.failure"
local policy = require "dnp.provisioning.policy"
local retry = require "dnp.provisioning.retry"

---@class dnp.provisioning.Context
---@field panel dnp.Session
---@field policy dnp.provisioning.Policy
---@field dialect string
---@field caller string user name that the session calls with
local Context = {}
Context.__index = Context

local context = {}

--- The options that every workflow takes; `check.options` checks them.
---@class dnp.provisioning.WorkflowOptions
---@field policy dnp.provisioning.PolicyOptions|dnp.provisioning.Policy|nil deadline, attempts, clock, sleep, random
---@field dry_run boolean? only make the plan; nothing is changed
---@field on_failure "undo"|"keep"|nil what becomes of what was done when a step fails ("undo")

context.FIELDS = {
  policy = { type = "table" },
  dry_run = { type = "boolean", default = false },
  on_failure = { type = "string", values = { "undo", "keep" }, default = "undo" },
}

--- The options of one workflow: those that all have, and its own.
---@param own table<string, dnp.provisioning.Field>
---@return table<string, dnp.provisioning.Field>
function context.fields(own)
  local fields = {}
  for name, field in pairs(context.FIELDS) do
    fields[name] = field
  end
  for name, field in pairs(own) do
    fields[name] = field
  end
  return fields
end

--- Begins a workflow: its deadline runs from here.
---@param panel dnp.Session
---@param options dnp.provisioning.WorkflowOptions checked ones
---@param level integer as of `error`, seen from the caller of this function
---@return dnp.provisioning.Context
function context.new(panel, options, level)
  local info = panel:info()
  return setmetatable({
    panel = panel,
    policy = policy.new(options.policy, level + 1),
    dialect = info.dialect,
    caller = info.username,
  }, Context)
end

--- The same with its time over again, for the way back.
---@return dnp.provisioning.Context
function Context:afresh()
  local patience = self.policy
  return setmetatable({
    panel = self.panel,
    policy = policy.new {
      deadline = patience.deadline,
      attempts = patience.attempts,
      base_delay = patience.base_delay,
      max_delay = patience.max_delay,
      clock = patience.clock,
      sleep = patience.sleep,
      random = patience.random,
    },
    dialect = self.dialect,
    caller = self.caller,
  }, Context)
end

--- Calls a method that only reads; repeated while it fails in passing.
---@param method string
---@param ... any
---@return any value
---@return table? err
function Context:read(method, ...)
  return retry.read(self.policy, self.panel, method, ...)
end

--- Reads one record: false when there is none.
---@param method string
---@param ... any
---@return table|false|nil record
---@return table? err
function Context:find(method, ...)
  local record, err = self:read(method, ...)
  if err and err.kind == "absent" then
    return false
  end
  return record, err
end

-- The field that a call found fault with and what it said of it; nil when something else was raised. What is not a
-- record's field is a parameter, which has the field's name in other letters ("package_comments").
local function fault_of(message)
  local parameter, rest = message:match "^[%w_]+: argument %d+ %(([%w_]+)%)(.*)$"
  if not parameter then
    return nil
  end
  local field, reason = rest:match "^: field '([^']+)':? (.*)$"
  if field then
    return field, reason
  end
  return (parameter:gsub("%f[%a]%a", string.upper):gsub("_(%a)", string.upper)), (rest:gsub("^:? ", ""))
end

-- Panels hold values that can be read and not be sent: control characters, which XML forbids, get there by other ways
-- than the API. What callers give was checked before, so a write that is refused is refused for what was read.
local function unwritable(method, reason)
  local field, complaint = fault_of(failure.text(reason))
  if not field then
    error(reason, 0)
  end
  return failure.new {
    kind = "conflict",
    field = field,
    message = ("%s: field '%s' %s: the panel holds a value that can be read and not be sent; give the field another "
      .. "one in the same call, or in the panel's own pages"):format(method, field, complaint),
  }
end

--- Applies a function that reads to each entry of a list. The first that fails ends it.
---@generic T, R
---@param list T[]
---@param first integer
---@param last integer
---@param read fun(entry: T): R?, table? false is a result, too
---@return table<integer, R>? results by index
---@return table? err
function Context.map(_, list, first, last, read)
  local results = {}
  for index = first, last do
    local result, err = read(list[index])
    if result == nil then
      return nil, err
    end
    results[index] = result
  end
  return results
end

--- Calls a method that changes something, once.
---@param method string
---@param ... any
---@return any value
---@return table? err
function Context:call(method, ...)
  local good, value, err = pcall(self.panel[method], self.panel, ...)
  if not good then
    return nil, unwritable(method, value)
  end
  return value, err
end

return context
