--- An engine over LuaSocket with an event loop of its own: calls wait in coroutines, which the loop resumes itself.
local dnp = require "dnp"
local http1 = require "dnp.engines.http1"
local socket = require "socket"

local engine = { name = "socket", exchanges = 0 }

local waiting = {} -- array of { thread, ends_at, reads, writes }

-- Waits until a socket is ready, or a time has come; whether it is ready.
local function await(seconds, reads, writes)
  waiting[#waiting + 1] = {
    thread = coroutine.running(), ends_at = dnp.clock() + seconds, reads = reads, writes = writes,
  }
  return coroutine.yield()
end

local function resume(thread, ...)
  local good, err = coroutine.resume(thread, ...)
  if not good then
    error(err, 0)
  end
end

-- Resumes all whose socket is ready or whose time has come.
local function turn()
  local reads, writes, until_next = {}, {}, 1
  for _, wait in ipairs(waiting) do
    reads[#reads + 1], writes[#writes + 1] = wait.reads, wait.writes
    until_next = math.max(0, math.min(until_next, wait.ends_at - dnp.clock()))
  end
  local ready = {}
  local to_read, to_write = socket.select(reads, writes, until_next)
  for _, list in ipairs { to_read, to_write } do
    for _, one in ipairs(list) do
      ready[one] = true
    end
  end
  local all = waiting
  waiting = {}
  for _, wait in ipairs(all) do
    local is_ready = ready[wait.reads or wait.writes]
    if is_ready or wait.ends_at <= dnp.clock() then
      resume(wait.thread, is_ready)
    else
      waiting[#waiting + 1] = wait
    end
  end
end

--- Runs a function in a coroutine, and the loop until it has returned; gives what it returned.
function engine.run(main)
  local results
  resume(coroutine.create(function()
    results = { main() }
  end))
  while not results do
    turn()
  end
  return results[1], results[2]
end

function engine.sleep(seconds)
  await(seconds)
end

function engine.parallel(tasks, limit)
  local outer, taken, running = coroutine.running(), 0, 0
  local function work()
    while tasks[taken + 1] do
      taken = taken + 1
      tasks[taken]()
    end
    running = running - 1
    if running == 0 and coroutine.status(outer) == "suspended" then
      resume(outer)
    end
  end
  for _ = 1, math.min(limit, #tasks) do
    running = running + 1
    resume(coroutine.create(work))
  end
  if running > 0 then
    coroutine.yield()
  end
end

local Connection = {}
Connection.__index = Connection

function Connection:send(text, seconds)
  local first, ends_at = 1, dnp.clock() + seconds
  while first <= #text do
    local last, err, partly = self.socket:send(text, first)
    if not last and err ~= "timeout" then
      return nil, err
    elseif not last and not await(ends_at - dnp.clock(), nil, self.socket) and ends_at <= dnp.clock() then
      return nil, "timeout"
    end
    first = (last or partly) + 1
  end
  return true
end

function Connection:receive(most, seconds)
  local ends_at = dnp.clock() + seconds
  while true do
    local text, err, partly = self.socket:receive(most)
    text = text or partly
    if text ~= "" then
      return text
    elseif err ~= "timeout" then
      return nil, err
    elseif not await(ends_at - dnp.clock(), self.socket) and ends_at <= dnp.clock() then
      return nil, "timeout"
    end
  end
end

function Connection:close()
  self.socket:close()
end

Connection.keep = Connection.close

function engine.exchange(request, limits)
  local head, failure = http1.head(request)
  if not head then
    return nil, failure
  end
  local one, err = socket.connect(request.host, request.port)
  if not one then
    return nil, { name = "connection_refused", reason = err, sent = false }
  end
  one:settimeout(0)
  engine.exchanges = engine.exchanges + 1
  return http1.exchange(setmetatable({ socket = one, reused = false }, Connection), head, request.body, limits, 0)
end

return engine
