--- What all steps have in common.

local step = {}

--- A step as the caller sees it, before anything happened.
---@param action string
---@param operation string
---@param text string
---@param ... any for the text, as of `string.format`
---@return dnp.provisioning.Step
function step.new(action, operation, text, ...)
  return { action = action, operation = operation, text = text:format(...), state = "not_done" }
end

return step
