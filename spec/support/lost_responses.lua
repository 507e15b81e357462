-- Calls whose response is lost: a call that is to hang goes through a session with a short timeout, every other through
-- one with a normal timeout. So a busy machine changes nothing about which calls time out, and
-- when the caller goes on, the sandbox has surely got the lost request.
local dnp = require "dnp"

local lost_responses = {}

-- Long enough to send a request, as a rule; a call that was too slow for it is made again.
local SHORT_TIMEOUT = 0.02
-- Real seconds for what another thread is about to do.
local SECONDS = 20

local operation_of = {}
for _, dialect in ipairs(dnp.dialects) do
  for _, operation in ipairs(dnp.contract(dialect).operations) do
    operation_of[operation.method] = operation.name
  end
end

local function await(condition, seconds)
  local deadline = dnp.clock() + seconds
  repeat
    if condition() then
      return true
    end
    dnp.sleep(0.002)
  until dnp.clock() > deadline
  return condition()
end

-- How many calls a rule has got hold of. It does so after what it does to the database; the journal says when.
local function count_caught(host, operation)
  local caught = 0
  for _, call in ipairs(host.server:calls(operation)) do
    caught = caught + (call.misbehaviour and 1 or 0)
  end
  return caught
end

local function call_without_response(host, session, method, ...)
  local operation = operation_of[method]
  local before = count_caught(host, operation)
  local function arrived()
    return count_caught(host, operation) > before
  end
  local value, err
  repeat
    value, err = session[method](session, ...)
    assert(value == nil and err.kind == "timeout", err or "it was answered")
  until await(arrived, err.outcome == "unknown" and SECONDS or 1) or err.outcome == "unknown"
  assert(arrived(), "the sandbox never got " .. operation)
  return nil, err
end

--- Sessions on a host (as of `fixture.start`), which are closed when it is stopped.
function lost_responses.sessions(host)
  return { host = host, normal = host:session(), short = host:session { timeout = SHORT_TIMEOUT } }
end

--- Stands in for a session. `hangs(operation, nth, number)` returns whether the sandbox is not to respond to a call:
--- the nth of its operation, and of all calls. What only reads is sent anew when a connection that was kept is closed
--- without a response, so with such rules about the sandbox counts more reads than are made here.
function lost_responses.panel(sessions, hangs)
  local nths, number = {}, 0
  local function call(method, ...)
    local operation = operation_of[method]
    if operation then
      nths[operation], number = (nths[operation] or 0) + 1, number + 1
      if hangs(operation, nths[operation], number) then
        return call_without_response(sessions.host, sessions.short, method, ...)
      end
    end
    return sessions.normal[method](sessions.normal, ...)
  end
  return setmetatable({}, {
    __index = function(_, method)
      return function(_, ...)
        return call(method, ...)
      end
    end,
  })
end

--- The calls that a host got: the operation of each, which of that operation it is (`nth`), and of all (`number`).
function lost_responses.calls(host)
  local nths, calls = {}, {}
  for number, operation in ipairs(host:operations()) do
    nths[operation] = (nths[operation] or 0) + 1
    calls[number] = { operation = operation, nth = nths[operation], number = number }
  end
  return calls
end

local function never()
  return false
end

-- Whether a call is one that the rule for `call` is about.
local function is_meant(call, times)
  return function(operation, nth, number)
    local at, from = nth, call.nth
    if times.everything then
      at, from = number, call.number
    elseif operation ~= call.operation then
      return false
    end
    return at >= from and at < from + times.times
  end
end

--- Stands in for a session one of whose calls fails. `way` has the fields of a rule of the sandbox, and `hangs` where
--- the caller has to give up; `times` says how often (`times`), and whether it is about all calls (`everything`). Gives
--- the rule's number, too: a call that never failed shows nothing.
function lost_responses.failing(sessions, call, way, times)
  local rule = sessions.host.server:misbehave {
    action = way.action, when = way.when, code = way.code, bytes = way.bytes, seconds = way.seconds,
    operation = not times.everything and call.operation or nil,
    nth = times.everything and call.number or call.nth,
    times = times.times,
  }
  return lost_responses.panel(sessions, way.hangs and is_meant(call, times) or never), rule
end

--- Whether a request is delayed.
function lost_responses.is_delaying(host)
  for _, call in ipairs(host.server:calls()) do
    if call.misbehaviour == "delay" and call.http_status == 0 then
      return true
    end
  end
  return false
end

--- Lets go of the requests that are delayed, and waits until they are carried out.
function lost_responses.let_go(host)
  host.server:behave()
  assert(await(function()
    return not lost_responses.is_delaying(host)
  end, SECONDS), "a delayed call is not carried out")
end

return lost_responses
