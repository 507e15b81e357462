--- Where the sandbox is that `dnp sandbox` runs, so that a newcomer's `dnp user list` needs no configuration.

local system = require "dnp.cli.system"

local trial = {}

-- What is gone after a restart, as the sandbox is.
local function folder()
  local runtime = system.environment "XDG_RUNTIME_DIR"
  local home = system.environment "HOME"
  return runtime and runtime .. "/dnp" or home and home .. "/.cache/dnp"
end

local function read(path)
  local file = path and io.open(path, "rb")
  if not file then
    return nil
  end
  local url, dialect = (file:read "*a" or ""):match "^(http://127%.0%.0%.1:%d+) (%w+)\n$"
  file:close()
  return url and { url = url, dialect = dialect, username = "serveradmin", password = "serveradmin" }
end

local function path()
  local base = folder()
  return base and base .. "/sandbox"
end

--- A sandbox is running. Where that cannot be noted, it has to be named.
---@param url string
---@param dialect string
function trial.note(url, dialect)
  local base = folder()
  if base and system.run("mkdir -p " .. system.quote(base)) then
    local file = io.open(base .. "/sandbox", "wb")
    if file then
      file:write(url, " ", dialect, "\n")
      file:close()
    end
  end
end

--- It has ended. One that was started since stays noted.
---@param url string
function trial.forget(url)
  local noted = read(path())
  if noted and noted.url == url then
    os.remove(path())
  end
end

--- The options of a session on the sandbox that was started last.
---@return { url: string, dialect: string, username: string, password: string }?
function trial.options()
  return read(path())
end

return trial
