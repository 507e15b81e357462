--- A relay in front of a server, in a process of its own, or an HTTP proxy; it counts connections.
-- As a program: lua spec/support/relay.lua [PORT]. It passes all that comes to that port; without one it is a proxy.
-- It prints its port, then "connection" for each, "handshake" where a client begins TLS, and each request to a proxy.
local child = require "spec.support.child"

-- What has come from a client and is for its server; a proxy's requests name their server.
local function split_head(text)
  local head, rest = text:match "^(.-\r\n\r\n)(.*)$"
  return head, rest
end

local function upstream_of(socket, line)
  local host, port = line:match "^CONNECT ([^:%s]+):(%d+) "
  if not host then
    host, port = line:match "^%u+ http://([^:/%s]+):(%d+)/"
  end
  return host and socket.connect(host, tonumber(port))
end

local function tell(text)
  io.write(text, "\n")
  io.flush()
end

-- One side of a connection, from the side of a client: `waiting` is what is not passed on yet, `left` how much of a
-- request's body is still to come.
local Link = {}
Link.__index = Link

local function send(other, text)
  other:settimeout(20)
  local sent = other:send(text)
  other:settimeout(0)
  return sent ~= nil
end

-- Opens the way to the server that a request to the proxy names, and passes the request.
function Link:take_request(head, rest)
  local line = head:match "^[^\r\n]*"
  tell(line)
  self.server = self.server or upstream_of(self.socket, line)
  if not self.server then
    send(self.client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
    return false
  end
  self.links[self.server] = self
  if line:find "^CONNECT" then
    self.waiting, self.is_raw = rest, true
    return send(self.client, "HTTP/1.1 200 Connection established\r\n\r\n")
  end
  self.left = tonumber(head:match "\r\n[Cc]ontent%-[Ll]ength: *(%d+)") or 0
  self.waiting = rest
  return send(self.server, (head:gsub("^(%u+) http://[^/]+", "%1 ")))
end

-- Passes on what a client sent.
function Link:pass()
  while self.waiting ~= "" do
    if self.is_raw then
      if not self.greeted then
        self.greeted = true
        if self.waiting:byte() == 22 then
          tell "handshake"
        end
      end
      local text = self.waiting
      self.waiting = ""
      return send(self.server, text)
    elseif self.left > 0 then
      local text = self.waiting:sub(1, self.left)
      self.left, self.waiting = self.left - #text, self.waiting:sub(#text + 1)
      if not send(self.server, text) then
        return false
      end
    else
      local head, rest = split_head(self.waiting)
      if not head then
        return true
      elseif not self:take_request(head, rest) then
        return false
      end
    end
  end
  return true
end

-- Reads what has come on one side; false when that side is closed.
function Link:read(side)
  local text, reason, part = side:receive(65536)
  text = text or part
  if side == self.client then
    self.waiting = self.waiting .. text
    return self:pass() and reason ~= "closed"
  end
  return send(self.client, text) and reason ~= "closed"
end

function Link:close()
  for _, side in pairs { self.client, self.server } do
    self.links[side] = nil
    side:close()
  end
end

local function accept(socket, listener, links, port)
  local client = listener:accept()
  local server = port and assert(socket.connect("127.0.0.1", port))
  tell "connection"
  local link = setmetatable({
    socket = socket, links = links, client = client, server = server, waiting = "", left = 0, is_raw = port ~= nil,
  }, Link)
  for _, side in pairs { client, server } do
    side:settimeout(0)
    links[side] = link
  end
end

local function serve(port)
  local socket = require "socket"
  local listener = assert(socket.bind("127.0.0.1", 0, 100))
  tell(select(2, listener:getsockname()))
  local links = {}
  while true do
    local sides = { listener }
    for side in pairs(links) do
      sides[#sides + 1] = side
    end
    for _, side in ipairs(socket.select(sides)) do
      if side == listener then
        accept(socket, listener, links, port)
      elseif links[side] and not links[side]:read(side) then
        links[side]:close()
      end
    end
  end
end

if arg and arg[0] and arg[0]:match "relay%.lua$" then
  serve(tonumber(arg[1]))
  return
end

local relay = {}

---@class spec.Relay
---@field port integer
local Relay = {}
Relay.__index = Relay

--- Starts one.
---@param url string? the server to pass everything to; without it, the relay is a proxy
---@return spec.Relay
function relay.start(url)
  local log = os.tmpname()
  local dnp = require "dnp"
  local stop = child.start(("%s spec/support/relay.lua %s"):format(child.lua, url and url:match ":(%d+)" or ""), log)
  local self = setmetatable({ log = log, stop_process = stop }, Relay)
  local deadline = dnp.clock() + 20
  repeat
    dnp.sleep(0.01)
    self.port = tonumber(child.read(log):match "^(%d+)\n")
  until self.port or dnp.clock() > deadline
  assert(self.port, "the relay did not start")
  return self
end

--- How many lines of its log match a pattern: connections, handshakes, requests.
---@param pattern string
---@return integer
function Relay:count(pattern)
  local count = 0
  for line in child.read(self.log):gmatch "[^\n]+" do
    count = count + (line:find("^" .. pattern) and 1 or 0)
  end
  return count
end

--- Ends it.
function Relay:stop()
  self.stop_process()
  os.remove(self.log)
end

return relay
