--- `dnp sandbox`: an Enterprise Server for trials.

local fail = require "dnp.cli.fail"
local system = require "dnp.cli.system"
local trial = require "dnp.cli.trial"

--- Runs it with the arguments that follow its name; its own command line reads them.
---@param arguments string[]
---@return integer status
local function start(arguments)
  local rest = { (table.unpack or unpack)(arguments, 2) }
  local good, program = pcall(require, "dnp.sandbox_cli")
  if not good then
    io.stderr:write("dnp: the sandbox was left out when this was built: ",
      "libmicrohttpd, SQLite or libcrypto was missing\n")
    return 2
  end
  local url
  local status = program.main(rest, function(server, dialect)
    url = server.url
    trial.note(url, dialect)
    -- In a checkout the command is called otherwise.
    io.stdout:write(("Now, in another terminal: %s user list\n"):format(system.environment "DNP_COMMAND" or "dnp"))
  end)
  if url then
    trial.forget(url)
  end
  return status
end

return {
  name = "sandbox",
  summary = "Run an Enterprise Server for trials on this machine until interrupted.",
  about = "`dnp sandbox --help` tells its options. While it runs, commands for which no panel is configured use it.",
  examples = { "dnp sandbox --port 9002" },
  offline = true, plain = true,
  start = start,
  run = function()
    fail.usage "`sandbox` comes first: dnp sandbox"
  end,
}
