--- Undoes, in reverse order, what tasks have done, as far as that is possible.

local failure = require "dnp.failure"
local perform = require "dnp.provisioning.apply.perform"
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

-- What another run made in what a task created: it must not go with it.
local function find_foreign(context, tasks, task)
  for _, other in ipairs(tasks) do
    local list = other.contains
    if list and other.step.state == "done" and (other == task or is_inside(other, task)) then
      local id = list:find_foreign(context)
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

-- Undoes one task. After an undoing of several steps that stops halfway nobody knows what is there.
local function undo_task(context, tasks, task)
  local foreign = task.undo and find_foreign(context, tasks, task)
  if foreign or not task.undo then
    return "kept", foreign or nil
  end
  local undo_tasks, err = task.undo(context)
  if not undo_tasks then
    return "kept", err
  end
  local index = 1
  while undo_tasks[index] do
    local state
    state, err = perform.task(context, undo_tasks[index])
    if state ~= "done" then
      return (index > 1 or state == "unknown") and "unknown" or "kept", err
    end
    local followers
    followers, err = perform.insert_followers(context, undo_tasks, index)
    if not followers then
      return "unknown", err
    end
    index = index + 1
  end
  return "undone"
end

local function mark_task(task, state)
  task.step.state = state
  if state == "undone" and task.on_created then
    task.on_created(nil)
  end
end

-- What was created inside something shares its state.
local function mark(tasks, outer, state)
  mark_task(outer, state)
  for _, task in ipairs(tasks) do
    local before = task.step.state
    if is_inside(task, outer) and (before == "unknown" and state == "undone" or before == "done") then
      mark_task(task, state)
    end
  end
end

local function is_adopted(task)
  return task.is_adopted ~= nil and task.is_adopted()
end

-- Whether to go on with the tasks before this one.
local function step_back(context, tasks, task)
  local state = task.step.state
  if state == "not_done" then
    return true
  elseif not is_adopted(task) and container(task) then
    return true
  elseif state == "unknown" and not (task.applied and task.undo) then
    return false
  end
  local undone, err = undo_task(context, tasks, task)
  mark(tasks, task, undone == "kept" and state or undone)
  task.step.error = task.step.error or err
  return undone == "undone"
end

-- Removes what requests created that arrived late. What cannot be removed is not left unnoticed.
local function remove_late(context, task)
  if not task.ambiguous or not task.remove_late then
    return
  end
  local good, done, err = protect.call(task.remove_late, context, perform.run_task)
  if not good or not done then
    task.step.state = "unknown"
    task.step.error = task.step.error or (good and err or failure.raised(done))
  end
end

--- Undoes tasks up to the first that cannot be undone: what was done before that is what it was built on.
---@param context dnp.provisioning.Context with a deadline of its own
---@param tasks dnp.provisioning.Task[] in the order in which they were done
function rollback.run(context, tasks)
  for _, task in ipairs(tasks) do
    remove_late(context, task)
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
