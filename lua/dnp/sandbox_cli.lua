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
  local port = tonumber(options.port)
  if not port or port % 1 ~= 0 or port < 0 or port > 65535 then
    return ("--port is a number from 0 to 65535, not '%s'"):format(options.port)
  end
  options.port = port
  if options.delete_delay then
    local delay = tonumber(options.delete_delay)
    if not delay or not (delay >= 0 and delay < 1e9) then
      return ("--delete-delay is a number of seconds, not '%s'"):format(options.delete_delay)
    end
    options.delete_delay = delay
  end
  if options.version and not sandbox.is_version(options.version) then
    return ("--panel-version is up to four numbers such as 1.2.2, not '%s'"):format(options.version)
  end
  if options.auth and options.auth ~= "both" and options.auth ~= "basic" and options.auth ~= "wse" then
    return ("--auth: expected one of 'both', 'basic', 'wse', got '%s'"):format(options.auth)
  end
  if options.database == "" then
    return "--database is a file, not ''"
  end
  local names = core.dialects()
  for _, name in ipairs(names) do
    if options.dialect == nil or options.dialect == name then
      return nil
    end
  end
  return ("--dialect: expected one of '%s', got '%s'"):format(table.concat(names, "', '"), options.dialect)
end

local function complain(message)
  io.stderr:write("sandbox: ", message, "\n")
end

--- Runs until SIGINT or SIGTERM; the status to exit with.
local function main(arguments)
  local wrong, options = parse(arguments)
  if options and options.help then
    io.stdout:write(HELP:format(table.concat(core.dialects(), ", ")))
    return 0
  end
  wrong = wrong or convert(options)
  if wrong then
    complain(wrong .. "; --help tells more")
    return 2
  end
  options.seed = not options.empty
  options.empty = nil
  core.hold_signals()
  local server, message = sandbox.start(options)
  if not server then
    complain(message)
    return 1
  end
  io.stdout:write(("Sandbox of an Enterprise Server (%s) at %s\n"):format(options.dialect or "dotnetpanel", server.url),
    "Sign in as serveradmin with the password serveradmin", options.seed and "; the reseller's are reseller and "
      .. "Res3ller!" or "", ".\n",
    options.database and ("The data is in %s."):format(options.database) or "The data is in memory.",
    " Stop it with Ctrl-C.\n")
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
