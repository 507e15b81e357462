--- Steps that change the status of an account or of a space, and with it of all that is below.

local names = require "dnp.provisioning.names"
local step = require "dnp.provisioning.steps.step"
local values = require "dnp.provisioning.values"

local status = {}

local KINDS = {
  user = {
    action = "change_user_status",
    operation = "ChangeUserStatus",
    method = "change_user_status",
    find = "get_user_by_id",
    name_of = names.user_status,
  },
  space = {
    action = "change_space_status",
    operation = "ChangePackageStatus",
    method = "change_package_status",
    find = "get_package",
    name_of = names.space_status,
    in_background = true,
  },
}

--- Changes a status.
---@param kind "user"|"space"
---@param ref dnp.provisioning.UserRef|dnp.provisioning.SpaceRef
---@param from integer
---@param to integer
---@param way_back (fun(): dnp.provisioning.StatusChange[])? what takes it back, when that is more than the reverse
---@return dnp.provisioning.Task
function status.set(kind, ref, from, to, way_back)
  local of = KINDS[kind]
  return {
    step = step.new(of.action, of.operation, "change status of %s %s: %s -> %s", kind, values.show(ref.name),
      of.name_of(from), of.name_of(to)),
    call = function(context)
      return context:call(of.method, ref.id, to)
    end,
    look = function(context)
      local found, err = context:read(of.find, ref.id)
      if not found then
        return nil, err
      end
      return found.StatusId == to and "done" or "not_done"
    end,
    waits = of.in_background and ("space %s to be %s"):format(values.show(ref.name), of.name_of(to)) or nil,
    undo = function()
      return way_back and status.set_all(way_back()) or { status.set(kind, ref, to, from) }
    end,
  }
end

--- A task for each change.
---@param changes dnp.provisioning.StatusChange[]
---@return dnp.provisioning.Task[]
function status.set_all(changes)
  local tasks = {}
  for index, change in ipairs(changes) do
    tasks[index] = status.set(change.kind, { id = change.id, name = change.name }, change.from, change.to)
  end
  return tasks
end

return status
