--- What all workflows share: their options, their beginning, their report.

local carry_out = require "dnp.provisioning.carry_out"
local check = require "dnp.provisioning.check"
local context = require "dnp.provisioning.context"
local plan = require "dnp.provisioning.plan"
local spec = require "dnp.provisioning.spec"

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

--- Checks the options of a workflow, and whose account it is about; begins it.
---@param name string
---@param panel dnp.Session
---@param given table? as the caller gave them
---@param own table<string, dnp.provisioning.Field>? besides those that all workflows have
---@return dnp.provisioning.Context
---@return table options
function workflow.begin(name, panel, given, own)
  check.panel(name, panel, 3)
  local options = check.options(name, given, context.fields(own or {}), 3)
  return context.new(panel, options, 3), options
end

--- Whom a workflow is about.
---@param name string
---@param who any
---@return integer|string
function workflow.who(name, who)
  local value, complaint = spec.who("argument 2 (who)", who)
  if value == nil then
    error(("%s: %s"):format(name, complaint), 3)
  end
  return value
end

--- Makes the plan of a workflow and carries it out, unless it is a dry run.
---@param name string
---@param run dnp.provisioning.Context
---@param options dnp.provisioning.WorkflowOptions
---@param tasks dnp.provisioning.Task[]
---@param about table further fields of the plan: whose account it is
---@return dnp.provisioning.Plan?
---@return dnp.provisioning.Error? err
function workflow.run(name, run, options, tasks, about)
  about.workflow, about.dry_run, about.steps = name, options.dry_run, {}
  for index, task in ipairs(tasks) do
    about.steps[index] = task.step
  end
  local made = plan.new(about)
  if options.dry_run then
    return made
  end
  return carry_out.all(run, made, tasks, options.on_failure)
end

return workflow
