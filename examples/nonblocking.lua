--- Many calls at once in one thread, without libcurl: LuaSocket and coroutines move the bytes.
--
-- It makes ten customers side by side, each by several calls. An OpenResty application does the same with cosockets;
-- examples/openresty shows it. What differs between the two is `connect`, and nothing else.
-- usage: ./dev lua examples/nonblocking.lua [URL [DIALECT]]; without URL on a sandbox that takes its time

package.path = (arg[0]:match "^.*/" or "./") .. "?.lua;" .. package.path

local dnp = require "dnp"
local engine = require "engine"
local provisioning = require "dnp.provisioning"
local socket = require "socket"

local CUSTOMERS, TIMEOUT = 10, 30

---- coroutines that wait for sockets, or for time to pass ----

-- Runs functions side by side until all have ended. A coroutine yields the socket it waits for, "read" or "write", and
-- when to give up; it is resumed with true, or with false when that time has come.
local function run(functions)
  local waiting = {}

  local function resume(task, ...)
    local good, on, what, till = coroutine.resume(task, ...)
    if not good then
      error(on, 0)
    end
    waiting[task] = coroutine.status(task) ~= "dead" and { on = on, what = what, till = till } or nil
  end

  for _, body in ipairs(functions) do
    resume(coroutine.create(body))
  end
  while next(waiting) do
    local sets, till = { read = {}, write = {} }, math.huge
    for _, wait in pairs(waiting) do
      if wait.on then
        table.insert(sets[wait.what], wait.on)
      end
      till = math.min(till, wait.till)
    end
    local now = dnp.clock()
    local readable, writable = socket.select(sets.read, sets.write, math.max(0, till - now))
    now = dnp.clock()
    local ready = {}
    for task, wait in pairs(waiting) do
      local set = wait.what == "read" and readable or writable
      if wait.on and set[wait.on] then
        ready[task] = "ready"
      elseif now >= wait.till then
        ready[task] = "late"
      end
    end
    for task, why in pairs(ready) do
      resume(task, why == "ready")
    end
  end
end

local function sleep(seconds)
  coroutine.yield(nil, nil, dnp.clock() + seconds)
end

---- the engine's sockets ----

local Socket = {}
Socket.__index = Socket

function Socket:wait(what)
  return coroutine.yield(self.tcp, what, self.till)
end

function Socket:send(data)
  local sent = 0
  repeat
    local last, err, part = self.tcp:send(data, sent + 1)
    if last then
      return last
    end
    sent = part
  until err ~= "timeout" or not self:wait "write"
  return nil, "cannot send the request"
end

function Socket:receive(pattern)
  local part
  repeat
    local data, err
    data, err, part = self.tcp:receive(pattern, part)
    if data then
      return data
    elseif err ~= "timeout" then
      return nil, err
    end
  until not self:wait "read"
  return nil, "timeout"
end

function Socket:close()
  self.tcp:close()
end

-- In OpenResty the whole of this section is `ngx.socket.tcp`.
local function connect(host, port, tls)
  if tls then
    return nil, "this example has no TLS; LuaSec wraps such a socket"
  end
  local self = setmetatable({ tcp = socket.tcp(), till = dnp.clock() + TIMEOUT }, Socket)
  self.tcp:settimeout(0)
  local good, err = self.tcp:connect(host, port)
  if not good and err == "timeout" then
    if not self:wait "write" then
      self:close()
      return nil, "timeout"
    end
    good, err = self.tcp:connect(host, port)
    good = good or err == "already connected"
  end
  if not good then
    self:close()
    return nil, ("cannot connect to %s:%d (%s)"):format(host, port, err)
  end
  return self
end

---- what is done with it ----

local function create(panel, owner, number)
  return provisioning.create_account(panel, {
    user = {
      OwnerId = owner,
      Username = ("crowd%d"):format(number),
      Password = "s3cret",
      FirstName = "Number " .. number,
      LastName = "Crowd",
      Email = ("crowd%d@example.com"):format(number),
    },
    spaces = { { name = "Space " .. number, plan = "Shared Small" } },
  }, { policy = { sleep = sleep } })
end

-- The customers, one after the other as they are made; nil and the first failure when not all could be.
local function create_all(panel, owner)
  local functions, made, failed = {}, 0, nil
  for number = 1, CUSTOMERS do
    functions[number] = function()
      local plan, err = create(panel, owner, number)
      if plan then
        made = made + 1
        print(("customer %d is user %d, with space %d"):format(number, plan.user_id, plan.spaces[1].id))
      else
        failed = failed or err
      end
    end
  end
  local began = dnp.clock()
  run(functions)
  print(("%d customers in %.1f s"):format(made, dnp.clock() - began))
  return not failed or nil, failed
end

local function main(url, dialect)
  local panel = engine.over(assert(dnp.session {
    url = url, username = "serveradmin", password = "serveradmin", dialect = dialect,
  }), connect)
  local reseller, err
  run { function()
    reseller, err = panel:get_user_by_username "reseller"
  end }
  if not reseller then
    return nil, err
  end
  return create_all(panel, reseller.UserId)
end

local function main_on_sandbox()
  local server = assert(require("dnp.sandbox").start {})
  server:misbehave { action = "delay", seconds = 0.1, times = math.huge }
  local good, err = main(server.url)
  print(("%d calls that took 0.1 s each"):format(server:call_count()))
  server:stop()
  return good, err
end

if #arg > 2 or (arg[1] or ""):find "^%-" then
  local help = arg[1] == "--help"
  io[help and "stdout" or "stderr"]:write "usage: ./dev lua examples/nonblocking.lua [URL [DIALECT]]\n"
  os.exit(help and 0 or 2)
end
local good, err = (arg[1] and main or main_on_sandbox)(arg[1], arg[2])
if not good then
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end
