--- What a suspension found suspended, cancelled or pending already, so that its end does not resume it.
---
--- It is kept on the panel, because it must outlive the script: among the settings of the account, under a name of our
--- own. A panel gives an account that has no such settings those of the next account upwards that has; the id in ours
--- tells whose they are.

local step = require "dnp.provisioning.steps.step"
local values = require "dnp.provisioning.model.values"

local memory = {}

---@class dnp.provisioning.Memory
---@field state "suspended"|"waking" waking: the end of the suspension has begun
---@field users table<integer, integer> status by id
---@field spaces table<integer, integer>

---@param space_id integer? nil: of the whole account
---@return string
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

local function to_array(user_id, held)
  if not held then
    return {}
  end
  return {
    { "UserId", ("%d"):format(user_id) },
    { "State", held.state },
    { "Users", format_statuses(held.users) },
    { "Spaces", format_statuses(held.spaces) },
  }
end

local function from_array(user_id, array)
  local properties = {}
  for _, pair in ipairs(array or {}) do
    properties[pair[1] or ""] = pair[2]
  end
  if tonumber(properties.UserId) ~= user_id then
    return false
  end
  return {
    state = properties.State == "waking" and "waking" or "suspended",
    users = parse_statuses(properties.Users),
    spaces = parse_statuses(properties.Spaces),
  }
end

--- What is remembered: false when nothing is.
---@param context dnp.provisioning.Context
---@param user_id integer
---@param space_id integer?
---@return dnp.provisioning.Memory|false|nil
---@return table? err
function memory.read(context, user_id, space_id)
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

local function describe(held, name)
  if not held then
    return ("forget what was not active before user %s was suspended"):format(name)
  elseif held.state == "waking" then
    return ("note that user %s is being resumed"):format(name)
  end
  return ("remember what is not active of user %s: %s, %s"):format(name, count(held.spaces, "space"),
    count(held.users, "user"))
end

local function same(a, b)
  return values.same(a or nil, b or nil)
end

--- Keeps a memory on the panel in place of the one that is there; false forgets it.
---@param user dnp.provisioning.UserRef
---@param space_id integer?
---@param before dnp.provisioning.Memory|false
---@param held dnp.provisioning.Memory|false
---@return dnp.provisioning.Task
function memory.write(user, space_id, before, held)
  return {
    step = step.new(held and "remember" or "forget", "UpdateUserSettings", "%s",
      describe(held, values.show(user.name))),
    call = function(context)
      return context:call("update_user_settings", {
        UserId = user.id,
        SettingsName = settings_name(space_id),
        SettingsArray = to_array(user.id, held),
      })
    end,
    writes = "settings",
    look = function(context)
      local found, err = memory.read(context, user.id, space_id)
      if found == nil then
        return nil, err
      end
      return same(found, held) and "done" or "not_done"
    end,
    undo = function()
      return { memory.write(user, space_id, held, before) }
    end,
  }
end

return memory
