--- Plays captured answers over TCP, in a process of its own: lua spec/replay.lua FILE CONNECTIONS
-- Prints its port, then answers each connection's first request with the bytes of the file and closes.
-- As a module it starts such a process: require("spec.replay").start(bytes, connections).

local function read_request(client)
  local length = 0
  repeat
    local line = client:receive("*l")
    length = line and tonumber(line:match("^[Cc]ontent%-[Ll]ength: *(%d+)")) or length
  until not line or line == ""
  return client:receive(length)
end

local function serve(path, connections)
  local socket = require "socket"
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  local server = assert(socket.bind("127.0.0.1", 0))
  server:settimeout(20)
  io.write(select(2, server:getsockname()), "\n")
  io.flush()
  for _ = 1, connections do
    local client = assert(server:accept())
    client:settimeout(20)
    read_request(client)
    client:send(bytes)
    client:shutdown("send")
    client:receive(1)
    client:close()
  end
end

if arg and arg[0] and arg[0]:match("replay%.lua$") then
  serve(arg[1], tonumber(arg[2]))
  return
end

local replay = {}

--- Starts a server for so many connections; returns its url and a function that waits for its end.
function replay.start(bytes, connections)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
  local process = assert(io.popen(("%s spec/replay.lua %s %d"):format(arg[-1], path, connections)))
  local port = assert(process:read("*l"), "the server did not start")
  return "http://127.0.0.1:" .. port, function()
    process:close()
    os.remove(path)
  end
end

return replay
