--- Lists of accounts, spaces and add-ons, for generic `for` or as arrays.
---
--- The iterators raise the error object when a page cannot be had, since a loop has no other way to be told; the
--- `all_` functions return `nil, err`. An iterator's policy counts for each page anew, so that the loop's body may take
--- its time; hand over a policy made by `policy.new` to bound the whole loop.
---
--- Rows are those of the panel's DataSets with the field names of its records: `UserId` for the column UserID, and
--- `Status` and `Role` beside `StatusId` and `RoleId`. A column that is NULL is nil.

local dnp = require "dnp"
local check = require "dnp.provisioning.model.options"
local context = require "dnp.provisioning.retry.context"
local filter = require "dnp.provisioning.read.filter"
local lookup = require "dnp.provisioning.read.resolve"
local names = require "dnp.provisioning.model.labels"
local pages = require "dnp.provisioning.read.pages"
local policy = require "dnp.provisioning.retry.policy"

local unpack = table.unpack or unpack

local lists = {}

local user_status, user_status_list = names.of(dnp.UserStatus)
local user_role, user_role_list = names.of(dnp.UserRole)
local package_status, package_status_list = names.of(dnp.PackageStatus)

local WHO = check.ID_OR_NAME
local PAGE_SIZE = { type = "integer", min = 1, max = 10000 }

local USER_COLUMNS = {
  "Username", "FirstName", "LastName", "FullName", "Email", "CompanyName",
  "OwnerUsername", "OwnerFirstName", "OwnerLastName", "OwnerFullName", "OwnerEmail",
}
local PACKAGE_COLUMNS = {
  "PackageName", "PlanName", "Username", "FirstName", "LastName", "FullName", "Email", "ServerName",
}

local function one_of(numbers, list)
  return {
    type = "integer|string",
    values = list,
    check = function(value)
      return type(value) == "string" or numbers[value] ~= nil, "no such number"
    end,
  }
end

local USERS_OPTIONS = {
  owner = WHO,
  recursive = { type = "boolean", default = false },
  status = one_of(user_status, user_status_list),
  role = one_of(user_role, user_role_list),
  filter = { type = "table" },
  page_size = PAGE_SIZE,
  policy = { type = "table" },
}
local PACKAGES_OPTIONS = {
  owner = WHO,
  user = WHO,
  status = one_of(package_status, package_status_list),
  filter = { type = "table" },
  page_size = PAGE_SIZE,
  policy = { type = "table" },
}
local ADDONS_OPTIONS = { package = WHO, user = WHO, policy = { type = "table" } }

-- A row under the names of the records' fields.
local function to_record(row, statuses)
  local record = {}
  for column, value in pairs(row) do
    record[column:gsub("ID$", "Id")] = value
  end
  record.Status = statuses[record.StatusId]
  record.Role = user_role[record.RoleId]
  return record
end

-- What gives the policy of the next call: one for all, or a new one each time.
local function patience_of(panel, given, one_for_all, level)
  local first = policy.new(given, level + 1, panel)
  if one_for_all or policy.is(given) then
    return function()
      return first
    end
  end
  return function()
    return policy.new(given, 1, panel)
  end
end

-- Gives the values of an array that is read when the first is wanted.
local function lazily(read)
  local values, position = nil, 0
  return function()
    if not values then
      local err
      values, err = read()
      if not values then
        values = {}
        return nil, err
      end
    end
    position = position + 1
    return values[position]
  end
end

-- Gives what of `rows` is wanted, as records.
local function select_rows(rows, wanted, statuses)
  return function()
    while true do
      local row, err = rows()
      if not row then
        return nil, err
      elseif wanted(row) then
        return to_record(row, statuses)
      end
    end
  end
end

-- The rows of a paged list that belong to an owner; to the caller, who has to be asked for then, when none is named.
-- `list` has the method and its key as of `pages.rows`, and the conditions that follow owner and filter.
local function paged(panel, patience, options, list)
  local rows
  local function open(owner)
    local column, pattern = filter.arguments(options.filter)
    return pages.rows {
      panel = panel,
      patience = patience,
      method = list.method,
      arguments = { owner, column, pattern, unpack(list.conditions) },
      sort = list.sort,
      key = list.key,
      page_size = options.page_size,
    }
  end
  return function()
    if not rows then
      local owner, err = lookup.owner_id(context.reader(panel, patience), options.owner)
      if not owner then
        return nil, err
      end
      rows = open(owner)
    end
    return rows()
  end
