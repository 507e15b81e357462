-- A name server for specs on 127.0.0.1: PORT. "mute" in a name gets no response, "absent" none that exists; every other
-- one is 127.0.0.1.
local socket = require "socket"

local server = assert(socket.udp())
assert(server:setsockname("127.0.0.1", tonumber(arg[1])))

-- RFC 1035, 4.1: the question repeated, then a response that points at its name.
local function response(query)
  local stop = query:find("\0", 13, true)
  if not stop or query:find("mute", 13, true) then
    return nil
  end
  local question, asks_address = query:sub(13, stop + 4), query:sub(stop + 1, stop + 2) == "\0\1"
  if query:find("absent", 13, true) then
    return query:sub(1, 2) .. "\129\131\0\1\0\0\0\0\0\0" .. question
  elseif not asks_address then
    return query:sub(1, 2) .. "\129\128\0\1\0\0\0\0\0\0" .. question
  end
  return query:sub(1, 2) .. "\129\128\0\1\0\1\0\0\0\0" .. question .. "\192\12\0\1\0\1\0\0\0\60\0\4\127\0\0\1"
end

while true do
  local query, address, port = server:receivefrom()
  local text = query and #query > 16 and response(query)
  if text then
    server:sendto(text, address, port)
  end
end
