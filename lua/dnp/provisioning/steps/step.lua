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

--- Tells what fields a step changes.
---@param made dnp.provisioning.Step
---@param changes dnp.provisioning.FieldChange[]
---@return dnp.provisioning.Step made
function step.with_changes(made, changes)
  local first = changes[1]
  made.field, made.from, made.to, made.changes = first.field, first.from, first.to, changes
  return made
end

--- The look of a task that removes a record: "done" when the record is absent.
---@param method string reads it by its id: "get_package"
---@param ref { id: integer? } asked for the id when the task looks
---@param otherwise "not_done"|"pending" when the record is still there
---@return fun(context: dnp.provisioning.Context): dnp.provisioning.Sight?, any
function step.look_for_absence(method, ref, otherwise)
  return function(context)
    local found, err = context:find(method, ref.id)
    if found == nil then
      return nil, err
    end
    return found and otherwise or "done"
  end
end

return step
