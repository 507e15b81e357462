--- What all workflows share: their options, their beginning, their report.

local carry_out = require "dnp.provisioning.apply.executor"
local check = require "dnp.provisioning.model.options"
local context = require "dnp.provisioning.retry.context"
local plan = require "dnp.provisioning.apply.report"
local preflight = require "dnp.provisioning.apply.preflight"
local spec = require "dnp.provisioning.model.spec"

local workflow = {}

--- Raises a complaint about an argument at the caller of the workflow.
---@generic T
---@param name string of the workflow
---@param value T
---@param complaint string?
---@return T value
function workflow.accept(name, value, complaint)
  if value == nil then
    error(("%s: %s"):format(name, complaint), 3)
  end
  return value
end

--- The option that says which space of an account is meant, by id or name.
workflow.SPACE = check.ID_OR_NAME

--- Checks the options of a workflow and begins it. Raises at the caller of the workflow when they are wrong.
---@param name string
---@param panel dnp.Session
---@param given table? as the caller gave them
---@param own table<string, dnp.provisioning.Field>? besides those that all workflows have
---@return dnp.provisioning.Context
---@return table options
function workflow.begin(name, panel, given, own)
  check.session(name, panel, 3)
  local options = check.options(name, given, context.fields(own or {}), 3)
  return context.new(panel, options, 3), options
end

--- Whom a workflow is about. Raises at the caller of the workflow when nobody can be meant.
---@param name string
---@param who any
---@return integer|string
function workflow.who(name, who)
  -- A tail call, so that the caller of the workflow is as many levels up as for `accept` itself.
  return workflow.accept(name, spec.who("argument 2 (who)", who))
end

-- Finds out by reading alone whether a plan is likely to work.
local function rehearse(name, run, made, tasks, foresee)
  made.unchecked = {}
  if #tasks == 0 then
    return made
  end
  local good, err = preflight.caller(run, tasks)
  if good and foresee then
    good, err = foresee(good, made.unchecked)
  end
  if good then
    return made
  elseif err.kind == "conflict" or err.kind == "absent" then
    err.message = ("%s: %s"):format(name, err.message)
  end
  return nil, err
end

--- Makes the plan of a workflow and carries it out, unless it is a dry run.
---@param name string
---@param run dnp.provisioning.Context
---@param options dnp.provisioning.WorkflowOptions
---@param tasks dnp.provisioning.Task[]
---@param about table further fields of the plan: whose account it is
---@param foresee (fun(caller: dnp.UserInfo, unchecked: string[]): true?, table?)? checks what a dry run plans
---@return dnp.provisioning.Plan?
---@return dnp.provisioning.Error? err
function workflow.run(name, run, options, tasks, about, foresee)
  about.workflow, about.dry_run, about.steps = name, options.dry_run, {}
  for index, task in ipairs(tasks) do
    about.steps[index] = task.step
  end
  local made = plan.new(about)
  if options.dry_run then
    return rehearse(name, run, made, tasks, foresee)
  end
  return carry_out.all(run, made, tasks, options.on_failure)
end

return workflow
