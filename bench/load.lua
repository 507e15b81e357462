--- Runs load.c's clients against a sandbox and prints what it holds in memory: load.lua PROGRAM CONNECTIONS SECONDS
local sandbox = assert(require("dnp.sandbox").start {})

local function resident_kilobytes()
  local file = assert(io.open("/proc/self/status"))
  local text = file:read("*a")
  file:close()
  return tonumber(text:match("VmRSS:%s+(%d+)"))
end

-- The first seconds fill the ring of logged calls and the heaps of the threads; growth counts from then on.
local function run(seconds)
  local ok = os.execute(("'%s' %s %d %d"):format(arg[1], sandbox.url, tonumber(arg[2]), seconds))
  assert(ok == true or ok == 0, "calls failed")
  print(("%d calls served, %d KiB resident"):format(sandbox:call_count(), resident_kilobytes()))
end

run(5)
run(tonumber(arg[3]))
sandbox:stop()
