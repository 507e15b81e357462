-- Runs the command `dnp` as a process against a sandbox.
local assert = require "luassert"
local child = require "spec.support.child"

local command = {}

-- The other Lua that ./dev builds, with the modules that are built for it.
local function other_lua()
  local path = os.getenv "LUA_CPATH"
  local modules, changed = (path or ""):gsub("/build/lua5%.4/", "/build/luajit/")
  return changed > 0 and ("LUA_CPATH=%s luajit"):format(child.quote(modules)) or child.lua
end

--- A command line for the shell, against a panel. `environment` comes after what every run has.
---@param host spec.Host
---@param in_luajit boolean? where both are built
function command.line(host, arguments, environment, in_luajit)
  return ("env -u NO_COLOR -u DNP_PROFILE -u DNP_ACCOUNT_PASSWORD DNP_CONFIG=/dev/null DNP_URL=%s "
    .. "DNP_USERNAME=serveradmin DNP_PASSWORD=serveradmin DNP_DIALECT=%s %s %s bin/dnp %s"):format(host.server.url,
    host.dialect, environment or "", in_luajit and other_lua() or child.lua, arguments)
end

--- A function that runs a command line and gives status, output and errors; `input` is a command line that writes
--- standard input.
---@param host spec.Host
function command.runner(host)
  return function(arguments, environment, input)
    return child.run((input and input .. " | " or "") .. command.line(host, arguments, environment))
  end
end

--- The same for what must succeed without a word on standard error; gives the output.
function command.done(run)
  return function(...)
    local status, output, errors = run(...)
    assert.are.same({ 0, "" }, { status, errors })
    return output
  end
end

return command
