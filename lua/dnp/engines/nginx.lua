--- The engine for nginx and OpenResty: exchanges on cosockets, which wait without holding the worker.
---
--- An idle connection has a pool of nginx's to itself. Only so is it known how long it was idle: a connection that the
--- panel may have closed meanwhile is not good enough for a change, whose outcome would be unknown.

local core = require "dnp.core"
local http1 = require "dnp.engines.http1"

local ngx = rawget(_G, "ngx")

local engine = { name = "nginx" }

-- Seconds after which an idle connection is closed, and after which it does not get a change any more.
local IDLE = 30
local IDLE_FOR_CHANGES = 2
local MAX_IDLE_CONNECTIONS = 256

-- What nginx takes for a time limit.
local MAX_MILLISECONDS = 2 ^ 31 - 1

---- idle connections ----

-- By scheme, host, port and verification: a stack of { pool =, since = }, the latest on top. nginx closes a connection
-- whose time is up, or that the panel closes, without notice; its pool then gives a new one.
local idle = {}
local idle_count = 0
local pool_number = 0

-- Pools outlive this file when it is loaded anew: the time keeps their names apart from those of the former.
local pool_prefix

local function new_pool(key)
  pool_prefix = pool_prefix or ("dnp %s %.6f"):format(tostring(idle), core.clock())
  pool_number = pool_number + 1
  return ("%s %s %d"):format(pool_prefix, key, pool_number)
end

local function forget(key)
  idle_count = idle_count - #(idle[key] or {})
  idle[key] = nil
end

