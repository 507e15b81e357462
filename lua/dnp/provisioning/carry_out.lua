--- Carries out the tasks of a plan so that none is done twice and what is reported is what happened.
---
--- A call whose answer was lost is settled before anything else: the panel is asked, several times with pauses between
--- because the lost request may still be on its way, and only what surely was not done is repeated. If a task fails,
--- those before it are undone in reverse order, as far as that is possible.

local failure = require "dnp.provisioning.failure"
local retry = require "dnp.provisioning.retry"
local wait = require "dnp.provisioning.wait"

--- One step with all that is needed to do it, to find out whether it was done, and to undo it. The functions are
--- given the context to work with, because the way back has its own deadline.
---@class dnp.provisioning.Task
---@field step dnp.provisioning.Step what the caller sees of it
---@field prepare (fun(context: dnp.provisioning.Context): true?, table?)? before each call: reads what it needs
---@field call fun(context: dnp.provisioning.Context): any, table? changes something
---@field look fun(context: dnp.provisioning.Context): dnp.provisioning.Sight?, any whether it was done; nil and an
---       error when the panel cannot be asked
---@field already integer? the code with which the panel refuses what is done already
---@field take fun(id: integer?)? told the id of what was made; nil when it was taken back
---@field twin (fun(context: dnp.provisioning.Context, id: integer): integer|false|nil, table?)? another record like the
---       one made, which a lost call made; false when there is none
---@field waits string? the panel goes on in the background; what is waited for
---@field verify (fun(context: dnp.provisioning.Context): dnp.provisioning.Sight?, any)? whether a success was one; if
---       not, what differs
---@field follow (fun(context: dnp.provisioning.Context): dnp.provisioning.Task[]?, table?)? once it is done: the tasks
---       that come next, which nobody could foresee
---@field undo (fun(context: dnp.provisioning.Context): dnp.provisioning.Task[]?, table?)? what takes it back, if
---       anything can
---@field inside dnp.provisioning.Task? the task that made what this one is part of, and whose undoing takes both back

---@alias dnp.provisioning.Sight
---| "done" # with the id, if one was made
---| "not_done" # surely not
---| "pending" # not, or not all of it; the panel may be at it, and a repeat does no harm
---| "taken" # something else is there in its place; with an error

local carry_out = {}

-- How often the panel is asked, with pauses, before a lost change counts as not done.
local LOOKS = 3

-- A raise in the middle of a workflow must not leave it half-done, so it becomes an error.
local function guarded(part, context)
  local good, value, err = pcall(part, context)
  if not good then
    return nil, failure.raised(value)
  end
  return value, err
end

-- Whether a task is done: a sight, or nil and why the panel cannot be asked. A record that is gone was not changed.
local function see(look, context)
  local sight, value = guarded(look, context)
  if sight == nil and value and value.kind == "absent" then
    return "not_done", value
  end
  return sight, value
end

-- Asks whether a lost change was done: a sight, or nil and why the panel cannot be asked.
local function settle(context, task)
  for look = 1, LOOKS do
    local sight, value = see(task.look, context)
    if sight ~= "not_done" and sight ~= "pending" then
      return sight, value
    elseif look == LOOKS then
      return sight
    elseif not context.policy:pause(look) then
      return nil, select(2, context.policy:check_deadline("asking whether it was done"))
    end
  end
end

-- Waits until the panel is done with what it has begun.
local function wait_for(context, task)
  if not task.waits then
    return true
  end
  return wait.wait_until(context.panel, function()
    local sight, err = guarded(task.look, context)
    if sight == nil and err.name ~= "deadline" then
      return nil, err
    end
    return sight == "done"
  end, { what = task.waits, policy = context.policy })
end

local carry_out_task

-- When a lost request was carried out late after all, there are two: the one whose id we know is taken away.
local function remove_twin(context, task, id)
  local twin, err = task.twin(context, id)
  if not twin then
    return twin == false and id or nil, err
  end
  for _, removal in ipairs(task.undo(context)) do
    local state, reason = carry_out_task(context, removal)
    if state ~= "done" then
      return nil, reason
    end
  end
  return twin
end

-- Notes the id of what was made.
local function take(context, task, id, doubtful)
  if not task.take then
    return true
  end
  task.take(id)
  if doubtful and task.twin then
    local err
    id, err = remove_twin(context, task, id)
    if not id then
      return nil, err
    end
    task.take(id)
  end
  task.step.id = id
  return true
