--- Servers that behave as a spec tells them to, each in a process of its own.
-- As a program: lua spec/scripted.lua FILE CONNECTIONS. It prints its port, then runs the Lua code in FILE for each
-- connection, with `number` (of the connection), `client` (the socket), `read()` (takes a request and returns it),
-- `send(text)` (false when nobody reads on), `wait()` (until the other side closes) and `another()` (waits until there
-- is more on this connection or another one, and tells whether it is another). What was read is printed.

local function serve(path, connections)
  local socket = require "socket"
  local server = assert(socket.bind("127.0.0.1", 0))
  server:settimeout(30)
  io.write(select(2, server:getsockname()), "\n")
  io.flush()
  for number = 1, connections do
    local client = assert(server:accept())
    client:settimeout(30)
    local actions = { number = number, client = client }
    function actions.another()
      return socket.select({ client, server })[1] == server
    end
    function actions.read()
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
    function actions.send(text)
      return client:send(text) ~= nil
    end
    function actions.wait()
      client:receive(1)
    end
    local file = assert(io.open(path))
    local code = file:read("*a")
    file:close()
    setmetatable(actions, { __index = _G })
    local chunk
    if setfenv then
      chunk = setfenv(assert(loadstring(code)), actions)
    else
      chunk = assert(load(code, "server", "t", actions))
    end
    chunk()
    client:close()
  end
end

if arg and arg[0] and arg[0]:match("scripted%.lua$") then
  serve(arg[1], tonumber(arg[2]))
  return
end

local child = require "spec.child"

local scripted = {}

--- Starts a server for so many connections.
---@param connections integer
---@param code string Lua, see above
---@return string url
---@return fun(): string[] finish waits for its end and returns the requests that were read
function scripted.start(connections, code)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(code)
  file:close()
  local process = assert(io.popen(("%s spec/scripted.lua %s %d"):format(child.lua, path, connections)))
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
---@return fun(): string[] finish as of `scripted.start`
function scripted.answer(connections, bytes)
  return scripted.start(connections, ("read() send(%q) client:shutdown('send') wait()"):format(bytes))
end

return scripted
