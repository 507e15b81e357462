--- Carries out one task so that it is not done twice and what is reported is what happened.
---
--- A call whose answer was lost is settled before anything else: the panel is asked, several times with pauses between
--- because the lost request may still be on its way. What is harmless when it comes late is then repeated. What is not
--- unique by name is looked for until as long again has passed as the session gives a call, and is not repeated at all
--- after a timeout: then the request most likely still runs, and nobody can say for how long.

local failure = require "dnp.provisioning.model.failure"
local poll = require "dnp.provisioning.retry.poll"
local protect = require "dnp.protect"
local retry = require "dnp.provisioning.retry.retry"

--- One step with all that is needed to do it, to find out whether it was done, and to undo it. The functions are
--- given the context to work with, because the rollback has its own deadline.
---@class dnp.provisioning.Task
---@field step dnp.provisioning.Step what the caller sees of it
---@field prepare (fun(context: dnp.provisioning.Context): true?, table?)? before each call: reads what it needs
---@field call fun(context: dnp.provisioning.Context): any, table? changes something
---@field look fun(context: dnp.provisioning.Context): dnp.provisioning.Sight?, any whether it was done; nil and an
---       error when the panel cannot be asked
---@field already integer? the code with which the panel refuses what is done already
---@field take fun(id: integer?, answered: boolean?)? told the id of what was made, and whether the call itself answered
---       it; nil when it was taken back
---@field not_unique boolean? the panel would make a second one
---@field writes string? what it writes that a later task may write, too: "status", "settings"
---@field contest (fun(context: dnp.provisioning.Context, carry: dnp.provisioning.Carry): integer?, table?)? after
---       adding: settles what there is too much of, and gives the id that stays
---@field look_at_last (fun(context: dnp.provisioning.Context, carry: dnp.provisioning.Carry): "done"?, table?)? the
---       same when all is added; one function for all tasks that it is about
---@field check_at_last boolean? nothing is built on it, so `contest` and `verify` can wait until all is done
---@field deferred boolean? they do
---@field after_refusal (fun(context: dnp.provisioning.Context): dnp.provisioning.Sight?, any)? looks whether another
---       run made meanwhile what was refused
---@field sweep (fun(context: dnp.provisioning.Context, carry: dnp.provisioning.Carry): true?, table?)? before a
---       rollback: removes what came of requests that were carried out late
---@field is_adopted (fun(): boolean?)? another run made what this task was to make
---@field repeat_first boolean? to ask whether it was done has its price, and to do it again has none
---@field waits string? the panel goes on in the background; what is waited for
---@field verify (fun(context: dnp.provisioning.Context): dnp.provisioning.Sight?, any)? whether a success was one; if
---       not, what differs
---@field follow (fun(context: dnp.provisioning.Context): dnp.provisioning.Task[]?, table?)? once it is done: the tasks
---       that come next, which nobody could foresee
---@field undo (fun(context: dnp.provisioning.Context): dnp.provisioning.Task[]?, table?)? what takes it back, if
---       anything can; or nil and why it stays
---@field inside dnp.provisioning.Task? the task that made what this one is part of, and whose undoing takes both back
---@field contains dnp.provisioning.Additions? what lies in what it makes, and goes when that is undone
---@field removes boolean? it takes something away
---@field overtaken boolean? a later task of the plan writes the same: a request that comes late would undo that
---@field doubtful boolean? a call of it was lost
---@field lost_at number? when a call of it was lost that may still run, in seconds that the policy had slept
---@field late boolean? it was not seen in time, and may be carried out yet
---@field there boolean? it was done, or in part; what followed failed

---@alias dnp.provisioning.Sight
---| "done" # with the id, if one was made
---| "not_done" # surely not
---| "pending" # not, or not all of it; the panel may be at it, and a repeat does no harm
---| "taken" # something else is there in its place; with an error

