--- Steps on the hosting add-ons of a space.

local names = require "dnp.provisioning.names"
local record = require "dnp.provisioning.record"
local step = require "dnp.provisioning.steps.step"
local there = require "dnp.provisioning.there"
local values = require "dnp.provisioning.values"

local addon = {}

-- The add-ons of that plan and quantity that were not there before; without `id`.
local function made_since(context, space_id, known, wanted, id)
  local found, err = there.list_addons(context, space_id)
  if not found then
    return nil, err
  end
  for _, row in ipairs(found) do
    if not known[row.PackageAddonID] and row.PackageAddonID ~= id and row.PlanID == wanted.PlanId
      and row.Quantity == wanted.Quantity then
      return row.PackageAddonID
    end
  end
  return false
end

local function known_ids(context, space_id)
  local found, err = there.list_addons(context, space_id)
  if not found then
    return nil, err
  end
  local ids = {}
  for _, row in ipairs(found) do
    ids[row.PackageAddonID] = true
  end
  return ids
end

--- Adds an add-on to a space.
---@param space dnp.provisioning.SpaceRef
---@param wanted { PlanId: integer, Quantity: integer, StatusId: integer, PurchaseDate: string|number,
---       Comments: string? }
---@param plan_name string?
---@return dnp.provisioning.Task
function addon.add(space, wanted, plan_name)
  local known, made
  return {
    step = step.new("add_addon", "AddPackageAddon", "add add-on %s x %d to space %s (%s)",
      there.plan_text(wanted.PlanId, plan_name), wanted.Quantity, values.show(space.name),
      names.space_status(wanted.StatusId)),
    prepare = function(context)
      local err
      if not known then
        known, err = known_ids(context, space.id)
      end
      return known and true, err
    end,
    call = function(context)
      return context:call("add_package_addon", record.apply({ PackageId = space.id }, wanted))
    end,
    look = function(context)
      local id, err = made_since(context, space.id, known, wanted)
      if id == nil then
        return nil, err
      end
      return id and "done" or "not_done", id or nil
    end,
    take = function(id)
      made = id
    end,
    twin = function(context, id)
      return made_since(context, space.id, known, wanted, id)
    end,
    undo = function()
      return { addon.delete(space, { PackageAddonId = made, PlanId = wanted.PlanId }, plan_name) }
    end,
  }
end

-- What an add-on that is made again has of the one that was removed.
local KEPT_FIELDS = { "PlanId", "Quantity", "StatusId", "PurchaseDate", "Comments" }

--- Removes an add-on. The way back makes another one like it, with another id.
---@param space dnp.provisioning.SpaceRef
---@param info dnp.PackageAddonInfo as it was read
---@param plan_name string?
---@return dnp.provisioning.Task
function addon.delete(space, info, plan_name)
  return {
    step = step.new("delete_addon", "DeletePackageAddon", "remove add-on %s (id %d) from space %s",
      there.plan_text(info.PlanId, plan_name), info.PackageAddonId, values.show(space.name)),
    call = function(context)
      return context:call("delete_package_addon", info.PackageAddonId)
    end,
    look = function(context)
      local found, err = context:find("get_package_addon", info.PackageAddonId)
      if found == nil then
        return nil, err
      end
      return found and "not_done" or "done"
    end,
    undo = function()
      local again = {}
      for _, field in ipairs(KEPT_FIELDS) do
        again[field] = info[field]
      end
      return { addon.add(space, again, plan_name) }
    end,
  }
end

--- Changes quantity, status, comments or purchase date of an add-on: reads it, changes it, writes all of it.
---@param space dnp.provisioning.SpaceRef
---@param fields dnp.provisioning.Fields of PackageAddonInfo
---@param which { id: integer, plan_id: integer, plan_name: string? }
---@param before table the fields' values as they were
---@param changes table the fields' new values; `values.NONE` for none
---@return dnp.provisioning.Task
function addon.update(space, fields, which, before, changes)
  local id, info = which.id, nil
  local function look(context)
    local found, err = context:read("get_package_addon", id)
    if not found then
      return nil, err
    end
    return record.sight(fields, found, before, changes)
  end
  return {
    step = step.new("update_addon", "UpdatePackageAddon", "change add-on %s (id %d) of space %s: %s",
      there.plan_text(which.plan_id, which.plan_name), id, values.show(space.name),
      record.describe(fields, before, changes)),
    prepare = function(context)
      local err
      info, err = context:read("get_package_addon", id)
      return info and true, err
    end,
    call = function(context)
      return context:call("update_package_addon", record.apply(info, changes))
    end,
    look = look,
    verify = look,
    undo = function()
      return { addon.update(space, fields, which, changes, record.pick(before, changes)) }
    end,
  }
end

return addon
