--- What a workflow works with: the session, and the policy that all its calls share.

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

--- Calls a method that changes something, once.
---@param method string
---@param ... any
---@return any value
---@return table? err
function Context:call(method, ...)
  return self.panel[method](self.panel, ...)
end

return context
