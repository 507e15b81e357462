--- One workflow on the accounts below a reseller: growth_client.lua users|usage|suspend|unsuspend URL ACCOUNTS
-- Prints one line, see mark.h: how many accounts there were, and how many were as they should be.
local dnp = require "dnp"
local mark = require "bench_mark"
local provisioning = require "dnp.provisioning"

local task, url, accounts = arg[1], arg[2], tonumber(arg[3])
local panel = assert(dnp.session { url = url, username = "serveradmin", password = "serveradmin", timeout = 600 })
local POLICY = { limit = 16, deadline = 24 * 3600 }

-- Asks for each status of the reseller's customers once.
local function count_of_status(status)
  local count = 0
  for user in panel:each("GetUsers", 2, true) do
    count = count + (user.StatusId == status and 1 or 0)
  end
  return count
end

local tasks = {}

function tasks.suspend()
  assert(provisioning.suspend(panel, "reseller", { policy = POLICY }))
  return function()
    return accounts, count_of_status(dnp.UserStatus.Suspended)
  end
end

function tasks.unsuspend()
  assert(provisioning.unsuspend(panel, "reseller", { policy = POLICY }))
  return function()
    return accounts, count_of_status(dnp.UserStatus.Active)
  end
end

function tasks.usage()
  local report = assert(provisioning.usage(panel, "2011-03", { owner = "reseller", policy = POLICY }))
  return function()
    local count, right = 0, 0
    for _, account in ipairs(report.accounts) do
      if account.OwnerId == 2 then
        count = count + 1
        right = right + (account.BytesTotal == 5 * 2 ^ 20 and account.DiskspaceBytes == 2 ^ 20 and 1 or 0)
      end
    end
    return count, right
  end
end

function tasks.users()
  local count, sum = 0, 0
  for user in provisioning.users(panel, { owner = 2, policy = POLICY }) do
    count, sum = count + 1, sum + user.UserId - 1000
  end
  return function()
    return count, sum == accounts * (accounts + 1) / 2 and accounts or -1
  end
end

require "dnp.curl"
collectgarbage()
collectgarbage()
mark.start()
local check = tasks[task]()
mark.stop()
mark.print(check())
os.exit(0)
