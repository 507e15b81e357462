--- The accounts and spaces that a change of status may affect.
---
--- What it does affect differs from panel to panel: an account's own spaces, or those of the accounts below it as
--- well; never the spaces that the panel's own list leaves out, such as those without a server; and a space whose
--- quotas do not fit keeps its status although the panel says yes (SolidCP, PackageController.cs:1008-1047). So nothing
--- is predicted here: the tree is read before a change, and what lies below the change is read again after it.
---
--- The spaces come from GetMyPackages of each account: GetPackages leaves out the account's own on some panels (up to
--- WebsitePanel 1.2.0: install_db.sql:30569 of 1.0) and those of the accounts below on others (WebsitePanel 2.1:
--- update_db.sql:7821; SolidCP: update_db.sql:6576), and on all of them those without a server.
---
--- Entries of a tree are sorted so that each comes after the one above it; every walk is one pass.

local lists = require "dnp.provisioning.read.lists"

local unpack = table.unpack or unpack

local status_tree = {}

--- Statuses by id.
---@alias dnp.provisioning.Statuses { users: table<integer, integer>, spaces: table<integer, integer> }

--- An account of a tree.
---@class dnp.provisioning.UserEntry
---@field kind "user"
---@field id integer
---@field above integer its owner's id
---@field status integer as it was read last
---@field name string
---@field gone boolean? it did not exist when it was read last

--- A space of a tree.
---@class dnp.provisioning.SpaceEntry
---@field kind "space"
---@field id integer
---@field above integer? the space that it is nested in
---@field user integer its account
---@field status integer as it was read last
---@field name string
---@field gone boolean?

---@alias dnp.provisioning.Entry dnp.provisioning.UserEntry|dnp.provisioning.SpaceEntry

---@class dnp.provisioning.Tree
---@field account integer id of the account that it was read for
---@field users dnp.provisioning.UserEntry[]
---@field spaces dnp.provisioning.SpaceEntry[]
local Tree = {}
Tree.__index = Tree

--- Where statuses are, by the kind of an entry.
status_tree.PARTS = { user = "users", space = "spaces" }

local PARTS = status_tree.PARTS

---- order ----

