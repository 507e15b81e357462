--- What accounts used in a month: traffic, and disk space as it is now.

local check = require "dnp.provisioning.check"
local context = require "dnp.provisioning.context"
local lists = require "dnp.provisioning.lists"
local lookup = require "dnp.provisioning.lookup"
local month = require "dnp.provisioning.month"
local spec = require "dnp.provisioning.spec"

---@class dnp.provisioning.UsageOptions
---@field user integer|string|nil id or user name of one account
---@field owner integer? or all accounts below this one, with those below them; by default below the caller
---@field policy dnp.provisioning.Policy|dnp.provisioning.PolicyOptions|nil

---@class dnp.provisioning.Usage bytes
---@field BytesSent number
---@field BytesReceived number
---@field BytesTotal number
---@field DiskspaceBytes number

---@class dnp.provisioning.UsageAmount: dnp.provisioning.Usage
---@field groups table<string, dnp.provisioning.Usage> by name of the resource group: "OS", "Web", "Mail"

---@class dnp.provisioning.PackageUsage: dnp.provisioning.UsageAmount a space, with all that is nested in it
---@field PackageId integer
---@field PackageName string
---@field ParentPackageId integer?

---@class dnp.provisioning.AccountUsage: dnp.provisioning.UsageAmount
---@field UserId integer
---@field Username string
---@field packages dnp.provisioning.PackageUsage[]

---@class dnp.provisioning.UsageFailure
---@field UserId integer
---@field Username string
---@field PackageId integer? of the space that could not be asked for
---@field error table

---@class dnp.provisioning.UsageReport
---@field month string "2026-11"
---@field first string the first moment that counts
---@field last string the last moment that counts
---@field complete boolean whether there are no failures
---@field accounts dnp.provisioning.AccountUsage[] those that could be read, whole or in part
---@field total dnp.provisioning.UsageAmount of all accounts; what is nested in a counted space counts once
---@field failures dnp.provisioning.UsageFailure[]

local OPTIONS = {
  user = { type = "integer|string" },
  owner = { type = "integer", min = 1 },
  policy = { type = "table" },
}

local TRAFFIC = { "BytesSent", "BytesReceived", "BytesTotal" }
local AMOUNTS = { "BytesSent", "BytesReceived", "BytesTotal", "DiskspaceBytes" }

local function with_zeros(amount)
  for _, name in ipairs(AMOUNTS) do
    amount[name] = 0
  end
  return amount
end

local function new_amount(fields)
  fields.groups = {}
  return with_zeros(fields)
end

local function group_of(amount, name)
  if not amount.groups[name] then
    amount.groups[name] = with_zeros {}
  end
  return amount.groups[name]
end

-- Where a Lua has only doubles, numbers that these cannot hold come as text.
local function add_row(amount, row, fields)
  local group = group_of(amount, row.GroupName or tostring(row.GroupID))
  for _, name in ipairs(fields) do
    local value = tonumber(row[name]) or 0
    amount[name] = amount[name] + value
    group[name] = group[name] + value
  end
end

local function add_numbers(sum, amount)
  for _, name in ipairs(AMOUNTS) do
    sum[name] = sum[name] + amount[name]
  end
end

local function add_amount(sum, amount)
  add_numbers(sum, amount)
  for name, group in pairs(amount.groups) do
    add_numbers(group_of(sum, name), group)
  end
end

-- One space: two calls, or `nil, err`.
local function measure(run, period, package)
  local amount = new_amount {
    PackageId = package.PackageId,
    PackageName = package.PackageName,
    ParentPackageId = package.ParentPackageId,
  }
  local traffic, err = run:read("get_package_bandwidth", package.PackageId, period.first, period.last)
  if not traffic then
    return nil, err
  end
  local space
  space, err = run:read("get_package_diskspace", package.PackageId)
  if not space then
    return nil, err
  end
  for _, row in ipairs(traffic[1] or {}) do
    add_row(amount, row, TRAFFIC)
  end
  for _, row in ipairs(space[1] or {}) do
    add_row(amount, row, { "DiskspaceBytes" })
  end
  return amount
