--- Many calls at once: a function for each of many items, in coroutines, so many at a time.

local core = require "dnp.core"
local arguments = require "dnp.arguments"
local deadline = require "dnp.deadline"
local engines = require "dnp.engines"
local failure = require "dnp.failure"
local protect = require "dnp.protect"
local scheduler = require "dnp.scheduler"

local DEFAULT_LIMIT = 16
-- So many tasks begin at once when nobody knows how many items there are.
local FIRST_WORKERS = 64
-- No system has connections for more; a greater limit, such as math.huge, means this one.
local GREATEST_LIMIT = 65536
-- So often an engine's worker looks whether the iterator has served another one.
local POLL = 0.01
local YIELDS_IN_PCALL = _VERSION ~= "Lua 5.1" or rawget(_G, "jit") ~= nil

-- ---- the items ----

-- What is called for the next item: a function, or a table that can be called, as `each` returns.
local function is_iterator(items)
  local metatable = type(items) == "table" and getmetatable(items)
  return type(items) == "function" or type(metatable) == "table" and metatable.__call ~= nil
end

-- A function that returns the next item and its index; nil at the end.
local function feeder(items)
  local index = 0
  if not is_iterator(items) then
    local count = #items
    return function()
      if index < count then
        index = index + 1
        return items[index], index
      end
    end
  end
  return function()
    local item = items()
    if item ~= nil then
      index = index + 1
      return item, index
    end
  end
end

-- ---- one run ----

---@class dnp.Run
local Run = {}
Run.__index = Run

-- What was raised, which may be nil but has failed nevertheless.
local function reason_of(raised)
  return raised == nil and "nil was raised" or raised
end

local function late()
  return failure.new {
    kind = "timeout", name = "deadline", message = "not started: the deadline of dnp.parallel was over",
  }
end

function Run:record(item, index, value, err)
  if self.on_result then
    self.on_result(item, index, value, err)
  elseif err ~= nil and value == nil then
    self.failures[index] = err
  else
    self.results[index] = value
  end
end

-- What it raises is the run's, not the item's.
function Run:report(item, index, value, err)
  local good, raised, interrupted = protect.call(self.record, self, item, index, value, err)
  if not good then
    self:stop(raised, interrupted)
  end
end

-- No further items; the first reason is the one that is raised in the end. Needs no memory: it may be for lack of it.
function Run:stop(reason, interrupted)
  self.going = false
  if not self.stopped then
    self.stopped, self.reason, self.interrupted = true, reason, interrupted
  end
end

