--- Steps on the hosting add-ons of a space.

local additions = require "dnp.provisioning.steps.additions"
local failure = require "dnp.provisioning.model.failure"
local lookup = require "dnp.provisioning.read.resolve"
local mark = require "dnp.provisioning.model.mark"
local names = require "dnp.provisioning.model.labels"
local record = require "dnp.provisioning.model.fields"
local step = require "dnp.provisioning.steps.step"
local update = require "dnp.provisioning.steps.update"
local values = require "dnp.provisioning.model.values"

local addon = {}

local function signature(plan_id, quantity, status)
  return ("%d %d %d"):format(plan_id, quantity, status)
end

--- The add-ons of a space, to add to them.
---@param space dnp.provisioning.SpaceRef
---@param known table<integer, boolean>? ids of those that are there, if that is known
---@return dnp.provisioning.Additions
function addon.additions(space, known)
  return additions.to {
    list = function(context)
      return lookup.list_addons(context, space.id)
    end,
    noun = "add-on",
    key = "PackageAddonID",
    known = known,
    signature = function(row)
      return signature(row.PlanID or 0, row.Quantity or 0, row.StatusID or 0)
    end,
    method = "get_package_addon",
    type_name = "PackageAddonInfo",
    delete = function(id, plan_id)
      return addon.delete(space, { PackageAddonId = id, PlanId = plan_id })
    end,
    at_last = true,
  }
end

---@class dnp.provisioning.NewAddon
---@field PlanId integer
---@field Quantity integer
---@field StatusId integer
---@field PurchaseDate string|number|nil a date that is missing is now
---@field Comments string?

--- Adds an add-on to a space.
---@param to dnp.provisioning.Additions as of `addon.additions`
---@param space dnp.provisioning.SpaceRef
---@param wanted dnp.provisioning.NewAddon
---@param plan_name string?
---@return dnp.provisioning.Task
function addon.add(to, space, wanted, plan_name)
  local own_mark = wanted.PurchaseDate == nil and mark.now() or nil
  local date = wanted.PurchaseDate or own_mark
  local plan = names.plan(wanted.PlanId, plan_name)
  local addition = {
    signature = signature(wanted.PlanId, wanted.Quantity, wanted.StatusId),
    what = ("add-on %s x %d of space %s"):format(plan, wanted.Quantity, values.show(space.name)),
    mark = own_mark,
    date = date,
    wanted = wanted,
    set = function() end,
  }
  return to:task(addition, step.new("add_addon", "AddPackageAddon", "add add-on %s x %d to space %s (%s)", plan,
    wanted.Quantity, values.show(space.name), names.space_status(wanted.StatusId)), function(context)
    return context:call("add_package_addon",
      record.apply({ PackageId = space.id, PurchaseDate = date }, wanted))
  end)
end

-- What an add-on that is made again has of the one that was removed.
local KEPT_FIELDS = { "PlanId", "Quantity", "StatusId", "PurchaseDate", "Comments" }

--- Removes an add-on. The rollback makes another one like it, with another id.
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
    removes = true,
    look = step.look_for_absence("get_package_addon", { id = info.PackageAddonId }, "not_done"),
    undo = function()
      local again = {}
      for _, field in ipairs(KEPT_FIELDS) do
        again[field] = info[field]
      end
      return { addon.add(addon.additions(space), space, again, plan_name) }
    end,
  }
end

-- What a list of add-ons tells of an add-on, by the names of records.
local LISTED = { Quantity = "Quantity", StatusId = "StatusID" }

local function is_listed(changes)
  for field in pairs(changes) do
    if not LISTED[field] then
      return false
    end
  end
  return true
end

-- Looks at the list of the space's add-ons.
local function look_at_list(context, space, fields, id, before, changes)
  local rows, err = lookup.list_addons(context, space.id)
  if not rows then
    return nil, err
  end
  for _, row in ipairs(rows) do
    if row.PackageAddonID == id then
      local found = {}
      for field, column in pairs(LISTED) do
        found[field] = row[column]
      end
      return record.sight(fields, found, before, changes)
    end
  end
  return nil, failure.new { kind = "absent", message = ("there is no add-on %d any more"):format(id) }
end

--- Changes quantity, status, comments or purchase date of an add-on.
---@param space dnp.provisioning.SpaceRef
---@param fields dnp.provisioning.Fields of PackageAddonInfo
---@param which { id: integer, plan_id: integer, plan_name: string? }
---@param before table the fields' values as they were
---@param changes table the fields' new values; `values.NONE` for none
---@param known dnp.provisioning.Known?
---@return dnp.provisioning.Task
function addon.update(space, fields, which, before, changes, known)
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
    verify = is_listed(changes) and function(context)
      return look_at_list(context, space, fields, which.id, before, changes)
    end or nil,
  }, before, changes, known)
end

return addon
