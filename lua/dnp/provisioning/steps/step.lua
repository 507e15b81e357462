--- What all steps have in common.

local step = {}

--- A step as the caller sees it, before anything happened.
---@param action string
---@param operation string
---@param ... any for the text, as of `string.format`
---@return dnp.provisioning.Step
function step.new(action, operation, text, ...)
  return { action = action, operation = operation, text = text:format(...), state = "not_done" }
end

--- Notes which fields a step changes.
---@param new dnp.provisioning.Step
---@param changes dnp.provisioning.FieldChange[]
---@return dnp.provisioning.Step new
function step.with_changes(new, changes)
  local first = changes[1]
  new.field, new.from, new.to, new.changes = first.field, first.from, first.to, changes
  return new
end

--- The probe of a task that removes a record: "done" when the record is absent.
---@param method string reads it by its id: "get_package"
---@param ref { id: integer? } whose id is read when the task probes
---@param otherwise "not_done"|"pending" when the record is still there
---@return fun(context: dnp.provisioning.Context): dnp.provisioning.Observation?, any
function step.probe_absence(method, ref, otherwise)
  return function(context)
    local found, err = context:find(method, ref.id)
    if found == nil then
      return nil, err
    end
    return found and otherwise or "done"
  end
end

return step
