--- Runs load.c's clients against a sandbox and prints what it holds in memory: load.lua PROGRAM CONNECTIONS SECONDS
io.stdout:setvbuf "no" -- the clients write there, too
local sandbox = assert(require("dnp.sandbox").start {})

local function resident_kilobytes()
  local file = assert(io.open("/proc/self/status"))
  local text = file:read("*a")
  file:close()
  return tonumber(text:match("VmRSS:%s+(%d+)"))
end

-- The first seconds fill the ring of logged calls and the heaps of the threads; growth counts from then on.
local function run(time)
  local ok = os.execute(("'%s' %s %d %d"):format(arg[1], sandbox.url, tonumber(arg[2]), time))
  assert(ok == true or ok == 0, "calls failed")
  print(("%d calls served, %d KiB resident"):format(sandbox:call_count(), resident_kilobytes()))
end

local seconds = tonumber(arg[3])
run(math.min(5, seconds))
run(seconds)
sandbox:stop()
