--- Steps on the hosting add-ons of a space.

local lookup = require "dnp.provisioning.lookup"
local names = require "dnp.provisioning.names"
local newcomer = require "dnp.provisioning.steps.newcomer"
local record = require "dnp.provisioning.record"
local step = require "dnp.provisioning.steps.step"
local update = require "dnp.provisioning.steps.update"
local values = require "dnp.provisioning.values"

local addon = {}

--- Adds an add-on to a space.
---@param space dnp.provisioning.SpaceRef
---@param wanted { PlanId: integer, Quantity: integer, StatusId: integer, PurchaseDate: string|number,
---       Comments: string? }
---@param plan_name string?
---@return dnp.provisioning.Task
function addon.add(space, wanted, plan_name)
  local made
  local new = newcomer.watch(function(context)
    return lookup.list_addons(context, space.id)
  end, "PackageAddonID", function(row)
    return row.PlanID == wanted.PlanId and row.Quantity == wanted.Quantity
  end)
  return {
    step = step.new("add_addon", "AddPackageAddon", "add add-on %s x %d to space %s (%s)",
      names.plan(wanted.PlanId, plan_name), wanted.Quantity, values.show(space.name),
      names.space_status(wanted.StatusId)),
    prepare = new.prepare,
    call = function(context)
      return context:call("add_package_addon", record.apply({ PackageId = space.id }, wanted))
    end,
    look = new.look,
    take = function(id)
      made = id
    end,
    twin = new.twin,
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
      names.plan(info.PlanId, plan_name), info.PackageAddonId, values.show(space.name)),
    call = function(context)
      return context:call("delete_package_addon", info.PackageAddonId)
    end,
    look = step.look_for_absence("get_package_addon", { id = info.PackageAddonId }, "not_done"),
    undo = function()
      local again = {}
      for _, field in ipairs(KEPT_FIELDS) do
        again[field] = info[field]
      end
      return { addon.add(space, again, plan_name) }
    end,
  }
end

--- Changes quantity, status, comments or purchase date of an add-on.
---@param space dnp.provisioning.SpaceRef
---@param fields dnp.provisioning.Fields of PackageAddonInfo
---@param which { id: integer, plan_id: integer, plan_name: string? }
---@param before table the fields' values as they were
---@param changes table the fields' new values; `values.NONE` for none
---@return dnp.provisioning.Task
function addon.update(space, fields, which, before, changes)
  return update.task({
    action = "update_addon",
    operation = "UpdatePackageAddon",
    subject = ("add-on %s (id %d) of space %s"):format(names.plan(which.plan_id, which.plan_name), which.id,
      values.show(space.name)),
    fields = fields,
    read = function(context)
      return context:read("get_package_addon", which.id)
    end,
    write = function(context, info, wanted)
      return context:call("update_package_addon", record.apply(info, wanted))
    end,
  }, before, changes)
end

return addon
