--- Carries out the tasks of a plan, one after another, and reports what became of them. If one fails, those before it
--- are undone.

local attempt = require "dnp.provisioning.apply.attempt"
local failure = require "dnp.provisioning.model.failure"
local protect = require "dnp.protect"
local retry = require "dnp.provisioning.retry.retry"
local rollback = require "dnp.provisioning.apply.rollback"

local carry_out = {}

---- reports ----

local COUNTED = {
  { "done", "%d done" },
  { "kept", "%d done and not undone" },
  { "undone", "%d undone" },
  { "not_done", "%d not done" },
  { "unknown", "%d unknown" },
}

local function summary(plan)
  local parts = {}
  for _, entry in ipairs(COUNTED) do
    local count = plan:count(entry[1])
    if count > 0 then
      parts[#parts + 1] = entry[2]:format(count)
    end
  end
  return table.concat(parts, ", ")
end

-- A plan that failed is not done, even if each of its steps is: something is there that should not be.
local function outcome(plan)
  local all = plan:outcome()
  return all == "done" and "partly_done" or all
end

-- The error of the step that failed, with what became of all the others.
local function report(plan, step, err)
  local count = #plan.steps
  return failure.new {
    kind = err.kind,
    code = err.code,
    name = err.name,
    field = err.field,
    operation = err.operation or step.operation,
    http_status = err.http_status,
    exceeding_quotas = err.exceeding_quotas,
    outcome = outcome(plan),
    message = ("%s: %s failed: %s (of %d step%s: %s)"):format(plan.workflow, step.text, err.message, count,
      count == 1 and "" or "s", summary(plan)),
    cause = err,
    steps = plan.steps,
    plan = plan,
  }
end

---- all tasks ----

-- A pause that is interrupted raises outside of the calls.
local function safely(part, ...)
  local good, state, err = protect.call(part, ...)
  if not good then
    return "unknown", failure.raised(state)
  end
  return state, err
end

-- Which tasks must not be carried out late, because a later one writes the same. What follows a task does.
local function find_overtaken(tasks)
  local later = {}
  for index = #tasks, 1, -1 do
    local task = tasks[index]
    if task.writes then
      task.overtaken = later[task.writes] or task.follow ~= nil
      later[task.writes] = true
    end
  end
end

-- Puts what follows a task into the plan. What a task led to is unknown as long as that cannot be read.
local function insert_followers(context, plan, tasks, index)
  local followers, err = attempt.insert_followers(context, tasks, index)
  if not followers then
    return "unknown", err
  elseif followers > 0 then
    for place = index + 1, #tasks do
      plan.steps[place] = tasks[place].step
    end
    find_overtaken(tasks)
  end
  return "done"
end

-- Carries out one task, in one of two ways, and puts what follows it into the plan.
local function carry_out_one(part, context, plan, tasks, index, ...)
  local state, err = safely(part, context, tasks[index], ...)
  if state == "done" then
    return safely(insert_followers, context, plan, tasks, index)
  end
  return state, err
end

-- Carries out one task. What nobody can say at first may be known when an outage is over.
local function carry_out_task(context, plan, tasks, index)
  local step = tasks[index].step
  step.state, step.error = carry_out_one(attempt.task, context, plan, tasks, index)
  if step.state == "unknown" then
    step.state, step.error = carry_out_one(attempt.again, context:afresh(), plan, tasks, index, step.error)
  end
  return step.state == "done", step.error
end

---- checks ----

-- What is left to be checked of a task that is done.
local function check_of(task)
  if task.look_at_last then
    return task.look_at_last
  elseif task.deferred and task.verify then
    return function(context)
      return attempt.verify(context, task)
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
    one.state, one.err = safely(one.check, context, attempt.carry)
    -- Nothing is taken back for an outage that is over by now.
    if one.state ~= "done" and retry.is_transient(one.err) then
      one.state, one.err = safely(one.check, context:afresh(), attempt.carry)
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
local function first_failure(context, plan, tasks)
  local index = 1
  while tasks[index] do
    if is_final(tasks[index]) then
      local failed, reason = check_all(context, tasks)
      if failed then
        return failed, reason
      end
    end
    local done, err = carry_out_task(context, plan, tasks, index)
    if not done then
      return tasks[index], err
    end
    plan.changed = true
    index = index + 1
  end
  return check_all(context, tasks)
end

--- Carries out a plan.
---@param context dnp.provisioning.Context
---@param plan dnp.provisioning.Plan its steps are those of the tasks, in order
---@param tasks dnp.provisioning.Task[]
---@param on_failure "undo"|"keep"
---@return dnp.provisioning.Plan? plan with the results
---@return dnp.provisioning.Error? err with `steps` and `plan`
function carry_out.all(context, plan, tasks, on_failure)
  find_overtaken(tasks)
  for _, task in ipairs(tasks) do
    task.deferred = task.check_at_last
  end
  local failed, err = first_failure(context, plan, tasks)
  if not failed then
    return plan
  end
  failed.step.error = err
  if on_failure == "undo" then
    rollback.all(context:afresh(), tasks)
  end
  plan.changed = plan:outcome() ~= "not_done"
  return nil, report(plan, failed.step, err)
end

return carry_out
