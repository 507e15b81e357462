--- Accounts as a whole: what there must be, compared with what is there, and brought about.

local dnp = require "dnp"
local check = require "dnp.provisioning.model.options"
local difference = require "dnp.provisioning.diff.account"
local failure = require "dnp.provisioning.model.failure"
local lookup = require "dnp.provisioning.read.resolve"
local preflight = require "dnp.provisioning.apply.preflight"
local spec = require "dnp.provisioning.model.spec"
local terminate = require "dnp.provisioning.workflows.terminate"
local values = require "dnp.provisioning.model.values"
local workflow = require "dnp.provisioning.workflows.workflow"

local account = {}

---- bringing a spec about ----

-- Ids that become known while the plan is carried out.
local function fill_in(plan, found)
  plan.user_id = found.user.id
  plan.spaces = found.spaces
end

-- How often a spec is compared anew when others make the account, or a space of it, meanwhile.
local ROUNDS = 3

-- Whether another run made the account while this one was about to: then there is nothing to be said against it.
local function was_overtaken(err, options)
  local first = err.steps and err.steps[1]
  return not options.must_be_new and first ~= nil and first.action == "add_user" and err.code == -100
    and err.outcome == "not_done"
end

-- Compares and brings about once. The third value tells that what is in the way may be gone in a moment.
local function bring_about_once(name, context, options, wanted, planning)
  local found, err, may_pass = difference.find(planning or context:remembering(), wanted, options)
  if not found then
    return nil, err, may_pass
  end
  local plan
  plan, err = workflow.run(name, context, options, found:tasks(), {
    username = found.user.name,
    stayed = found.stayed,
    notes = found.notes,
  }, function(caller, unchecked)
    return preflight.account(context, found, caller, unchecked)
  end)
  -- A dry run that finds something out has no plan.
  if plan or err.plan then
    fill_in(plan or err.plan, found)
  end
  return plan, err
end

-- `planning` has read something already.
local function bring_about(name, context, options, wanted, planning)
  local plan, err, may_pass
  for round = 1, ROUNDS do
    plan, err, may_pass = bring_about_once(name, context, options, wanted, planning)
    local again = not plan and round < ROUNDS
      and (was_overtaken(err, options) or may_pass and context.policy:pause(round))
    if not again then
      break
    end
  end
  if not plan then
    return nil, err
  end
  return plan
end

-- No tasks, if there is no such account: one that cannot be seen is not one that is not there.
local function nothing_to_delete(run, name)
  local exists, err = run:read("user_exists", name)
  if exists then
    return nil, failure.new {
      kind = "conflict",
      message = ("ensure_account: there is a user %s, but this account may not see it"):format(values.show(name)),
    }
  end
  return exists == false and {} or nil, err
end

-- Sees to it that there is no such account.
local function bring_to_nothing(run, options, user)
  local info, err = lookup.user(run, user.UserId or user.Username)
  local tasks = {}
  if info then
    tasks, err = terminate.tasks(run, info, false)
  elseif info == false and user.Username then
    tasks, err = nothing_to_delete(run, user.Username)
  end
  if info == nil or not tasks then
    return nil, err
  end
  return workflow.run("ensure_account", run, options, tasks, {
    username = info and info.Username or user.Username,
    user_id = info and info.UserId or nil,
  })
end

---@class dnp.provisioning.AccountOptions: dnp.provisioning.WorkflowOptions
---@field send_letter boolean? send the account letter to a new account (false)

local LETTER = { send_letter = { type = "boolean", default = false } }

--- Brings an account to the state that a spec names, whatever is there now: makes what is missing, changes what
--- differs, removes what the spec does not want, in this order. Fields that the spec does not name stay as they are. A
--- second run changes nothing.
---
--- Raises when the spec or the options are wrong, with path and reason, before anything is sent.
---@param panel dnp.Session
---@param wanted dnp.provisioning.AccountSpec
---@param options dnp.provisioning.AccountOptions?
---@return dnp.provisioning.Plan? plan with what became of each step
---@return dnp.provisioning.Error? err with `steps`: those done, undone, not done, unknown
function account.ensure_account(panel, wanted, options)
  local context, checked = workflow.begin("ensure_account", panel, options, LETTER)
  local copy = workflow.accept("ensure_account", spec.account(wanted, context.dialect))
  if copy.absent then
    return bring_to_nothing(context, checked, copy.user)
  end
  return bring_about("ensure_account", context, checked, copy)