end

-- Adds up spaces, but for those that are nested in one of them: the panel counts them in it already.
local function sum_outermost(sum, packages, parents)
  local measured = {}
  for _, package in ipairs(packages) do
    measured[package.PackageId] = true
  end
  for _, package in ipairs(packages) do
    local visited = {}
    local above = parents[package.PackageId]
    while above and not measured[above] and not visited[above] do
      visited[above] = true
      above = parents[above]
    end
    if not (above and measured[above]) then
      add_amount(sum, package)
    end
  end
  return sum
end

-- What has been measured so far, of all accounts.
local function new_tally(period)
  return { period = period, accounts = {}, packages = {}, parents = {}, failures = {} }
end

local function fail(tally, user, package, err)
  tally.failures[#tally.failures + 1] = {
    UserId = user.UserId,
    Username = user.Username,
    PackageId = package and package.PackageId,
    error = err,
  }
end

-- One account. Its failures are noted, and do not stop the others.
local function measure_account(run, tally, user)
  local spaces, err = run:read("get_my_packages", user.UserId)
  if not spaces then
    return fail(tally, user, nil, err)
  end
  local account = { UserId = user.UserId, Username = user.Username, packages = {} }
  for _, space in ipairs(spaces) do
    tally.parents[space.PackageId] = space.ParentPackageId
    local amount
    amount, err = measure(run, tally.period, space)
    if amount then
      account.packages[#account.packages + 1] = amount
      tally.packages[#tally.packages + 1] = amount
    else
      fail(tally, user, space, err)
    end
  end
  sum_outermost(new_amount(account), account.packages, tally.parents)
  tally.accounts[#tally.accounts + 1] = account
end

local function find_accounts(run, options)
  if options.user == nil then
    return lists.all_users(run.panel, { owner = options.owner, recursive = true, policy = run.policy })
  end
  local user, err = lookup.known_user(run, options.user)
  return user and { user }, err
end

--- What one account or all used in a calendar month: traffic between its first and its last moment in the panel's
--- own time, and disk space as it is now (the panel keeps no history of that).
---
--- An account that cannot be read does not stop the rest: it is among the report's `failures`. `nil, err` comes only
--- when the accounts themselves cannot be found. A space's numbers are the panel's own and hold what is nested in it,
--- so a reseller's space holds its customers'; the totals count that once.
---
--- Source operations: GetMyPackages, GetPackageBandwidth, GetPackageDiskspace; GetUsersPagedRecursive for all.
---
---     local report = assert(provisioning.usage(panel, "2026-11", { user = "jdoe" }))
---     print(report.total.BytesTotal, report.total.DiskspaceBytes)
---@param panel dnp.Session
---@param month_name string "2026-11"
---@param options dnp.provisioning.UsageOptions?
---@return dnp.provisioning.UsageReport?
---@return table? err
local function usage(panel, month_name, options)
  check.session("usage", panel, 2)
  local period = month.parse("usage: argument 2 (month)", month_name, 2)
  options = check.options("usage", options, OPTIONS, 2)
  if options.user ~= nil and options.owner then
    error("usage: options 'user' and 'owner' cannot be combined", 2)
  elseif options.user ~= nil then
    local who, complaint = spec.who("option 'user'", options.user)
    if not who then
      error("usage: " .. complaint, 2)
    end
  end
  local run, tally = context.new(panel, options, 2), new_tally(period)
  local users, err = find_accounts(run, options)
  if not users then
    return nil, err
  end
  for _, user in ipairs(users) do
    measure_account(run, tally, user)
  end
  return {
    month = period.name,
    first = period.first,
    last = period.last,
    complete = #tally.failures == 0,
    accounts = tally.accounts,
    total = sum_outermost(new_amount {}, tally.packages, tally.parents),
    failures = tally.failures,
  }
end

return { usage = usage }
