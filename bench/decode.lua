--- Decodes a GetUsers answer into Lua tables: decode.lua FILE TIMES
local dnp = require "dnp"

local file = assert(io.open(arg[1], "rb"))
local body = file:read("*a")
file:close()
local panel = assert(dnp.session { url = "http://127.0.0.1:9002", username = "bench", password = "bench" })
for _ = 1, tonumber(arg[2]) do
  local users = assert(panel:response("GetUsers", 200, { ["Content-Type"] = "text/xml; charset=utf-8" }, body))
  assert(#users > 0)
end
