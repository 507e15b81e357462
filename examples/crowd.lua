--- Many calls at once on an event loop of one's own: libuv's, by the engine of luv_engine.lua. A script without such a
--- loop gets the same from dnp.parallel alone, which then uses libcurl.
---
--- It makes ten customers side by side, each by several calls.
-- usage: ./dev lua examples/crowd.lua [URL [DIALECT]]; without URL on a sandbox that takes its time

package.path = (arg[0]:match "^.*/" or "./") .. "?.lua;" .. package.path

local dnp = require "dnp"
local engine = require "luv_engine"
local provisioning = require "dnp.provisioning"

local CUSTOMERS = 10

local function create(panel, owner_id, number)
  return provisioning.create_account(panel, {
    user = {
      OwnerId = owner_id,
      Username = ("crowd%d"):format(number),
      Password = "s3cret",
      FirstName = "Number " .. number,
      LastName = "Crowd",
      Email = ("crowd%d@example.com"):format(number),
    },
    spaces = { { name = "Space " .. number, plan = "Shared Small" } },
  })
end

-- Tells of the customers as they are made; nil and the first failure when not all could be.
local function create_all(panel, owner_id)
  local numbers, began, first = {}, dnp.clock(), nil
  for number = 1, CUSTOMERS do
    numbers[number] = number
  end
  dnp.parallel(numbers, function(number)
    return create(panel, owner_id, number)
  end, { engine = engine, on_result = function(_, number, report, err)
    if report then
      print(("customer %d is user %d, with space %d"):format(number, report.user_id, report.spaces[1].id))
    end
    first = first or err
  end })
  print(("%d customers in %.1f s"):format(CUSTOMERS, dnp.clock() - began))
  return not first or nil, first
end

local function main(url, dialect)
  local panel = assert(dnp.session {
    url = url, username = "serveradmin", password = "serveradmin", dialect = dialect, engine = engine,
  })
  local reseller, err = panel:get_user_by_username "reseller"
  if not reseller then
    return nil, err
  end
  return create_all(panel, reseller.UserId)
end

-- Runs `main` in a coroutine, which waits while the loop runs; what it raises is raised here.
local function run(url, dialect)
  local raised, good, err
  engine.run(function()
    local returned
    returned, good, err = pcall(main, url, dialect)
    raised = not returned
  end)
  if raised then
    error(good, 0)
  end
  return good, err
end

local function run_on_sandbox()
  local server = assert(require("dnp.sandbox").start {})
  server:misbehave { action = "delay", seconds = 0.1, times = math.huge }
  local good, err = run(server.url)
  print(("%d calls that took 0.1 s each"):format(server:call_count()))
  server:stop()
  return good, err
end

if #arg > 2 or (arg[1] or ""):find "^%-" then
  local help = arg[1] == "--help"
  io[help and "stdout" or "stderr"]:write "usage: ./dev lua examples/crowd.lua [URL [DIALECT]]\n"
  os.exit(help and 0 or 2)
end
local good, err = (arg[1] and run or run_on_sandbox)(arg[1], arg[2])
if not good then
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end
