--- What a workflow works with: the session, and the policy that all its calls share.

local dnp = require "dnp"
local ascii = require "dnp.ascii"
local backoff = require "dnp.provisioning.retry.backoff"
local failure = require "dnp.failure"
local policy = require "dnp.provisioning.retry.policy"
local protect = require "dnp.protect"
local retry = require "dnp.provisioning.retry.retry"
local text_of = require "dnp.raised"

---@class dnp.provisioning.Context
---@field panel dnp.Session
---@field policy dnp.provisioning.Policy? of a workflow
---@field next_policy (fun(): dnp.provisioning.Policy)? of what only reads
---@field dialect string
---@field caller string user name that the session calls with
---@field timeout number seconds that the session gives a call
---@field cached table<string, { value: any, err: table? }>? what was read already, by method and arguments
local Context = {}
Context.__index = Context

local contexts = {}

--- The options that every workflow takes; `arguments.options` validates them.
---@class dnp.provisioning.WorkflowOptions
---@field policy dnp.provisioning.PolicyOptions|dnp.provisioning.Policy|nil deadline, attempts, clock, sleep, random
---@field dry_run boolean? only find out what would be done; nothing is changed
---@field on_failure "undo"|"keep"|nil whether what was done is rolled back when a step fails ("undo")
---Receives the report before the first change; unless it returns true, nothing is done, and its second result is the
---reason.
---@field approve (fun(report: dnp.provisioning.Report): boolean?, string?)?

---@class dnp.provisioning.SpaceOptions: dnp.provisioning.WorkflowOptions
---@field space integer|string|nil which space of the account, by id or name; needed when it has several

--- The options of what only reads.
---@class dnp.provisioning.ReadOptions
---@field policy dnp.provisioning.PolicyOptions|dnp.provisioning.Policy|nil

-- Of a session that does not say.
local DEFAULT_TIMEOUT = 30

contexts.FIELDS = {
  policy = { type = "table" },
  dry_run = { type = "boolean", default = false },
  on_failure = { type = "string", values = { "undo", "keep" }, default = "undo" },
  approve = { type = "function" },
}

--- The options of one workflow: those of all, and its own.
---@param own table<string, dnp.Field>
---@return table<string, dnp.Field>
function contexts.fields(own)
  local fields = {}
  for name, field in pairs(contexts.FIELDS) do
    fields[name] = field
  end
  for name, field in pairs(own) do
    fields[name] = field
  end
  return fields
end

--- Begins a workflow: its deadline runs from here.
---@param panel dnp.Session
---@param options dnp.provisioning.WorkflowOptions
---@param level integer as of `error`, seen from the caller of this function
function contexts.new(panel, options, level)
  local info = panel:info()
  return setmetatable({
    panel = panel,
    policy = policy.new(options.policy, level + 1, panel),
    dialect = info.dialect,
    caller = info.username,
    timeout = info.timeout or DEFAULT_TIMEOUT,
  }, Context)
end

--- What only reads, each time with a policy of its own.
---@param panel dnp.Session
---@param next_policy fun(): dnp.provisioning.Policy the policy of the next read
function contexts.reader(panel, next_policy)
  local info = panel:info()
  return setmetatable({
    panel = panel, next_policy = next_policy, dialect = info.dialect, caller = info.username,
  }, Context)
end

--- The same with a new deadline, for the rollback.
function Context:renew()
  return setmetatable({
    panel = self.panel,
    policy = self.policy:renew(),
    dialect = self.dialect,
    caller = self.caller,
    timeout = self.timeout,
  }, Context)
end

---- probing again ----

-- What is left is a sum of fractions.
local NO_TIME = 1e-6

--- The time in which a request whose response was lost most likely is carried out: as long again as the session gives
--- a call. Its pauses grow, without jitter. What counts is the time slept, whatever the clock says.
---@class dnp.provisioning.Window
---@field policy dnp.provisioning.Policy
---@field length number seconds
---@field pauses integer how many there were
---@field ends_at number in seconds that the policy has slept
local Window = {}
Window.__index = Window

--- A window that begins now, or began when the policy had slept so long.
---@param began number?
---@return dnp.provisioning.Window
function Context:window(began)
  return setmetatable({
    policy = self.policy,
    length = self.timeout,
    pauses = 0,
    ends_at = (began or self.policy.slept) + self.timeout,
  }, Window)
end

--- Pauses before the next probe.
---@return boolean? more false when the window is over; nil when the deadline came first
---@return dnp.provisioning.Error? err
function Window:pause()
  local left = self.ends_at - self.policy.slept
  if left <= NO_TIME then
    return false
  end
  self.pauses = self.pauses + 1
  if not self.policy:wait(math.min(backoff.pause(self.pauses, self.length / 60, 2, self.length / 4), left)) then
    return self.policy:check_deadline "asking whether it was done"
  end
  return true
end

---- reading ----