end

-- A panel says yes also to what it does in its own way. Where that cannot be read, its word is good enough.
local function verify(context, task)
  if not task.verify then
    return "done"
  end
  local sight, found = see(task.verify, context)
  if sight ~= "not_done" and sight ~= "pending" then
    return "done"
  end
  local differences = type(found) == "string" and found or nil
  return sight == "pending" and "unknown" or "not_done", failure.new {
    kind = "conflict",
    operation = task.step.operation,
    message = ("%s: the panel said yes, but afterwards %s"):format(task.step.operation, differences
      and ("the record was not as it was asked to be (%s)"):format(differences) or "the record was gone"),
    cause = not differences and found or nil,
  }
end

-- What follows a call that succeeded, or that was found to have.
local function finish(context, task, value, doubtful)
  local good, err = take(context, task, value, doubtful)
  if good then
    good, err = wait_for(context, task)
  end
  if not good then
    return "unknown", err
  end
  return verify(context, task)
end

-- Makes one call and finds out what became of it.
---@return "done"|"not_done"|"pending"|"taken"|nil sight nil: nobody can say
---@return any value_or_err
---@return table? err of the call itself
local function try(context, task, doubtful)
  local value, err = guarded(task.call, context)
  if value ~= nil then
    return "done", value
  end
  err = err or failure.new { kind = "protocol", message = task.step.operation .. ": no answer", outcome = "unknown" }
  -- After a lost request a refusal may be about what that request did.
  if err.outcome == "not_done" and not doubtful then
    return err.kind == "refused" and err.code == task.already and "done" or "not_done", err, err
  end
  local sight, found = settle(context, task)
  if sight == "done" then
    return "done", found
  end
  return sight, found or err, err
end

local function may_repeat(context, err, attempts)
  return attempts < context.policy.attempts and retry.is_passing(err) and context.policy:pause(attempts)
end

-- Prepares a call; what cannot be read ends the task, because reads have been repeated already.
local function prepare(context, task)
  local good, late = context.policy:check_deadline(task.step.text)
  if good and task.prepare then
    return guarded(task.prepare, context)
  end
  return good, late
end

---@param context dnp.provisioning.Context
---@param task dnp.provisioning.Task
---@return "done"|"not_done"|"unknown" state
---@return table? err
function carry_out_task(context, task)
  local doubtful, sight, attempts = false, "not_done", 0
  local result, err
  while true do
    local good, unprepared = prepare(context, task)
    if not good then
      return sight == "pending" and "unknown" or "not_done", err or unprepared
    end
    sight, result, err = try(context, task, doubtful)
    attempts = attempts + 1
    if sight == "done" then
      return finish(context, task, result, doubtful)
    elseif sight == "taken" then
      return "not_done", result
    elseif sight == nil then
      err.cause = result ~= err and result or nil
      return "unknown", err
    end
    doubtful = doubtful or err.outcome == "unknown"
    if not may_repeat(context, err, attempts) then
      return doubtful and sight == "pending" and "unknown" or "not_done", err
    end
  end
end

-- Puts what follows a task that is done right behind it. Gives how many tasks that are.
local function insert_followers(context, tasks, index)
  local task = tasks[index]
  if not task.follow then
    return 0
  end
  local followers, err = guarded(task.follow, context)
  if not followers then
    return nil, err
  end
  local added = #followers
  for place = added > 0 and #tasks or 0, index + 1, -1 do
    tasks[place + added] = tasks[place]
  end
  for place = 1, added do
    tasks[index + place] = followers[place]
  end
  return added
end

---- ways back ----

-- The outermost task in which this one is, if that one was done and can be undone.
local function container(task)
  local outer
  local candidate = task.inside
  while candidate do
    if candidate.undo and candidate.step.state == "done" then
      outer = candidate
    end
    candidate = candidate.inside
  end
  return outer
end

local function is_inside(task, outer)
  local candidate = task.inside
  while candidate do
    if candidate == outer then
      return true
    end
    candidate = candidate.inside
  end
  return false
end

