--- Error objects of the provisioning layer: the shape of those of `dnp`, for failures that no single call had.

local failure = {}

---@class dnp.provisioning.Error
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

-- Where Lua says an error was raised: a file or a piece of code, and a line. It is of no use to whoever reads the
-- message, and shows where programs lie.
local POSITIONS = { "^%[string \".-\"%]:%d+: ", "^[^\n]-%.lua:%d+: ", "^[^%s:]*[^%s%d:][^%s:]*:%d+: " }

--- The text of what was raised, without the position in a program that Lua puts before it.
---@param reason any
---@return string
function failure.text(reason)
  local text = tostring(reason)
  for _, pattern in ipairs(POSITIONS) do
    local _, last = text:find(pattern)
    if last then
      return text:sub(last + 1)
    end
  end
  return text
end

--- An error object for what was raised in the middle of a workflow: nobody knows what came of the call.
---@param reason any
---@return dnp.provisioning.Error
function failure.raised(reason)
  return failure.new { kind = "raised", message = failure.text(reason), outcome = "unknown" }
end

return failure
