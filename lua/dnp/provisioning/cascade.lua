--- What a change of status does to all that is below: the panel gives an account's status to its peers, its children
--- and all their spaces (Pending becomes New, which is the same number), and a space's status to the spaces nested in
--- it. This knows the tree below an account, foresees what a change does to it, and finds the way back.

local cascade = {}

--- Statuses by id.
---@alias dnp.provisioning.Statuses { users: table<integer, integer>, spaces: table<integer, integer> }

--- One change of status.
---@alias dnp.provisioning.StatusChange { kind: "user"|"space", id: integer, name: string, from: integer, to: integer }

---@class dnp.provisioning.Tree
---@field users { id: integer, above: integer, status: integer, name: string }[] those above before those below; none
---       for the change of a space
---@field spaces { id: integer, above: integer, user: integer, status: integer, name: string }[] the same
local Tree = {}
Tree.__index = Tree

-- Sorts so that whoever is above comes first.
local function parents_first(list)
  local by_id, depths = {}, {}
  for _, entry in ipairs(list) do
    by_id[entry.id] = entry
  end
  local function depth(entry)
    if not depths[entry.id] then
      depths[entry.id] = 0
      local above = by_id[entry.above]
      depths[entry.id] = above and depth(above) + 1 or 0
    end
    return depths[entry.id]
  end
  table.sort(list, function(a, b)
    local first, second = depth(a), depth(b)
    if first ~= second then
      return first < second
    end
    return a.id < b.id
  end)
  return list
end

local function user_entry(info)
  return { id = info.UserId, above = info.OwnerId, status = info.StatusId, name = info.Username }
end

local function space_entry(info)
  return {
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

-- The account, those below it, and the peers of each.
local function read_users(context, info)
  local users, seen, asked = {}, {}, 0
  add_once(users, seen, { info }, user_entry)
  local found, err = context:read("get_users", info.UserId, true)
  -- No list of accounts holds peers, so each account is asked for its own; the list grows meanwhile.
  while found do
    add_once(users, seen, found, user_entry)
    asked = asked + 1
    if not users[asked] then
      return parents_first(users)
    end
    found, err = context:read("get_user_peers", users[asked].id)
  end
  return nil, err
end

--- Reads what a change of status below an account can fall on: all spaces, and all accounts, unless it is the change of
--- a space, which falls on no account.
---@param context dnp.provisioning.Context
---@param info dnp.UserInfo
---@param kind "user"|"space" whose status is to change
---@return dnp.provisioning.Tree?
---@return table? err
function cascade.read(context, info, kind)
  local users, err = {}, nil
  if kind == "user" then
    users, err = read_users(context, info)
  end
  if not users then
    return nil, err
  end
  local found
  found, err = context:read("get_packages", info.UserId)
  if not found then
    return nil, err
  end
  local spaces = {}
  add_once(spaces, {}, found, space_entry)
  return setmetatable({ users = users, spaces = parents_first(spaces) }, Tree)
end

--- Sorts spaces so that those above come before those below.
---@generic T: { ref: dnp.provisioning.SpaceRef }
---@param list T[]
---@return T[] list the same
function Tree:parents_first(list)
  local places = {}
  for place, space in ipairs(self.spaces) do
    places[space.id] = place
  end
  table.sort(list, function(a, b)
    return (places[a.ref.id] or 0) < (places[b.ref.id] or 0)
  end)
  return list
end

local function statuses_of(list)
  local statuses = {}
  for _, entry in ipairs(list) do
    statuses[entry.id] = entry.status
  end
  return statuses
end

--- The statuses as they were read.
---@return dnp.provisioning.Statuses
function Tree:statuses()
  return { users = statuses_of(self.users), spaces = statuses_of(self.spaces) }
end

local function copy(list)
  local same = {}
  for id, status in pairs(list) do
    same[id] = status
  end
  return same
end

--- Statuses that can be changed without changing those.
---@param statuses dnp.provisioning.Statuses
---@return dnp.provisioning.Statuses
function cascade.copy(statuses)
  return { users = copy(statuses.users), spaces = copy(statuses.spaces) }
end

-- The ids of one entry and all below it; the list has those above first.
local function ids_below(list, id)
  local ids = {}
  for _, entry in ipairs(list) do
    if entry.id == id or ids[entry.above] then
      ids[entry.id] = true
    end
  end
  return ids
end

--- An account or a space, with all that a change of its status falls on.
---@param kind "user"|"space"
---@param id integer
---@return { users: table<integer, true>, spaces: table<integer, true> } ids
function Tree:below(kind, id)
  local users = kind == "user" and ids_below(self.users, id) or {}
  local spaces = kind == "space" and ids_below(self.spaces, id) or {}
  for _, space in ipairs(self.spaces) do
    if users[space.user] then
      spaces[space.id] = true
    end
  end
  return { users = users, spaces = spaces }
end

--- The statuses after a change.
---@param statuses dnp.provisioning.Statuses
---@param kind "user"|"space"
---@param id integer
---@param to integer
---@return dnp.provisioning.Statuses
function Tree:after(statuses, kind, id, to)
  local after = cascade.copy(statuses)
  for part, ids in pairs(self:below(kind, id)) do
    for each in pairs(ids) do
      after[part][each] = to
    end
  end
  return after
end

--- The changes that lead from some statuses to others.
---@param from dnp.provisioning.Statuses
---@param to dnp.provisioning.Statuses
---@return dnp.provisioning.StatusChange[]
function Tree:way(from, to)
  local changes = {}
  for _, part in ipairs { { "user", self.users, "users" }, { "space", self.spaces, "spaces" } } do
    local kind, list, key = part[1], part[2], part[3]
    for _, entry in ipairs(list) do
      local now, wanted = from[key][entry.id], to[key][entry.id]
      if now ~= wanted then
        changes[#changes + 1] = { kind = kind, id = entry.id, name = entry.name, from = now, to = wanted }
        from = self:after(from, kind, entry.id, wanted)
      end
    end
  end
  return changes
end

return cascade
