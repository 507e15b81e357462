--- The engine that ships: libcurl, blocking in a script, yielding in a task of `dnp.parallel`.

local core = require "dnp.core"
local scheduler = require "dnp.scheduler"

local curl = { name = "curl" }

-- Waiting is cut into pieces so short that a signal handler of the interpreter soon gets its turn.
local SLICE = 0.2

local loaded = false -- libcurl, with the first call that needs it

-- What core.step returns.
local WAITING = 0

local function load_libcurl()
  core.use_transport(require "dnp.curl")
  loaded = true
end

--- Starts to send a call's request.
---@param call userdata
---@param timeout number seconds
---@return integer number of its transfer, for `advance`
function curl.start(call, timeout)
  if not loaded then
    load_libcurl()
  end
  local number = scheduler.number()
  core.start(call, timeout, number)
  return number
end

--- Waits for the next records of a call that streams, or for its end.
---@param call userdata
---@param number integer
---@return integer progress of core.step, never WAITING
function curl.advance(call, number)
  if scheduler.in_task() then
    local progress = core.step(call, 0)
    while progress == WAITING do
      scheduler.wait_for(number)
      progress = core.step(call, 0)
    end
    return progress
  end
  local progress
  repeat
    if scheduler.can_run() then
      progress = core.step(call, 0)
      if progress == WAITING then
        scheduler.turn()
      end
    else
      progress = core.step(call, SLICE)
    end
  until progress ~= WAITING
  return progress
end

--- Sends a call's request and reads the response to its end.
---@param call userdata
---@param timeout number seconds
function curl.exchange(call, timeout)
  curl.advance(call, curl.start(call, timeout))
end

--- The same for a call that nobody else has to wait for: in a script, outside of tasks.
---@param call userdata
---@param timeout number seconds
function curl.exchange_alone(call, timeout)
  if not loaded then
    load_libcurl()
  end
  if core.start(call, timeout, 0) then
    while core.step(call, SLICE) == WAITING do -- an interrupt is raised here
    end
  end
end

--- Sleeps; in a task others go on meanwhile.
---@param seconds number
---@return number left seconds that a signal has cut off
function curl.sleep(seconds)
  if scheduler.in_task() then
    scheduler.sleep(seconds)
    return 0
  end
  if not scheduler.can_run() then
    return core.sleep(seconds)
  end
  local ends_at, left = core.clock() + seconds, seconds
  while left > 0 do
    scheduler.turn(left)
    left = ends_at - core.clock()
  end
  return 0
end

return curl
