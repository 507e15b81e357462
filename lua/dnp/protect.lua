--- Protected calls of functions that may wait, on every Lua.
---
--- Lua 5.1 (but not LuaJIT) cannot yield across pcall. There a protected call in a coroutine runs its function in a
--- coroutine of its own, and passes on what that yields. Who runs is therefore asked here, and what belongs to another
--- event loop, which resumes the coroutine that it was called in, is called in the one outside of all protected calls.

---
--- They distinguish an interrupt from other errors: what a hook raises, such as Ctrl-C in Lua's own shells, or a limit
--- that the program has set. It is meant for the whole program, not for whoever happens to run, so it goes on as it was
--- raised.

local protect = {}

---- interrupts ----

-- A hook raises close to the top of the stack.
local MOST_LEVELS = 20

-- What Lua's shells raise, with or without a position before it.
local SHELLS_WORD = "interrupted!$"

local info = debug and debug.getinfo
local hook_of = debug and debug.gethook

-- Raises an interrupt that was caught; on the stack, this tells what it is.
local function raise_interrupt(err)
  error(err, 0)
end

-- Lua 5.3 and 5.4 say of the function that a hook calls that a hook called it. Elsewhere the hook itself is looked for:
-- one that has taken itself away before it raises is not found there, unless it raises the shells' word.
local function comes_from_hook()
  local hook = hook_of and hook_of()
  for level = 2, MOST_LEVELS do
    local frame = info(level, "nf")
    if not frame then
      return false
    elseif frame.namewhat == "hook" or frame.func == hook or frame.func == raise_interrupt then
      return true
    end
  end
  return false
end

local function is_shells(err)
  return type(err) == "string" and err:find(SHELLS_WORD) ~= nil
end

local Interrupt = {}

local function handler(err)
  if is_shells(err) or info and comes_from_hook() then
    return setmetatable({ err = err }, Interrupt)
  end
  return err
end

local function results(good, first, ...)
  if not good and getmetatable(first) == Interrupt then
    return false, first.err, true
  end
  return good, first, ...
end

--- Raises once more what a protected call has caught.
---@param err any
---@param interrupted any whether it was an interrupt
function protect.raise(err, interrupted)
  if interrupted then
    raise_interrupt(err)
  end
  error(err, 0)
end

---- calls ----

if _VERSION ~= "Lua 5.1" or rawget(_G, "jit") then
  --- The same as pcall; after what was raised comes whether that is an interrupt.
  function protect.call(f, ...)
    return results(xpcall(f, handler, ...))
  end

  --- The coroutine that runs, as coroutine.running returns it.
  protect.running = coroutine.running

  --- Calls a function of an engine, or of another event loop.
  function protect.outside(f, ...)
    return f(...)
  end

  --- The same, protected.
  protect.call_outside = protect.call

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

-- Its xpcall passes no arguments on.
local function call_here(f, ...)
  local count, arguments = select("#", ...), { ... }
  return results(xpcall(function()
    return f(unpack(arguments, 1, count))
  end, handler))
end

-- In a coroutine nothing can be caught there: what it raises goes through to whoever resumes that.
function protect.call_outside(f, ...)
  if coroutine.running() then
    return true, protect.outside(f, ...)
  end
  return call_here(f, ...)
end

-- Resumes the coroutine of a protected call until it has ended; what it stopped at comes after `good`.
local function go_on(thread, good, first, ...)
  if not good then
    return false, first, is_shells(first)
  elseif coroutine.status(thread) == "dead" then
    return true, first, ...
  elseif first == OUTSIDE then
    return go_on(thread, coroutine.resume(thread, protect.outside(...)))
  end
  return go_on(thread, coroutine.resume(thread, coroutine.yield(first, ...)))
end

function protect.call(f, ...)
  local base = protect.running()
  if not base then
    return call_here(f, ...) -- the main program does not yield
  end
  local thread = coroutine.create(function(...)
    return f(...)
  end)
  bases[thread] = base
  return go_on(thread, coroutine.resume(thread, ...))
end

return protect