--- Carries out a task that a task needs in between.
---@alias dnp.provisioning.Carry fun(context: dnp.provisioning.Context, task: dnp.provisioning.Task): true?, table?

local attempt = {}

-- How often the panel is asked, with pauses, before a lost change counts as not done that may be repeated.
local LOOKS = 3

-- A raise in the middle of a workflow must not leave it half-done, so it becomes an error.
local function guarded(part, ...)
  local good, value, err = protect.call(part, ...)
  if not good then
    return nil, failure.raised(value)
  end
  return value, err
end

---- what became of a call ----

-- Whether a task is done: a sight, or nil and why the panel cannot be asked. A record that is gone was not changed.
local function see(look, context)
  local sight, value = guarded(look, context)
  if sight == nil and value and value.kind == "absent" then
    return "not_done", value
  end
  return sight, value
end

-- A gateway's time limit, like the session's own, says nothing about the request, which goes on behind it.
local GATEWAY_TIMEOUT = 504

local function timed_out(err)
  return err.outcome == "unknown" and (err.kind == "timeout" or err.http_status == GATEWAY_TIMEOUT)
end

-- What the panel itself answered is over. What raised is the script's own affair, and Ctrl-C must not be kept waiting.
local OVER = { fault = true, refused = true, raised = true }

-- Whether a request most likely still runs.
local function may_still_run(err)
  return err.outcome == "unknown" and not OVER[err.kind]
end

-- A task that must not be repeated after a timeout.
local function is_once(task)
  return task.not_unique or task.overtaken
end

-- Asks until it is seen, or until the time is over in which it most likely is.
local function settle_in_window(context, task)
  local window = context:window(task.lost_at)
  while true do
    local sight, value = see(task.look, context)
    if sight ~= "not_done" and sight ~= "pending" then
      return sight, value
    end
    local more, late = window:pause()
    if late then
      return nil, late
    elseif not more then
      return sight
    end
  end
end

-- Asks whether a lost change was done: a sight, or nil and why the panel cannot be asked.
local function settle(context, task)
  if task.lost_at then
    return settle_in_window(context, task)
  end
  local looks = task.repeat_first and 1 or LOOKS
  for look = 1, looks do
    local sight, value = see(task.look, context)
    if sight ~= "not_done" and sight ~= "pending" then
      return sight, value
    elseif look == looks then
      return sight
    elseif not context.policy:pause(look) then
      return nil, select(2, context.policy:check_deadline "asking whether it was done")
    end
  end
end

---- after a success ----

-- Waits until the panel is done with what it has begun.
local function wait_for(context, task)
  if not task.waits then
    return true
  end
  return poll.wait(function()
    local sight, err = guarded(task.look, context)
    if sight == nil and err.name ~= "deadline" then
      return nil, err
    end
    return sight == "done"
  end, context.policy, { what = task.waits })
end

-- Carries out what a task needs in between.
local function carry(context, task)
  local state, err = attempt.task(context, task)
  return state == "done" or nil, err
end

-- Notes the id of what was made, or of what stays in its place.
local function take(context, task, id, answered)
  if not task.take then
    return true
  end
  task.take(id, answered)
  task.step.id = id
  if task.contest and not task.deferred then
    local stays, err = guarded(task.contest, context, carry)
    if not stays then
      return nil, err
    end
    task.step.id = stays
  end
  return true
end

--- Whether a success was one. A panel says yes also to what it does in its own way; where that cannot be read, its word
--- is good enough.
---@param context dnp.provisioning.Context
---@param task dnp.provisioning.Task
---@return "done"|"not_done"|"unknown" state
---@return table? err
function attempt.verify(context, task)
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
local function finish(context, task, value, answered)
  task.there = true
  local good, err = take(context, task, value, answered)
  if good then
    good, err = wait_for(context, task)
  end
  if not good then
    return "unknown", err
  end
  if task.deferred then
    return "done"
  end
  return attempt.verify(context, task)
end

---- calls ----

