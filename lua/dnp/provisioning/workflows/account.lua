--- Accounts as a whole: the desired state is compared with the actual one, and the steps between are carried out.

local dnp = require "dnp"
local account_diff = require "dnp.provisioning.diff.account"
local arguments = require "dnp.arguments"
local failure = require "dnp.failure"
local labels = require "dnp.provisioning.model.labels"
local preflight = require "dnp.provisioning.apply.preflight"
local resolve = require "dnp.provisioning.read.resolve"
local spaces_diff = require "dnp.provisioning.diff.spaces"
local spec = require "dnp.provisioning.model.spec"
local terminate = require "dnp.provisioning.workflows.terminate"
local workflow = require "dnp.provisioning.workflows.workflow"

local account = {}

---- applying a spec ----

-- Ids that become known while steps are carried out.
local function fill_in(report, diff)
  report.user_id = diff.user.id
  report.spaces = diff.spaces
end

-- How often a spec is compared anew when others create the account, or a space of it, meanwhile.
local ROUNDS = 3

-- Whether another run created the account while this one was about to: then the account is not in the way.
local function lost_race(err, options)
  local first = err.steps and err.steps[1]
  return not options.must_be_new and first ~= nil and first.action == "add_user" and err.code == -100
    and err.outcome == "not_done"
end

-- Compares and carries out once.
local function apply_once(name, context, options, desired, reader)
  local diff, err = account_diff.compute(reader or context:caching(), desired, options)
  if not diff then
    return nil, err
  end
  local report
  report, err = workflow.run(name, context, options, diff:tasks(), {
    username = diff.user.name,
    stayed = diff.stayed,
    notes = diff.notes,
  }, function(caller, unchecked)
    return preflight.account(context, diff, caller, unchecked)
  end)
  -- A dry run that finds something out has no report.
  if report or err.report then
    fill_in(report or err.report, diff)
  end
  return report, err
end

-- Whether what is in the way may be gone in a moment: spaces that other runs are about to remove.
local function may_resolve_itself(err)
  return err.kind == "conflict" and err.retryable and not err.report
end

-- `reader` is a context that has read something already.
local function apply(name, context, options, desired, reader)
  local report, err
  for round = 1, ROUNDS do
    report, err = apply_once(name, context, options, desired, reader)
    local again = not report and round < ROUNDS
      and (lost_race(err, options) or may_resolve_itself(err) and context.policy:pause(round))
    if not again then
      break
    end
  end
  if not report then
    return nil, err
  end
  return report
end

-- No tasks, if the account does not exist: one that cannot be seen may exist.
local function nothing_to_delete(context, name)
  local exists, err = context:read("user_exists", name)
  if exists then
    return nil, failure.new {
      kind = "conflict",
      message = ("ensure_account: there is a user %s, but this account may not see it"):format(labels.quote(name)),
    }
  end
  return exists == false and {} or nil, err
end

-- Deletes the account, if it exists.
local function ensure_absent(context, options, user)
  local info, err = resolve.user(context, user.UserId or user.Username)
  local tasks
  if info then
    tasks, err = terminate.tasks(context, info, false)
  elseif info == false then
    tasks = {}
    if user.Username then
      tasks, err = nothing_to_delete(context, user.Username)
    end
  end
  if not tasks then
    return nil, err
  end
  return workflow.run("ensure_account", context, options, tasks, {
    username = info and info.Username or user.Username,
    user_id = info and info.UserId or nil,
  })
end

---@class dnp.provisioning.AccountOptions: dnp.provisioning.WorkflowOptions
---@field send_letter boolean? send the account letter to a new account (false)

local LETTER = { send_letter = { type = "boolean", default = false } }

--- Brings an account to the desired state, whatever its actual state is: creates what is missing, changes what differs,
--- removes what the spec does not want, in this order. Fields that the spec does not name stay as they are. A second
--- run changes nothing.
---
--- Raises when the spec or the options are wrong, with path and reason, before anything is sent.
---
--- Source operations: GetUserByUsername, GetMyPackages, GetPackage, GetPackageAddons, GetPackageAddon, GetHostingPlans,
--- GetHostingAddons, GetHostingPlan to compare; AddUser, AddPackage, AddPackageAddon, UpdateUser, UpdatePackage,
--- UpdatePackageName, UpdatePackageAddon, ChangeUserStatus, ChangePackageStatus, DeletePackage, DeletePackageAddon.
---@param panel dnp.Session
---@param desired dnp.provisioning.AccountSpec
---@param options dnp.provisioning.AccountOptions?
---@return dnp.provisioning.Report? report with what became of each step
---@return dnp.provisioning.Error err with `report` and `steps`: those done, undone, not done, unknown
function account.ensure_account(panel, desired, options)
  local context, checked = workflow.begin("ensure_account", panel, options, LETTER)
  local copy = workflow.accept("ensure_account", spec.account(desired, context.dialect))
  if copy.absent then
    return ensure_absent(context, checked, copy.user)
  end
  return apply("ensure_account", context, checked, copy)