-- The name of the pool to connect by: one with an idle connection, or a new one.
local function take_pool(key, longest)
  local stack = idle[key]
  local top = stack and stack[#stack]
  if not top then
    return new_pool(key)
  end
  local age = core.clock() - top.since
  if age > IDLE then -- and so are all below
    forget(key)
  end
  if age > longest then
    return new_pool(key)
  end
  stack[#stack] = nil
  idle_count = idle_count - 1
  if #stack == 0 then
    idle[key] = nil
  end
  return top.pool
end

local function forget_expired()
  local now = core.clock()
  for key, stack in pairs(idle) do
    if now - stack[#stack].since > IDLE then
      forget(key)
    end
  end
end

local function keep_pool(key, pool)
  local stack = idle[key] or {}
  idle[key] = stack
  stack[#stack + 1] = { pool = pool, since = core.clock() }
  idle_count = idle_count + 1
end

---- a connection ----

---@class dnp.engines.nginx.Connection: dnp.engines.Connection
---@field socket table
---@field key string of idle connections
---@field pool string
local Connection = {}
Connection.__index = Connection

local function milliseconds(seconds)
  return math.max(1, math.min(math.ceil(seconds * 1000), MAX_MILLISECONDS))
end

function Connection:send(text, seconds)
  self.socket:settimeout(milliseconds(seconds))
  return self.socket:send(text)
end

function Connection:receive(most, seconds)
  self.socket:settimeout(milliseconds(seconds))
  return self.socket:receiveany(most)
end

-- The socket belongs to the request or timer that made it; elsewhere nginx raises, and closes it by itself.
function Connection:close(dead)
  pcall(self.socket.close, self.socket)
  if dead then
    forget(self.key) -- or the next one may be as dead
  end
end

-- The pool is made here, and not by connecting: there it would stay for good when connecting fails.
function Connection:keep()
  if idle_count >= MAX_IDLE_CONNECTIONS then
    forget_expired()
  end
  if idle_count < MAX_IDLE_CONNECTIONS and self.socket:setkeepalive(IDLE * 1000, 1) then
    keep_pool(self.key, self.pool)
  else
    self:close()
  end
end

---- making one ----

local CONNECT_FAILURES = {
  { "resolve", "host_not_found" },
  { "refused", "connection_refused" },
  { "too many open files", "no_descriptors" },
  { "unreachable", "unreachable" },
  { "no route", "unreachable" },
  { "host is down", "unreachable" },
}

local function failure_of(err, seconds)
  if err == "timeout" then
    return { name = "connect_timeout", timeout = seconds, sent = false }
  end
  local failure = { reason = err, sent = false }
  for _, known in ipairs(CONNECT_FAILURES) do
    if err:find(known[1], 1, true) then
      failure.name = known[2]
      break
    end
  end
  return failure
end

-- nginx bounds the look-up of a name only by resolver_timeout, so it is done in a thread. One that takes too long is
-- left to end by itself: when it is killed and the response still comes, ngx_lua 0.10.23 frees the look-up twice.
local function connect_by_name(socket, seconds, ...)
  local ended, late, called, connected, err
  local connecting = ngx.thread.spawn(function(...)
    called, connected, err = pcall(socket.connect, socket, ...)
    ended = true
    if late then
      socket:close()
    end
  end, ...)
  if not ended then
    local watch = ngx.thread.spawn(function()
      ngx.sleep(seconds)
    end)
    ngx.thread.wait(connecting, watch)
    ngx.thread.kill(watch)
  end
  if not ended then
    late = true
    return nil, "timeout"
  elseif not called then
    error(connected, 0)
  end
  return connected, err
end

local function connect(socket, request, pool, seconds)
  local host, options = request.host, { pool = pool }
  socket:settimeout(milliseconds(seconds))
  if host:find(":", 1, true) then
    return socket:connect("[" .. host .. "]", request.port, options)
  elseif host:find "^[%d.]+$" then
    return socket:connect(host, request.port, options)
  end
  return connect_by_name(socket, seconds, host, request.port, options)
end

-- lua-resty-core before 0.1.27 raises "assertion failed!" for a certificate that it finds bad without having to wait
-- (openresty/lua-resty-core#499). What was wrong is then where all its functions leave their messages.
local function message_behind(raised)
  local found, message = pcall(function()
    return require("ffi").string(require("resty.core.base").get_errmsg_ptr()[0])
  end)
  return found and message ~= "" and message or tostring(raised)
end

-- A session that is given as false would make nginx leave the verification out; one that is nil does not.
local function handshake(socket, request, verify, seconds)
  if seconds <= 0 then
    return nil, "timeout"
  end
  socket:settimeout(milliseconds(seconds))
  local returned, session, err = pcall(socket.sslhandshake, socket, nil, request.host, verify)
  if returned and not err then
    return true
  end
  err = returned and err or message_behind(session)
  if err == "timeout" then
    return nil, err
  elseif not returned and err ~= "handshake failed" or err:find "^%d+: " or err:find("certificate", 1, true) then
    return nil, err, "certificate"
  end
  return nil, err, "tls"
end

-- A connection that the request can be sent on, within so many seconds.
local function open(request, verify, seconds)
  local key = ("%s %s %d %s"):format(request.scheme, request.host, request.port, tostring(verify))
  local pool = take_pool(key, request.mutates and IDLE_FOR_CHANGES or IDLE)
  local self = setmetatable({ socket = ngx.socket.tcp(), key = key, pool = pool }, Connection)
  local began = core.clock()
  local good, err, name = connect(self.socket, request, pool, seconds)
  self.reused = good and self.socket:getreusedtimes() > 0
  if good and request.scheme == "https" and not self.reused then
    good, err, name = handshake(self.socket, request, verify, seconds - (core.clock() - began))
  end
  if good then
    return self
  end
  self:close()
  local failure = failure_of(err, seconds)
  failure.name = name or failure.name
  return nil, failure
end

---- the engine ----

local WAITING_PHASES = {
  server_rewrite = true, rewrite = true, access = true, content = true, timer = true, preread = true,
  ssl_cert = true, ssl_session_fetch = true, ssl_client_hello = true,
}

--- Whether the present phase can wait, and how nginx calls it; false and nil outside nginx.
---@return boolean
---@return string?
function engine.phase()
  local phase = ngx and ngx.get_phase()
  return WAITING_PHASES[phase] or false, phase
end

--- Sends a request and reads the response's head.
---@param request dnp.Request
---@param limits dnp.EngineLimits
---@return integer? status
---@return table headers by name in lower case; of a header that came several times, a list; or the failure
---@return string|fun(): string?, table? body
---@return fun()? close
function engine.exchange(request, limits)
  local waits, phase = engine.phase()
  if not waits then
    return nil, { name = "phase", reason = phase, sent = false }
  end
  local head, failure = http1.head(request)
  if not head then
    return nil, failure
  end
  local began, timeout = core.clock(), limits.timeout
  local connection
  connection, failure = open(request, limits.verify ~= false, math.min(limits.connect_timeout or timeout, timeout))
  if not connection then
    return nil, failure
  end
  return http1.exchange(connection, head, request.body, limits, core.clock() - began)
end

--- Waits without holding the worker.
---@param seconds number
function engine.sleep(seconds)
  ngx.sleep(seconds)
end

--- Lets other requests have their turn. Sleeping for no time at all would do so in OpenResty only: nginx without its
--- patches comes back before it has looked after anybody else, and writes a warning.
function engine.yield()
  ngx.sleep(0.001)
end

--- Runs functions on at most so many light threads, and returns when all have ended; what one raises is raised then.
---@param tasks fun()[]
---@param limit integer
function engine.parallel(tasks, limit)
  local taken, raised = 0, nil
  local function work()
    while tasks[taken + 1] do
      taken = taken + 1
      local good, err = pcall(tasks[taken])
      raised = raised or not good and { err } or nil
    end
  end
  local threads = {}
  for number = 1, math.min(limit, #tasks) do
    threads[number] = ngx.thread.spawn(work)
  end
  for _, thread in ipairs(threads) do
    ngx.thread.wait(thread)
  end
  if raised then
    error(raised[1], 0)
  end
end

return engine
