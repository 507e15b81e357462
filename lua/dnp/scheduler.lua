--- Coroutines over one libcurl loop: tasks that wait for transfers, for a time, or for other tasks.
---
--- A task is a coroutine that was made here. Whoever waits in a task yields to the scheduler. Whoever waits elsewhere
--- (in the main program, or in a coroutine that a task made for itself) runs the scheduler until it can go on.

local core = require "dnp.core"
local protect = require "dnp.protect"

---@class dnp.scheduler
---@field busy boolean whether a task runs
local scheduler = { busy = false }

-- What a task yields to wait here. Anything else is for whoever resumes the coroutine in which the host runs.
local WAITING = {}
local NOBODY = "yielded to something other than dnp, but dnp.parallel runs in no coroutine that could pass it on"

local unpack = table.unpack or unpack

-- Waiting is cut into pieces so short that a signal handler of the interpreter soon gets its turn.
local SLICE = 0.2
-- What core.ready returns when a transfer was ended that somebody may wait for.
local CUT = -1
-- Each level of nested running takes a part of the C stack, of which Lua grants some 200.
local MOST_LEVELS = 24

local live = {} -- task -> true, until it has ended
local waiting = {} -- number of a transfer -> the task that waits for it
local timers = {} -- array of { time, task }
local runnable, first, last = {}, 1, 0 -- tasks whose turn has come
local current -- the task that runs
local numbers = 0
local levels = 0
local disturbed = false -- whether something raised in here since everybody was last woken

--- Whether the code that runs is a task's own, so that it may yield to the scheduler.
---@return boolean
function scheduler.in_task()
  return current ~= nil and current.thread == protect.running()
end

--- A number for a transfer, by which the loop will know it.
---@return integer
function scheduler.number()
  numbers = numbers % 1000000000 + 1
  return numbers
end

local function make_runnable(task)
  runnable[last + 1] = task -- may raise for lack of memory
  last = last + 1
end

-- Takes note of a task's end. What raises in here (no memory, an interrupt) leaves it among the live ones, so that this
-- is done once more.
local function conclude(task)
  local run = task.run
  if not task.notified then
    task.finish(task.good, task.value)
    task.notified = true
  end
  live[task] = nil
  run.active = run.active - 1
  if run.waiter then
    make_runnable(run.waiter)
  end
end

