-- Asks 127.0.0.1: PORT for /ping until it is ended; writes how many milliseconds each took.
local dnp = require "dnp"
local socket = require "socket"

local connection = assert(socket.connect("127.0.0.1", tonumber(arg[1])))
connection:setoption("tcp-nodelay", true)
io.stdout:setvbuf "no"
while true do
  local began = dnp.clock()
  assert(connection:send "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
  repeat
    local line = assert(connection:receive "*l")
  until line == ""
  assert(connection:receive(#"pong"))
  io.write(("%.3f\n"):format((dnp.clock() - began) * 1000))
  dnp.sleep(0.002)
end
