--- When calls have to be over: a point on `dnp.clock` that a workflow, or `dnp.parallel`, sets for what runs in its
--- coroutine.

local core = require "dnp.core"
local protect = require "dnp.protect"

---@class dnp.deadline
---@field used boolean whether there has ever been one
local deadline = { used = false }

-- coroutine (false: none, of the main program) -> seconds on core.clock. Whoever sets one takes it away again.
local ends_at = setmetatable({}, { __mode = "k" })

-- Lua 5.1 has no object for the main program.
local function current()
  return protect.running() or false
end

--- The deadline of the coroutine that runs, or nil.
---@return number? seconds on `dnp.clock`
function deadline.get()
  return ends_at[current()]
end

--- Sets the deadline of the coroutine that runs; an earlier one of it counts on.
---@param seconds number? on `dnp.clock`
---@return number? before what to give to `restore`
function deadline.set(seconds)
  local before = ends_at[current()]
  if seconds and (not before or seconds < before) then
    deadline.replace(seconds)
  end
  return before
end

--- Sets it whatever it was: what was begun is rolled back even when the time for it is over.
---@param seconds number on `dnp.clock`
---@return number? before what to give to `restore`
function deadline.replace(seconds)
  local co = current()
  local before = ends_at[co]
  deadline.used = true
  ends_at[co] = seconds
  return before
end

--- Takes back what `set` did.
---@param before number?
function deadline.restore(before)
  ends_at[current()] = before
end

--- How long a call may take. What only reads ends with the deadline; a change that was begun has its whole time, but
--- none is begun after it.
---@param timeout number the session's own
---@param mutates boolean
---@return number? seconds nil when the deadline is over
function deadline.timeout(timeout, mutates)
  local limit = ends_at[current()]
  if not limit then
    return timeout
  end
  local left = limit - core.clock()
  if left <= 0 then
    return nil
  end
  return mutates and timeout or math.min(timeout, left)
end

return deadline
