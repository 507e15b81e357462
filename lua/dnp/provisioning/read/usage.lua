--- What accounts used in a month: traffic, and disk space as it is now.
---
--- Of many accounts the panel's reports give the totals in few calls (usage_reports.lua); by groups of resources they
--- have to be asked for space by space.

local amounts = require "dnp.provisioning.read.usage_amounts"
local arguments = require "dnp.arguments"
local contexts = require "dnp.provisioning.retry.context"
local lists = require "dnp.provisioning.read.lists"
local periods = require "dnp.provisioning.model.period"
local resolve = require "dnp.provisioning.read.resolve"
local spec = require "dnp.provisioning.model.spec"
local usage_reports = require "dnp.provisioning.read.usage_reports"

---@class dnp.provisioning.UsageOptions
---@field user integer|string|nil id or user name of one account
---@field owner integer|string|nil or all accounts below this one, with those below them; by default below the caller
---@field groups boolean? by groups of resources: two calls for each space (true for one account, false for many)
---@field policy dnp.provisioning.Policy|dnp.provisioning.PolicyOptions|nil

---@class dnp.provisioning.Usage bytes
---@field BytesSent number? by groups only
---@field BytesReceived number? by groups only
---@field BytesTotal number
---@field DiskspaceBytes number

---@class dnp.provisioning.UsageAmount: dnp.provisioning.Usage
---@field groups table<string, dnp.provisioning.Usage>? by name of the resource group: "OS", "Web", "Mail"

---@class dnp.provisioning.SpaceUsage: dnp.provisioning.UsageAmount a space, with all that is nested in it
---@field PackageId integer
---@field PackageName string
---@field ParentPackageId integer?
---@field PlanName string? nil where it cannot be read

---@class dnp.provisioning.AccountUsage: dnp.provisioning.UsageAmount
---@field UserId integer
---@field Username string
---@field Email string?
---@field OwnerId integer
---@field OwnerUsername string? nil where this account may not see the owner
---@field PlanName string? the plans of its spaces, in the order of the spaces: "Small", "Small, Large"
---@field spaces dnp.provisioning.SpaceUsage[]
---@field packages dnp.provisioning.SpaceUsage[] the same

---@alias dnp.provisioning.PackageUsage dnp.provisioning.SpaceUsage

---@class dnp.provisioning.UsageFailure
---@field UserId integer
---@field Username string
---@field PackageId integer? of the space that could not be asked for
---@field error dnp.Error

---@class dnp.provisioning.UsageReport
---@field month string "2026-11"
---@field first string the first moment that counts
---@field last string the last moment that counts
---@field groups boolean whether amounts are given by groups, too
---@field complete boolean whether there are no failures
---@field accounts dnp.provisioning.AccountUsage[] those that could be read, whole or in part
---@field total dnp.provisioning.UsageAmount of all accounts; what is nested in a counted space counts once
---@field failures dnp.provisioning.UsageFailure[]
---@field names_error dnp.Error? why names of owners or plans are missing; the amounts are right without them

local OPTIONS = {
  user = { type = "integer|string" },
  owner = { type = "integer|string" },
  groups = { type = "boolean" },
  policy = { type = "table" },
}

--- What has been measured so far, of all accounts.
---@class dnp.provisioning.Tally
---@field period dnp.provisioning.Period
---@field by_groups boolean
---@field accounts dnp.provisioning.AccountUsage[]
---@field spaces dnp.provisioning.SpaceUsage[]
---@field parents table<integer, integer> the space that each space is nested in
---@field plans table<integer, string> names of plans by id of the space
---@field failures dnp.provisioning.UsageFailure[]

local function fail(tally, user, space, err)
  tally.failures[#tally.failures + 1] = {
    UserId = user.UserId,
    Username = user.Username,
    PackageId = space and space.PackageId,
    error = err,
  }
end

