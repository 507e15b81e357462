--- Passes to a function, or writes to an open file, what goes over the wire; secrets are replaced before it gets here.

local core = require "dnp.core"

local trace = {}

-- Numbers of calls, so that a request and its response can be put together when many are under way.
local numbers = setmetatable({}, { __mode = "k" })
local last_number = 0

local function number_of(call)
  if not numbers[call] then
    last_number = last_number + 1
    numbers[call] = last_number
  end
  return numbers[call]
end

local function write_request(file, event)
  local lines = { "> POST " .. event.url }
  for name, value in pairs(event.headers) do
    lines[#lines + 1] = ("> %s: %s"):format(name, value)
  end
  table.sort(lines, function(a, b)
    return a:match "^> POST" ~= nil or (b:match "^> POST" == nil and a < b)
  end)
  if event.encrypted then
    lines[#lines + 1] = "> (sent encrypted; this is what it was made from)"
  end
  file:write(table.concat(lines, "\n"), "\n>\n", event.body, "\n\n")
end

local function write_response(file, event)
  local head = ("< %d after %.6f s"):format(event.status or 0, event.seconds)
  file:write(head, event.error and ": " .. event.error or "", "\n<\n", event.body, "\n\n")
end

--- Writes an event as text.
---@param file file*
---@param event table
function trace.write(file, event)
  if event.event == "request" then
    write_request(file, event)
  else
    write_response(file, event)
  end
end

--- Before a call's request is sent.
---@param target function|table|userdata
---@param call userdata
---@return number now on `dnp.clock`
function trace.request(target, call)
  local event = core.describe_request(call)
  event.call = number_of(call)
  if type(target) == "function" then
    target(event)
  else
    trace.write(target, event)
  end
  return core.clock()
end

--- After its end, before anybody has its results.
---@param target function|table|userdata
---@param call userdata
---@param sent_at number
function trace.response(target, call, sent_at)
  local event = core.describe_response(call, core.clock() - sent_at)
  event.call = number_of(call)
  if type(target) == "function" then
    target(event)
  else
    trace.write(target, event)
  end
end

return trace
