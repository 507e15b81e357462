--- Measures the module inside nginx: one worker, and a panel that is another nginx. Called by `./dev bench nginx`.
-- usage: luajit bench/nginx.lua [tiny]; "tiny" is for the test of this file
-- luacheck: std max+ngx_lua

local answers = require "bench.answers"
local child = require "spec.support.child"
local dnp = require "dnp"
local envelope = require "spec.support.envelope"
local nginx = require "spec.support.nginx.server"
local socket = require "socket"

local SIZES = {
  full = { requests = 200, blocking = 10, many = 50000, users = 50000, delay = 0.2 },
  tiny = { requests = 6, blocking = 2, many = 300, users = 300, delay = 0.05 },
}
local size = assert(SIZES[arg[1] or "full"], "usage: luajit bench/nginx.lua [tiny]")

if nginx.missing then
  io.stderr:write(nginx.missing, "\n")
  os.exit(2)
end

local function report(what, format, ...)
  print(("%-66s %s"):format(what, format:format(...)))
end

---- the two servers ----

local folder, remove = child.folder()

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

local users = assert(io.open(folder .. "/users.xml", "w"))
answers.users(function(...)
  users:write(...)
end, size.users, "plain")
users:close()
assert(os.execute("chmod 755 " .. folder))
write("exists.xml", envelope.result("UserExists", "true"))

-- A panel by its address: each /DELAY has another one.
local panel = nginx.start {
  connections = 2048,
  server = ([[
        location ~ ^/(?<delay>[\d.]+)/esUsers.asmx$ {
            content_by_lua_block {
                ngx.req.read_body()
                if ngx.var.delay ~= "0" then ngx.sleep(tonumber(ngx.var.delay)) end
                local name = ngx.req.get_body_data():find("GetUsers", 1, true) and "users" or "exists"
                local file = assert(io.open("%s/" .. name .. ".xml", "rb"))
                ngx.header["Content-Type"] = "text/xml; charset=utf-8"
                ngx.header["Content-Length"] = file:seek "end"
                file:seek "set"
                for piece in function() return file:read(65536) end do
                    ngx.print(piece)
                    ngx.flush(true)
                end
                file:close()
            }
        }
]]):format(folder),
}

local worker = nginx.start {
  connections = 2048, level = "warn",
  http = ([[
    keepalive_requests 1000000;
    init_by_lua_block {
        local dnp = require "dnp"
        local function session(delay, engine)
            return assert(dnp.session { url = "http://127.0.0.1:%d/" .. delay, username = "bench", password = "bench",
                engine = engine })
        end
        package.loaded.sessions = {
            slow = session "%g", fast = session "0", blocking = session("%g", "curl"),
        }
        function package.loaded.sessions.calls(panel, count)
            for _ = 1, count do
                assert(assert(panel:user_exists "jdoe") == true)
            end
            ngx.print "good"
        end
    }
]]):format(panel.port, size.delay, size.delay),
  server = [[
        location = /ping { return 200 "pong"; }
        location = /three { content_by_lua_block { local s = require "sessions" s.calls(s.slow, 3) } }
        location = /blocking { content_by_lua_block { local s = require "sessions" s.calls(s.blocking, 3) } }
        location = /one { content_by_lua_block { local s = require "sessions" s.calls(s.fast, 1) } }
]],
}

---- clients ----

local function request(path)
  return ("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"):format(path)
end

-- Reads an answer of known length: its body.
local function read_answer(connection)
  local length
  repeat
    local line = assert(connection:receive "*l")
    length = tonumber(line:match "^Content%-Length: (%d+)") or length
    if line:find "^Transfer%-Encoding: chunked" then
      length = 0
    end
  until line == ""
  if length > 0 then
    return assert(connection:receive(length))
  end
  local text = ""
  while true do
    local bytes = tonumber((assert(connection:receive "*l")), 16)
    text = text .. assert(connection:receive(bytes))
    assert(connection:receive "*l")
    if bytes == 0 then
      return text
    end
  end
end

