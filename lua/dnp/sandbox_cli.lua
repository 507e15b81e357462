--- The sandbox as a program: `./dev sandbox --port 9002 --database panel.db --dialect websitepanel`.

local core = require "dnp.sandbox_core"
local sandbox = require "dnp.sandbox"

local HELP = [[
Runs an Enterprise Server for trials on 127.0.0.1 until it is interrupted.

  --port N            the port; 0 takes one that is free (default: 9002)
  --database FILE     keep the data in FILE, made when it is not there (default: in memory)
  --dialect NAME      %s (default: dotnetpanel)
  --panel-version N   the panel's, such as 1.2.0, 1.2.2 or 2.1 of WebsitePanel (default: the newest)
  --panel-quotas      check quotas as panels do, with their mistakes, not as their documentation says
  --delete-delay N    seconds that deleting goes on in the background (default: 0)
  --auth NAME         both, basic or wse: whether callers may use HTTP Basic, WSE 3.0 or either (default: both)
  --empty             start without the sample accounts, plans and spaces
  --help              this text
]]

local FLAGS = {
  ["--help"] = "help", ["-h"] = "help", ["--empty"] = "empty", ["--panel-quotas"] = "panel_quotas",
}
local VALUES = {
  ["--port"] = "port", ["--database"] = "database", ["--dialect"] = "dialect", ["--delete-delay"] = "delete_delay",
  ["--panel-version"] = "version", ["--auth"] = "auth",
}

--- What is wrong with the command line, or nil and the options.
local function parse(arguments)
  local options = { port = 9002 }
  local i = 1
  while i <= #arguments do
    local name, value = arguments[i]:match("^(%-%-[%w-]+)=(.*)$")
    name = name or arguments[i]
    if FLAGS[name] and not value then
      options[FLAGS[name]] = true
    elseif VALUES[name] then
      if not value then
        i = i + 1
        value = arguments[i]
      end
      if not value then
        return name .. " needs a value"
      end
      options[VALUES[name]] = value
    else
      return ("there is no option %s"):format(arguments[i])
    end
    i = i + 1
  end
  return nil, options
end

--- Makes numbers of what has to be numbers; what is wrong, or nil.
local function convert(options)
  for flag, name in pairs { ["--port"] = "port", ["--delete-delay"] = "delete_delay" } do
    local text = options[name]
    options[name] = tonumber(text)
    if text and not options[name] then
      return ("%s: expected number, got '%s'"):format(flag, text)
    end
  end
  return nil
end

local FLAG_OF = {}
for flag, name in pairs(VALUES) do
  FLAG_OF[name] = flag
end

--- Starts the server. What is wrong with its options comes as a third value, in terms of the command line.
local function start(options)
  local good, server, message = pcall(sandbox.start, options)
  if good then
    return server, message
  end
  local usage = tostring(server):match "sandbox%.start: (.*)$"
  if not usage then
    error(server, 0)
  end
  return nil, nil, (usage:gsub("^option '([%w_]+)'", FLAG_OF))
end

local function write_error(message)
  io.stderr:write("sandbox: ", message, "\n")
end

--- Runs until SIGINT or SIGTERM; the status to exit with.
---@param arguments string[]
---@param on_start (fun(server: dnp.Sandbox, dialect: string))? called once it runs
---@return integer
local function main(arguments, on_start)
  local wrong, options = parse(arguments)
  if options and options.help then
    io.stdout:write(HELP:format(table.concat(require("dnp.core").dialects, ", ")))
    return 0
  end
  wrong = wrong or convert(options)
  local server, message
  if not wrong then
    options.seed = not options.empty
    options.empty = nil
    core.hold_signals()
    server, message, wrong = start(options)
  end
  if wrong then
    write_error(wrong .. "; see --help")
    return 2
  elseif not server then
    write_error(message)
    return 1
  end
  io.stdout:write(("Sandbox of an Enterprise Server (%s) at %s\n"):format(options.dialect or "dotnetpanel", server.url),
    "Sign in as serveradmin with the password serveradmin", options.seed and "; the reseller's are reseller and "
      .. "Res3ller!" or "", ".\n",
    options.database and ("The data is in %s."):format(options.database) or "The data is in memory.",
    " Stop it with Ctrl-C.\n")
  if on_start then
    on_start(server, options.dialect or "dotnetpanel")
  end
  io.stdout:flush()
  core.await_signal()
  server:stop()
  io.stdout:write("Stopped.\n")
  return 0
end

-- Run as a script, and not by `require`, it is the program.
if arg and (arg[0] or ""):find("sandbox_cli.lua", 1, true) then
  os.exit(main(arg))
end

return { main = main }