end

-- A row that the panel's own conditions let through may have changed, and its LIKE lets too much through.
local function is_wanted(options, status, role)
  return function(row)
    return (status == 0 or row.StatusID == status)
      and (role == 0 or row.RoleID == role)
      and (not options.filter or filter.matches(row, options.filter))
  end
end

-- The number of a member that was given by number or name; 0, which the panel takes for all, when none was given.
local function number_of(given, members)
  return members[given] or given or 0
end

local function open_users(panel, given, one_for_all, level)
  local where = one_for_all and "all_users" or "users"
  check.session(where, panel, level + 1)
  local options = check.options(where, given, USERS_OPTIONS, level + 1)
  options.filter = filter.check(where, options.filter, USER_COLUMNS, level + 1)
  local patience = patience_of(panel, options.policy, one_for_all, level + 1)
  local status, role = number_of(options.status, dnp.UserStatus), number_of(options.role, dnp.UserRole)
  local rows = paged(panel, patience, options, {
    method = options.recursive and "get_users_paged_recursive" or "get_users_paged",
    conditions = { status, role },
    sort = "UserID",
    key = "UserID",
  })
  return select_rows(rows, is_wanted(options, status, role), user_status)
end

-- All spaces of the accounts below an owner; the panel leaves out the owner's own.
local function open_packages_below(panel, options, patience, status)
  local rows = paged(panel, patience, options, {
    method = "get_packages_paged",
    conditions = {},
    sort = "P.PackageID", -- plans have a PackageID as well
    key = "PackageID",
  })
  return select_rows(rows, is_wanted(options, status, 0), package_status)
end

