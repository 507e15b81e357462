--- Steps that change the status of an account or of a space, and with it of all below.

local labels = require "dnp.provisioning.model.labels"
local step = require "dnp.provisioning.steps.step"

local status = {}

-- How often the panel is probed, with pauses, before its yes counts as wrong.
local PROBES = 3

local KINDS = {
  user = {
    action = "change_user_status",
    operation = "ChangeUserStatus",
    method = "change_user_status",
    find = "get_user_by_id",
    name_of = labels.user_status,
  },
  space = {
    action = "change_space_status",
    operation = "ChangePackageStatus",
    method = "change_package_status",
    find = "get_package",
    name_of = labels.space_status,
  },
}

-- A check by some probes: where a panel does it in the background, it is not done at once.
local function verifying(probe)
  return function(context)
    local observation, found
    for attempt = 1, PROBES do
      observation, found = probe(context)
      if observation ~= "not_done" or attempt == PROBES or not context.policy:pause(attempt) then
        break
      end
    end
    return observation, found
  end
end

--- Options of a change of status, which affects others, too.
---@class dnp.provisioning.StatusOptions
---@field follow (fun(context: dnp.provisioning.Context): dnp.provisioning.Task[]?, table?)? what comes next
---What rolls it back, when that is more than the reverse.
---@field undo (fun(context: dnp.provisioning.Context): dnp.provisioning.Task[]?, table?)?
---@field inside dnp.provisioning.Task? whose undoing undoes this, too
---@field unverified boolean? what follows finds out whether the panel did it

--- Changes a status.
---@param kind "user"|"space"
---@param ref dnp.provisioning.UserRef|dnp.provisioning.SpaceRef
---@param from integer
---@param to integer
---@param options dnp.provisioning.StatusOptions?
function status.set(kind, ref, from, to, options)
  local of = KINDS[kind]
  options = options or {}
  local function probe(context)
    local found, err = context:read(of.find, ref.id)
    if not found then
      return nil, err
    end
    return found.StatusId == to and "done" or "not_done", "StatusId"
  end
  local new = step.new(of.action, of.operation, "change status of %s %s: %s -> %s", kind, labels.quote(ref.name),
    of.name_of(from), of.name_of(to))
  return {
    step = step.with_changes(new, { { field = "Status", from = of.name_of(from), to = of.name_of(to) } }),
    call = function(context)
      return context:call(of.method, ref.id, to)
    end,
    probe = function(context)
      return (probe(context))
    end,
    writes = "status",
    verify = not options.unverified and verifying(probe) or nil,
    follow = options.follow,
    inside = options.inside,
    undo = options.undo or function()
      return { status.set(kind, ref, to, from) }
    end,
  }
end

return status
