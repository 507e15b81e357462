--- What runs inside nginx for Server:run of spec/support/nginx/server.lua.
-- luacheck: std ngx_lua
local json = require "cjson"

local run = {}

local function values_of(good, ...)
  if not good then
    return { raised = tostring((...)) }
  end
  local values = { ... }
  for i = 1, select("#", ...) do
    if values[i] == nil then
      values[i] = json.null
    end
  end
  return { values = values, count = select("#", ...) }
end

--- Runs the function that a request's body holds.
---@return string response
function run.response()
  ngx.req.read_body()
  local request = json.decode(ngx.req.get_body_data())
  local fn = assert(loadstring(request.code:gsub("%x%x", function(digits)
    return string.char(tonumber(digits, 16))
  end)))
  return json.encode(values_of(xpcall(function()
    return fn(unpack(request.arguments, 1, request.count))
  end, debug.traceback)))
end

--- The same, as the content of a location.
function run.serve()
  ngx.say(run.response())
end

return run
