--- The command `dnp`: what a hosting panel's administrator types. Everything it does, scripts can do with
--- `dnp.provisioning`; what is here reads files, asks, and shows.

local args = require "dnp.cli.args"
local fail = require "dnp.cli.fail"
local output = require "dnp.cli.output"
local run = require "dnp.cli.run"
local status = require "dnp.cli.status"
local stdout = require "dnp.cli.stdout"
local topics = require "dnp.cli.topics"

local cli = {}

local NAMES = {
  "test", "user", "package", "addon", "plan", "usage", "export", "diff", "apply", "import", "rotate", "call",
  "describe", "sandbox", "completion", "help",
}

local SUMMARY = "Administers a hosting panel: DotNetPanel, WebsitePanel, SolidCP."

--- What all commands say of themselves.
---@return dnp.cli.Command[]
function cli.definitions()
  local list = {}
  for index, name in ipairs(NAMES) do
    list[index] = require("dnp.cli.commands." .. name)
  end
  return list
end

--- The parser of all commands.
---@return dnp.cli.Parser
function cli.parser()
  return args.parser(cli.definitions(), SUMMARY, topics.epilog())
end

local function tell(given, raised)
  local out = output.new(given)
  if fail.is(raised) and raised.is_answer then
    stdout.write(raised.message)
    return raised.status
  elseif fail.is_interrupt(fail.is(raised) and raised.cause or raised) then
    io.stderr:write "dnp: interrupted\n"
    return status.INTERRUPTED
  elseif fail.is(raised) then
    out:error(raised.message, raised.cause)
    return raised.status
  end
  out:error(tostring(raised), type(raised) == "table" and raised or nil)
  return fail.status_of(raised)
end

-- What the command line asks for even when it cannot be read.
local function form_of(arguments)
  local given = {}
  for _, word in ipairs(arguments) do
    given.json = given.json or word == "--json"
  end
  return given
end

--- Runs a command line.
---@param arguments string[]
---@return integer status to exit with
function cli.main(arguments)
  stdout.prepare()
  local given = form_of(arguments)
  if arguments[1] == "sandbox" then
    return require("dnp.cli.commands.sandbox").start(arguments)
  end
  local good, result = pcall(function()
    given = args.parse(cli.parser(), arguments)
    return given.definition.run(run.new(given))
  end)
  if not good then
    result = tell(given, result)
  end
  local code, message = stdout.finish(result or status.DONE)
  if message then
    output.new(given):error(message)
  end
  return code
end

return cli
