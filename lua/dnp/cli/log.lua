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

--- What the session's option `trace` is to be.
---@param given { log: string?, trace: boolean? }
---@return (fun(event: table))|nil
function log.target(given)
  if not given.log and not given.trace then
    return nil
  end
  local file, message
  if given.log then
    file, message = io.open(given.log, "ab")
    if not file then
      fail.usage("--log: %s", message)
    end
    file:setvbuf "line"
  end
  return function(event)
    if file then
      file:write(line_of(event), "\n")
    end
    if given.trace then
      trace.write(io.stderr, event)
    end
  end
end

return log