-- Entries by the id of the one above them; those above which there is none of the list come first.
local function by_above(list)
  local known, roots, below = {}, {}, {}
  for _, entry in ipairs(list) do
    known[entry.id] = true
  end
  for _, entry in ipairs(list) do
    local siblings = roots
    if known[entry.above] and entry.above ~= entry.id then
      siblings = below[entry.above] or {}
      below[entry.above] = siblings
    end
    siblings[#siblings + 1] = entry
  end
  return roots, below
end

local function by_id(a, b)
  return a.id < b.id
end

-- Sorts so that whoever is above comes first: level by level, by id within a level.
local function parents_first(list)
  local level, below = by_above(list)
  local sorted = {}
  while #level > 0 do
    table.sort(level, by_id)
    local next_level = {}
    for _, entry in ipairs(level) do
      sorted[#sorted + 1] = entry
      for _, child in ipairs(below[entry.id] or {}) do
        next_level[#next_level + 1] = child
      end
    end
    level = next_level
  end
  return sorted
end

---- reading ----

local function user_entry(info)
  return { kind = "user", id = info.UserId, above = info.OwnerId, status = info.StatusId, name = info.Username }
end

local function space_entry(info)
  return {
    kind = "space",
    id = info.PackageId,
    above = info.ParentPackageId,
    user = info.UserId,
    status = info.StatusId,
    name = info.PackageName or "",
  }
end

local function add_once(list, seen, entries, entry_of)
  for _, info in ipairs(entries) do
    local entry = entry_of(info)
    if not seen[entry.id] then
      seen[entry.id] = true
      list[#list + 1] = entry
    end
  end
end

-- A list of the panel about an account. One that is gone meanwhile has nothing: some panels return a fault then.
local function list_of(context, method, user_id, ...)
  local found, err = context:read(method, user_id, ...)
  if found or err.kind ~= "fault" then
    return found, err
  end
  local info, reason = context:find("get_user_by_id", user_id)
  if info == false then
    return {}
  end
  return nil, info and err or reason
end

-- Reads what is known of accounts by themselves: their peers, whom no list of accounts holds, and their spaces; and
-- what `more` asks for. All of that is independent. Returns the lists, in the order of the accounts, `more` last.
local function read_accounts(context, accounts, more)
  local reads = {}
  for _, user in ipairs(accounts) do
    reads[#reads + 1] = { "get_user_peers", user.id }
    reads[#reads + 1] = { "get_my_packages", user.id }
  end
  reads[#reads + 1] = more
  return context:map(reads, 1, #reads, function(read)
    return list_of(context, unpack(read))
  end)
end

-- Adds what was read of accounts. Returns those that are new.
local function add_accounts(tree, seen, accounts, found)
  local known = #tree.users
  for index = 1, #accounts do
    local peers, spaces = found[2 * index - 1], found[2 * index]
    add_once(tree.users, seen.users, peers, user_entry)
    add_once(tree.spaces, seen.spaces, spaces, space_entry)
  end
  add_once(tree.users, seen.users, found[2 * #accounts + 1] or {}, user_entry)
  local new = {}
  for index = known + 1, #tree.users do
    new[#new + 1] = tree.users[index]
  end
  return new
end

--- Reads an account, all below it, and all their spaces: one call, and two for each account. No list holds both the
--- spaces that the panel's own lists leave out and what each is nested in.
---@param info dnp.UserInfo
---@return dnp.provisioning.Tree?
function status_tree.read(context, info)
  local tree, seen = { account = info.UserId, users = {}, spaces = {} }, { users = {}, spaces = {} }
  add_once(tree.users, seen.users, { info }, user_entry)
  local accounts, more = { tree.users[1] }, { "get_users", info.UserId, true }
  -- Peers may have peers in turn.
  while #accounts > 0 do
    local found, err = read_accounts(context, accounts, more)
    if not found then
      return nil, err
    end
    accounts, more = add_accounts(tree, seen, accounts, found), nil
  end
  tree.users, tree.spaces = parents_first(tree.users), parents_first(tree.spaces)
  return setmetatable(tree, Tree)
end

---- walks ----

--- Walks the accounts, then the spaces; `visit` receives each entry and what it returned for the one above it. Spaces
--- have two above them: what it returned for the account comes third.
---@param visit fun(entry: dnp.provisioning.Entry, above: any, owner: any): any
function Tree:walk(visit)
  local users, spaces = {}, {}
  for _, user in ipairs(self.users) do
    users[user.id] = visit(user, users[user.above])
  end
  for _, space in ipairs(self.spaces) do
    spaces[space.id] = visit(space, spaces[space.above], users[space.user])
  end
end

--- The statuses as they were read last.
---@return dnp.provisioning.Statuses
function Tree:statuses()
  local statuses = { users = {}, spaces = {} }
  self:walk(function(entry)
    if not entry.gone then
      statuses[PARTS[entry.kind]][entry.id] = entry.status
    end
  end)
  return statuses
end

--- The entries that lie below some, those included.
---@param tops { kind: "user"|"space", id: integer }[]
---@return dnp.provisioning.Entry[]
function Tree:below(tops)
  local marked, found = { user = {}, space = {} }, {}
  for _, top in ipairs(tops) do
    marked[top.kind][top.id] = true
  end
  self:walk(function(entry, above, owner)
    local inside = marked[entry.kind][entry.id] or above or owner
    if inside then
      found[#found + 1] = entry
    end
    return inside
  end)
  return found
end

--- What does not have its desired status and has nothing above it without its own: correcting that may correct what is
--- below.
---@param desired dnp.provisioning.Statuses what has no status there may have any
---@param tried table<dnp.provisioning.Entry, true> what has been corrected already; it is left out
---@return dnp.provisioning.Entry[]
function Tree:mismatches(desired, tried)
  local found = {}
  self:walk(function(entry, above, owner)
    local status = desired[PARTS[entry.kind]][entry.id]
    local blocked = above or owner
    if not entry.gone and not tried[entry] and status and status ~= entry.status then
      if not blocked then
        found[#found + 1] = entry
      end
      blocked = true
    end
    return blocked
  end)
  return found
end

---- reading again ----

-- The statuses of accounts that are read again, by id. What no list has is read by itself; nil for what is gone.
local function reread_users(context, users, tops)
  local statuses, has_below = {}, {}
  for _, user in ipairs(users) do
    has_below[user.above] = true
  end
  local function note(list)
    for _, info in ipairs(list) do
      statuses[info.UserId] = info.StatusId
    end
  end
  for _, top in ipairs(tops) do
    if top.kind == "user" and has_below[top.id] then
      local found, err = list_of(context, "get_users", top.id, true)
      if not found then
        return nil, err
      end
      note(found)
    end
  end
  local missing = {}
  for _, user in ipairs(users) do
    if not statuses[user.id] then
      missing[#missing + 1] = user
    end
  end
  local records, err = context:map(missing, 1, #missing, function(user)
    return context:find("get_user_by_id", user.id)
  end)
  if not records then
    return nil, err
  end
  for index = 1, #missing do
    note { records[index] or nil }
  end
  return statuses
end

-- From so many accounts on their spaces are read again from the panel's paged list.
local MANY = 20

-- The statuses of the spaces of all accounts below one, by id: those that the panel's paged list has, which leaves some
-- out. Where it cannot be read there are none.
local function listed_statuses(context, user_id)
  local statuses = {}
  for _, row in ipairs(lists.all_spaces(context.panel, { owner = user_id, policy = context.policy }) or {}) do
    statuses[row.PackageId] = row.StatusId
  end
  return statuses
end

-- What paged lists have of spaces. They are read only where there are many accounts.
local function known_statuses(context, below, tops)
  local statuses, accounts = {}, 0
  for _, entry in ipairs(below) do
    accounts = accounts + (entry.kind == "user" and 1 or 0)
  end
  for _, top in ipairs(accounts >= MANY and #tops == 1 and tops or {}) do
    if top.kind == "user" then
      statuses = listed_statuses(context, top.id)
    end
  end
  return statuses
end

-- The accounts whose spaces have to be read: those of the spaces below that no list has, and the one that steps may
-- have given new ones.
local function owners_of(tree, below, statuses)
  local owners, seen = {}, {}
  for _, entry in ipairs(below) do
    local id = entry.kind == "user" and entry.id == tree.account and entry.id
    if entry.kind == "space" and not statuses[entry.id] then
      id = entry.user
    end
    if id and not seen[id] then
      seen[id] = true
      owners[#owners + 1] = { id = id }
    end
  end
  return owners
end

-- The spaces of accounts.
local function read_spaces(context, users)
  local each, err = context:map(users, 1, #users, function(user)
    return list_of(context, "get_my_packages", user.id)
  end)
  if not each then
    return nil, err
  end
  local spaces, seen = {}, {}
  for index = 1, #users do
    add_once(spaces, seen, each[index], space_entry)
  end
  return spaces
end

-- Reads the spaces below again: their statuses by id, and those that are new.
local function reread_spaces(context, tree, below, tops)
  local statuses, known, new = known_statuses(context, below, tops), {}, {}
  local spaces, err = read_spaces(context, owners_of(tree, below, statuses))
  if not spaces then
    return nil, err
  end
  for _, entry in ipairs(tree.spaces) do
    known[entry.id] = true
  end
  for _, space in ipairs(spaces) do
    statuses[space.id] = space.status
    if not known[space.id] then
      new[#new + 1] = space
    end
  end
  return statuses, nil, new
end

local function update_entries(below, statuses)
  for _, entry in ipairs(below) do
    local status = statuses[entry.kind][entry.id]
    entry.gone = status == nil
    entry.status = status or entry.status
  end
end

--- Reads again what lies below some entries, those included.
---@param tops { kind: "user"|"space", id: integer }[]
---@return dnp.provisioning.Entry[]? below
function Tree:refresh(context, tops)
  local below, users = self:below(tops), {}
  for _, entry in ipairs(below) do
    if entry.kind == "user" then
      users[#users + 1] = entry
    end
  end
  local of_users, err = reread_users(context, users, tops)
  if not of_users then
    return nil, err
  end
  local of_spaces, new
  of_spaces, err, new = reread_spaces(context, self, below, tops)
  if not of_spaces then
    return nil, err
  end
  update_entries(below, { user = of_users, space = of_spaces })
  for _, space in ipairs(new) do
    self.spaces[#self.spaces + 1] = space
  end
  return below
end

return status_tree
