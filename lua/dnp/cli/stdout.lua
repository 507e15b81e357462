--- Standard output. What cannot be written there is told once, at the end; a reader that has read enough, such as
--- `head`, is not an error, and never ends a workflow in the middle.

local core = require "dnp.core"
local status = require "dnp.cli.status"

local stdout = {}

-- errno has these values wherever Lua is found.
local CLOSED, BROKEN_PIPE = 9, 32

local failure
local closed
local kept = {}

-- A file opened next would get the number of a closed stream, and with it what is meant for the stream.
local function occupy(stream, mode)
  local _, _, code = stream:seek "cur"
  if code ~= CLOSED then
    return false
  end
  kept[#kept + 1] = io.open("/dev/null", mode)
  return true
end

--- Comes before any file is opened.
function stdout.prepare()
  occupy(io.stdin, "rb")
  closed = occupy(io.stdout, "wb")
  occupy(io.stderr, "wb")
  core.ignore_sigpipe()
end

local function note(good, message, code)
  if not good and not failure then
    failure = { message = message, is_reader_gone = code == BROKEN_PIPE }
  end
end

--- Writes texts.
---@param ... string
function stdout.write(...)
  if closed then
    note(false, "it is closed")
  elseif not failure then
    note(io.stdout:write(...))
  end
end

--- Passes on what was written so far.
function stdout.flush()
  if not failure and not closed then
    note(io.stdout:flush())
  end
end

--- Whether nothing that is written arrives any more.
---@return boolean
function stdout.is_lost()
  return failure ~= nil
end

--- Ends the writing.
---@param code integer what the command would exit with
---@return integer code what it exits with
---@return string? message what could not be done
function stdout.finish(code)
  stdout.flush()
  if not failure or failure.is_reader_gone then
    return code
  end
  return (code == status.DONE or code == status.DIFFERENT) and status.FAILED or code, "standard output: "
    .. failure.message
end

return stdout