-- Asks for a path `count` times, so many at once, each over a connection of its own.
local function ask(path, count, at_once)
  local sent, received, waiting = 0, 0, {}
  local function send(connection)
    if sent < count then
      sent = sent + 1
      assert(connection:send(request(path)))
      waiting[#waiting + 1] = connection
    else
      connection:close()
    end
  end
  for _ = 1, at_once do
    send(assert(socket.connect("127.0.0.1", worker.port)))
  end
  while received < count do
    local ready = socket.select(waiting, nil, 60)
    assert(#ready > 0, "no answer within a minute")
    local still = {}
    for _, connection in ipairs(waiting) do
      if not ready[connection] then
        still[#still + 1] = connection
      end
    end
    waiting = still
    for _, connection in ipairs(ready) do
      assert(read_answer(connection) == "good")
      received = received + 1
      send(connection)
    end
  end
end

-- Another process that asks for /ping all the time; the returned function ends it and gives its latencies in
-- milliseconds, sorted.
local function start_pings()
  local log = folder .. "/pings"
  write("pings", "")
  local stop = child.start(("%s bench/nginx_ping.lua %d"):format(child.lua, worker.port), log)
  assert(nginx.wait_until(function()
    return #child.read(log) > 0
  end))
  return function()
    stop()
    local found = {}
    for line in child.read(log):gmatch "[%d.]+\n" do
      found[#found + 1] = tonumber(line)
    end
    table.sort(found)
    return found
  end
end

local function quantile(sorted, share)
  return sorted[math.max(1, math.ceil(#sorted * share))]
end

-- How long `ask` takes, and what /ping has to say to it.
local function measure(path, count, at_once)
  local stop_pings = start_pings()
  local began = dnp.clock()
  ask(path, count, at_once)
  local seconds = dnp.clock() - began
  return seconds, stop_pings()
end

local function resident()
  local text = child.read(("/proc/%s/status"):format(worker:workers()[1]))
  return tonumber(text:match "VmRSS:%s+(%d+) kB") / 1024
end

---- what is measured ----

local function three_calls()
  local delay = size.delay * 1000
  local seconds, pings = measure("/three", size.requests, size.requests)
  report(("%d requests at once of 3 calls to a panel that takes %d ms"):format(size.requests, delay), "%6.2f s",
    seconds)
  report("  /ping meanwhile, 99th percentile (all: worst)", "%6.1f ms  (%.1f)", quantile(pings, 0.99), pings[#pings])
  seconds, pings = measure("/blocking", size.blocking, size.blocking)
  report(("  %d of them with engine \"curl\", which blocks"):format(size.blocking), "%6.2f s", seconds)
  report("  /ping meanwhile, 99th percentile (all: worst)", "%6.1f ms  (%.1f)", quantile(pings, 0.99), pings[#pings])
end

local function memory()
  local began = dnp.clock()
  ask("/one", size.many / 10, 50)
  local early = resident()
  ask("/one", size.many * 9 / 10, 50)
  report(("%d requests of a call each"):format(size.many), "%6.0f a second", size.many / (dnp.clock() - began))
  report("  memory of the worker after a tenth of them, and after all", "%6.1f MiB, %.1f MiB", early, resident())
end

-- Runs inside nginx. While it decodes, a second thread has its turn as often as it is let. On a busy machine others may
-- hold the worker, too, so what it takes of the processor between two turns is reported beside what the clock says.
local function decode(streams)
  local panel, clock = require("sessions").fast, require("dnp").clock -- luacheck: ignore 431
  local over, count = false, 0
  local longest, last, most, spent = 0, clock(), 0, os.clock()
  ngx.thread.spawn(function()
    while not over do
      ngx.sleep(0.001)
      longest, last = math.max(longest, clock() - last), clock()
      most, spent = math.max(most, os.clock() - spent), os.clock()
    end
  end)
  local began = clock()
  if streams then
    for _ in panel:each("GetUsers", 1, true) do
      count = count + 1
    end
  else
    count = #assert(panel:get_users(1, true))
  end
  over = true
  return count, clock() - began, most, longest
end

local function big_answer()
  for _, streams in ipairs { false, true } do
    local count, seconds, most, longest = worker:run(decode, streams)
    assert(count == size.users)
    report(("GetUsers of %d users, %s"):format(count, streams and "by each" or "as an array"), "%6.2f s", seconds)
    report("  the worker is held at a time, at most (by the clock)", "%6.1f ms  (%.1f)", most * 1000, longest * 1000)
  end
end

three_calls()
memory()
big_answer()
worker:stop()
panel:stop()
remove()