local function open_packages_of(panel, options, patience, status)
  return lazily(function()
    local reader = context.reader(panel, patience)
    local id, err = lookup.user_id(reader, options.user)
    local found = id
    if id then
      found, err = reader:read("get_my_packages", id)
    end
    if not found then
      return nil, err
    end
    local wanted = {}
    for _, package in ipairs(found) do
      if status == 0 or package.StatusId == status then
        wanted[#wanted + 1] = package
      end
    end
    return wanted
  end)
end

local function open_packages(panel, given, one_for_all, level)
  local where = one_for_all and "all_packages" or "packages"
  check.session(where, panel, level + 1)
  local options = check.options(where, given, PACKAGES_OPTIONS, level + 1)
  options.filter = filter.check(where, options.filter, PACKAGE_COLUMNS, level + 1)
  if options.user and (options.owner or options.filter) then
    local other = options.owner and "owner" or "filter"
    error(("%s: options 'user' and '%s' cannot be combined"):format(where, other), level + 1)
  end
  local patience = patience_of(panel, options.policy, one_for_all, level + 1)
  local status = number_of(options.status, dnp.PackageStatus)
  local open = options.user and open_packages_of or open_packages_below
  return open(panel, options, patience, status)
end

local function addons_of(reader, package_id)
  local tables, err = reader:read("get_package_addons", package_id)
  if not tables then
    return nil, err
  end
  local addons = {}
  for index, row in ipairs(tables[1] or {}) do
    addons[index] = to_record(row, package_status)
  end
  return addons
end

local function addons_of_user(reader, user_id)
  local spaces, err = reader:read("get_my_packages", user_id)
  if not spaces then
    return nil, err
  end
  local addons
  addons, err = reader:map(spaces, 1, #spaces, function(space)
    return addons_of(reader, space.PackageId)
  end)
  if not addons then
    return nil, err
  end
  local all = {}
  for index = 1, #spaces do
    for _, addon in ipairs(addons[index]) do
      all[#all + 1] = addon
    end
  end
  return all
end

local function read_addons(reader, options)
  if not options.user then
    return addons_of(reader, options.package)
  end
  local info, err = lookup.known_user(reader, options.user)
  if not info then
    return nil, err
  elseif not options.package then
    return addons_of_user(reader, info.UserId)
  end
  local id
  id, err = lookup.known_space_id(reader, info, options.package)
  if not id then
    return nil, err
  end
  return addons_of(reader, id)
end

local function open_addons(panel, given, one_for_all, level)
  local where = one_for_all and "all_addons" or "addons"
  check.session(where, panel, level + 1)
  local options = check.options(where, given, ADDONS_OPTIONS, level + 1)
  if options.package == nil and options.user == nil then
    error(where .. ": one of the options 'package' and 'user' expected", level + 1)
  elseif type(options.package) == "string" and options.user == nil then
    error(where .. ": option 'package' is a name, so option 'user' is needed, too: names are those of an account's "
      .. "spaces", level + 1)
  end
  local patience = patience_of(panel, options.policy, one_for_all, level + 1)
  return lazily(function()
    return read_addons(context.reader(panel, patience), options)
  end)
end

-- Gives record after record, and raises instead of returning an error.
local function iterator(give)
  return function()
    local record, err = give()
    if err then
      error(err, 0)
    end
    return record
  end
end

local function collect(give)
  local records = {}
  while true do
    local record, err = give()
    if err then
      return nil, err
    elseif not record then
      return records
    end
    records[#records + 1] = record
  end
end

---@class dnp.provisioning.UsersOptions
---@field owner integer|string|nil whose accounts, by id or name; by default those of the account that the session
---       speaks for
---@field recursive boolean? with those below them (false)
---@field status dnp.UserStatus|integer|nil
---@field role dnp.UserRole|integer|nil
---@field filter dnp.provisioning.Filter?
---@field page_size integer? rows to ask for at a time (1,000; of a longer list a tenth, up to 10,000)
---@field policy dnp.provisioning.Policy|dnp.provisioning.PolicyOptions|nil

--- Iterates over the accounts of an owner in the order of their ids, each once (GetUsersPaged, and ...Recursive).
--- Peers are not listed. Raises the error object when a page cannot be had, or when records stay missing.
---
---     for user in provisioning.users(panel, { owner = 2, status = "Suspended" }) do print(user.Username) end
---@param panel dnp.Session
---@param options dnp.provisioning.UsersOptions?
---@return fun(): dnp.provisioning.UserRow?
function lists.users(panel, options)
  return iterator(open_users(panel, options, false, 2))
end

--- As `users`, but gives an array.
---@param panel dnp.Session
---@param options dnp.provisioning.UsersOptions?
---@return dnp.provisioning.UserRow[]? users
---@return dnp.provisioning.Error? err
function lists.all_users(panel, options)
  return collect(open_users(panel, options, true, 2))
end

---@class dnp.provisioning.PackagesOptions
---@field owner integer|string|nil the spaces of all accounts below this one (id or name), but not its own; by default
---       the caller's
---@field user integer|string|nil or the spaces of this account (GetMyPackages: PackageInfo records)
---@field status dnp.PackageStatus|integer|nil
---@field filter dnp.provisioning.Filter? not with `user`
---@field page_size integer? rows to ask for at a time (1,000; of a longer list a tenth, up to 10,000)
---@field policy dnp.provisioning.Policy|dnp.provisioning.PolicyOptions|nil

--- Iterates over hosting spaces in the order of their ids, each once (GetPackagesPaged or GetMyPackages).
--- Raises the error object when a page cannot be had, or when records stay missing.
---@param panel dnp.Session
---@param options dnp.provisioning.PackagesOptions?
---@return fun(): dnp.provisioning.PackageRow?
function lists.packages(panel, options)
  return iterator(open_packages(panel, options, false, 2))
end

--- As `packages`, but gives an array.
---@param panel dnp.Session
---@param options dnp.provisioning.PackagesOptions?
---@return dnp.provisioning.PackageRow[]? packages
---@return dnp.provisioning.Error? err
function lists.all_packages(panel, options)
  return collect(open_packages(panel, options, true, 2))
end

---@class dnp.provisioning.AddonsOptions
---@field package integer|string|nil the add-ons of this space, by id, or by name together with `user`
---@field user integer|string|nil of this account's space, or of all its spaces
---@field policy dnp.provisioning.Policy|dnp.provisioning.PolicyOptions|nil

--- Iterates over hosting add-ons (GetPackageAddons). Raises the error object when they cannot be had.
---@param panel dnp.Session
---@param options dnp.provisioning.AddonsOptions
---@return fun(): dnp.provisioning.AddonRow?
function lists.addons(panel, options)
  return iterator(open_addons(panel, options, false, 2))
end

--- As `addons`, but gives an array.
---@param panel dnp.Session
---@param options dnp.provisioning.AddonsOptions
---@return dnp.provisioning.AddonRow[]? addons
---@return dnp.provisioning.Error? err
function lists.all_addons(panel, options)
  return collect(open_addons(panel, options, true, 2))
end

return lists