end

--- Checks a spec without a panel: what `ensure_account` would raise.
---@param wanted any
---@param dialect string
---@param options { new: boolean? }? `new`: as `create_account` would
---@return true?
---@return string? complaint with the path to the value: "spec.user.City: must be ..."
function account.check_spec(wanted, dialect, options)
  check.value("check_spec: argument 2 (dialect)", dialect, { type = "string", values = dnp.dialects }, 2)
  local checked = check.options("check_spec", options, { new = { type = "boolean", default = false } }, 2)
  local copy, complaint = (checked.new and spec.new_account or spec.account)(wanted, dialect)
  return copy and true, complaint
end

--- Makes a new account with its spaces and add-ons. If a step fails, all of it is taken back.
---
--- The spec is that of `ensure_account`; it must name all that a new account needs. A user name that is taken is an
--- error with code -100; an AddUser whose answer was lost is not such a case, it is settled.
---@param panel dnp.Session
---@param wanted dnp.provisioning.AccountSpec
---@param options dnp.provisioning.AccountOptions?
---@return dnp.provisioning.Plan?
---@return dnp.provisioning.Error?
function account.create_account(panel, wanted, options)
  local context, checked = workflow.begin("create_account", panel, options, LETTER)
  local copy = workflow.accept("create_account", spec.new_account(wanted, context.dialect))
  checked.must_be_new = true
  return bring_about("create_account", context, checked, copy)
end

---- parts of an account ----

-- Brings one space of an account to what `wanted` says.
local function change_space(name, context, options, who, wanted)
  local planning, calls = context:remembering(), { lookup.read_of_user(who) }
  difference.add_reads_of_plans(calls, { wanted })
  planning:read_ahead(calls)
  local info, err = lookup.known_user(planning, who)
  if not info then
    return nil, err
  end
  calls = { { "get_my_packages", info.UserId } }
  difference.add_reads_of_plans(calls, { wanted }, info.OwnerId)
  planning:read_ahead(calls)
  wanted.id, err = lookup.known_space_id(planning, info, options.space)
  if not wanted.id then
    return nil, err
  end
  return bring_about(name, context, options, { user = { UserId = info.UserId }, spaces = { wanted } }, planning)
end

---@class dnp.provisioning.ChangePlanOptions: dnp.provisioning.SpaceOptions
---@field addons dnp.provisioning.AddonSpec[]? all add-ons that the space shall have

--- Moves a space to another hosting plan, and gives it other add-ons if they are named: what is new is added first,
--- then the plan is changed, then what is no longer wanted is removed. A refusal for quotas carries
--- `err.exceeding_quotas`.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param plan integer|string id, or name among the plans of the account's owner
---@param options dnp.provisioning.ChangePlanOptions?
---@return dnp.provisioning.Plan?
---@return dnp.provisioning.Error?
function account.change_plan(panel, who, plan, options)
  local context, checked = workflow.begin("change_plan", panel, options, {
    space = workflow.SPACE,
    addons = { type = "table" },
  })
  workflow.who("change_plan", who)
  local wanted = { path = "space", plan = workflow.accept("change_plan", spec.plan("plan", plan)) }
  if checked.addons then
    wanted.addons = workflow.accept("change_plan", spec.addons("addons", checked.addons))
  end
  return change_space("change_plan", context, checked, who, wanted)
end

--- Gives a space exactly these add-ons: adds what is missing, changes quantities, then removes the others.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param addons dnp.provisioning.AddonSpec[]
---@param options dnp.provisioning.SpaceOptions?
---@return dnp.provisioning.Plan?
---@return dnp.provisioning.Error?
function account.set_addons(panel, who, addons, options)
  local context, checked = workflow.begin("set_addons", panel, options, { space = workflow.SPACE })
  workflow.who("set_addons", who)
  local wanted = { path = "space", addons = workflow.accept("set_addons", spec.addons("addons", addons)) }
  return change_space("set_addons", context, checked, who, wanted)
end

return account
