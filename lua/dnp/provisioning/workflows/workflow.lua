--- What all workflows share: validation of arguments and options, dry runs, carrying out.

local arguments = require "dnp.arguments"
local contexts = require "dnp.provisioning.retry.context"
local executor = require "dnp.provisioning.apply.executor"
local failure = require "dnp.failure"
local preflight = require "dnp.provisioning.apply.preflight"
local reports = require "dnp.provisioning.apply.report"
local spec = require "dnp.provisioning.model.spec"

local workflow = {}

--- Raises at the caller of the workflow when an argument is wrong.
---@generic T
---@param name string of the workflow
---@param value T? nil: it is wrong
---@param reason string?
---@return T value
function workflow.accept(name, value, reason)
  if value == nil then
    error(("%s: %s"):format(name, reason), 3)
  end
  return value
end

--- The option that says which space of an account is meant, by id or name.
workflow.SPACE = arguments.ID_OR_NAME

--- Validates the options of a workflow and begins it. Raises at the caller of the workflow when they are wrong.
---@param name string
---@param panel dnp.Session
---@param given table? as the caller passed them
---@param own table<string, dnp.Field>? besides those of all workflows
---@return dnp.provisioning.Context
---@return table options
function workflow.begin(name, panel, given, own)
  arguments.session(name, panel, 3)
  local options = arguments.options(name, given, contexts.fields(own or {}), 3)
  return contexts.new(panel, options, 3), options
end

--- Whom a workflow is about. Raises at the caller of the workflow when nobody can be meant.
---@param name string
---@param who any
---@return integer|string
function workflow.who(name, who)
  -- A tail call, so that the caller of the workflow is as many levels up as for `accept` itself.
  return workflow.accept(name, spec.who("argument 2 (who)", who))
end

-- Finds out by reading alone whether the steps are likely to work.
local function check_dry_run(name, context, report, tasks, check)
  report.unchecked = {}
  if #tasks == 0 then
    return report
  end
  local good, err = preflight.caller(context, tasks)
  if good and check then
    good, err = check(good, report.unchecked)
  end
  if good then
    return report
  elseif err.kind == "conflict" or err.kind == "absent" then
    err.message = ("%s: %s"):format(name, err.message)
  end
  return nil, err
end

-- Asks the caller whether these steps may be carried out, if there are any.
local function check_approval(name, report, approve)
  local approved, reason = true, nil
  if approve and #report.steps > 0 then
    approved, reason = approve(report)
  end
  if approved then
    return true
  end
  return nil, failure.new {
    kind = "conflict", message = ("%s: %s"):format(name, reason or "not approved, so nothing was done"),
  }
end

--- Carries out the tasks of a workflow, unless it is a dry run, or is not approved.
---@param name string
---@param context dnp.provisioning.Context
---@param options dnp.provisioning.WorkflowOptions
---@param tasks dnp.provisioning.Task[]
---@param about table further fields of the report: whose account it is
---@param check (fun(caller: dnp.UserInfo, unchecked: string[]): true?, table?)? further checks of a dry run
---@return dnp.provisioning.Report?
---@return dnp.provisioning.Error err
function workflow.run(name, context, options, tasks, about, check)
  about.workflow, about.dry_run, about.steps = name, options.dry_run, {}
  for index, task in ipairs(tasks) do
    about.steps[index] = task.step
  end
  local report = reports.new(about)
  if options.dry_run then
    return check_dry_run(name, context, report, tasks, check)
  end
  local approved, err = check_approval(name, report, options.approve)
  if not approved then
    return nil, err
  end
  return executor.run(context, report, tasks, options.on_failure)
end

return workflow
