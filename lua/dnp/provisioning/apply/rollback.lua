--- Takes back, in reverse order, what the tasks of a plan have done, as far as that is possible.

local attempt = require "dnp.provisioning.apply.attempt"
local failure = require "dnp.provisioning.model.failure"
local protect = require "dnp.protect"

local rollback = {}

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

-- What another run made in what a task made: it must not go with it.
local function find_guest(context, tasks, task)
  for _, other in ipairs(tasks) do
    local list = other.contains
    if list and other.step.state == "done" and (other == task or is_inside(other, task)) then
      local id = list:guest(context)
      if id then
        return failure.new {
          kind = "conflict",
          message = ("%s stays: %s %d in it was made by another run"):format(task.step.text, list.noun, id),
        }
      end
    end
  end
  return nil
end

-- Takes one task back. A rollback of several steps that stops halfway leaves nobody knows what.
local function undo_task(context, tasks, task)
  local guest = task.undo and find_guest(context, tasks, task)
  if guest or not task.undo then
    return "kept", guest or nil
  end
  local ways, err = task.undo(context)
  if not ways then
    return "kept", err
  end
  local index = 1
  while ways[index] do
    local state
    state, err = attempt.task(context, ways[index])
    if state ~= "done" then
      return (index > 1 or state == "unknown") and "unknown" or "kept", err
    end
    local followers
    followers, err = attempt.insert_followers(context, ways, index)
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

local function is_adopted(task)
  return task.is_adopted ~= nil and task.is_adopted()
end

-- Returns whether to go on with the tasks before this one.
local function step_back(context, tasks, task)
  local state = task.step.state
  if state == "not_done" then
    return true
  elseif not is_adopted(task) and container(task) then
    return true
  elseif state == "unknown" and not (task.there and task.undo) then
    return false
  end
  local fate, err = undo_task(context, tasks, task)
  mark(tasks, task, fate == "kept" and state or fate)
  task.step.error = task.step.error or err
  return fate == "undone"
end

-- What requests made that were carried out late. One that cannot be removed is not left unnoticed.
local function sweep(context, task)
  if not task.doubtful or not task.sweep then
    return
  end
  local good, done, err = protect.call(task.sweep, context, attempt.carry)
  if not good or not done then
    task.step.state = "unknown"
    task.step.error = task.step.error or (good and err or failure.raised(done))
  end
end

--- Undoes tasks up to the first that cannot be undone: what was done before that is what it was built on.
---@param context dnp.provisioning.Context with a deadline of its own
---@param tasks dnp.provisioning.Task[] in the order in which they were carried out
function rollback.all(context, tasks)
  for _, task in ipairs(tasks) do
    sweep(context, task)
  end
  for index = #tasks, 1, -1 do
    local good, more = protect.call(step_back, context, tasks, tasks[index])
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

return rollback