-- An iterator may make calls of its own, as `each` does, and is asked for one item at a time meanwhile.
function Run:await_turn()
  while self.asking and self.going do
    if self.engine then
      protect.outside(self.engine.sleep, POLL)
    elseif scheduler.in_task() then
      self.queue[#self.queue + 1] = scheduler.task()
      scheduler.park()
    else
      return
    end
  end
end

function Run:end_turn()
  local queue = self.queue
  if queue[1] then
    self.queue = {}
    for _, task in ipairs(queue) do
      scheduler.wake(task)
    end
  end
end

-- The next item, or nil when there is none that may be started.
function Run:next_item()
  self:await_turn()
  if not self.going then
    return nil
  end
  self.asking = true
  local good, item, index = protect.call(self.next)
  self.asking = false
  self:end_turn()
  if not good then
    self:stop(item, index)
    return nil
  elseif item == nil then
    self.going = false
    return nil
  end
  if self.ends_at and core.clock() >= self.ends_at then
    self:report(item, index, nil, late())
    if self.endless then
      self.going = false
    end
    return self:next_item()
  end
  return item, index
end

-- Takes one item after the other; `at` has the one it is at. `more` is called when there was a first one.
function Run:work(at, more)
  local item, index = self:next_item()
  if item ~= nil then
    at.item, at.index = item, index
    more()
  end
  while item ~= nil do
    at.item, at.index = item, index
    local good, value, err = protect.call(self.fn, item, index)
    if good then
      self:report(item, index, value, err)
    else
      self:report(item, index, nil, reason_of(value))
      if err then -- an interrupt
        self:stop(value, true)
      end
    end
    at.index = false
    scheduler.give_way()
    item, index = self:next_item()
  end
end

-- ---- over libcurl ----

function Run:spawn(body, finish)
  scheduler.spawn(function()
    deadline.set(self.ends_at)
    body()
  end, finish, self)
end

-- One task for many items, which starts the next one when there was an item for it. It ends badly only when it yields
-- to nobody: in its item, and another takes its place, or in the iterator. `ending`: how many that count end now.
function Run:start_worker(ending)
  if self.active - ending == self.limit then
    return
  end
  local at = { item = false, index = false }
  self:spawn(function()
    self:work(at, function()
      self:start_worker(0)
    end)
  end, function(good, err)
    local index = at.index
    at.index = false
    if not good and index then
      self:report(at.item, index, nil, reason_of(err))
      self:start_worker(1)
    elseif not good then
      self.asking = false
      self:stop(err)
      self:end_turn()
    end
  end)
end

-- A task for each item, where a protected call cannot yield (Lua 5.1): what it raises ends the coroutine.
function Run:start_items(ending)
  while self.going and self.active - ending < self.limit do
    local item, index = self:next_item()
    if item == nil then
      return
    end
    self:spawn(function()
      local value, err = self.fn(item, index)
      self:report(item, index, value, err)
    end, function(good, err)
      if not good then
        self:report(item, index, nil, reason_of(err))
      end
      self:start_items(1)
    end)
  end
end

function Run:start()
  if not YIELDS_IN_PCALL then
    self:start_items(0)
    return
  end
  for _ = 1, math.min(self.limit, self.expected) do
    self:start_worker(0)
  end
end

function Run:is_over()
  return self.active == 0
end

-- In a task of another run: others go on meanwhile.
function Run:wait_as_task()
  self.waiter = scheduler.task()
  local good, raised, interrupted = protect.call(self.start, self)
  if not good then
    self:stop(raised, interrupted)
  end
  while not self:is_over() do
    scheduler.park()
  end
end

-- In the host. An interrupt lets what is under way come to its end, and is raised after that.
function Run:drive()
  local function over()
    return self:is_over()
  end
  self.host = scheduler.host()
  local good, raised, interrupted = protect.call(function()
    self:start()
    scheduler.run(over, self.host)
  end)
  if not good then
    self:stop(raised, interrupted)
    if self.on_stop then
      pcall(self.on_stop, raised)
    end
    scheduler.wake_all()
    scheduler.run(over, self.host)
  end
end

-- ---- over other engines ----

function Run:one_by_one()
  local before = deadline.set(self.ends_at)
  self:work({ item = false, index = false }, function() end)
  deadline.restore(before)
end

-- Workers that each take the next item, so that of an endless list no more are taken than can be worked on.
function Run:with_workers(engine)
  local workers = {}
  self.engine = engine
  for number = 1, self.limit do
    workers[number] = function()
      self:one_by_one()
    end
  end
  if self.limit > 0 then
    protect.outside(engine.parallel, workers, self.limit)
  end
end

-- ---- the function ----

local OPTIONS = {
  limit = { type = "number", min = 1, default = DEFAULT_LIMIT },
  deadline = { type = "number", min = 0 },
  on_result = { type = "function" },
  on_stop = { type = "function" },
  engine = { type = "string|table" },
}

local function check(items, fn, options)
  arguments.value("parallel: argument 1 (items)", items, { type = "table|function", expected = "array or function" }, 3)
  arguments.value("parallel: argument 2 (fn)", fn, { type = "function" }, 3)
  if options ~= nil then
    arguments.value("parallel: argument 3 (options)", options, { type = "table" }, 3)
  end
  local checked = arguments.options("parallel", options, OPTIONS, 3)
  local problem = engines.problem { engine = checked.engine }
  if problem then
    error("parallel: " .. problem, 3)
  end
  return checked
end

-- How many workers there may be: no more than there are items for.
local function limit_of(items, options)
  local limit = math.min(options.limit, GREATEST_LIMIT)
  return math.floor(is_iterator(items) and limit or math.min(limit, #items))
end

-- The earlier of the deadline of the options and that of whoever calls.
local function deadline_of(options)
  local ends_at = options.deadline and core.clock() + options.deadline or nil
  local outer = deadline.get()
  return outer and (not ends_at or outer < ends_at) and outer or ends_at
end

local function new_run(items, fn, options)
  return setmetatable({
    next = feeder(items),
    endless = is_iterator(items),
    fn = fn,
    expected = type(items) == "table" and getmetatable(items) == nil and math.max(#items, 1) or FIRST_WORKERS,
    limit = limit_of(items, options),
    ends_at = deadline_of(options),
    on_result = options.on_result,
    on_stop = options.on_stop,
    results = {},
    failures = {},
    queue = {},
    active = 0,
    going = true,
    stopped = false,
    reason = false,
    interrupted = false,
  }, Run)
end

---@class dnp.ParallelOptions
---@field limit integer? how many at a time at the most (16)
---@field deadline number? seconds from now
---@field on_result (fun(item: any, index: integer, value: any, err: any))? receives each item; then nothing is kept
---Called at once when an interrupt was raised, so that no further items are begun, while those under way go on.
---@field on_stop (fun(reason: any))?
---@field engine string|dnp.Engine|nil as of `dnp.session`

--- Runs `fn(item, index)` for each item, at most `limit` at a time. Every call, workflow and `dnp.sleep` in it lets the
--- others go on; the code in between runs alone. With libcurl it runs in coroutines over one loop, in nginx in light
--- threads; an engine without `parallel` does one after the other.
---
--- An item fails when `fn` returns nil and something else, or raises. What `fn` was not started for at the deadline
--- fails with kind "timeout", name "deadline", outcome "not_done". What raises outside of `fn` (an interrupt, the
--- iterator, `on_result`) is raised in the end, after those items that were under way have come to theirs.
---@param items any[]|fun(): any an array, or a function that returns the next item, nil at the end
---@param fn fun(item: any, index: integer): any, any
---@param options dnp.ParallelOptions?
---@return table<integer, any> results what `fn` returned, by index
---@return table<integer, any> failures the errors, by index
return function(items, fn, options)
  options = check(items, fn, options)
  local run = new_run(items, fn, options)
  local engine = engines.choose(options.engine) or engines.curl
  if engine == engines.curl then
    if scheduler.in_task() then
      run:wait_as_task()
    else
      run:drive()
    end
  elseif engine.parallel then
    run:with_workers(engine)
  else
    run:one_by_one()
  end
  if run.stopped then
    protect.raise(reason_of(run.reason), run.interrupted)
  end
  return run.results, run.failures
end
