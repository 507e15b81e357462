--- What Lua itself does not tell of the system: terminals, modes of files, secrets without echo.

local core = require "dnp.core"
local fail = require "dnp.cli.fail"

local system = {}

--- A text as one word of a shell's command line.
---@param text string
---@return string
function system.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Runs a command line of the shell, whose output is lost; whether it succeeded. (Not by os.execute, during which an
--- interrupt is lost.)
---@param command string
---@return boolean
function system.run(command)
  local pipe = io.popen(("{ %s\n} >/dev/null 2>&1 && echo done 2>/dev/null"):format(command))
  local answer = pipe and pipe:read "*l"
  if pipe then
    pipe:close()
  end
  return answer == "done"
end

--- Whether a person sits at the other end.
---@param descriptor integer 0 standard input, 1 standard output, 2 standard error
---@return boolean
function system.is_terminal(descriptor)
  return core.is_terminal(descriptor)
end

--- An environment variable; nil when it is empty.
---@param name string
---@return string?
function system.environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

-- "rw-r-----", or nil where nothing can tell.
local function permissions(path)
  local good, lfs = pcall(require, "lfs")
  if good then
    return lfs.attributes(path, "permissions")
  end
  local pipe = io.popen(("ls -ldL %s 2>/dev/null"):format(system.quote(path)))
  local line = pipe and pipe:read "*l" or ""
  if pipe then
    pipe:close()
  end
  return line:match "^.(%S%S%S%S%S%S%S%S%S)"
end

--- Whether there is such a file.
---@param path string
---@return boolean
function system.exists(path)
  local file = io.open(path, "rb")
  if file then
    file:close()
  end
  return file ~= nil
end

--- Ends the command when what is there is a folder or a device, where a file is going to be written or replaced.
---@param path string
function system.check_file(path)
  if not system.run(("test ! -e %s || test -f %s"):format(system.quote(path), system.quote(path))) then
    fail.usage("%s is not a file", path)
  end
end

--- Whether two paths lead to the same file.
---@param one string
---@param other string
---@return boolean
function system.is_same_file(one, other)
  return one == other or system.run(("test %s -ef %s"):format(system.quote(one), system.quote(other)))
end

--- Ends the command when somebody else than its owner may read a file that holds a secret.
---@param path string
function system.check_private(path)
  local mode = permissions(path)
  if mode and mode:sub(4):find "[rw]" then
    fail.usage("%s holds a password and its mode is %s: chmod 600 it, so that only you can read it", path, mode)
  end
end

--- A new file that only its owner may read, or one that is so already; open for appending.
---@param path string
---@return file*
function system.private_file(path)
  if not system.run(("umask 077 && set -C && : >%s"):format(system.quote(path))) then
    system.check_private(path)
  end
  local file, message = io.open(path, "ab")
  if not file then
    fail.usage("%s", message)
  end
  return file
end

--- Makes what was written to a file outlast a loss of power.
---@param path string
---@return boolean
function system.sync(path)
  return system.run(("sync %s || sync"):format(system.quote(path)))
end

--- What a file holds, or standard input for "-".
---@param path string
---@return string
function system.read(path)
  if path == "-" then
    return io.read "*a" or ""
  end
  local file, message = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  if not text then
    fail.usage("%s", message or (path .. " cannot be read"))
  end
  return text
end

--- The first line of a file with a secret, whose mode is checked, or of standard input for "-".
---@param path string
---@return string
function system.read_secret(path)
  if path ~= "-" then
    system.check_private(path)
  end
  local text
  if path == "-" then
    text = io.read "*l"
  else
    text = system.read(path)
  end
  local line = (text or ""):match "^[^\r\n]*"
  if line == "" then
    fail.usage(path == "-" and "standard input is empty, where a password was expected"
      or ("%s is empty, where a password was expected"):format(path))
  end
  return line
end

-- The shell reads, since not every Lua lets Ctrl-C end its own reading.
local READ = "IFS= read -r line && printf '%s\\n' \"$line\""
local READ_HIDDEN = "trap 'stty echo 2>/dev/null; exit 130' INT TERM; stty -echo 2>/dev/null; %s; stty echo 2>/dev/null"

local function read_line(command)
  io.stdout:flush()
  local pipe = io.popen(command)
  local good, line = pcall(pipe.read, pipe, "*l")
  pipe:close()
  if not good then
    error(line, 0)
  end
  return line
end

--- Asks the person at the terminal.
---@param question string
---@return string? answer nil at the end of the input
function system.ask(question)
  io.stderr:write(question)
  return read_line(READ)
end

--- Asks for a secret, without showing it. What is typed before the question is there is not shown either.
---@param question string
---@return string
function system.ask_secret(question)
  local line = read_line(READ_HIDDEN:format(("printf %%s %s >&2; %s"):format(system.quote(question), READ)))
  io.stderr:write "\n"
  if not line or line == "" then
    fail.usage "no password was given"
  end
  return line
end

-- Where LuaRocks calls a package otherwise than Debian without "lua-".
local ROCKS = {
  ["lua-cjson"] = "lua-cjson", ["lua-filesystem"] = "luafilesystem", ["lua-dbi-sqlite3"] = "luadbi-sqlite3",
  ["lua-dbi-postgresql"] = "luadbi-postgresql",
}

--- Loads a library that only some commands need.
---@param name string of the module
---@param package_name string what Debian calls it
---@return any
function system.library(name, package_name)
  local good, module = pcall(require, name)
  if not good then
    fail.usage("this needs the Lua module '%s' (Debian: %s; LuaRocks: %s), which cannot be loaded: %s", name,
      package_name, ROCKS[package_name] or (package_name:gsub("^lua%-", "")), (tostring(module):match "^[^\n]*"))
  end
  return module
end

return system
