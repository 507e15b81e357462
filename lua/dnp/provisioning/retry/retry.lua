--- Repeats reads after transient failures. What changes something is never repeated here: it may have been done.

local core = require "dnp.core"
local dnp = require "dnp"

local retry = {}

-- method -> whether the operation changes something; every dialect's operations.
local mutates = {}
for _, dialect in ipairs(dnp.dialects) do
  for _, operation in ipairs(dnp.contract(dialect).operations) do
    mutates[operation.method] = operation.mutates
  end
end

-- Transport failures that no repeat changes.
local PERMANENT_TRANSPORT = { certificate = true, tls = true, proxy = true }

-- Statuses below 500 that are transient, too.
local TRANSIENT_STATUS = { [408] = true, [429] = true }

--- Whether a failed read may succeed when it is repeated:
---
--- - "transport" and "timeout": yes, but for certificates, TLS and proxies, which stay as they are
--- - "http": 5xx, 408 and 429; not 401, 404 and the like
--- - "protocol": yes; a response that was cut or came from something on the way. Not when it is of another SOAP version
---   or demands a header to be understood, which will not change
--- - "fault": yes if the server blames itself ("Server"): databases time out and choose victims of deadlocks, and the
---   text does not distinguish those from permanent ones. Not if it blames the request
--- - "refused", "absent", "limit", and everything else, also what is not an error object: no
---@param err any
---@return boolean
function retry.is_transient(err)
  if type(err) ~= "table" then
    return false
  end
  local kind, name = err.kind, err.name
  if kind == "timeout" then
    return name ~= "deadline"
  elseif kind == "transport" then
    return not PERMANENT_TRANSPORT[name]
  elseif kind == "http" then
    return (err.http_status or 0) >= 500 or TRANSIENT_STATUS[err.http_status] or false
  elseif kind == "protocol" then
    return name ~= "VersionMismatch" and name ~= "MustUnderstand"
  elseif kind == "fault" then
    return type(name) == "string" and name:match("^[^.]*") == "Server"
  end
  return false
end

--- Calls a method of a session that only reads, and repeats it after transient failures, with growing pauses.
---
--- Raises when the method is not one of the contract or changes something. A failure is the last call's own error
--- object, with `attempts` added: how often the call was made.
---@generic T
---@param policy dnp.provisioning.Policy
---@param panel dnp.Session
---@param method string "get_user_by_id"
---@param ... any the method's arguments
---@return any value as the method returns it; nil when it failed
---@return table? err
function retry.read(policy, panel, method, ...)
  if mutates[method] == nil then
    error(("retry.read: '%s' is not an operation%s"):format(tostring(method), core.did_you_mean(method, mutates)), 2)
  elseif mutates[method] then
    error(("retry.read: '%s' changes something and must not be repeated"):format(method), 2)
  end
  local good, late = policy:check_deadline(method)
  if not good then
    return nil, late
  end
  local attempt = 0
  while true do
    local value, err = policy:call(panel, method, ...)
    if value ~= nil or err == nil then
      return value
    end
    attempt = attempt + 1
    err.attempts = attempt
    if attempt >= policy.attempts or not retry.is_transient(err) or not policy:pause(attempt) then
      return nil, err
    end
  end
end

return retry
