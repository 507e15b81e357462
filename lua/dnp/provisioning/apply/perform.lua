--- Performs one task so that it is not done twice and what is reported is what happened.
---
--- A call whose response was lost is reconciled before anything else: the panel is probed, several times with pauses
--- between, because the lost request may still be on its way. What is harmless when it arrives late is then repeated.
--- What is not unique by name is probed until as long again has passed as the session gives a call, and is not repeated
--- at all after a timeout: then the request most likely is still running, and nobody can say for how long.

local failure = require "dnp.failure"
local poll = require "dnp.provisioning.retry.poll"
local protect = require "dnp.protect"
local retry = require "dnp.provisioning.retry.retry"

--- One step with all that is needed to do it, to find out whether it was done, and to undo it. The functions receive
--- the context to work with, because the rollback has its own deadline.
---@class dnp.provisioning.Task
---@field step dnp.provisioning.Step what the caller sees of it
---@field prepare (fun(context: dnp.provisioning.Context): true?, table?)? before each call: reads what it needs
---@field call fun(context: dnp.provisioning.Context): any, table? changes something
---Whether it was done; nil and an error when the panel cannot be asked.
---@field probe fun(context: dnp.provisioning.Context): dnp.provisioning.Observation?, any
---@field done_code integer? the code with which the panel refuses what is done already
---Receives the id of what was created, and whether the call itself returned it; nil when it was undone.
---@field on_created fun(id: integer?, returned: boolean?)?
---@field not_unique boolean? the panel would create a duplicate
---@field writes string? what it writes that a later task may write, too: "status", "settings"
---After adding: removes what there is too much of, and returns the id that stays.
---@field drop_duplicates (fun(context: dnp.provisioning.Context, run: dnp.provisioning.RunTask): integer?, table?)?
---The same when all is added; one function for all tasks that it is about.
---@field final_check (fun(context: dnp.provisioning.Context, run_task: dnp.provisioning.RunTask): "done"?, table?)?
---@field verify_last boolean? nothing is built on it, so `drop_duplicates` and `verify` can wait until all is done
---@field deferred boolean? they do
---Finds out whether another run made meanwhile what was refused.
---@field after_refusal (fun(context: dnp.provisioning.Context): dnp.provisioning.Observation?, any)?
---Before a rollback: removes what requests created that arrived late.
---@field remove_late (fun(context: dnp.provisioning.Context, run_task: dnp.provisioning.RunTask): true?, table?)?
---@field is_adopted (fun(): boolean?)? another run made what this task was to create
---@field repeat_first boolean? a probe has its price, and a repeat has none
---@field waits_for string? the panel goes on in the background; what is waited for
---Whether a success was one; if not, what differs.
---@field verify (fun(context: dnp.provisioning.Context): dnp.provisioning.Observation?, any)?
---Once it is done: the tasks that come next, which nobody could foresee.
---@field follow (fun(context: dnp.provisioning.Context): dnp.provisioning.Task[]?, table?)?
---The tasks that undo it, if anything can; or nil and why it stays.
---@field undo (fun(context: dnp.provisioning.Context): dnp.provisioning.Task[]?, table?)?
---@field inside dnp.provisioning.Task? the task that created what this one is part of, and whose undoing undoes both
---@field contains dnp.provisioning.Additions? what lies in what it creates, and goes when that is undone
---@field removes boolean? it takes something away
---@field superseded boolean? a later task writes the same: a request that arrives late would undo that
---@field ambiguous boolean? the outcome of a call of it was unknown
---@field lost_at number? when a call of it was lost that may still run, in seconds that the policy had slept
---@field late boolean? it was not seen in time, and may be done yet
---@field applied boolean? it was done, or in part; what followed failed

--- What a probe sees.
---@alias dnp.provisioning.Observation
---| "done" # with the id, if one was created
---| "not_done" # surely not
---| "pending" # not, or not all of it; the panel may be at it, and a repeat does no harm
---| "taken" # something else is there in its place; with an error

--- Performs a task that a task needs in between.
---@alias dnp.provisioning.RunTask fun(context: dnp.provisioning.Context, task: dnp.provisioning.Task): true?, table?

