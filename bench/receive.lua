--- Fetches a long list over HTTP and prints what Lua holds then, in bytes: receive.lua URL
local dnp = require "dnp"

local panel = assert(dnp.session { url = arg[1], username = "bench", password = "bench", timeout = 600 })
collectgarbage("stop")
local users = assert(panel:get_users(1, true))
io.write(#users, " ", math.floor(collectgarbage("count") * 1024), "\n")
