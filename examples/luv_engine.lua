--- An engine for another event loop: libuv's, by lua-luv, which Neovim has as vim.loop.
---
--- What an engine is asked for stands here in full: `exchange`, `sleep` and `parallel`. How HTTP is spoken is no
--- matter of the loop, so `dnp.engines.http1` does it over whatever sends and receives. Calls are made in coroutines,
--- which wait while the loop runs; `engine.run` makes one. It has no TLS, and a connection of its own for each call.
---
---     local panel = dnp.session { url = ..., engine = require "luv_engine" }
---     engine.run(function() print(panel:user_exists "jdoe") end)

local http1 = require "dnp.engines.http1"
local uv = require "luv"

local engine = { name = "luv" }

---- waiting ----

-- Calls `begin` with a function, and lets the coroutine wait until that is called; it returns what that is given, or
-- nil and "timeout". A call that comes later does nothing. When libuv cannot begin, it says so at once.
local function await(seconds, begin)
  local thread, timer, over = coroutine.running(), uv.new_timer(), false
  local function finish(...)
    if not over then
      over = true
      timer:close()
      local good, err = coroutine.resume(thread, ...)
      if not good then
        error(err, 0)
      end
    end
  end
  uv.update_time() -- the loop's own was taken when it last ran
  timer:start(math.ceil(seconds * 1000), 0, function()
    finish(nil, "timeout")
  end)
  local begun, err = begin(finish)
  if not begun then
    over = true
    timer:close()
    return nil, err
  end
  return coroutine.yield()
end

--- Waits while the loop runs.
---@param seconds number
function engine.sleep(seconds)
  await(seconds, function()
    return true
  end)
end

--- Runs functions, at most so many at once, and returns when all have ended.
---@param tasks fun()[]
---@param limit integer
function engine.parallel(tasks, limit)
  local taken, running, finished = 0, 0, nil
  local function work()
    while tasks[taken + 1] do
      taken = taken + 1
      tasks[taken]()
    end
    running = running - 1
    if running == 0 and finished then
      finished(true)
    end
  end
  for _ = 1, math.min(limit, #tasks) do
    running = running + 1
    coroutine.wrap(work)()
  end
  while running > 0 do
    await(3600, function(finish)
      finished = finish
      return true
    end)
  end
end

--- Runs a function that makes calls, and the loop until all is done.
---@param main fun()
function engine.run(main)
  coroutine.wrap(main)()
  uv.run()
end

---- a connection ----

local Connection = {}
Connection.__index = Connection

-- libuv names an error "ECONNREFUSED: connection refused".
local FAILURES = {
  ECONNREFUSED = "connection_refused", EHOSTUNREACH = "unreachable", ENETUNREACH = "unreachable",
  EMFILE = "no_descriptors", ENFILE = "no_descriptors",
}

-- A connected socket; or nil and a failure.
local function connect(request, seconds)
  local began = uv.hrtime()
  local addresses, err = await(seconds, function(finish)
    return uv.getaddrinfo(request.host, nil, { socktype = "stream" }, function(failed, found)
      finish(found, failed)
    end)
  end)
  if not addresses then
    return nil, err == "timeout" and { name = "connect_timeout", timeout = seconds, sent = false }
      or { name = "host_not_found", reason = err, sent = false }
  end
  local socket = uv.new_tcp()
  local good
  good, err = await(math.max(0, seconds - (uv.hrtime() - began) / 1e9), function(finish)
    return socket:connect(addresses[1].addr, request.port, function(failed)
      finish(not failed, failed)
    end)
  end)
  if not good then
    socket:close()
    return nil, err == "timeout" and { name = "connect_timeout", timeout = seconds, sent = false }
      or { name = FAILURES[err:match "^%u+"], reason = err, sent = false }
  end
  return setmetatable({ socket = socket, reused = false }, Connection)
end

function Connection:send(text, seconds)
  return await(seconds, function(finish)
    return self.socket:write(text, function(err)
      finish(not err, err)
    end)
  end)
end

-- Reads once; what came is given in parts when it is more than was asked for.
function Connection:receive(most, seconds)
  local bytes, err = self.rest, nil
  if not bytes then
    bytes, err = await(seconds, function(finish)
      return self.socket:read_start(function(failed, data)
        self.socket:read_stop()
        finish(data, failed or "closed")
      end)
    end)
  end
  if not bytes then
    return nil, err
  end
  self.rest = #bytes > most and bytes:sub(most + 1) or nil
  return bytes:sub(1, most)
end

function Connection:close()
  if not self.socket:is_closing() then
    self.socket:close()
  end
end

Connection.keep = Connection.close

---- the exchange ----

--- Sends a request and reads its response.
---@param request dnp.Request
---@param limits dnp.EngineLimits
---@return integer? status
---@return table headers or the failure
---@return (string|fun(): string?, table?)? body
---@return fun()? close
function engine.exchange(request, limits)
  if request.scheme == "https" then
    return nil, { name = "tls", reason = "this example has no TLS", sent = false }
  end
  local head, failure = http1.head(request)
  if not head then
    return nil, failure
  end
  local began = uv.hrtime()
  local connection
  connection, failure = connect(request, math.min(limits.connect_timeout or limits.timeout, limits.timeout))
  if not connection then
    return nil, failure
  end
  return http1.exchange(connection, head, request.body, limits, (uv.hrtime() - began) / 1e9)
end

return engine
