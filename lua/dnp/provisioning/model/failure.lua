--- Error objects of the provisioning layer: the shape of those of `dnp`, for failures that no single call had.

local text_of = require "dnp.raised"

local failure = {}

---@class dnp.provisioning.Error: dnp.Error
---@field kind string as in `dnp.Error`, here mostly "timeout", "absent" or "protocol"; "conflict": what is there does
--- not allow what is wanted; "raised": something raised in the middle of a workflow, as an interruption does
---@field message string one readable sentence; what `tostring` gives
---@field outcome "not_done"|"partly_done"|"unknown" what is left of it on the panel
---@field operation string? the operation that failed, in the API's spelling
---@field field string? of a "conflict": the field that is in the way
---@field steps dnp.provisioning.Step[]? of a workflow that had begun: what became of each
---@field plan dnp.provisioning.Plan? the same, and it prints well
---@field cause table? the error object behind this one

local metatable = {
  __name = "dnp.error",
  __tostring = function(err)
    return err.message or "unknown error"
  end,
}

--- Makes an error object; `outcome` is "not_done" unless told.
---@param fields table `kind` and `message` at least
---@return dnp.provisioning.Error
function failure.new(fields)
  fields.outcome = fields.outcome or "not_done"
  return setmetatable(fields, metatable)
end

--- An error object for what was raised in the middle of a workflow: nobody knows what came of the call.
---@param reason any
---@return dnp.provisioning.Error
function failure.raised(reason)
  return failure.new { kind = "raised", message = text_of(reason), outcome = "unknown" }
end

return failure
