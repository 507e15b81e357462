--- The engine for nginx and OpenResty: exchanges on cosockets, which wait without holding the worker.
---
--- It does one thing: a POST of known length and its answer. The time limit bounds the waiting of the whole exchange,
--- and not each read; nothing of the answer is kept beyond a piece; a request is never sent twice. What the answer
--- holds in total is bounded by whoever reads the body.
---
--- An idle connection has a pool of nginx's to itself. Only so is it known how long it was idle: a connection that the
--- panel may have closed meanwhile is not good enough for a change, whose outcome would be unknown.

local ngx = rawget(_G, "ngx")

local engine = { name = "nginx" }

-- Status lines and headers of one answer, interim ones included; and the trailers.
local MAX_HEAD = 256 * 1024
local MAX_CHUNK_LINE = 4096
local MAX_PIECE = 64 * 1024

-- Seconds after which an idle connection is closed, and after which it does not get a change any more.
local IDLE = 30
local IDLE_FOR_CHANGES = 2
local MAX_IDLE_CONNECTIONS = 256

-- What nginx takes for a time limit.
local MAX_MILLISECONDS = 2 ^ 31 - 1

-- dnp.clock, once there is a call: `dnp` is what loads this file.
local clock

---- idle connections ----

-- By scheme, host, port and verification: a stack of { pool =, since = }, the latest on top. nginx closes a connection
-- whose time is up, or that the panel closes, without telling; its pool then gives a new one.
local idle = {}
local idle_count = 0
local pool_number = 0

-- Pools outlive this file when it is loaded anew: the time keeps their names apart from those of the former.
local pool_prefix