-- Takes one task back. A way back of several steps that stops halfway leaves nobody knows what.
local function undo_task(context, task)
  if not task.undo then
    return "kept"
  end
  local ways, err = task.undo(context)
  if not ways then
    return "kept", err
  end
  local index = 1
  while ways[index] do
    local state
    state, err = carry_out_task(context, ways[index])
    if state ~= "done" then
      return (index > 1 or state == "unknown") and "unknown" or "kept", err
    end
    local followers
    followers, err = insert_followers(context, ways, index)
    if not followers then
      return "unknown", err
    end
    index = index + 1
  end
  return "undone"
end

local function mark_task(task, fate)
  task.step.state = fate
  if fate == "undone" and task.take then
    task.take(nil)
  end
end

-- What was made inside something shares its fate.
local function mark(tasks, outer, fate)
  mark_task(outer, fate)
  for _, task in ipairs(tasks) do
    local state = task.step.state
    if is_inside(task, outer) and (state == "unknown" and fate == "undone" or state == "done") then
      mark_task(task, fate)
    end
  end
end

-- An unknown task may be known by now; one that is there in part can be taken back. Returns whether it is known.
local function settle_again(context, task)
  local sight, value = settle(context, task)
  if sight == "done" or (sight == "pending" and task.undo) then
    task.step.state = take(context, task, value, false) and wait_for(context, task) and "done" or "unknown"
  elseif sight == "not_done" or sight == "taken" then
    task.step.state = "not_done"
  end
  return task.step.state ~= "unknown"
end

-- Returns whether to go on with the tasks before this one.
local function step_back(context, tasks, task)
  local state = task.step.state
  if (state == "done" or state == "unknown") and container(task) then
    return true
  end
  if state == "unknown" and not settle_again(context, task) then
    return false
  end
  if task.step.state ~= "done" then
    return true
  end
  local fate, err = undo_task(context, task)
  mark(tasks, task, fate)
  task.step.error = err
  return fate == "undone"
end

-- In reverse order, up to the first that cannot be taken back: what was done before that is what it was built on.
local function undo_all(context, tasks)
  local back = context:afresh()
  for index = #tasks, 1, -1 do
    local good, more = pcall(step_back, back, tasks, tasks[index])
    if not good then
      tasks[index].step.state, tasks[index].step.error = "unknown", failure.raised(more)
    end
    if not good or not more then
      break
    end
  end
  for _, task in ipairs(tasks) do
    if task.step.state == "done" then
      task.step.state = "kept"
    end
  end
end

-- A pause that is interrupted raises outside of the calls.
local function carry_out_safely(context, task)
  local good, state, err = pcall(carry_out_task, context, task)
  if not good then
    return "unknown", failure.raised(state)
  end
  return state, err
end

-- Carries out one of a plan's tasks and puts what follows it into the plan. What a task led to is unknown as long as
-- that cannot be read.
local function carry_out_with_followers(context, plan, tasks, index)
  local state, err = carry_out_safely(context, tasks[index])
  if state ~= "done" then
    return state, err
  end
  local followers
  followers, err = insert_followers(context, tasks, index)
  if not followers then
    return "unknown", err
  elseif followers > 0 then
    for place = index + 1, #tasks do
      plan.steps[place] = tasks[place].step
    end
  end
  return "done"
end

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
    outcome = plan:outcome(),
    message = ("%s: %s failed: %s (of %d step%s: %s)"):format(plan.workflow, step.text, err.message, count,
      count == 1 and "" or "s", summary(plan)),
    cause = err,
    steps = plan.steps,
    plan = plan,
  }
end

--- Carries out a plan.
---@param context dnp.provisioning.Context
---@param plan dnp.provisioning.Plan its steps are those of the tasks, in order
---@param tasks dnp.provisioning.Task[]
---@param on_failure "undo"|"keep"
---@return dnp.provisioning.Plan? plan with the results
---@return dnp.provisioning.Error? err with `steps` and `plan`
function carry_out.all(context, plan, tasks, on_failure)
  local index = 1
  while tasks[index] do
    local task = tasks[index]
    local step = task.step
    local state, err = carry_out_with_followers(context, plan, tasks, index)
    step.state, step.error = state, err
    if state ~= "done" then
      if on_failure == "undo" then
        undo_all(context, tasks)
      end
      plan.changed = plan:outcome() ~= "not_done"
      return nil, report(plan, step, err)
    end
    plan.changed = true
    index = index + 1
  end
  return plan
end

return carry_out
