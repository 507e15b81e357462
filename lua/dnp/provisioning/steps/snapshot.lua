--- Snapshots of what a suspension found suspended, cancelled or pending already, so that its end does not resume it.
---
--- They are stored on the panel, because they must outlive the script: among the settings of the account, under a name
--- of their own. A panel returns, for an account without such settings, those of the next account above that has some;
--- the id in a snapshot says whose it is.

local compare = require "dnp.provisioning.model.compare"
local labels = require "dnp.provisioning.model.labels"
local step = require "dnp.provisioning.steps.step"

local snapshots = {}

---@alias dnp.provisioning.Memory dnp.provisioning.Snapshot its name until 0.1

---@class dnp.provisioning.Snapshot
---@field state "suspended"|"resuming" resuming: the end of the suspension has begun
---@field users table<integer, integer> status by id
---@field spaces table<integer, integer>

---@param space_id integer? nil: of the whole account
local function settings_name(space_id)
  return space_id and ("lua-dnp suspension of space %d"):format(space_id) or "lua-dnp suspension"
end

-- "12=2 15=3"
local function format_statuses(statuses)
  local ids, parts = {}, {}
  for id in pairs(statuses) do
    ids[#ids + 1] = id
  end
  table.sort(ids)
  for index, id in ipairs(ids) do
    parts[index] = ("%d=%d"):format(id, statuses[id])
  end
  return table.concat(parts, " ")
end

local function parse_statuses(text)
  local statuses = {}
  for id, status in (text or ""):gmatch("(%d+)=(%d+)") do
    statuses[tonumber(id)] = tonumber(status)
  end
  return statuses
end

local function to_array(user_id, snapshot)
  if not snapshot then
    return {}
  end
  return {
    { "UserId", ("%d"):format(user_id) },
    { "State", snapshot.state },
    { "Users", format_statuses(snapshot.users) },
    { "Spaces", format_statuses(snapshot.spaces) },
  }
end

-- Until 0.1 it was stored by another word.
local RESUMING = { resuming = true, waking = true }

local function from_array(user_id, array)
  local properties = {}
  for _, pair in ipairs(array or {}) do
    properties[pair[1] or ""] = pair[2]
  end
  if tonumber(properties.UserId) ~= user_id then
    return false
  end
  return {
    state = RESUMING[properties.State] and "resuming" or "suspended",
    users = parse_statuses(properties.Users),
    spaces = parse_statuses(properties.Spaces),
  }
end

--- Reads the snapshot of an account or a space: false when there is none.
---@param space_id integer?
---@return dnp.provisioning.Snapshot|false|nil
function snapshots.read(context, user_id, space_id)
  local settings, err = context:find("get_user_settings", user_id, settings_name(space_id))
  if not settings then
    return settings, err
  end
  return from_array(user_id, settings.SettingsArray)
end

local function count(list, what)
  local found = 0
  for _ in pairs(list) do
    found = found + 1
  end
  return ("%d %s%s"):format(found, what, found == 1 and "" or "s")
end

local function describe(snapshot, name)
  if not snapshot then
    return ("forget what was not active before user %s was suspended"):format(name)
  elseif snapshot.state == "resuming" then
    return ("note that user %s is being resumed"):format(name)
  end
  return ("remember what is not active of user %s: %s, %s"):format(name, count(snapshot.spaces, "space"),
    count(snapshot.users, "user"))
end

local function same(a, b)
  return compare.equal(a or nil, b or nil)
end

--- Stores a snapshot in place of the one that is there; false deletes it.
---@param user dnp.provisioning.UserRef
---@param space_id integer?
---@param before dnp.provisioning.Snapshot|false
---@param snapshot dnp.provisioning.Snapshot|false
function snapshots.write(user, space_id, before, snapshot)
  return {
    step = step.new(snapshot and "remember" or "forget", "UpdateUserSettings", "%s",
      describe(snapshot, labels.quote(user.name))),
    call = function(context)
      return context:call("update_user_settings", {
        UserId = user.id,
        SettingsName = settings_name(space_id),
        SettingsArray = to_array(user.id, snapshot),
      })
    end,
    writes = "settings",
    probe = function(context)
      local found, err = snapshots.read(context, user.id, space_id)
      if found == nil then
        return nil, err
      end
      return same(found, snapshot) and "done" or "not_done"
    end,
    undo = function()
      return { snapshots.write(user, space_id, snapshot, before) }
    end,
  }
end

return snapshots