-- Runs a task until it waits or ends. One that is run once too often only looks again for what it waits for; one that
-- is further up the stack goes on there.
local function after_turn(task, before, good, value, ...)
  current, scheduler.busy = before, before ~= nil
  if coroutine.status(task.thread) == "dead" then
    task.good, task.value = good, value
    conclude(task)
  elseif value ~= WAITING then
    local foreign = task.run.host.foreign
    foreign[#foreign + 1] = { task = task, count = select("#", ...) + 1, value, ... }
  end
end

local function resume(task, ...)
  local status = coroutine.status(task.thread)
  if status == "suspended" then
    local before = current
    current, scheduler.busy = task, true
    after_turn(task, before, coroutine.resume(task.thread, ...))
  elseif status == "dead" and live[task] then
    conclude(task)
  end
end

---@class dnp.scheduler.Run what tasks belong together
---@field host table? of `scheduler.host`; nil: that of the task that runs
---@field active integer how many of its tasks have not ended
---@field waiter table? the task that waits for all of them

--- Makes a task that begins at its next turn.
---@param body fun() what it does
---@param finish fun(good: boolean, err: any) called at its end while it still counts; once more when it raises
---@param run dnp.scheduler.Run
function scheduler.spawn(body, finish, run)
  run.host = run.host or current.run.host
  local task = {
    thread = coroutine.create(body), finish = finish, run = run, notified = false, good = false,
    value = "out of memory",
  }
  live[task] = true
  local good, err = pcall(make_runnable, task)
  if not good then
    live[task] = nil
    error(err, 0)
  end
  run.active = run.active + 1
end

-- Everybody whose turn has come by now.
local function run_runnable()
  local until_now = last
  while first <= until_now and first <= last do
    local task = runnable[first]
    runnable[first] = nil
    first = first + 1
    resume(task)
  end
end

-- Makes tasks runnable whose time has come; how long until the next one's.
local function run_timers(longest)
  if #timers == 0 then
    return first <= last and 0 or longest
  end
  local now, kept = core.clock(), {}
  for _, timer in ipairs(timers) do
    if timer.time <= now then
      make_runnable(timer.task)
    else
      kept[#kept + 1] = timer
      longest = math.min(longest, timer.time - now)
    end
  end
  timers = kept
  return first <= last and 0 or longest
end

--- After an interrupt, which can have raised anywhere in here: everybody looks again.
function scheduler.wake_all()
  for task in pairs(live) do
    make_runnable(task)
  end
end

-- A transfer was ended by somebody else (its session was closed), and it is not known whose it was.
local function wake_waiting()
  for number, task in pairs(waiting) do
    waiting[number] = nil
    make_runnable(task)
  end
end

-- Waits until somebody's turn has come, or so many seconds.
local function wait(longest)
  if disturbed then
    scheduler.wake_all()
    disturbed = false
  end
  local good, err = core.wait(run_timers(longest))
  if not good then
    error(err, 0)
  end
  local number = core.ready()
  while number do
    local task = waiting[number]
    if number == CUT then
      wake_waiting()
    elseif task then
      waiting[number] = nil
      make_runnable(task)
    end
    number = core.ready()
  end
end

-- Calls a function that runs tasks, one level deeper.
local function deeper(f, ...)
  local level, before = levels, current
  levels = level + 1
  local good, err, interrupted = protect.call(f, ...)
  levels = level
  if not good then
    disturbed = true -- somebody's turn may have been lost
    current, scheduler.busy = before, before ~= nil
    protect.raise(err, interrupted)
  end
end

-- Lua 5.1 and 5.2 know only whether this is the main program.
local function can_yield()
  if coroutine.isyieldable then
    return coroutine.isyieldable()
  end
  local co, main = coroutine.running()
  return co ~= nil and not main
end

-- What tasks of this host yielded to somebody else goes on there.
local function pass_on(host)
  while #host.foreign > 0 do
    local yielded = table.remove(host.foreign, 1)
    if can_yield() then
      resume(yielded.task, coroutine.yield(unpack(yielded, 1, yielded.count)))
    else
      yielded.task.value = NOBODY
      conclude(yielded.task)
    end
  end
end

-- One whose turn has come. Further up the stack may be others who can go on only when this returns, so those who run
-- the scheduler in there do not go through all whose turn has come.
local function run_next()
  local task = runnable[first]
  if first <= last then
    runnable[first] = nil
    first = first + 1
    resume(task)
  end
end

local function run_until(done, host)
  local run = levels > 1 and run_next or run_runnable
  run()
  pass_on(host)
  while not done() do
    wait(SLICE)
    run()
    pass_on(host)
  end
end

--- The coroutine, or the main program, that runs tasks of its own.
---@return table host
function scheduler.host()
  return { foreign = {} }
end

--- Runs tasks until `done()`.
---@param done fun(): boolean
---@param host table
function scheduler.run(done, host)
  deeper(run_until, done, host)
end

--- Waits until a transfer may have something to take.
---@param number integer
function scheduler.wait_for(number)
  waiting[number] = current
  coroutine.yield(WAITING)
  waiting[number] = nil
end

--- Whether others can go on while the code that runs waits: there are tasks, and room for one more level.
---@return boolean
function scheduler.can_run()
  return current ~= nil and levels < MOST_LEVELS
end

local function wait_and_run(longest)
  wait(longest)
  run_next()
end

--- Lets the others go on until something happens.
---@param longest number? seconds
function scheduler.turn(longest)
  deeper(wait_and_run, math.min(longest or SLICE, SLICE))
end

--- Lets those go on who wait further up the stack, if any do.
function scheduler.give_way()
  if levels > 1 and scheduler.in_task() then
    make_runnable(current)
    coroutine.yield(WAITING)
  end
end

--- Lets the task that runs wait until it is given back to `scheduler.wake`.
---@return table task what to give to `wake`
function scheduler.task()
  return current
end

--- Yields until somebody calls `wake`.
function scheduler.park()
  coroutine.yield(WAITING)
end

--- The next turn of a task has come.
---@param task table
function scheduler.wake(task)
  make_runnable(task)
end

--- Sleeps without holding up other tasks.
---@param seconds number
function scheduler.sleep(seconds)
  local time = core.clock() + seconds
  repeat
    timers[#timers + 1] = { time = time, task = current }
    coroutine.yield(WAITING)
  until core.clock() >= time
end

return scheduler