local function plans_of(spaces)
  local names, seen = {}, {}
  for _, space in ipairs(spaces) do
    local name = space.PlanName
    if name and not seen[name] then
      seen[name] = true
      names[#names + 1] = name
    end
  end
  return #names > 0 and table.concat(names, ", ") or nil
end

-- An account whose spaces have been measured.
local function add_account(tally, user, spaces)
  table.sort(spaces, function(a, b)
    return a.PackageId < b.PackageId
  end)
  for _, space in ipairs(spaces) do
    space.PlanName = tally.plans[space.PackageId]
    tally.spaces[#tally.spaces + 1] = space
  end
  local account = amounts.new({
    UserId = user.UserId,
    Username = user.Username,
    Email = user.Email,
    OwnerId = user.OwnerId,
    OwnerUsername = user.OwnerUsername,
    PlanName = plans_of(spaces),
    spaces = spaces,
    packages = spaces,
  }, tally.by_groups)
  tally.accounts[#tally.accounts + 1] = amounts.add_outermost(account, spaces, tally.parents)
end

---- by groups ----

-- One space: two calls, or `nil, err`.
local function measure(context, period, space)
  local amount = amounts.new({
    PackageId = space.PackageId,
    PackageName = space.PackageName,
    ParentPackageId = space.ParentPackageId,
  }, true)
  local traffic, err = context:read("get_package_bandwidth", space.PackageId, period.first, period.last)
  if not traffic then
    return nil, err
  end
  local disk_space
  disk_space, err = context:read("get_package_diskspace", space.PackageId)
  if not disk_space then
    return nil, err
  end
  for _, row in ipairs(traffic[1] or {}) do
    amounts.add_traffic(amount, row)
  end
  for _, row in ipairs(disk_space[1] or {}) do
    amounts.add_disk_space(amount, row)
  end
  return amount
end

-- What was read of one account or space: never nil, so that one that fails does not stop the others.
local function catching(read)
  return function(entry)
    local value, err = read(entry)
    return { value = value, err = err }
  end
end

-- The spaces of all accounts, each with its account.
local function spaces_of_all(context, tally, users)
  local lists_of = context:map(users, 1, #users, catching(function(user)
    return context:read("get_my_packages", user.UserId)
  end))
  local spaces = {}
  for index, user in ipairs(users) do
    local found = lists_of[index]
    if not found.value then
      fail(tally, user, nil, found.err)
    end
    for _, space in ipairs(found.value or {}) do
      tally.parents[space.PackageId] = space.ParentPackageId
      spaces[#spaces + 1] = { user = user, space = space }
    end
  end
  return spaces, lists_of
end

-- The space that all others are in; nothing that is counted lies above it.
local SYSTEM_SPACE = 1

-- Notes that a space is to be asked for, unless what it lies in is known. `entry` has the space below it, and whose.
local function ask_for(tally, unknown, id, entry)
  if id and id > SYSTEM_SPACE and not tally.parents[id] and not unknown.asked[id] then
    unknown.asked[id] = true
    unknown[#unknown + 1] = { id = id, user = entry.user, space = entry.space }
  end
end

-- Between two spaces that are counted, one within the other, there may lie those of somebody else, which no list has:
-- they are asked for, upwards, so that the inner one is not counted twice.
local function find_parents_between(context, tally, spaces)
  local unknown = { asked = {} }
  for _, entry in ipairs(#spaces > 1 and spaces or {}) do
    ask_for(tally, unknown, entry.space.ParentPackageId, entry)
  end
  local first = 1
  while first <= #unknown do
    local last = #unknown
    local found = context:map(unknown, first, last, catching(function(entry)
      return context:find("get_package", entry.id)
    end))
    for index = first, last do
      local entry, read = unknown[index], found[index]
      if read.value then
        tally.parents[entry.id] = read.value.ParentPackageId
        ask_for(tally, unknown, read.value.ParentPackageId, entry)
      elseif read.value == nil then
        fail(tally, entry.user, entry.space, read.err)
      end
    end
    first = last + 1
  end
end

local function measure_by_groups(context, tally, users)
  local spaces, lists_of = spaces_of_all(context, tally, users)
  find_parents_between(context, tally, spaces)
  local amounts_of = context:map(spaces, 1, #spaces, catching(function(entry)
    return measure(context, tally.period, entry.space)
  end))
  local measured = {}
  for index, entry in ipairs(spaces) do
    local id = entry.user.UserId
    measured[id] = measured[id] or {}
    if amounts_of[index].value then
      table.insert(measured[id], amounts_of[index].value)
    else
      fail(tally, entry.user, entry.space, amounts_of[index].err)
    end
  end
  for index, user in ipairs(users) do
    if lists_of[index].value then
      add_account(tally, user, measured[user.UserId] or {})
    end
  end
  return true
end

---- totals ----

-- Whether a walk has met fewer spaces of an account than it has.
local function is_incomplete(walk, user)
  local found = walk.by_user[user.UserId]
  return (found and #found or 0) < (user.PackagesNumber or 1)
end

-- Finds the spaces of an account that no walk from above met: they were made from plans of somebody else. Where one of
-- them lies there are others, as a rule, so all that lies there is read, if this account may.
local function find_stray(context, walk, user, enters)
  local spaces, err = context:read("get_my_packages", user.UserId)
  for _, space in ipairs(spaces or {}) do
    if not walk.spaces[space.PackageId] then
      local found = walk:inside { space.ParentPackageId }
      if not walk.spaces[space.PackageId] then
        found, err = walk:of_user(user.UserId)
      end
      local good, reason = found, err
      if found then
        good, reason = walk:descend(found, enters)
      end
      if not good then
        return nil, reason
      end
    end
  end
  for _, space in ipairs(spaces or {}) do
    local reported = walk.spaces[space.PackageId]
    if reported then
      reported.parent = reported.parent or space.ParentPackageId
    end
  end
  return spaces and true, err
end

-- Walks through all spaces below an account. Returns the failures by account: when the walk itself fails, nothing is
-- known of those that it has not met.
local function walk_below(context, walk, owner_id, users)
  local counted = {}
  for _, user in ipairs(users) do
    counted[user.UserId] = true
  end
  local spaces, err = walk:of_user(owner_id)
  local good = spaces
  if spaces then
    -- Also into those of others: what lies in them may be that of an account that is counted.
    good, err = walk:descend(spaces, function()
      return true
    end)
  end
  if not good and usage_reports.are_unknown(err) then
    return nil, err
  end
  local failed = {}
  for _, user in ipairs(users) do
    if is_incomplete(walk, user) then
      local found, reason = nil, err
      if good then
        found, reason = find_stray(context, walk, user, function(space)
          return counted[space.user] or false
        end)
      end
      failed[user.UserId] = not found and reason or nil
    end
  end
  return failed
end

-- What a walk found of an account.
local function spaces_of(walk, user)
  local spaces = {}
  for index, space in ipairs(walk.by_user[user.UserId] or {}) do
    spaces[index] = {
      PackageId = space.id,
      PackageName = space.name,
      ParentPackageId = space.parent,
      BytesTotal = space.BytesTotal,
      DiskspaceBytes = space.DiskspaceBytes,
    }
  end
  return spaces
end

-- False when the panel does not know the reports.
local function measure_totals(context, tally, users, owner_id)
  local walk = usage_reports.walk(context, tally.period, owner_id)
  local failed, err = walk_below(context, walk, owner_id, users)
  if not failed then
    return nil, err
  end
  for id, space in pairs(walk.spaces) do
    tally.parents[id] = space.parent
  end
  for _, user in ipairs(users) do
    if failed[user.UserId] then
      fail(tally, user, nil, failed[user.UserId])
    else
      add_account(tally, user, spaces_of(walk, user))
    end
  end
  return true
end

---- whose ----

-- Names serve those who read a report; the amounts are right without them, so only why they are missing is reported.

-- The names of plans by id of the space.
local function plans_of_all(context, owner_id)
  local spaces, err = lists.all_spaces(context.panel, { owner = owner_id, policy = context.policy })
  local names = {}
  for _, space in ipairs(spaces or {}) do
    names[space.PackageId] = space.PlanName
  end
  return names, err
end

local function plans_of_one(context, user)
  local spaces, err = context:read("get_my_packages", user.UserId)
  local names, by_id = {}, {}
  for _, space in ipairs(spaces or {}) do
    local id = space.PlanId
    if id and by_id[id] == nil then
      local plan, reason = context:find("get_hosting_plan", id)
      by_id[id], err = plan and plan.PlanName or false, err or reason
    end
    names[space.PackageId] = by_id[id] or nil
  end
  return names, err
end

-- The accounts that are meant, the one above them, and the names of their plans.
local function find_accounts(context, options)
  if options.user == nil then
    local owner_id, err = resolve.owner_id(context, options.owner)
    local users = owner_id
    if owner_id then
      users, err = lists.all_users(context.panel, { owner = owner_id, recursive = true, policy = context.policy })
    end
    if not users then
      return nil, err
    end
    local plans, reason = plans_of_all(context, owner_id)
    return { users = users, owner_id = owner_id, plans = plans, names_error = reason }
  end
  local user, err = resolve.known_user(context, options.user)
  if not user then
    return nil, err
  end
  local owner, no_owner = context:find("get_user_by_id", user.OwnerId)
  user.OwnerUsername = owner and owner.Username or nil
  local plans, no_plans = plans_of_one(context, user)
  return { users = { user }, owner_id = user.UserId, plans = plans, names_error = no_owner or no_plans }
end

local function measure_all(context, period, found, by_groups)
  local tally = {
    period = period,
    by_groups = by_groups,
    accounts = {},
    spaces = {},
    parents = {},
    plans = found.plans,
    failures = {},
  }
  local good
  if by_groups then
    good = measure_by_groups(context, tally, found.users)
  else
    good = measure_totals(context, tally, found.users, found.owner_id)
  end
  return good and tally
end

local function check_who(name, value)
  if value ~= nil then
    local _, reason = spec.who(("option '%s'"):format(name), value)
    if reason then
      error("usage: " .. reason, 3)
    end
  end
end

--- What one account or all used in a calendar month: traffic between its first and its last moment in the panel's
--- own time, and disk space as it is now (the panel keeps no history of that).
---
--- Of one account amounts come by groups of resources, in bytes; of many as totals, which the panel rounds to
--- megabytes, unless `groups` is true. The panel's totals hold only the groups that a plan counts. Where a panel does
--- not know the reports that give totals, groups are asked for.
---
--- An account that cannot be read does not stop the rest: it is among the report's `failures`. `nil, err` comes only
--- when the accounts themselves cannot be found. A space's numbers are the panel's own and hold what is nested in it,
--- so a reseller's space holds its customers'; the totals count that once.
---
--- Source operations: GetPackagesBandwidthPaged, GetPackagesDiskspacePaged, GetUsersPagedRecursive, GetPackagesPaged
--- for all; by groups GetMyPackages, GetPackageBandwidth, GetPackageDiskspace.
---
---     local report = assert(provisioning.usage(panel, "2026-11", { user = "jdoe" }))
---     print(report.total.BytesTotal, report.total.DiskspaceBytes)
---@param panel dnp.Session
---@param month_name string "2026-11"
---@param options dnp.provisioning.UsageOptions?
---@return dnp.provisioning.UsageReport?
---@return dnp.provisioning.Error err
local function usage(panel, month_name, options)
  arguments.session("usage", panel, 2)
  local period = periods.parse("usage: argument 2 (month)", month_name, 2)
  options = arguments.options("usage", options, OPTIONS, 2)
  if options.user ~= nil and options.owner ~= nil then
    error("usage: options 'user' and 'owner' cannot be combined", 2)
  end
  check_who("user", options.user)
  check_who("owner", options.owner)
  local context = contexts.new(panel, options, 2)
  local found, err = find_accounts(context, options)
  if not found then
    return nil, err
  end
  local by_groups = options.groups or options.groups == nil and options.user ~= nil
  local tally = measure_all(context, period, found, by_groups) or measure_all(context, period, found, true)
  return {
    month = period.name,
    first = period.first,
    last = period.last,
    groups = tally.by_groups,
    complete = #tally.failures == 0,
    accounts = tally.accounts,
    total = amounts.add_outermost(amounts.new({}, tally.by_groups), tally.spaces, tally.parents),
    failures = tally.failures,
    names_error = found.names_error,
  }
end

return { usage = usage }
