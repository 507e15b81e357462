--- Steps that change the status of an account or of a space, and with it of all that is below.

local names = require "dnp.provisioning.model.labels"
local step = require "dnp.provisioning.steps.step"
local values = require "dnp.provisioning.model.values"

local status = {}

-- How often the panel is asked, with pauses, before its yes counts as wrong.
local LOOKS = 3

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
  },
}

--- What a change of status has beside itself, because it falls on others, too.
---@class dnp.provisioning.StatusChain
---@field follow (fun(context: dnp.provisioning.Context): dnp.provisioning.Task[]?, table?)? what comes next
---@field undo (fun(context: dnp.provisioning.Context): dnp.provisioning.Task[]?, table?)? what takes it back, when that
---       is more than the reverse
---@field inside dnp.provisioning.Task? whose undoing takes this back, too
---@field trusting boolean? what follows finds out whether the panel did it

--- Changes a status.
---@param kind "user"|"space"
---@param ref dnp.provisioning.UserRef|dnp.provisioning.SpaceRef
---@param from integer
---@param to integer
---@param chain dnp.provisioning.StatusChain?
---@return dnp.provisioning.Task
function status.set(kind, ref, from, to, chain)
  local of = KINDS[kind]
  chain = chain or {}
  local function look(context)
    local found, err = context:read(of.find, ref.id)
    if not found then
      return nil, err
    end
    return found.StatusId == to and "done" or "not_done", "StatusId"
  end
  -- Where a panel does it in the background, it is not done at once.
  local function verify(context)
    local sight, found
    for attempt = 1, LOOKS do
      sight, found = look(context)
      if sight ~= "not_done" or attempt == LOOKS or not context.policy:pause(attempt) then
        break
      end
    end
    return sight, found
  end
  local made = step.new(of.action, of.operation, "change status of %s %s: %s -> %s", kind, values.show(ref.name),
    of.name_of(from), of.name_of(to))
  return {
    step = step.with_changes(made, { { field = "Status", from = of.name_of(from), to = of.name_of(to) } }),
    call = function(context)
      return context:call(of.method, ref.id, to)
    end,
    look = function(context)
      return (look(context))
    end,
    writes = "status",
    verify = not chain.trusting and verify or nil,
    follow = chain.follow,
    inside = chain.inside,
    undo = chain.undo or function()
      return { status.set(kind, ref, to, from) }
    end,
  }
end

return status
