--- Suspending and resuming accounts, and single spaces of them.

local dnp = require "dnp"
local failure = require "dnp.failure"
local labels = require "dnp.provisioning.model.labels"
local protected = require "dnp.provisioning.read.protected"
local resolve = require "dnp.provisioning.read.resolve"
local status_diff = require "dnp.provisioning.diff.status"
local status_targets = require "dnp.provisioning.diff.status_targets"
local workflow = require "dnp.provisioning.workflows.workflow"

local suspend = {}

local ACTIVE, SUSPENDED = dnp.UserStatus.Active, dnp.UserStatus.Suspended

local function not_allowed(name, message, ...)
  return failure.new { kind = "conflict", message = ("%s: %s"):format(name, message:format(...)) }
end

-- Only what is active can be suspended and only what is suspended be resumed; Cancelled and Pending mean something
-- else.
local function check_status(name, subject)
  if subject.status ~= ACTIVE and subject.status ~= SUSPENDED then
    return not_allowed(name, "%s %s is %s", subject.kind, labels.quote(subject.ref.name),
      labels.user_status(subject.status))
  end
  return nil
end

-- Whoever is suspended cannot sign in any more, not even to undo it.
local function check_not_protected(name, context, info)
  local guard, err = protected.guard(context)
  if not guard then
    return err
  end
  local reason = guard(info)
  return reason and not_allowed(name, "%s", reason)
end

-- The account, or the space that `given` names.
local function find_subject(name, context, who, given)
  local info, err = resolve.known_user(context, who)
  if not info then
    return nil, err
  elseif given == nil then
    return status_diff.of_user(info), info
  elseif info.StatusId ~= ACTIVE then
    return nil, not_allowed(name, "user %s itself is %s, so its spaces cannot be suspended or resumed one by one",
      labels.quote(info.Username), labels.user_status(info.StatusId))
  end
  local space
  space, err = resolve.known_space(context, info, given)
  if not space then
    return nil, err
  end
  return status_diff.of_space(info, space), info
end

local function change_status(name, context, options, who, to)
  local guards = to == SUSPENDED and not options.space
  local reader = context:caching()
  reader:prefetch { resolve.read_of_user(who), guards and protected.read_of_caller(context) or nil }
  local subject, info = find_subject(name, reader, who, options.space)
  if not subject then
    return nil, info
  end
  local problem = check_status(name, subject)
  if not problem and guards then
    problem = check_not_protected(name, reader, info)
  end
  if problem then
    return nil, problem
  end
  local transition, err = status_diff.transition(reader, info, subject, to, { remembered = options.remembered })
  if not transition then
    return nil, err
  end
  return workflow.run(name, context, options, transition.tasks, {
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
--- A snapshot of what is suspended, cancelled or pending already is stored on the panel, in the account's settings, so
--- that `unsuspend` does not resume it; the report has it too (`remembered`).
---
--- Source operations: ChangeUserStatus or ChangePackageStatus, UpdateUserSettings; GetUserSettings, GetUsers,
--- GetUserPeers, GetMyPackages to find out what they affect.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param options dnp.provisioning.SpaceOptions? `space`: only that one
---@return dnp.provisioning.Report?
---@return dnp.provisioning.Error err a "conflict" for one that is cancelled or pending, the caller's, or of id 1
function suspend.suspend(panel, who, options)
  local context, checked = workflow.begin("suspend", panel, options, { space = workflow.SPACE })
  workflow.who("suspend", who)
  return change_status("suspend", context, checked, who, SUSPENDED)
end

---@class dnp.provisioning.UnsuspendOptions: dnp.provisioning.SpaceOptions
---@field remembered dnp.provisioning.Snapshot? the `remembered` of `suspend`, in place of what the panel has

--- Resumes a suspended account, or one space of it, but not what was suspended, cancelled or pending before that.
---
--- The panel resumes everything at once; what has to stay suspended is suspended again right after it. A run that was
--- interrupted is completed by the next.
---
--- Source operations: as of `suspend`.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param options dnp.provisioning.UnsuspendOptions? `space`: only that one
---@return dnp.provisioning.Report?
---@return dnp.provisioning.Error err of kind "conflict" when it is cancelled or pending
function suspend.unsuspend(panel, who, options)
  local context, checked = workflow.begin("unsuspend", panel, options, {
    space = workflow.SPACE,
    remembered = { type = "table", check = status_targets.is_snapshot },
  })
  workflow.who("unsuspend", who)
  return change_status("unsuspend", context, checked, who, ACTIVE)
end

return suspend
