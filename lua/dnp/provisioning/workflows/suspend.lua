--- Suspending and resuming accounts, and single spaces of them.

local dnp = require "dnp"
local failure = require "dnp.provisioning.model.failure"
local lookup = require "dnp.provisioning.read.resolve"
local names = require "dnp.provisioning.model.labels"
local own = require "dnp.provisioning.read.protected"
local suspension = require "dnp.provisioning.diff.status"
local values = require "dnp.provisioning.model.values"
local workflow = require "dnp.provisioning.workflows.workflow"

local suspend = {}

local ACTIVE, SUSPENDED = dnp.UserStatus.Active, dnp.UserStatus.Suspended

local function not_allowed(name, message, ...)
  return failure.new { kind = "conflict", message = ("%s: %s"):format(name, message:format(...)) }
end

-- Only what is active can be suspended and only what is suspended be resumed; Cancelled and Pending mean something
-- else.
local function refuse_status(name, subject)
  if subject.status ~= ACTIVE and subject.status ~= SUSPENDED then
    return not_allowed(name, "%s %s is %s", subject.kind, values.show(subject.ref.name),
      names.user_status(subject.status))
  end
  return nil
end

-- Whoever is suspended is not let in any more, not even to undo it.
local function refuse_own(name, run, info)
  local complaint, err = own.guard(run)
  if not complaint then
    return err
  end
  local reason = complaint(info)
  return reason and not_allowed(name, "%s", reason)
end

-- The account, or the space that `given` names.
local function find_subject(name, run, who, given)
  local info, err = lookup.known_user(run, who)
  if not info then
    return nil, err
  elseif given == nil then
    return suspension.of_user(info), info
  elseif info.StatusId ~= ACTIVE then
    return nil, not_allowed(name, "user %s itself is %s, so its spaces cannot be treated one by one",
      values.show(info.Username), names.user_status(info.StatusId))
  end
  local space
  space, err = lookup.known_space(run, info, given)
  if not space then
    return nil, err
  end
  return suspension.of_space(info, space), info
end

local function bring_to(name, run, options, who, to)
  local guards = to == SUSPENDED and not options.space
  local planning = run:remembering()
  planning:read_ahead { lookup.read_of_user(who), guards and own.read_of_caller(run) or nil }
  local subject, info = find_subject(name, planning, who, options.space)
  if not subject then
    return nil, info
  end
  local refused = refuse_status(name, subject)
  if not refused and guards then
    refused = refuse_own(name, planning, info)
  end
  if refused then
    return nil, refused
  end
  local transition, err = suspension.transition(planning, info, subject, to, { remembered = options.remembered })
  if not transition then
    return nil, err
  end
  return workflow.run(name, run, options, transition.tasks, {
    username = info.Username,
    user_id = info.UserId,
    remembered = transition.remembered,
    stayed = transition.stayed,
  }, function(_, unchecked)
    unchecked[#unchecked + 1] = transition.unforeseen
    return true
  end)
end

--- Suspends an account with all its spaces, peers and children, or one space of it.
---
--- What is suspended, cancelled or pending already is written down on the panel, in the account's settings, so that
--- `unsuspend` does not resume it; the plan has it too (`remembered`).
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param options dnp.provisioning.SpaceOptions? `space`: only that one
---@return dnp.provisioning.Plan?
---@return dnp.provisioning.Error? err of kind "conflict" when it is cancelled or pending, the account that calls, or
---        the panel's own (id 1)
function suspend.suspend(panel, who, options)
  local run, checked = workflow.begin("suspend", panel, options, { space = workflow.SPACE })
  workflow.who("suspend", who)
  return bring_to("suspend", run, checked, who, SUSPENDED)
end

---@class dnp.provisioning.UnsuspendOptions: dnp.provisioning.SpaceOptions
---@field remembered dnp.provisioning.Memory? what `suspend` told, in place of what the panel has

--- Resumes a suspended account, or one space of it, but not what was suspended, cancelled or pending before that.
---
--- The panel resumes everything at once; what has to stay suspended is suspended again right after it. A run that was
--- interrupted is finished by the next.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param options dnp.provisioning.UnsuspendOptions? `space`: only that one
---@return dnp.provisioning.Plan?
---@return dnp.provisioning.Error? err of kind "conflict" when it is cancelled or pending
function suspend.unsuspend(panel, who, options)
  local run, checked = workflow.begin("unsuspend", panel, options, {
    space = workflow.SPACE,
    remembered = { type = "table", check = suspension.is_memory },
  })
  workflow.who("unsuspend", who)
  return bring_to("unsuspend", run, checked, who, ACTIVE)
end

return suspend