local perform = {}

-- How often the panel is probed, with pauses, before a lost change counts as not done and may be repeated.
local PROBES = 3

-- A raise in the middle of a workflow must not leave it half-done, so it becomes an error.
local function protected_call(part, ...)
  local good, value, err = protect.call(part, ...)
  if not good then
    return nil, failure.raised(value)
  end
  return value, err
end

---- what became of a call ----

-- Whether a task is done: an observation, or nil and why the panel cannot be asked. A record that is gone was not
-- changed.
local function observe(probe, context)
  local observation, value = protected_call(probe, context)
  if observation == nil and value and value.kind == "absent" then
    return "not_done", value
  end
  return observation, value
end

-- A gateway's time limit, like the session's own, says nothing about the request, which goes on behind it.
local GATEWAY_TIMEOUT = 504

local function timed_out(err)
  return err.outcome == "unknown" and (err.kind == "timeout" or err.http_status == GATEWAY_TIMEOUT)
end

-- What the panel itself responded to is over. What raised is the script's own affair, and Ctrl-C must not be kept
-- waiting.
local OVER = { fault = true, refused = true, raised = true }

local function may_still_run(err)
  return err.outcome == "unknown" and not OVER[err.kind]
end

-- Whether a task must not be repeated after a timeout.
local function must_not_repeat(task)
  return task.not_unique or task.superseded
end

-- Probes until it is seen, or until the window is over in which it most likely is done.
local function reconcile_in_window(context, task)
  local window = context:window(task.lost_at)
  while true do
    local observation, value = observe(task.probe, context)
    if observation ~= "not_done" and observation ~= "pending" then
      return observation, value
    end
    local more, late = window:pause()
    if late then
      return nil, late
    elseif not more then
      return observation
    end
  end
end

-- Finds out whether a lost change was done: an observation, or nil and why the panel cannot be asked.
local function reconcile(context, task)
  if task.lost_at then
    return reconcile_in_window(context, task)
  end
  local probes = task.repeat_first and 1 or PROBES
  for number = 1, probes do
    local observation, value = observe(task.probe, context)
    if observation ~= "not_done" and observation ~= "pending" then
      return observation, value
    elseif number == probes then
      return observation
    elseif not context.policy:pause(number) then
      return nil, select(2, context.policy:check_deadline "asking whether it was done")
    end
  end
end

---- after a success ----

-- Waits until the panel is done with what it has begun.
local function wait_until_done(context, task)
  if not task.waits_for then
    return true
  end
  return poll.wait(function()
    local observation, err = protected_call(task.probe, context)
    if observation == nil and err.name ~= "deadline" then
      return nil, err
    end
    return observation == "done"
  end, context.policy, { what = task.waits_for })
end

--- Performs a task that another task needs in between.
function perform.run_task(context, task)
  local state, err = perform.task(context, task)
  return state == "done" or nil, err
end

-- Notes the id of what was created, or of what stays in its place.
local function note_created(context, task, id, returned)
  if not task.on_created then
    return true
  end
  task.on_created(id, returned)
  task.step.id = id
  if task.drop_duplicates and not task.deferred then
    local stays, err = protected_call(task.drop_duplicates, context, perform.run_task)
    if not stays then
      return nil, err
    end
    task.step.id = stays
  end
  return true
end

--- Whether a success was one. A panel says yes also to what it does in its own way; where that cannot be read, its word
--- is good enough.
---@return "done"|"not_done"|"unknown" state
function perform.verify(context, task)
  if not task.verify then
    return "done"
  end
  local observation, found = observe(task.verify, context)
  if observation ~= "not_done" and observation ~= "pending" then
    return "done"
  end
  local differences = type(found) == "string" and found or nil
  return observation == "pending" and "unknown" or "not_done", failure.new {
    kind = "conflict",
    operation = task.step.operation,
    message = ("%s: the panel said yes, but afterwards %s"):format(task.step.operation, differences
      and ("the record was not as requested (%s)"):format(differences) or "the record was gone"),
    cause = not differences and found or nil,
  }
end

