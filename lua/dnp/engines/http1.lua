--- One exchange of HTTP/1.1 over a connection that somebody else made: the POST of a known length that a call is, and
--- its response. What engines are made with; see lua/dnp/engines/nginx.lua and examples/luv_engine.lua.
---
--- The time limit bounds the waiting of the whole exchange, and not each read; of a body that is streamed, each piece.
--- Time that the reader of the body takes for itself does not count. Nothing of the response is kept beyond a piece,
--- and a request is never sent twice. What a body holds in total is bounded by whoever reads it.

local ascii = require "dnp.ascii"
local core = require "dnp.core"

local http1 = {}

-- Status lines and headers of one response, interim ones included; and the trailers.
local MAX_HEAD = 256 * 1024
local MAX_CHUNK_LINE = 4096
local MAX_PIECE = 64 * 1024

---@class dnp.engines.Connection
---@field reused boolean it was kept after an exchange before
---@field send fun(self: table, text: string, seconds: number): any, string? all of it; nil and "timeout" or what else
---What there is, at most so many bytes; nil and "timeout", "closed" or what else.
---@field receive fun(self: table, most: integer, seconds: number): string?, string?
---@field keep fun(self: table) the exchange ended well, so that the next one may use the connection
---@field close fun(self: table, dead: boolean) it cannot be used again; true when it was found dead after it was kept

---@class dnp.engines.Exchange
---@field connection dnp.engines.Connection? nil once the exchange is over
---@field left number seconds that it may still wait
---@field timeout number
---@field streams boolean? the body is read at the pace of its reader: the time limit is for each of its pieces
---@field buffer string what was received; what is before `at` was used
---@field at integer
---@field sent boolean all of the request was handed to the network
---@field began boolean a byte of the response came
---@field keeps boolean the panel leaves the connection open

-- Calls a method of the connection that may wait, and takes the time off what is left.
local function wait(self, method, what)
  if self.left <= 0 then
    return nil, "timeout"
  end
  local connection, began = self.connection, core.clock()
  local value, err = connection[method](connection, what, self.left)
  self.left = self.left - (core.clock() - began)
  return value, err
end

local function close(self, dead)
  local connection = self.connection
  self.connection = nil
  if connection then
    connection:close(dead or false)
  end
end

local function fail(self, name, reason)
  close(self)
  return nil, { name = name, reason = reason, sent = self.sent }
end

-- A read or a write that failed. A kept connection that breaks before the response begins was most likely dead before.
local function broken(self, name, err)
  if err == "timeout" then
    close(self)
    return nil, { name = "timeout", timeout = self.timeout, sent = self.sent }
  end
  local dead = self.connection.reused and not self.began
  close(self, dead)
  return nil, { name = name, reason = err, sent = self.sent, stale = dead or nil }
end

---- sending ----

-- Names of headers as nearly all servers write them, in lower case.
local LOWER = {}
for _, name in ipairs {
  "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Expires", "Keep-Alive",
  "Location", "Pragma", "Retry-After", "Server", "Transfer-Encoding", "Vary", "WWW-Authenticate", "X-AspNet-Version",
  "X-Powered-By",
} do
  LOWER[name] = ascii.lower(name)
end

local function lower_of(name)
  return LOWER[name] or ascii.lower(name)
end

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
    if not OWN_HEADERS[lower_of(name)] then
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

---- receiving ----

-- The next bytes, at most so many.
local function receive(self, most)
  local buffer, at = self.buffer, self.at
  if at <= #buffer then
    local piece = buffer:sub(at, at + most - 1)
    self.at = at + #piece
    return piece
  end
  return wait(self, "receive", math.min(most, MAX_PIECE))
end

-- Puts more bytes behind what is in the buffer.
local function receive_more(self)
  local more, err = wait(self, "receive", MAX_PIECE)
  if not more then
    return nil, err
  end
  self.began = true
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
      add_header(headers, lower_of(name), value)
    end
  end
end

local function no_http(self, err)
  if err then
    return broken(self, "connection_lost", err)
  end
  return fail(self, "too_large", ("a head of more than %d bytes"):format(MAX_HEAD))
end

-- Others speak first and then wait for a response, so what is not HTTP is seen before its first line ends.
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

-- The final response's head, past those that only say that it is on the way.
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
  return ascii.lower(value or "")
end

local function has_token(value, token)
  return ("," .. tokens(value):gsub("%s", "") .. ","):find("," .. token .. ",", 1, true) ~= nil
end

-- The exchange ended well. Only then, and when nothing is left over, is the connection used again.
local function finish(self)
  if self.keeps and self.at > #self.buffer then
    self.connection:keep()
    self.connection = nil
  end
  close(self)
end

-- A function that returns what `next_piece` returns until the exchange is over; after that always its end.
local function pieces(self, next_piece)
  local failure
  return function()
    local piece
    self.left = self.streams and self.timeout or self.left
    if self.connection then
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
  return fail(self, "no_http", "the chunks of the response are damaged")
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

-- The length that the headers have, once or several times the same; nil and true when they are at odds.
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

---- the exchange ----

--- The request's line and headers, to be made before there is a connection.
---@param request dnp.Request
---@return string? head
---@return table? failure
function http1.head(request)
  local head = head_of(request)
  if not head then
    return nil, { name = "sending_failed", reason = "a header holds a control character", sent = false }
  end
  return head
end

-- When sending fails, the panel lacks at least the end of the request, and so does nothing.
local function send(self, head, body)
  local sent, err = wait(self, "send", head .. body)
  if not sent then
    return broken(self, "sending_failed", err)
  end
  self.sent = true
  return true
end

--- Sends a request and reads the response's head. What it returns is what an engine's `exchange` returns.
---@param connection dnp.engines.Connection
---@param head string that `http1.head` made
---@param body string
---@param limits { timeout: number, streams: boolean? }
---@param spent number seconds of the time limit that are over
---@return integer? status
---@return table headers by name in lower case; of a header that came several times, a list; or the failure
---@return string|fun(): string?, table? body
---@return fun()? close
function http1.exchange(connection, head, body, limits, spent)
  local self = {
    connection = connection, left = limits.timeout - spent, timeout = limits.timeout, streams = limits.streams,
    buffer = "", at = 1, sent = false, began = false,
  }
  local good, failure = send(self, head, body)
  if not good then
    return nil, failure
  end
  local response
  response, failure = receive_head(self)
  if not response then
    return nil, failure
  end
  local reader
  reader, failure = body_of(self, response)
  if not reader then
    return nil, failure
  end
  return response.status, response.headers, reader, function()
    close(self)
  end
end

return http1
