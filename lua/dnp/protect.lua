--- Protected calls of functions that may wait, on every Lua.
---
--- Lua 5.1 (but not LuaJIT) cannot yield across pcall. There a protected call in a coroutine runs its function in a
--- coroutine of its own, and passes on what that yields. Who runs is therefore asked here, and what belongs to another
--- event loop, which resumes the coroutine that it was called in, is called in the one outside of all protected calls.

local protect = {}

if _VERSION ~= "Lua 5.1" or rawget(_G, "jit") then
  --- The same as pcall.
  protect.call = pcall

  --- The coroutine that runs, as coroutine.running gives it.
  protect.running = coroutine.running

  --- Calls a function of an engine, or of another event loop.
  function protect.outside(f, ...)
    return f(...)
  end

  --- The same, protected.
  protect.call_outside = pcall

  return protect
end

-- What the coroutine of a protected call yields to have a function called outside.
local OUTSIDE = {}

-- The coroutine of a protected call -> the one outside of it and all others.
local bases = setmetatable({}, { __mode = "kv" })

function protect.running()
  local thread = coroutine.running()
  return thread and bases[thread] or thread
end

function protect.outside(f, ...)
  local thread = coroutine.running()
  if thread and bases[thread] then
    return coroutine.yield(OUTSIDE, f, ...)
  end
  return f(...)
end

-- In a coroutine nothing can be caught there: what it raises goes through to whoever resumes that.
function protect.call_outside(f, ...)
  if coroutine.running() then
    return true, protect.outside(f, ...)
  end
  return pcall(f, ...)
end

-- Resumes the coroutine of a protected call until it has ended; what it stopped at comes after `good`.
local function go_on(thread, good, first, ...)
  if not good or coroutine.status(thread) == "dead" then
    return good, first, ...
  elseif first == OUTSIDE then
    return go_on(thread, coroutine.resume(thread, protect.outside(...)))
  end
  return go_on(thread, coroutine.resume(thread, coroutine.yield(first, ...)))
end

function protect.call(f, ...)
  local base = protect.running()
  if not base then
    return pcall(f, ...) -- the main program does not yield
  end
  local thread = coroutine.create(function(...)
    return f(...)
  end)
  bases[thread] = base
  return go_on(thread, coroutine.resume(thread, ...))
end

return protect
