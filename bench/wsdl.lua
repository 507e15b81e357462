--- Writes the WSDL of the users' service, as the sandbox gives it, for the SOAP stacks that need one: wsdl.lua FILE
-- The file stays as it is when nothing is different, so that nothing is built anew.
local http = require "socket.http"

local sandbox = assert(require("dnp.sandbox").start { dialect = "dotnetpanel" })
local body, status = http.request(sandbox.url .. "/esUsers.asmx?WSDL")
assert(status == 200, status)
sandbox:stop()
body = body:gsub("127%.0%.0%.1:%d+", "127.0.0.1:9002")

local file = io.open(arg[1], "r")
local before = file and file:read "*a"
if file then
  file:close()
end
if before ~= body then
  file = assert(io.open(arg[1], "w"))
  file:write(body)
  file:close()
end
