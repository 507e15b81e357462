--- Servers that behave as a spec says, each in a process of its own.
-- As a program: lua spec/support/raw_server.lua FILE CONNECTIONS. It prints its port, then runs the Lua code in FILE
-- for each connection, with `number` (of the connection), `client` (the socket), `read()` (takes a request and returns
-- it), `send(text)` (false when nobody reads on), `wait()` (until the other side closes) and `another()` (waits until
-- there is more on this connection or another one, and says whether it is another). What was read is printed.

local child = require "spec.support.child"

-- Takes a request: its lines, and as much as its Content-Length says.
local function read(client)
  local lines, length = {}, 0
  repeat
    local line = client:receive("*l")
    lines[#lines + 1] = line
    length = line and tonumber(line:match("^[Cc]ontent%-[Ll]ength: *(%d+)")) or length
  until not line or line == ""
  local request = table.concat(lines, "\n") .. "\n" .. (client:receive(length) or "")
  if #lines > 0 then
    io.write(#request, "\n", request)
  end
  return request
end

-- What the code for a connection can do, besides all that Lua can.
local function actions(client, number, server)
  return setmetatable({
    number = number,
    client = client,
    read = function()
      return read(client)
    end,
    send = function(text)
      return client:send(text) ~= nil
    end,
    wait = function()
      client:receive(1)
    end,
    another = function()
      return require("socket").select({ client, server })[1] == server
    end,
  }, { __index = _G })
end

local function load_with(code, environment)
  if setfenv then
    return setfenv(assert(loadstring(code)), environment)
  end
  return assert(load(code, "server", "t", environment))
end

local function serve(path, connections)
  local code = child.read(path)
  local server = assert(require("socket").bind("127.0.0.1", 0))
  server:settimeout(30)
  io.write(select(2, server:getsockname()), "\n")
  io.flush()
  for number = 1, connections do
    local client = assert(server:accept())
    client:settimeout(30)
    load_with(code, actions(client, number, server))()
    client:close()
  end
end

if arg and arg[0] and arg[0]:match("raw_server%.lua$") then
  serve(arg[1], tonumber(arg[2]))
  return
end

local raw_server = {}

--- Starts a server for so many connections.
---@param connections integer
---@param code string Lua, see above
---@return string url
---@return fun(): string[] finish waits for its end and returns the requests that were read
function raw_server.start(connections, code)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(code)
  file:close()
  local process = assert(io.popen(("%s spec/support/raw_server.lua %s %d"):format(child.lua, path, connections)))
  local port = assert(process:read("*l"), "the server did not start")
  return "http://127.0.0.1:" .. port, function()
    local requests = {}
    local output = process:read("*a")
    process:close()
    os.remove(path)
    local at = 1
    while at <= #output do
      local length, begin = output:match("^(%d+)\n()", at)
      requests[#requests + 1] = output:sub(begin, begin + length - 1)
      at = begin + length
    end
    return requests
  end
end

--- Starts a server that answers one request of each connection with these bytes, and closes it.
---@param connections integer
---@param bytes string
---@return string url
---@return fun(): string[] finish as of `raw_server.start`
function raw_server.respond(connections, bytes)
  return raw_server.start(connections, ("read() send(%q) client:shutdown('send') wait()"):format(bytes))
end

return raw_server