-- What a refusal means: that it is done already, or was done by another run meanwhile.
local function refused(context, task, err)
  if err.kind ~= "refused" then
    return "not_done", err, err
  elseif err.code == task.already then
    return "done", err, err
  elseif task.after_refusal then
    local sight, id = see(task.after_refusal, context)
    if sight == "done" then
      return "done", id, err
    end
  end
  return "not_done", err, err
end

local function may_repeat(context, err, attempts)
  return attempts < context.policy.attempts and retry.is_transient(err)
end

-- Makes one call and finds out what became of it.
---@return dnp.provisioning.Sight? sight nil: nobody can say
---@return any value_or_err
---@return table? err of the call itself
local function try(context, task, attempts)
  local value, err = guarded(task.call, context)
  if value ~= nil then
    return "done", value
  end
  err = err or failure.new { kind = "protocol", message = task.step.operation .. ": no answer", outcome = "unknown" }
  -- After a lost request a refusal may be about what that request did.
  if err.outcome == "not_done" and not task.doubtful then
    return refused(context, task, err)
  end
  task.doubtful = task.doubtful or err.outcome == "unknown"
  if task.repeat_first and may_repeat(context, err, attempts) then
    return "pending", err, err
  end
  if may_still_run(err) and (task.not_unique or (timed_out(err) and is_once(task))) then
    task.lost_at = context.policy.slept
  end
  local sight, found = settle(context, task)
  if sight == "done" then
    return "done", found, err
  end
  return sight, found or err, err
end

-- Prepares a call; what cannot be read ends the task, because reads have been repeated already.
local function prepare(context, task)
  local good, late = context.policy:check_deadline(task.step.text)
  if good and task.prepare then
    return guarded(task.prepare, context)
  end
  return good, late
end

--- Carries out a task.
---@param context dnp.provisioning.Context
---@param task dnp.provisioning.Task
---@return "done"|"not_done"|"unknown" state
---@return table? err
function attempt.task(context, task)
  local sight, attempts = "not_done", 0
  local result, err
  while true do
    local good, unprepared = prepare(context, task)
    if not good then
      return sight == "pending" and "unknown" or "not_done", err or unprepared
    end
    attempts = attempts + 1
    sight, result, err = try(context, task, attempts)
    if sight == "done" then
      return finish(context, task, result, err == nil)
    elseif sight == "taken" then
      return "not_done", result
    elseif sight == nil then
      err.cause = result ~= err and result or nil
      return "unknown", err
    elseif timed_out(err) and is_once(task) then
      task.late = true
      return "unknown", err
    elseif not (may_repeat(context, err, attempts) and context.policy:pause(attempts)) then
      return task.doubtful and sight == "pending" and "unknown" or "not_done", err
    end
  end
end

--- Looks once more whether a task of unknown state was done: an outage may have ended.
---@param context dnp.provisioning.Context
---@param task dnp.provisioning.Task
---@param err table why nobody could say
---@return "done"|"not_done"|"unknown" state
---@return table? err
function attempt.again(context, task, err)
  -- Who interrupts does not want to wait.
  local interrupted = err.kind == "raised"
  local sight, value
  if interrupted then
    sight, value = see(task.look, context)
  else
    sight, value = settle(context, task)
  end
  if sight == "done" then
    local state, trouble = finish(context, task, value, false)
    return state, trouble
  elseif sight == "taken" then
    return "not_done", value
  elseif sight == "not_done" and not task.late and not task.there and not (interrupted and task.doubtful) then
    return "not_done", err
  end
  task.there = task.there or sight == "pending"
  return "unknown", err
end

--- Puts what follows a task that is done right behind it.
---@param context dnp.provisioning.Context
---@param tasks dnp.provisioning.Task[]
---@param index integer of the task
---@return integer? added how many tasks that are
---@return table? err
function attempt.insert_followers(context, tasks, index)
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

--- Carries out what a task needs in between: true, or nil and an error.
attempt.carry = carry

return attempt