-- A read by its method and arguments, which are numbers, texts and truth values.
local function key_of(method, ...)
  local parts = { method }
  for index = 1, select("#", ...) do
    local argument = select(index, ...)
    parts[index + 1] = type(argument) .. " " .. tostring(argument)
  end
  return table.concat(parts, "\0")
end

--- The same with a cache, so that nothing is read twice: for comparing, not for carrying out. An error that was read
--- ahead is returned once; after that the panel is asked again.
function Context:caching()
  local copy = {}
  for name, value in pairs(self) do
    copy[name] = value
  end
  copy.cached = {}
  return setmetatable(copy, Context)
end

--- Notes what a read would return, if this context has a cache.
---@param ... any the method's arguments
function Context:cache(value, method, ...)
  if self.cached then
    self.cached[key_of(method, ...)] = { value = value }
  end
end

--- Calls a method that only reads; repeated after transient failures.
---@return any value
function Context:read(method, ...)
  local key = self.cached and key_of(method, ...)
  local known = key and self.cached[key]
  if known then
    self.cached[key] = known.value ~= nil and known or nil
    return known.value, known.err
  end
  local value, err = retry.read(self.policy or self.next_policy(), self.panel, method, ...)
  if value ~= nil then
    self:cache(value, method, ...)
  end
  return value, err
end

--- Reads what will be asked for and does not depend on one another into the cache, at the same time. Where the panel
--- does not respond, the rest is left to whoever asks for it.
---@param calls any[][] each with a method and its arguments
function Context:prefetch(calls)
  local unpack = table.unpack or unpack
  local missing, seen = {}, {}
  for _, call in ipairs(calls) do
    local key = key_of(unpack(call))
    if not self.cached[key] and not seen[key] then
      seen[key] = true
      missing[#missing + 1] = { key = key, call = call }
    end
  end
  self:map(missing, 1, #missing, function(one)
    local value, err = retry.read(self.policy, self.panel, unpack(one.call))
    self.cached[one.key] = { value = value, err = err }
    return err == nil or err.kind == "absent" or nil, err
  end)
end

--- Reads one record: false when it does not exist.
---@return table|false|nil record
function Context:find(method, ...)
  local record, err = self:read(method, ...)
  if err and err.kind == "absent" then
    return false
  end
  return record, err
end

-- The field that a call rejected and why; nil when something else was raised. What is not a
-- record's field is a parameter, which has the field's name in other letters ("package_comments").
local function rejected_field(message)
  local parameter, rest = message:match "^[%w_]+: argument %d+ %(([%w_]+)%)(.*)$"
  if not parameter then
    return nil
  end
  local field, reason = rest:match "^: field '([^']+)':? (.*)$"
  if field then
    return field, reason
  end
  return (parameter:gsub("%f[%a]%a", ascii.upper):gsub("_(%a)", ascii.upper)), (rest:gsub("^:? ", ""))
end

-- Panels hold values that can be read and not be sent: control characters, which XML forbids, get there by other ways
-- than the API. What callers pass was validated before, so a write that is rejected is rejected for what was read.
local function unwritable(method, reason)
  local field, problem = rejected_field(text_of(reason))
  if not field then
    error(reason, 0)
  end
  return failure.new {
    kind = "conflict",
    field = field,
    message = ("%s: field '%s' %s: the panel holds a value that can be read and not be sent; give the field another "
      .. "one in the same call, or in the panel's own pages"):format(method, field, problem),
  }
end

-- The same as below, in the coroutine of the caller.
local function map_one_by_one(list, first, last, read)
  local results = {}
  for index = first, last do
    local value, err = read(list[index])
    if value == nil then
      return nil, err or failure.new { kind = "protocol", message = "nothing was read" }
    end
    results[index] = value
  end
  return results
end

--- Applies a function that reads to entries of a list, as many at a time as the policy allows. After a failure no more
--- are begun, and those under way come to their end.
---@generic T, R
---@param list T[]
---@param first integer
---@param last integer
---@param read fun(entry: T): R?, table?
---@return table<integer, R>? results by index
---@return table? err of the first that failed
function Context:map(list, first, last, read)
  local limit = (self.policy or self.next_policy()).limit
  if limit == 1 or first >= last then
    return map_one_by_one(list, first, last, read)
  end
  local results, position, failed = {}, first - 1, nil
  local function next_index()
    if failed ~= nil or position >= last then
      return nil
    end
    position = position + 1
    return position
  end
  dnp.parallel(next_index, function(index)
    return read(list[index])
  end, {
    limit = limit,
    engine = policy.engine_of(self.panel),
    on_result = function(index, _, value, err)
      results[index] = value
      if value == nil and failed == nil then
        failed = err or failure.new { kind = "protocol", message = "nothing was read" }
      end
    end,
  })
  if failed == nil then
    return results
  elseif type(failed) ~= "table" then
    error(failed, 0)
  end
  return nil, failed
end

--- Calls a method that changes something, once.
---@return any value
function Context:call(method, ...)
  local good, value, err = protect.call(self.policy.call, self.policy, self.panel, method, ...)
  if not good then
    return nil, unwritable(method, value)
  end
  return value, err
end

return contexts