-- What follows a call that succeeded, or that was found to have.
local function finish(context, task, value, returned)
  task.applied = true
  local good, err = note_created(context, task, value, returned)
  if good then
    good, err = wait_until_done(context, task)
  end
  if not good then
    return "unknown", err
  end
  if task.deferred then
    return "done"
  end
  return perform.verify(context, task)
end

---- calls ----

-- What a refusal means: that it is done already, or was done by another run meanwhile.
local function classify_refusal(context, task, err)
  if err.kind ~= "refused" then
    return "not_done", err, err
  elseif err.code == task.done_code then
    return "done", err, err
  elseif task.after_refusal then
    local observation, id = observe(task.after_refusal, context)
    if observation == "done" then
      return "done", id, err
    end
  end
  return "not_done", err, err
end

local function may_repeat(context, err, attempts)
  return attempts < context.policy.attempts and retry.is_transient(err)
end

-- Makes one call and finds out what became of it.
---@return dnp.provisioning.Observation? observation nil: nobody can say
---@return any value_or_err
---@return table? err of the call itself
local function call_once(context, task, attempts)
  local value, err = protected_call(task.call, context)
  if value ~= nil then
    return "done", value
  end
  err = err or failure.new { kind = "protocol", message = task.step.operation .. ": no response", outcome = "unknown" }
  -- After a lost request a refusal may be about what that request did.
  if err.outcome == "not_done" and not task.ambiguous then
    return classify_refusal(context, task, err)
  end
  task.ambiguous = task.ambiguous or err.outcome == "unknown"
  if task.repeat_first and may_repeat(context, err, attempts) then
    return "pending", err, err
  end
  if may_still_run(err) and (task.not_unique or (timed_out(err) and must_not_repeat(task))) then
    task.lost_at = context.policy.slept
  end
  local observation, found = reconcile(context, task)
  if observation == "done" then
    return "done", found, err
  end
  return observation, found or err, err
end

-- Prepares a call; what cannot be read ends the task, because reads have been repeated already.
local function prepare(context, task)
  local good, late = context.policy:check_deadline(task.step.text)
  if good and task.prepare then
    return protected_call(task.prepare, context)
  end
  return good, late
end

--- Performs a task.
---@return "done"|"not_done"|"unknown" state
function perform.task(context, task)
  local observation, attempts = "not_done", 0
  local result, err
  while true do
    local good, unprepared = prepare(context, task)
    if not good then
      return observation == "pending" and "unknown" or "not_done", err or unprepared
    end
    attempts = attempts + 1
    observation, result, err = call_once(context, task, attempts)
    if observation == "done" then
      return finish(context, task, result, err == nil)
    elseif observation == "taken" then
      return "not_done", result
    elseif observation == nil then
      err.cause = result ~= err and result or nil
      return "unknown", err
    elseif timed_out(err) and must_not_repeat(task) then
      task.late = true
      return "unknown", err
    elseif not (may_repeat(context, err, attempts) and context.policy:pause(attempts)) then
      return task.ambiguous and observation == "pending" and "unknown" or "not_done", err
    end
  end
end

--- Probes once more whether a task of unknown state was done: an outage may have ended.
---@param err table why nobody could say
---@return "done"|"not_done"|"unknown" state
function perform.probe_again(context, task, err)
  -- Who interrupts does not want to wait.
  local interrupted = err.kind == "raised"
  local observation, value
  if interrupted then
    observation, value = observe(task.probe, context)
  else
    observation, value = reconcile(context, task)
  end
  if observation == "done" then
    local state, trouble = finish(context, task, value, false)
    return state, trouble
  elseif observation == "taken" then
    return "not_done", value
  elseif observation == "not_done" and not task.late and not task.applied and not (interrupted and task.ambiguous) then
    return "not_done", err
  end
  task.applied = task.applied or observation == "pending"
  return "unknown", err
end

--- Puts what follows a task that is done right behind it.
---@param index integer of the task
---@return integer? added how many tasks that are
function perform.insert_followers(context, tasks, index)
  local task = tasks[index]
  if not task.follow then
    return 0
  end
  local followers, err = protected_call(task.follow, context)
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

return perform
