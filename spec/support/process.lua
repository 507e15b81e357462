--- A program that runs beside a spec, can be stopped and killed, and ends before the spec does.
local child = require "spec.support.child"

---@class spec.Process
---@field pid string
---@field path string what its files' names begin with
local Process = {}
Process.__index = Process

local process = {}

local function await(what, condition)
  for _ = 1, 1200 do
    local value = condition()
    if value then
      return value
    end
    os.execute "sleep 0.05"
  end
  error("gave up waiting for " .. what)
end

local function content(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  return text
end

--- Starts a command line.
---@param command string one program with its arguments, and its environment by `env`
---@param path string what the names of its files begin with: output, process id, status
---@return spec.Process
function process.start(command, path)
  local quote = child.quote
  local inner = ("echo $$ >%s.pid; exec %s"):format(quote(path), command)
  os.remove(path .. ".pid")
  os.remove(path .. ".status")
  local self = setmetatable({ path = path }, Process)
  local stop = child.start("sh -c " .. quote(("sh -c %s; echo $? >%s.status"):format(quote(inner), quote(path))),
    path .. ".log")
  self.end_it = function()
    stop()
    self.end_it = function() end
  end
  self.pid = await("a process to begin", function()
    return (content(path .. ".pid") or ""):match "(%d+)\n"
  end)
  return self
end

--- Sends a signal.
---@param name string "KILL"
function Process:signal(name)
  if not self:status() then
    os.execute(("kill -%s %s 2>/dev/null"):format(name, self.pid))
  end
end

--- What it exited with; nil while it runs.
---@return integer?
function Process:status()
  return tonumber((content(self.path .. ".status") or ""):match "(%d+)\n")
end

--- What it wrote.
---@return string
function Process:output()
  return content(self.path .. ".log") or ""
end

--- Waits until it has ended by itself.
---@return integer status
function Process:await()
  local status = await(self.path .. " to end", function()
    return self:status()
  end)
  self.end_it()
  return status
end

--- Ends it whatever it does.
function Process:kill()
  self:signal "KILL"
  self.end_it()
end

--- Runs a command line and sends it SIGINT once a condition holds; then waits for its end.
---@param command string
---@param condition fun(): any
---@param go_on fun(running: spec.Process)? called after the signal
---@return integer status
---@return string output all that it wrote
function process.interrupt(command, condition, go_on)
  local folder, remove = child.folder()
  local running = process.start(command, folder .. "/run")
  await("what is to be interrupted", function()
    return condition() or running:status()
  end)
  running:signal "INT"
  if go_on then
    go_on(running)
  end
  local status = running:await()
  local output = running:output()
  remove()
  return status, output
end

--- Waits until it has written a text.
---@param text string
function Process:await_output(text)
  await(("'%s' to be written"):format(text), function()
    return self:output():find(text, 1, true) or self:status()
  end)
end

process.await = await

return process
