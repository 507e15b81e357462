--- Ends a command with a message and an exit status. What is raised here is caught by `dnp.cli`.

local status = require "dnp.cli.status"

local fail = {}

---@class dnp.cli.Failure
---@field status integer
---@field message string
---@field cause any the library's error
---@field is_answer boolean? it is what was asked for

local Failure = {}
Failure.__index = Failure
Failure.__tostring = function(self)
  return self.message
end

--- Ends the command: wrong usage, or an error in what was given. Nothing was sent.
---@param message string as of `string.format`
---@param ... any
function fail.usage(message, ...)
  error(setmetatable({ status = status.USAGE, message = select("#", ...) > 0 and message:format(...) or message },
    Failure), 0)
end

--- Ends the command with a text as its answer.
---@param text string
function fail.answer(text)
  error(setmetatable({ status = status.DONE, message = text, is_answer = true }, Failure), 0)
end

--- Ends the command because of an error of the library, or of the system; or again, for what ended it within a task.
---@param err any
---@param code integer? of dnp.cli.status; by default what the error's outcome says
function fail.with(err, code)
  if fail.is(err) then
    error(err, 0)
  end
  error(setmetatable({ status = code or fail.status_of(err), message = tostring(err), cause = err }, Failure), 0)
end

--- The exit status for an error of a workflow or a call.
---@param err any
---@return integer
function fail.status_of(err)
  local outcome = type(err) == "table" and err.outcome
  return (outcome == "unknown" or outcome == "partly_done") and status.PARTLY or status.FAILED
end

-- What the library says of a wrong argument, without the names of its functions, which nobody has called here.
local function in_short(message)
  return (message:gsub("^[^\n]-:%d+: ", ""):gsub("^[%l_]+: ", ""):gsub("^option '([%l_]+)': ", "%1: ")
    :gsub("^filter: option 'column'", "--where"):gsub("^argument %d+ %(([%l_]+)%)", "%1"):gsub("^changes%.", ""))
end

--- Calls a function of the library. What it raises is what the caller gave it, so it is wrong usage.
---@param f function
---@param ... any
---@return any ...
function fail.checked(f, ...)
  local results = { pcall(f, ...) }
  if not results[1] then
    local raised = results[2]
    if type(raised) ~= "string" or fail.is_interrupt(raised) then
      error(raised, 0)
    end
    fail.usage("%s", in_short(raised))
  end
  return results[2], results[3], results[4]
end

--- Whether an error is an interrupt, or that of a workflow that one came in the middle of: LuaJIT interrupts whatever
--- runs.
---@param err any
---@return boolean
function fail.is_interrupt(err)
  local text = type(err) == "table" and err.kind == "raised" and err.message or err
  return type(text) == "string" and text:find("interrupted!", 1, true) ~= nil
end

--- Whether `value` was raised here.
---@param value any
---@return boolean
function fail.is(value)
  return getmetatable(value) == Failure
end

return fail