local function new_pool(key)
  pool_prefix = pool_prefix or ("dnp %s %.6f"):format(tostring(idle), clock())
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
  local age = clock() - top.since
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
  local now = clock()
  for key, stack in pairs(idle) do
    if now - stack[#stack].since > IDLE then
      forget(key)
    end
  end
end

local function keep_pool(key, pool)
  local stack = idle[key] or {}
  idle[key] = stack
  stack[#stack + 1] = { pool = pool, since = clock() }
  idle_count = idle_count + 1
end

---- one exchange ----

---@class dnp.engines.nginx.Exchange
---@field socket table? nil once the exchange is over
---@field left number seconds that it may still wait
---@field timeout number
---@field buffer string what was received; what is before `at` was used
---@field at integer
---@field key string of idle connections
---@field pool string
---@field reused boolean
---@field sent boolean all of the request was handed to the network
---@field answered boolean a byte of the answer came
---@field keeps boolean the panel leaves the connection open

local function milliseconds(seconds)
  return math.max(1, math.min(math.ceil(seconds * 1000), MAX_MILLISECONDS))
end

-- Calls a method of the socket that may wait, and takes the time off what is left.
local function wait(self, method, ...)
  if self.left <= 0 then
    return nil, "timeout"
  end
  local socket, began = self.socket, clock()
  socket:settimeout(milliseconds(self.left))
  local value, err = socket[method](socket, ...)
  self.left = self.left - (clock() - began)
  return value, err
end

-- The socket belongs to the request or timer that made it; elsewhere nginx raises, and closes it by itself.
local function close(self)
  local socket = self.socket
  self.socket = nil
  if socket then
    pcall(socket.close, socket)
  end
end

local function fail(self, name, reason, timeout)
  close(self)
  return nil, { name = name, reason = reason, sent = self.sent, timeout = timeout }
end

-- A read or a write that failed. A kept connection that breaks before the answer begins was most likely dead before.
local function broken(self, name, err)
  if err == "timeout" then
    return fail(self, "timeout", nil, self.timeout)
  end
  local _, failure = fail(self, name, err)
  if self.reused and not self.answered then
    failure.stale = true
    forget(self.key) -- or the next one may be as dead
  end
  return nil, failure
end

---- connecting ----

local CONNECT_FAILURES = {
  { "resolve", "host_not_found" },
  { "refused", "connection_refused" },
  { "too many open files", "no_descriptors" },
  { "unreachable", "unreachable" },
  { "no route", "unreachable" },
  { "host is down", "unreachable" },
}

local function connect_failure(self, err, seconds)
  if err == "timeout" then
    return fail(self, "connect_timeout", nil, seconds)
  end
  for _, known in ipairs(CONNECT_FAILURES) do
    if err:find(known[1], 1, true) then
      return fail(self, known[2], err)
    end
  end
  return fail(self, nil, err)
end

-- nginx bounds the look-up of a name only by resolver_timeout, so it is done in a thread that can be ended.
local function connect_by_name(socket, seconds, ...)
  local ended, connected, err
  local connecting = ngx.thread.spawn(function(...)
    connected, err = socket:connect(...)
    ended = true
  end, ...)
  if not ended then
    local watch = ngx.thread.spawn(function()
      ngx.sleep(seconds)
    end)
    ngx.thread.wait(connecting, watch)
    ngx.thread.kill(ended and watch or connecting)
  end
  if not ended then
    return nil, "timeout"
  end
  return connected, err
end

local function connect(self, request, seconds)
  local socket, host = self.socket, request.host
  local began = clock()
  local options = { pool = self.pool, pool_size = 1 }
  local good, err
  socket:settimeout(milliseconds(seconds))
  if host:find(":", 1, true) then
    good, err = socket:connect("[" .. host .. "]", request.port, options)
  elseif host:find "^[%d.]+$" then
    good, err = socket:connect(host, request.port, options)
  else
    good, err = connect_by_name(socket, seconds, host, request.port, options)
  end
  self.left = self.left - (clock() - began)
  if not good then
    return connect_failure(self, err, seconds)
  end
  self.reused = socket:getreusedtimes() > 0
  return true
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
local function handshake(self, request, verify, seconds)
  local socket, began = self.socket, clock()
  if seconds <= 0 then
    return connect_failure(self, "timeout", 0)
  end
  socket:settimeout(milliseconds(seconds))
  local returned, session, err = pcall(socket.sslhandshake, socket, nil, request.host, verify)
  self.left = self.left - (clock() - began)
  if returned and not err then
    return true
  end
  err = returned and err or message_behind(session)
  if err == "timeout" then
    return connect_failure(self, err, seconds)
  elseif not returned and err ~= "handshake failed" or err:find "^%d+: " or err:find("certificate", 1, true) then
    return fail(self, "certificate", err)
  end
  return fail(self, "tls", err)
end

local function open(self, request, limits)
  local verify = limits.verify ~= false
  self.key = ("%s %s %d %s"):format(request.scheme, request.host, request.port, tostring(verify))
  self.pool = take_pool(self.key, request.changes and IDLE_FOR_CHANGES or IDLE)
  local seconds = math.min(limits.connect_timeout or self.left, self.left)
  local before = self.left
  local good, failure = connect(self, request, seconds)
  if not good or request.scheme ~= "https" or self.reused then
    return good, failure
  end
  return handshake(self, request, verify, seconds - (before - self.left))
end

---- sending ----

-- These are about the connection and the length, which are this engine's.
local OWN_HEADERS = {
  ["accept-encoding"] = true, connection = true, ["content-length"] = true, expect = true, host = true,
  ["transfer-encoding"] = true,
}

local function host_header(request)
  local host = request.host:find(":", 1, true) and "[" .. request.host .. "]" or request.host
  local default = request.scheme == "https" and 443 or 80
  return request.port == default and host or host .. ":" .. request.port
end

-- The lines of the request's head; nil when a value would end its line.
local function head_of(request)
  local lines = {
    ("%s %s HTTP/1.1"):format(request.method, request.path),
    "Host: " .. host_header(request),
    "Content-Length: " .. #request.body,
  }
  for name, value in pairs(request.headers) do
    if not OWN_HEADERS[name:lower()] then
      lines[#lines + 1] = name .. ": " .. value
    end
  end
  for _, line in ipairs(lines) do
    if line:find "[%c]" then
      return nil
    end
  end
  lines[#lines + 1] = "\r\n"
  return table.concat(lines, "\r\n")
end

-- When sending fails, the panel lacks at least the end of the request, and so does nothing.
local function send(self, head, body)
  local sent, err = wait(self, "send", { head, body })
  if not sent then
    return broken(self, "sending_failed", err)
  end
  self.sent = true
  return true
end

---- receiving ----

-- The next bytes, at most so many.
local function receive(self, most)
  local buffer, at = self.buffer, self.at
  if at <= #buffer then
    local piece = buffer:sub(at, at + most - 1)
    self.at = at + #piece
    return piece
  end
  return wait(self, "receiveany", math.min(most, MAX_PIECE))
end

-- Puts more bytes behind what is in the buffer.
local function receive_more(self)
  local more, err = wait(self, "receiveany", MAX_PIECE)
  if not more then
    return nil, err
  end
  self.answered = true
  self.buffer = self.buffer:sub(self.at) .. more
  self.at = 1
  return true
end

-- A line of at most so many bytes, without its end; nil and nil when it is longer.
local function receive_line(self, most)
  while true do
    local stop = self.buffer:find("\n", self.at, true)
    if stop then
      local line = self.buffer:sub(self.at, stop - 1):gsub("\r$", "")
      self.at = stop + 1
      return line
    elseif #self.buffer - self.at >= most then
      return nil
    end
    local more, err = receive_more(self)
    if not more then
      return nil, err
    end
  end
end

local function add_header(headers, name, value)
  local former = headers[name]
  if former == nil then
    headers[name] = value
  elseif type(former) == "table" then
    former[#former + 1] = value
  else
    headers[name] = { former, value }
  end
end

-- Reads lines up to an empty one into a table, and says how many bytes there were left of `most`.
local function receive_headers(self, most)
  local headers = {}
  while true do
    local line, err = receive_line(self, most)
    if not line then
      return nil, err
    elseif line == "" then
      return headers, most
    end
    most = most - #line - 2
    local name, value = line:match "^([^:%s]+)%s*:%s*(.-)%s*$"
    if name then
      add_header(headers, name:lower(), value)
    end
  end
end

local function no_http(self, err)
  if err then
    return broken(self, "connection_lost", err)
  end
  return fail(self, "too_large", ("a head of more than %d bytes"):format(MAX_HEAD))
end

-- Others speak first and then wait for an answer, so what is not HTTP is seen before its first line ends.
local function expect_http(self)
  while true do
    local begin = self.buffer:sub(self.at, self.at + 6)
    if begin ~= ("HTTP/1."):sub(1, #begin) then
      return fail(self, "no_http", "another protocol")
    elseif #begin == 7 then
      return true
    end
    local more, err = receive_more(self)
    if not more then
      return no_http(self, err)
    end
  end
end

local function receive_status(self, most)
  local speaks, failure = expect_http(self)
  if not speaks then
    return nil, failure
  end
  local line, err = receive_line(self, most)
  if not line then
    return no_http(self, err)
  end
  local minor, status = line:match "^HTTP/1%.(%d) ([1-5]%d%d)%f[%D]"
  if not status or status == "101" then -- nobody asked for another protocol
    return fail(self, "no_http", "another status line")
  end
  return { status = tonumber(status), minor = tonumber(minor), bytes = #line + 2 }
end

-- The final answer's head, past those that only tell that it is on the way.
local function receive_head(self)
  local left = MAX_HEAD
  while true do
    local head, failure = receive_status(self, left)
    if not head then
      return nil, failure
    end
    local headers, rest = receive_headers(self, left - head.bytes)
    if not headers then
      return no_http(self, rest)
    elseif head.status >= 200 then
      head.headers = headers
      return head
    end
    left = rest
  end
end

---- the body ----

-- All values of a header as one, in lower case.
local function tokens(value)
  if type(value) == "table" then
    value = table.concat(value, ",")
  end
  return (value or ""):lower()
end

local function has_token(value, token)
  return ("," .. tokens(value):gsub("%s", "") .. ","):find("," .. token .. ",", 1, true) ~= nil
end

-- The exchange ended well. Only then, and when nothing is left over, is the connection used again.
local function finish(self)
  local socket = self.socket
  if self.keeps and self.at > #self.buffer then
    if idle_count >= MAX_IDLE_CONNECTIONS then
      forget_expired()
    end
    if idle_count < MAX_IDLE_CONNECTIONS and socket:setkeepalive(IDLE * 1000, 1) then
      self.socket = nil
      keep_pool(self.key, self.pool)
    end
  end
  close(self)
end

-- A function that gives what `next_piece` gives until the exchange is over; after that always its end.
local function pieces(self, next_piece)
  local failure
  return function()
    local piece
    if self.socket then
      piece, failure = next_piece()
    end
    return piece, failure
  end
end

local function counted_body(self, left)
  return pieces(self, function()
    local piece, err = receive(self, left)
    if not piece then
      return broken(self, "connection_lost", err)
    end
    left = left - #piece
    if left == 0 then
      finish(self)
    end
    return piece
  end)
end

local function endless_body(self)
  return pieces(self, function()
    local piece, err = receive(self, MAX_PIECE)
    if piece then
      return piece
    elseif err == "closed" then
      return close(self)
    end
    return broken(self, "connection_lost", err)
  end)
end

local function bad_chunk(self, err)
  if err then
    return broken(self, "connection_lost", err)
  end
  return fail(self, "no_http", "the chunks of the answer are damaged")
end

-- How long the next chunk is, after the end of the one before.
local function receive_chunk_size(self, first)
  local line, err
  if not first then
    line, err = receive_line(self, 2)
    if line ~= "" then
      return bad_chunk(self, err)
    end
  end
  line, err = receive_line(self, MAX_CHUNK_LINE)
  local digits = line and (line:match "^(%x+)[ \t]*$" or line:match "^(%x+)[ \t]*;")
  if not digits or #digits > 12 then
    return bad_chunk(self, err)
  end
  return tonumber(digits, 16)
end

local function receive_trailers(self)
  local headers, err = receive_headers(self, MAX_HEAD)
  if not headers then
    return bad_chunk(self, err)
  end
  finish(self)
end

local function chunked_body(self)
  local left, first = 0, true
  return pieces(self, function()
    if left == 0 then
      local size, failure = receive_chunk_size(self, first)
      if not size then
        return nil, failure
      elseif size == 0 then
        return receive_trailers(self)
      end
      left, first = size, false
    end
    local piece, err = receive(self, left)
    if not piece then
      return bad_chunk(self, err)
    end
    left = left - #piece
    return piece
  end)
end

-- The length that the headers tell, once or several times alike; nil and true when they are at odds.
local function content_length(headers)
  local length
  for digits in tokens(headers["content-length"]):gmatch "[^,]+" do
    digits = digits:match "^%s*(%d+)%s*$"
    if not digits or #digits > 15 or (length and length ~= tonumber(digits)) then
      return nil, true
    end
    length = tonumber(digits)
  end
  return length
end

-- Where the body ends: RFC 9112, 6.3.
local function body_of(self, head)
  local headers = head.headers
  local coding = tokens(headers["transfer-encoding"])
  local length, at_odds = content_length(headers)
  local encoding = tokens(headers["content-encoding"])
  if encoding ~= "" and encoding ~= "identity" then
    return fail(self, "bad_encoding", "packed, although nobody asked for it")
  elseif coding ~= "" and coding ~= "chunked" then
    return fail(self, "bad_encoding", "an unknown Transfer-Encoding")
  elseif coding == "" and at_odds then
    return fail(self, "no_http", "an unreadable Content-Length")
  end
  local closes = has_token(headers.connection, "close")
    or head.minor == 0 and not has_token(headers.connection, "keep-alive")
  self.keeps = not closes and not (coding ~= "" and headers["content-length"])
  if head.status == 204 or head.status == 304 or coding == "" and length == 0 then
    finish(self)
    return ""
  elseif coding ~= "" then
    return chunked_body(self)
  end
  return length and counted_body(self, length) or endless_body(self)
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

--- Sends a request and reads the answer's head.
---@param request dnp.Request
---@param limits { timeout: number, connect_timeout: number?, verify: boolean? }
---@return integer? status
---@return table headers by name in lower case; of a header that came several times, a list; or the failure
---@return string|fun(): string?, table? body
---@return fun()? close
function engine.exchange(request, limits)
  local waits, phase = engine.phase()
  if not waits then
    return nil, { name = "phase", reason = phase, sent = false }
  end
  local head = head_of(request)
  if not head then
    return nil, { name = "sending_failed", reason = "a header holds a control character", sent = false }
  end
  clock = clock or require("dnp").clock
  local self = {
    socket = ngx.socket.tcp(), left = limits.timeout, timeout = limits.timeout, buffer = "", at = 1, sent = false,
    answered = false, reused = false,
  }
  local good, failure = open(self, request, limits)
  if good then
    good, failure = send(self, head, request.body)
  end
  local answer
  if good then
    answer, failure = receive_head(self)
  end
  if not answer then
    return nil, failure
  end
  local body
  body, failure = body_of(self, answer)
  if not body then
    return nil, failure
  end
  return answer.status, answer.headers, body, function()
    close(self)
  end
end

--- Waits without holding the worker.
---@param seconds number
function engine.sleep(seconds)
  ngx.sleep(seconds)
end

--- Lets other requests have their turn.
function engine.yield()
  ngx.sleep(0)
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
