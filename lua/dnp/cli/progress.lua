--- How far something long is: a bar for a person at a terminal, lines from time to time for others.

local dnp = require "dnp"
local system = require "dnp.cli.system"

---@class dnp.cli.Progress
---@field total integer
local Progress = {}
Progress.__index = Progress

local BAR_EVERY, LINE_EVERY = 0.1, 10
local WIDTH = 24

local function duration(seconds)
  local minutes = math.floor(seconds / 60)
  if minutes >= 60 then
    return ("%d:%02d:%02d"):format(math.floor(minutes / 60), minutes % 60, math.floor(seconds % 60))
  end
  return ("%d:%02d"):format(minutes, math.floor(seconds % 60))
end

function Progress:line()
  local gone = dnp.clock() - self.began
  local rate = gone > 0 and (self.done + self.failed - self.before) / gone or 0
  local left = rate > 0 and (self.total - self.done - self.failed) / rate or nil
  return ("%d of %d done, %d failed, %.1f/s%s"):format(self.done, self.total, self.failed, rate,
    left and ", " .. duration(left) .. " left" or "")
end

function Progress:show()
  if self.bar then
    local filled = self.total > 0 and math.floor((self.done + self.failed) / self.total * WIDTH) or WIDTH
    io.stderr:write("\r[", ("#"):rep(filled), ("-"):rep(WIDTH - filled), "] ", self:line(), "\27[K")
  else
    io.stderr:write(self:line(), "\n")
  end
  self.shown_at = dnp.clock()
end

--- One more is done, or failed.
---@param good boolean
function Progress:add(good)
  local name = good and "done" or "failed"
  self[name] = self[name] + 1
  if not self.silent and dnp.clock() - self.shown_at >= (self.bar and BAR_EVERY or LINE_EVERY) then
    self:show()
  end
end

--- So many are done and failed, by all that are at it.
---@param done integer
---@param failed integer
function Progress:set(done, failed)
  self.done, self.failed = done, failed
end

--- The bar makes room for other lines.
function Progress:clear()
  if self.bar then
    io.stderr:write "\r\27[K"
  end
end

local progress = {}

--- Begins to count.
---@param total integer
---@param before integer how many are done already
---@param silent boolean?
---@return dnp.cli.Progress
function progress.new(total, before, silent)
  local now = dnp.clock()
  return setmetatable({
    total = total, before = before, done = before, failed = 0, began = now, shown_at = now,
    silent = silent, bar = not silent and system.is_terminal(2),
  }, Progress)
end

return progress
