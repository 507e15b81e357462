--- Carries out tasks, one after another, and reports what became of them. If one fails, those before it are undone.

local failure = require "dnp.failure"
local perform = require "dnp.provisioning.apply.perform"
local protect = require "dnp.protect"
local retry = require "dnp.provisioning.retry.retry"
local rollback = require "dnp.provisioning.apply.rollback"

local executor = {}

---- reports ----

local COUNTED = {
  { "done", "%d done" },
  { "kept", "%d done and not undone" },
  { "undone", "%d undone" },
  { "not_done", "%d not done" },
  { "unknown", "%d unknown" },
}

local function summary(report)
  local parts = {}
  for _, entry in ipairs(COUNTED) do
    local count = report:count(entry[1])
    if count > 0 then
      parts[#parts + 1] = entry[2]:format(count)
    end
  end
  return table.concat(parts, ", ")
end

-- A workflow that failed is not done, even if each of its steps is: something is there that should not be.
local function outcome(report)
  local all = report:outcome()
  return all == "done" and "partly_done" or all
end

-- The error of the step that failed, with what became of all the others.
local function error_of(report, step, err)
  local count = #report.steps
  return failure.new {
    kind = err.kind,
    code = err.code,
    name = err.name,
    field = err.field,
    operation = err.operation or step.operation,
    http_status = err.http_status,
    exceeding_quotas = err.exceeding_quotas,
    outcome = outcome(report),
    message = ("%s: %s failed: %s (of %d step%s: %s)"):format(report.workflow, step.text, err.message, count,
      count == 1 and "" or "s", summary(report)),
    cause = err,
    steps = report.steps,
    report = report,
    plan = report,
  }
end

---- all tasks ----

-- A pause that is interrupted raises outside of the calls.
local function protected_call(part, ...)
  local good, state, err = protect.call(part, ...)
  if not good then
    return "unknown", failure.raised(state)
  end
  return state, err
end

-- Which tasks must not arrive late, because a later one writes the same. What follows a task does.
local function find_superseded(tasks)
  local later = {}
  for index = #tasks, 1, -1 do
    local task = tasks[index]
    if task.writes then
      task.superseded = later[task.writes] or task.follow ~= nil
      later[task.writes] = true
    end
  end
end

-- Puts what follows a task into the report. What a task led to is unknown as long as that cannot be read.
local function insert_followers(context, report, tasks, index)
  local followers, err = perform.insert_followers(context, tasks, index)
  if not followers then
    return "unknown", err
  elseif followers > 0 then
    for place = index + 1, #tasks do
      report.steps[place] = tasks[place].step
    end
    find_superseded(tasks)
  end
  return "done"
end

-- Performs or probes one task, and puts what follows it into the report.
local function run_part(part, context, report, tasks, index, ...)
  local state, err = protected_call(part, context, tasks[index], ...)
  if state == "done" then
    return protected_call(insert_followers, context, report, tasks, index)
  end
  return state, err
end

-- Performs one task. What is unknown at first may be known when an outage is over.
local function run_task(context, report, tasks, index)
  local step = tasks[index].step
  step.state, step.error = run_part(perform.task, context, report, tasks, index)
  if step.state == "unknown" then
    step.state, step.error = run_part(perform.probe_again, context:renew(), report, tasks, index, step.error)
  end
  return step.state == "done", step.error
end

---- checks ----

-- What is left to be checked of a task that is done.
local function check_of(task)
  if task.final_check then
    return task.final_check
  elseif task.deferred and task.verify then
    return function(context)
      return perform.verify(context, task)
    end
  end
  return nil
end

-- Checks the tasks that are done, at once where the session can: the first of which something is wrong, and what.
local function check_all(context, tasks)
  local checks, seen = {}, {}
  for _, task in ipairs(tasks) do
    local check = task.step.state == "done" and check_of(task)
    if check and not seen[check] then
      seen[check] = true
      checks[#checks + 1] = { task = task, check = check }
    end
  end
  context:map(checks, 1, #checks, function(one)
    one.state, one.err = protected_call(one.check, context, perform.run_task)
    -- Nothing is undone for an outage that is over by now.
    if one.state ~= "done" and retry.is_transient(one.err) then
      one.state, one.err = protected_call(one.check, context:renew(), perform.run_task)
    end
    return true
  end)
  for _, one in ipairs(checks) do
    if one.state ~= "done" then
      one.task.step.state = one.state or "done"
      return one.task, one.err
    end
  end
  return nil
end

-- What cannot be undone, or takes something away, comes when all that was done before is sure.
local function is_final(task)
  return task.removes or not task.undo
end

-- The first task that fails, and why.
local function first_failure(context, report, tasks)
  local index = 1
  while tasks[index] do
    if is_final(tasks[index]) then
      local failed, reason = check_all(context, tasks)
      if failed then
        return failed, reason
      end
    end
    local done, err = run_task(context, report, tasks, index)
    if not done then
      return tasks[index], err
    end
    report.changed = true
    index = index + 1
  end
  return check_all(context, tasks)
end

--- Carries out tasks.
---@param report dnp.provisioning.Report its steps are those of the tasks, in order
---@param on_failure "undo"|"keep"
---@return dnp.provisioning.Report? report with the results
---@return dnp.provisioning.Error err with `steps` and `report`
function executor.run(context, report, tasks, on_failure)
  find_superseded(tasks)
  for _, task in ipairs(tasks) do
    task.deferred = task.verify_last
  end
  local failed, err = first_failure(context, report, tasks)
  if not failed then
    return report
  end
  failed.step.error = err
  if on_failure == "undo" then
    rollback.run(context:renew(), tasks)
  end
  report.changed = report:outcome() ~= "not_done"
  return nil, error_of(report, failed.step, err)
end

return executor
