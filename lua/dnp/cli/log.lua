--- What `--log` and `--trace` write of each call; secrets are replaced before it gets here.

local fail = require "dnp.cli.fail"
local json = require "dnp.cli.json"
local trace = require "dnp.trace"

local log = {}

local function line_of(event)
  return json.encode({
    time = os.date "!%Y-%m-%dT%H:%M:%SZ", call = event.call, event = event.event, operation = event.operation,
    url = event.event == "request" and event.url or nil, status = event.status, seconds = event.seconds,
    error = event.error,
  }, { "time", "call", "event", "operation" })
end

-- Writes lines to a file. One that cannot be written is told once, and stops nothing.
local function writer(path, output)
  local file, message = io.open(path, "ab")
  if not file then
    fail.usage("--log: %s", message)
  end
  local is_lost = false
  return function(text)
    local good, reason = file:write(text, "\n")
    if good then
      good, reason = file:flush()
    end
    if not good and not is_lost then
      is_lost = true
      output:remark(("--log: %s cannot be written, so lines are missing: %s"):format(path, reason))
    end
  end
end

--- What the session's option `trace` is to be.
---@param given { log: string?, trace: boolean? }
---@param output dnp.cli.Output
---@return (fun(event: table))|nil
function log.target(given, output)
  if not given.log and not given.trace then
    return nil
  end
  local write = given.log and writer(given.log, output)
  return function(event)
    if write then
      write(line_of(event))
    end
    if given.trace then
      trace.write(io.stderr, event)
    end
  end
end

return log