end

--- Validates a spec without a panel: what `ensure_account` would raise.
---@param desired any
---@param dialect dnp.Dialect
---@param options { new: boolean? }? `new`: as `create_account` would
---@return true? valid
---@return string? reason with the path to the value: "spec.user.City: must be ..."
function account.check_spec(desired, dialect, options)
  arguments.value("check_spec: argument 2 (dialect)", dialect, { type = "string", values = dnp.dialects }, 2)
  local checked = arguments.options("check_spec", options, { new = { type = "boolean", default = false } }, 2)
  local copy, reason = (checked.new and spec.new_account or spec.account)(desired, dialect)
  return copy and true, reason
end

--- Creates a new account with its spaces and add-ons. If a step fails, all of it is rolled back.
---
--- The spec is that of `ensure_account`; it must name all that a new account needs. A user name that is taken is an
--- error with code -100; an AddUser whose response was lost is not such a case, it is reconciled.
---
--- Source operations: AddUser, AddPackage, AddPackageAddon; GetUserByUsername, UserExists, GetMyPackages and others to
--- find out what became of them.
---@param panel dnp.Session
---@param desired dnp.provisioning.AccountSpec
---@param options dnp.provisioning.AccountOptions?
---@return dnp.provisioning.Report?
---@return dnp.provisioning.Error
function account.create_account(panel, desired, options)
  local context, checked = workflow.begin("create_account", panel, options, LETTER)
  local copy = workflow.accept("create_account", spec.new_account(desired, context.dialect))
  checked.must_be_new = true
  return apply("create_account", context, checked, copy)
end

---- parts of an account ----

-- Brings one space of an account to the desired state.
local function change_space(name, context, options, who, desired)
  local reader, calls = context:caching(), { resolve.read_of_user(who) }
  spaces_diff.add_reads_of_plans(calls, { desired })
  reader:prefetch(calls)
  local info, err = resolve.known_user(reader, who)
  if not info then
    return nil, err
  end
  calls = { { "get_my_packages", info.UserId } }
  spaces_diff.add_reads_of_plans(calls, { desired }, info.OwnerId)
  reader:prefetch(calls)
  desired.id, err = resolve.known_space_id(reader, info, options.space)
  if not desired.id then
    return nil, err
  end
  return apply(name, context, options, { user = { UserId = info.UserId }, spaces = { desired } }, reader)
end

---@class dnp.provisioning.ChangePlanOptions: dnp.provisioning.SpaceOptions
---@field addons dnp.provisioning.AddonSpec[]? all add-ons that the space must have

--- Moves a space to another hosting plan, and gives it other add-ons if they are named: what is new is added first,
--- then the plan is changed, then what is no longer desired is removed. A refusal for quotas has
--- `err.exceeding_quotas`.
---
--- Source operations: UpdatePackage, AddPackageAddon, UpdatePackageAddon, DeletePackageAddon.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param plan integer|string id, or name among the plans of the account's owner
---@param options dnp.provisioning.ChangePlanOptions?
---@return dnp.provisioning.Report?
---@return dnp.provisioning.Error
function account.change_plan(panel, who, plan, options)
  local context, checked = workflow.begin("change_plan", panel, options, {
    space = workflow.SPACE,
    addons = { type = "table" },
  })
  workflow.who("change_plan", who)
  local desired = { path = "space", plan = workflow.accept("change_plan", spec.plan("plan", plan)) }
  if checked.addons then
    desired.addons = workflow.accept("change_plan", spec.addons("addons", checked.addons))
  end
  return change_space("change_plan", context, checked, who, desired)
end

--- Gives a space exactly these add-ons: adds what is missing, changes what differs, then removes the others.
---
--- Source operations: AddPackageAddon, UpdatePackageAddon, DeletePackageAddon.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param addons dnp.provisioning.AddonSpec[]
---@param options dnp.provisioning.SpaceOptions?
---@return dnp.provisioning.Report?
---@return dnp.provisioning.Error
function account.set_addons(panel, who, addons, options)
  local context, checked = workflow.begin("set_addons", panel, options, { space = workflow.SPACE })
  workflow.who("set_addons", who)
  local desired = { path = "space", addons = workflow.accept("set_addons", spec.addons("addons", addons)) }
  return change_space("set_addons", context, checked, who, desired)
end

return account
