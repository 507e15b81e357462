-- A panel in Lua that has accounts and spaces with statuses and nothing else, in the ways in which panels differ when a
-- status changes. Sources: WebsitePanel 1.0 UserController.cs:582-662 ("below"), WebsitePanel 1.2.2 ("own": the same
-- code, with a GetPackages that gives an account's own), SolidCP UserController.cs:876-925 ("each"), and
-- PackageController.cs:982-1047 for spaces and for those that keep their status.
local dnp = require "dnp"
local fake = require "spec.support.fake"

local status_panel = {}

-- Accounts below one, without peers, as GetUsers has them; or with them.
local function below(model, id, with_peers)
  local found, at = {}, 0
  local queue = { id }
  while at < #queue do
    at = at + 1
    for _, child in ipairs(model.children[queue[at]] or {}) do
      queue[#queue + 1] = child.UserId
      if with_peers or not child.IsPeer then
        found[#found + 1] = child
      end
    end
  end
  return found
end

local function peers_of(model, id)
  local found = {}
  for _, child in ipairs(model.children[id] or {}) do
    if child.IsPeer then
      found[#found + 1] = child
    end
  end
  return found
end

local function copy(record)
  local same = {}
  for key, value in pairs(record) do
    same[key] = value
  end
  return same
end

local function copies(list)
  local same = {}
  for index, record in ipairs(list) do
    same[index] = copy(record)
  end
  return same
end

local function change_spaces(spaces, status)
  for _, space in ipairs(spaces) do
    if not space.stubborn then
      space.StatusId = status
    end
  end
end

-- What the panel's own lists have: spaces without a server are not in them.
local function listed(spaces)
  local found = {}
  for _, space in ipairs(spaces or {}) do
    if space.ServerId ~= 0 then
      found[#found + 1] = space
    end
  end
  return found
end

local function change_spaces_of(model, id, children, status)
  if model.family == "below" then
    change_spaces(model.spaces_of[id] or {}, status)
    for _, user in ipairs(below(model, id, true)) do
      change_spaces(listed(model.spaces_of[user.UserId]), status)
    end
    return
  end
  -- 1.2.2 takes them from both lists, GetMyPackages and GetPackages: an account's own.
  change_spaces(model.family == "own" and model.spaces_of[id] or listed(model.spaces_of[id]), status)
  for _, child in ipairs(model.family == "each" and children or {}) do
    change_spaces(listed(model.spaces_of[child.UserId]), status)
  end
end

local function change_user(model, id, status)
  local children = below(model, id, false)
  model.users[id].StatusId = status
  for _, peer in ipairs(peers_of(model, id)) do
    peer.StatusId = status
  end
  for _, child in ipairs(children) do
    child.StatusId = status
    for _, peer in ipairs(model.family == "each" and peers_of(model, child.UserId) or {}) do
      peer.StatusId = status
    end
  end
  change_spaces_of(model, id, children, status)
  return true
end

local function change_space(model, id, status)
  local at, queue = 0, { model.spaces[id] }
  while at < #queue do
    at = at + 1
    for _, nested in ipairs(model.nested[queue[at].PackageId] or {}) do
      queue[#queue + 1] = nested
    end
  end
  change_spaces(queue, status)
  return true
end

local function index_by(list, key, into)
  for _, record in ipairs(list) do
    into[record[key]] = into[record[key]] or {}
    table.insert(into[record[key]], record)
  end
  return into
end

-- One page of the spaces of the accounts below one: all that are listed, whatever is asked for.
local function page_of(model, id)
  local rows = {}
  for _, user in ipairs(below(model, id, true)) do
    for _, space in ipairs(listed(model.spaces_of[user.UserId])) do
      rows[#rows + 1] = { PackageID = space.PackageId, StatusID = space.StatusId }
    end
  end
  return fake.dataset({ { Column1 = #rows } }, rows)
end

local function by_id(list, key)
  local found = {}
  for _, record in ipairs(list) do
    found[record[key]] = record
  end
  return found
end

local function methods_of(model)
  local function known(record)
    if record then
      return copy(record)
    end
    return nil, fake.failure "absent"
  end
  return {
    get_user_by_id = function(id)
      return known(model.users[id])
    end,
    get_user_by_username = function(name)
      return known(model.names[name])
    end,
    get_users = function(id)
      return copies(below(model, id, false))
    end,
    get_user_peers = function(id)
      return copies(peers_of(model, id))
    end,
    get_my_packages = function(id)
      return copies(model.spaces_of[id] or {})
    end,
    get_packages_paged = function(id)
      return page_of(model, id)
    end,
    get_package = function(id)
      return known(model.spaces[id])
    end,
    get_user_settings = function(id, name)
      local held = model.settings[id .. name]
      return held or nil, not held and fake.failure "absent" or nil
    end,
    update_user_settings = function(settings)
      local is_empty = #settings.SettingsArray == 0
      model.settings[settings.UserId .. settings.SettingsName] = not is_empty and settings or nil
      return true
    end,
    change_user_status = function(id, status)
      return change_user(model, id, status)
    end,
    change_package_status = function(id, status)
      return change_space(model, id, status)
    end,
  }
end

--- A panel of a family with accounts and spaces (records; `stubborn` spaces keep their status). User 1 calls.
---@param family "below"|"own"|"each"
---@param users table[]
---@param spaces table[]
function status_panel.new(family, users, spaces)
  users[#users + 1] = { UserId = 1, OwnerId = 0, Username = "admin", StatusId = 1, IsPeer = false }
  local model = {
    family = family,
    users = by_id(users, "UserId"), names = by_id(users, "Username"), children = index_by(users, "OwnerId", {}),
    spaces = by_id(spaces, "PackageId"), spaces_of = index_by(spaces, "UserId", {}),
    nested = index_by(spaces, "ParentPackageId", {}), settings = {},
  }
  local panel = fake.panel(methods_of(model))
  panel.model = model
  return panel
end

--- The statuses of all, by "user 3" and "space 5".
function status_panel.statuses(panel)
  local statuses = {}
  for id, user in pairs(panel.model.users) do
    statuses["user " .. id] = user.StatusId
  end
  for id, space in pairs(panel.model.spaces) do
    statuses["space " .. id] = space.StatusId
  end
  return statuses
end

--- How many calls changed a status.
function status_panel.changes(panel)
  local count = 0
  for _, call in ipairs(panel.calls) do
    count = count + ((call[1] == "change_user_status" or call[1] == "change_package_status") and 1 or 0)
  end
  return count
end

status_panel.FAMILIES = { "below", "own", "each" }
status_panel.ACTIVE, status_panel.SUSPENDED = dnp.UserStatus.Active, dnp.UserStatus.Suspended

return status_panel
