--- Lists of accounts, spaces and add-ons, for generic `for` or as arrays.
---
--- The iterators raise the error object when a page cannot be read, since a loop has no other way to return it; the
--- `all_` functions return `nil, err`. An iterator's policy counts for each page anew, so that the loop's body may take
--- its time; pass a policy made by `policy.new` to bound the whole loop.
---
--- Rows are those of the panel's DataSets with the field names of its records: `UserId` for the column UserID, and
--- `Status` and `Role` beside `StatusId` and `RoleId`. A column that is NULL is nil.

local core = require "dnp.core"
local dnp = require "dnp"
local arguments = require "dnp.arguments"
local contexts = require "dnp.provisioning.retry.context"
local filter = require "dnp.provisioning.read.filter"
local labels = require "dnp.provisioning.model.labels"
local pages = require "dnp.provisioning.read.pages"
local policy = require "dnp.provisioning.retry.policy"
local resolve = require "dnp.provisioning.read.resolve"

local unpack = table.unpack or unpack

local lists = {}

local USER_STATUS = labels.by_number(dnp.UserStatus)
local USER_ROLE = labels.by_number(dnp.UserRole)
local SPACE_STATUS = labels.by_number(dnp.PackageStatus)

---- what all lists share ----

--- A list that can be read.
---@class dnp.provisioning.List
---@field options table<string, dnp.Field>
---@field columns string[]? what can be filtered by
---@field problem (fun(options: table): string?)? what is wrong with options that are each right
---Returns a function that returns record after record, nil at the end, or nil and an error.
---@field open fun(panel: dnp.Session, options: table, next_policy: (fun(): dnp.provisioning.Policy)): function

-- A row by the names of the records' fields.
local function to_record(row, statuses)
  local record = {}
  for column, value in pairs(row) do
    record[column:gsub("ID$", "Id")] = value
  end
  record.Status = statuses[record.StatusId]
  record.Role = USER_ROLE[record.RoleId]
  return record
end

-- What returns the policy of the next call: one for all, or a new one each time.
local function policies(panel, given, one_for_all, level)
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

-- Validates and opens a list for one of the public functions.
local function open(list, where, panel, given, as_array, level)
  arguments.session(where, panel, level + 1)
  local options = arguments.options(where, given, list.options, level + 1)
  if list.columns then
    options.filter = filter.check(where, options.filter, list.columns, level + 1)
  end
  local problem = list.problem and list.problem(options)
  if problem then
    error(("%s: %s"):format(where, problem), level + 1)
  end
  return list.open(panel, options, policies(panel, options.policy, as_array, level + 1))
end

-- Returns record after record, and raises instead of returning an error.
local function iterator(next_record)
  return function()
    local record, err = next_record()
    if err then
      error(err, 0)
    end
    return record
  end
end

