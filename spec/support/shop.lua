-- A panel with a reseller whose space has no limits, and files of customers for it.
local command = require "spec.support.command"
local fixture = require "spec.support.panel"
local scratch = require "spec.support.scratch"

local shop = {}

--- Adds the reseller "shop" (id 50), his plans "Starter" and "Pro" and the add-on "Sites" to a panel.
---@param host spec.Host
function shop.prepare(host)
  host.server:seed {
    users = { { UserId = 50, Username = "shop", Password = "shop", RoleId = 2 } },
    packages = { { PackageId = 40, UserId = 50, PackageName = "Shop", quotas = { ["Web.Sites"] = -1 } } },
    plans = {
      { PlanId = 70, UserId = 50, PackageId = 40, PlanName = "Starter", quotas = { ["Web.Sites"] = 2 } },
      { PlanId = 71, UserId = 50, PackageId = 40, PlanName = "Sites", IsAddon = true, quotas = { ["Web.Sites"] = 1 } },
      { PlanId = 72, UserId = 50, PackageId = 40, PlanName = "Pro", quotas = { ["Web.Sites"] = 9 } },
    },
  }
end

--- A panel with all that.
---@param dialect dnp.Dialect
---@return spec.Host
function shop.start(dialect)
  return fixture.start(dialect, { prepare = shop.prepare })
end

--- The columns of a file with a customer a row.
shop.HEADER = "Username,FirstName,LastName,Email,Password,Owner,Plan\n"

--- Gives the tests of a `describe` block such a panel, the command with it (see `command.runner` and
--- `command.done`), and a folder.
---@param use fun(host: spec.Host, dnp: function, done: function)
function shop.provide(use)
  fixture.provide("solidcp", function(host)
    local dnp = command.runner(host)
    use(host, dnp, command.done(dnp))
  end, { prepare = shop.prepare })
  scratch.provide()
end

--- CSV with so many customers; each tenth has a second space.
function shop.customers(count)
  local lines = { "\239\187\191Username;FirstName;LastName;Email;Owner;Space;Plan;Addons;Zip" }
  for number = 1, count do
    lines[#lines + 1] = ("c%04d;Ann;Lee %d;c%d@example.com;shop;www;Starter;%s;0%04d"):format(number, number, number,
      number % 3 == 0 and '"Sites:2"' or "", number)
    if number % 10 == 0 then
      lines[#lines + 1] = ("c%04d;;;;;shop;Pro;;"):format(number)
    end
  end
  return table.concat(lines, "\r\n") .. "\r\n"
end

--- Makes a panel slow, which drops connections before and after changes.
---@param host spec.Host
---@param seed integer
---@param delay number seconds
function shop.lose_connections(host, seed, delay)
  for number, rule in ipairs {
    { action = "drop", when = "before", rate = 0.02 },
    { action = "drop", when = "after", rate = 0.02 },
    { action = "delay", seconds = delay, rate = 1 },
  } do
    rule.seed = seed + number
    host.server:misbehave(rule)
  end
end

--- What is wrong with the customers on the panel: accounts that are missing, there twice, or half.
function shop.faults(host, count)
  local faults = {}
  local function fault(...)
    faults[#faults + 1] = string.format(...)
  end
  local server = host.server
  local users = server:query "SELECT UserID, Username, Password, Zip, OwnerID FROM Users WHERE Username LIKE 'c____'"
  if #users ~= count then
    fault("%d accounts", #users)
  end
  local spaces, addons = {}, {}
  for _, row in ipairs(server:query [[SELECT UserID, PackageName || '=' || PlanID AS Name FROM Packages
      WHERE UserID > 50 ORDER BY PackageName, PackageID]]) do
    spaces[row.UserID] = (spaces[row.UserID] or "") .. row.Name .. " "
  end
  for _, row in ipairs(server:query [[SELECT P.UserID, A.PlanID || '*' || A.Quantity AS Name FROM PackageAddons AS A
      JOIN Packages AS P ON P.PackageID = A.PackageID]]) do
    addons[row.UserID] = (addons[row.UserID] or "") .. row.Name .. " "
  end
  for _, user in ipairs(users) do
    local number = tonumber(user.Username:match "%d+")
    local space = number % 10 == 0 and "shop=72 www=70 " or "www=70 "
    if spaces[user.UserID] ~= space then
      fault("%s has the spaces %s", user.Username, tostring(spaces[user.UserID]))
    end
    if addons[user.UserID] ~= (number % 3 == 0 and "71*2 " or nil) then
      fault("%s has the add-ons %s", user.Username, tostring(addons[user.UserID]))
    end
    if user.Zip ~= ("0%04d"):format(number) or user.OwnerID ~= 50 then
      fault("%s is not as the file says", user.Username)
    end
  end
  return faults
end

return shop
