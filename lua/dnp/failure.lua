--- Error objects for failures that no single call had, and the way out of a computation that fails deep inside.

local core = require "dnp.core"
local protect = require "dnp.protect"
local text_of = require "dnp.raised"

local failure = {}

---@class dnp.provisioning.Error: dnp.Error
---As in `dnp.Error`, here mostly "timeout", "absent" or "protocol"; "conflict": what is there does not allow what is
---desired; "raised": something raised in the middle of a workflow, as an interruption does.
---@field kind string
---@field message string one readable sentence
---@field outcome "not_done"|"partly_done"|"unknown" what is left of it on the panel
---@field operation string? the operation that failed, in the API's spelling
---@field field string? of a "conflict": the field that is in the way
---@field steps dnp.provisioning.Step[]? of a workflow that had begun: what became of each
---@field report dnp.provisioning.Report? the same, and it prints well
---@field plan dnp.provisioning.Report? the report by its old name
---@field cause table? the error object behind this one

--- Makes an error object. Unless the fields say otherwise, nothing was done and a repeat is of no use.
---@param fields table `kind` and `message` at least; becomes the error object
---@return dnp.provisioning.Error
function failure.new(fields)
  fields.outcome = fields.outcome or "not_done"
  fields.retryable = fields.retryable or false
  return core.error(fields)
end

--- An error object for what was raised in the middle of a workflow: nobody knows what came of the call.
---@param reason any
---@return dnp.provisioning.Error
function failure.raised(reason)
  return failure.new { kind = "raised", message = text_of(reason), outcome = "unknown" }
end

---- leaving a computation ----

-- The type of what `exit` raises, by which it differs from other errors.
local Exit = {}

--- Leaves the function that `failure.catch` runs, with an error. Raises outside of it.
---@param err any
function failure.exit(err)
  error(setmetatable({ err = err }, Exit), 0)
end

--- Leaves the function that `failure.catch` runs, with a new error object. Raises outside of it.
---@param kind string
---@param message string
---@param ... any for the message, as of `string.format`
function failure.fail(kind, message, ...)
  failure.exit(failure.new { kind = kind, message = message:format(...) })
end

--- A value that must not be nil; leaves the function that `failure.catch` runs when it is.
---@generic T
---@param value T?
---@param err any
---@return T
function failure.must(value, err)
  if value == nil then
    failure.exit(err)
  end
  return value --[[@as any]]
end

--- Runs a function that may leave by `exit` or `must`. What else it raises goes on.
---@generic T
---@param run fun(...: any): T
---@param ... any its arguments
---@return T? result nil when it left
---@return any err what it left with
function failure.catch(run, ...)
  local good, result = protect.call(run, ...)
  if good then
    return result
  elseif getmetatable(result) == Exit then
    return nil, result.err
  end
  error(result, 0)
end

return failure