local function collect(next_record)
  local records = {}
  while true do
    local record, err = next_record()
    if err then
      return nil, err
    elseif not record then
      return records
    end
    records[#records + 1] = record
  end
end

-- Returns the entries of an array that is read when the first is asked for.
local function lazily(read)
  local entries, position = nil, 0
  return function()
    if not entries then
      local err
      entries, err = read()
      if not entries then
        entries = {}
        return nil, err
      end
    end
    position = position + 1
    return entries[position]
  end
end

---- paged lists ----

local PAGE_SIZE = { type = "integer", min = 1, max = 10000 }

-- The latest dialect has every member of every enumeration.
local LATEST = dnp.dialects[#dnp.dialects]

-- A number or a name of a field's enumeration.
---@return dnp.Field
local function member(type_name, field)
  return {
    check = function(value)
      local number, _, reason = core.check_field(LATEST, type_name, field, value)
      return number ~= nil, reason
    end,
  }
end

-- The number of a member that was given by number or name; 0, which the panel takes for all, when none was given.
local function number_of(given, members)
  return members[given] or given or 0
end

-- The rows of a paged list that belong to an owner; to the caller, whose id has to be read then, when none is named.
-- `of` has the method, sort and key as of `pages.rows`, and the conditions that follow owner and filter.
local function paged_rows(panel, next_policy, options, of)
  local rows
  local function open_pages(owner)
    local column, pattern = filter.arguments(options.filter)
    return pages.rows {
      panel = panel,
      next_policy = next_policy,
      method = of.method,
      arguments = { owner, column, pattern, unpack(of.conditions) },
      sort = of.sort,
      key = of.key,
      page_size = options.page_size,
    }
  end
  return function()
    if not rows then
      local owner, err = resolve.owner_id(contexts.reader(panel, next_policy), options.owner)
      if not owner then
        return nil, err
      end
      rows = open_pages(owner)
    end
    return rows()
  end
end

-- The rows that are asked for, as records. A row that the panel's own conditions let through may have changed, and its
-- LIKE lets too much through.
local function select_rows(rows, options, status, role, statuses)
  local function is_selected(row)
    return (status == 0 or row.StatusID == status)
      and (role == 0 or row.RoleID == role)
      and (not options.filter or filter.matches(row, options.filter))
  end
  return function()
    while true do
      local row, err = rows()
      if not row then
        return nil, err
      elseif is_selected(row) then
        return to_record(row, statuses)
      end
    end
  end
end

---- accounts ----

---@type dnp.provisioning.List
local USERS = {
  options = {
    owner = arguments.ID_OR_NAME,
    recursive = { type = "boolean", default = false },
    status = member("UserInfo", "StatusId"),
    role = member("UserInfo", "RoleId"),
    filter = { type = "table" },
    page_size = PAGE_SIZE,
    policy = { type = "table" },
  },
  columns = {
    "Username", "FirstName", "LastName", "FullName", "Email", "CompanyName",
    "OwnerUsername", "OwnerFirstName", "OwnerLastName", "OwnerFullName", "OwnerEmail",
  },
  open = function(panel, options, next_policy)
    local status, role = number_of(options.status, dnp.UserStatus), number_of(options.role, dnp.UserRole)
    local rows = paged_rows(panel, next_policy, options, {
      method = options.recursive and "get_users_paged_recursive" or "get_users_paged",
      conditions = { status, role },
      sort = "UserID",
      key = "UserID",
    })
    return select_rows(rows, options, status, role, USER_STATUS)
  end,
}

---- spaces ----

-- All spaces of the accounts below an owner; the panel leaves out the owner's own.
local function open_spaces_below(panel, options, next_policy, status)
  local rows = paged_rows(panel, next_policy, options, {
    method = "get_packages_paged",
    conditions = {},
    sort = "P.PackageID", -- plans have a PackageID as well
    key = "PackageID",
  })
  return select_rows(rows, options, status, 0, SPACE_STATUS)
end

local function open_spaces_of(panel, options, next_policy, status)
  return lazily(function()
    local reader = contexts.reader(panel, next_policy)
    local id, err = resolve.user_id(reader, options.user)
    local found = id
    if id then
      found, err = reader:read("get_my_packages", id)
    end
    if not found then
      return nil, err
    end
    local selected = {}
    for _, space in ipairs(found) do
      if status == 0 or space.StatusId == status then
        selected[#selected + 1] = space
      end
    end
    return selected
  end)
end

---@type dnp.provisioning.List
local SPACES = {
  options = {
    owner = arguments.ID_OR_NAME,
    user = arguments.ID_OR_NAME,
    status = member("PackageInfo", "StatusId"),
    filter = { type = "table" },
    page_size = PAGE_SIZE,
    policy = { type = "table" },
  },
  columns = { "PackageName", "PlanName", "Username", "FirstName", "LastName", "FullName", "Email", "ServerName" },
  problem = function(options)
    return options.user and (options.owner or options.filter)
      and ("options 'user' and '%s' cannot be combined"):format(options.owner and "owner" or "filter") or nil
  end,
  open = function(panel, options, next_policy)
    local open_list = options.user and open_spaces_of or open_spaces_below
    return open_list(panel, options, next_policy, number_of(options.status, dnp.PackageStatus))
  end,
}

---- add-ons ----

local function addons_of(reader, space_id)
  local tables, err = reader:read("get_package_addons", space_id)
  if not tables then
    return nil, err
  end
  local addons = {}
  for index, row in ipairs(tables[1] or {}) do
    addons[index] = to_record(row, SPACE_STATUS)
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
  local space = options.space or options.package
  if not options.user then
    return addons_of(reader, space)
  end
  local info, err = resolve.known_user(reader, options.user)
  if not info then
    return nil, err
  elseif not space then
    return addons_of_user(reader, info.UserId)
  end
  local id
  id, err = resolve.known_space_id(reader, info, space)
  if not id then
    return nil, err
  end
  return addons_of(reader, id)
end

---@type dnp.provisioning.List
local ADDONS = {
  options = {
    space = arguments.ID_OR_NAME,
    package = arguments.ID_OR_NAME,
    user = arguments.ID_OR_NAME,
    policy = { type = "table" },
  },
  problem = function(options)
    local name = options.package and "package" or "space"
    if options.space and options.package then
      return "options 'space' and 'package' are the same; one is enough"
    elseif options[name] == nil and options.user == nil then
      return "option 'space' or 'user' is missing"
    elseif type(options[name]) == "string" and options.user == nil then
      return ("option '%s' is a name, so option 'user' is needed, too: names are those of an account's spaces"):format(
        name)
    end
    return nil
  end,
  open = function(panel, options, next_policy)
    return lazily(function()
      return read_addons(contexts.reader(panel, next_policy), options)
    end)
  end,
}

---- the public functions ----

---@class dnp.provisioning.UsersOptions
---Whose accounts, by id or name; by default those of the account that the session speaks for.
---@field owner integer|string|nil
---@field recursive boolean? with those below them (false)
---@field status dnp.UserStatus|integer|nil
---@field role dnp.UserRole|integer|nil
---@field filter dnp.provisioning.Filter?
---@field page_size integer? rows to ask for at a time (1,000; of a longer list a tenth, up to 10,000)
---@field policy dnp.provisioning.Policy|dnp.provisioning.PolicyOptions|nil

--- Iterates over the accounts of an owner in the order of their ids, each once. Peers are not listed. Raises the error
--- object when a page cannot be read, or when records stay missing.
---
--- Source operations: GetUsersPaged, GetUsersPagedRecursive.
---
---     for user in provisioning.users(panel, { owner = 2, status = "Suspended" }) do print(user.Username) end
---@param panel dnp.Session
---@param options dnp.provisioning.UsersOptions?
---@return fun(): dnp.provisioning.UserRow?
function lists.users(panel, options)
  return iterator(open(USERS, "users", panel, options, false, 2))
end

--- As `users`, but returns an array.
---@param panel dnp.Session
---@param options dnp.provisioning.UsersOptions?
---@return dnp.provisioning.UserRow[]? users
---@return dnp.provisioning.Error err
function lists.all_users(panel, options)
  return collect(open(USERS, "all_users", panel, options, true, 2))
end

---@class dnp.provisioning.SpacesOptions
---The spaces of all accounts below this one (id or name), but not its own; by default the caller's.
---@field owner integer|string|nil
---@field user integer|string|nil or the spaces of this account
---@field status dnp.PackageStatus|integer|nil
---@field filter dnp.provisioning.Filter? not with `user`
---@field page_size integer? rows to ask for at a time (1,000; of a longer list a tenth, up to 10,000)
---@field policy dnp.provisioning.Policy|dnp.provisioning.PolicyOptions|nil

---@alias dnp.provisioning.PackagesOptions dnp.provisioning.SpacesOptions
---@alias dnp.provisioning.SpaceRow dnp.provisioning.PackageRow

--- Iterates over hosting spaces, which the API calls packages, in the order of their ids, each once. Raises the error
--- object when a page cannot be read, or when records stay missing.
---
--- Source operations: GetPackagesPaged; GetMyPackages with `user`, whose records have no names of plan and owner.
---@param panel dnp.Session
---@param options dnp.provisioning.SpacesOptions?
---@return fun(): dnp.provisioning.SpaceRow?
function lists.spaces(panel, options)
  return iterator(open(SPACES, "spaces", panel, options, false, 2))
end

--- As `spaces`, but returns an array.
---@param panel dnp.Session
---@param options dnp.provisioning.SpacesOptions?
---@return dnp.provisioning.SpaceRow[]? spaces
---@return dnp.provisioning.Error err
function lists.all_spaces(panel, options)
  return collect(open(SPACES, "all_spaces", panel, options, true, 2))
end

--- The same as `spaces`.
---@param panel dnp.Session
---@param options dnp.provisioning.SpacesOptions?
---@return fun(): dnp.provisioning.SpaceRow?
function lists.packages(panel, options)
  return iterator(open(SPACES, "packages", panel, options, false, 2))
end

--- The same as `all_spaces`.
---@param panel dnp.Session
---@param options dnp.provisioning.SpacesOptions?
---@return dnp.provisioning.SpaceRow[]? spaces
---@return dnp.provisioning.Error err
function lists.all_packages(panel, options)
  return collect(open(SPACES, "all_packages", panel, options, true, 2))
end

---@class dnp.provisioning.AddonsOptions
---@field space integer|string|nil the add-ons of this space, by id, or by name together with `user`
---@field public package integer|string|nil the same as `space`
---@field user integer|string|nil of this account's space, or of all its spaces
---@field policy dnp.provisioning.Policy|dnp.provisioning.PolicyOptions|nil

--- Iterates over hosting add-ons. Raises the error object when they cannot be read.
---
--- Source operations: GetPackageAddons; GetMyPackages with `user`.
---@param panel dnp.Session
---@param options dnp.provisioning.AddonsOptions
---@return fun(): dnp.provisioning.AddonRow?
function lists.addons(panel, options)
  return iterator(open(ADDONS, "addons", panel, options, false, 2))
end

--- As `addons`, but returns an array.
---@param panel dnp.Session
---@param options dnp.provisioning.AddonsOptions
---@return dnp.provisioning.AddonRow[]? addons
---@return dnp.provisioning.Error err
function lists.all_addons(panel, options)
  return collect(open(ADDONS, "all_addons", panel, options, true, 2))
end

return lists
