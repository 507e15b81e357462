--- Steps on the hosting add-ons of a space.

local additions = require "dnp.provisioning.steps.additions"
local failure = require "dnp.failure"
local labels = require "dnp.provisioning.model.labels"
local mark = require "dnp.provisioning.model.mark"
local records = require "dnp.provisioning.model.records"
local resolve = require "dnp.provisioning.read.resolve"
local spec = require "dnp.provisioning.model.spec"
local step = require "dnp.provisioning.steps.step"
local update = require "dnp.provisioning.steps.update"

local addon = {}

-- Add-ons are equal when the fields are that lists of them have; `key` says by which names.
local function signature(record, key)
  local values = {}
  for _, row in ipairs(spec.ADDON) do
    if row.column then
      values[#values + 1] = ("%d"):format(record[row[key]] or 0)
    end
  end
  return table.concat(values, " ")
end

--- The add-ons of a space, to add to them.
---@param known table<integer, boolean>? ids of those that exist, if that is known
function addon.additions(space, known)
  return additions.to {
    list = function(context)
      return resolve.list_addons(context, space.id)
    end,
    noun = "add-on",
    key = "PackageAddonID",
    known = known,
    signature = function(row)
      return signature(row, "column")
    end,
    method = "get_package_addon",
    type_name = "PackageAddonInfo",
    delete = function(id, plan_id)
      return addon.delete(space, { PackageAddonId = id, PlanId = plan_id })
    end,
    at_last = true,
  }
end

--- Adds an add-on to a space.
---@param to dnp.provisioning.Additions as of `addon.additions`
---@param desired dnp.PackageAddonInfo without a purchase date, that is now
function addon.add(to, space, desired, plan_name)
  local own_mark = desired.PurchaseDate == nil and mark.now() or nil
  local date = desired.PurchaseDate or own_mark
  local plan = labels.plan(desired.PlanId, plan_name)
  local addition = {
    signature = signature(desired, "field"),
    what = ("add-on %s x %d of space %s"):format(plan, desired.Quantity, labels.quote(space.name)),
    mark = own_mark,
    date = date,
    desired = desired,
    set = function() end,
  }
  return to:task(addition, step.new("add_addon", "AddPackageAddon", "add add-on %s x %d to space %s (%s)", plan,
    desired.Quantity, labels.quote(space.name), labels.space_status(desired.StatusId)), function(context)
    return context:call("add_package_addon",
      records.apply({ PackageId = space.id, PurchaseDate = date }, desired))
  end)
end

--- Removes an add-on. The rollback adds an equal one, with another id.
---@param info dnp.PackageAddonInfo as it was read
function addon.delete(space, info, plan_name)
  return {
    step = step.new("delete_addon", "DeletePackageAddon", "remove add-on %s (id %d) from space %s",
      labels.plan(info.PlanId, plan_name), info.PackageAddonId, labels.quote(space.name)),
    call = function(context)
      return context:call("delete_package_addon", info.PackageAddonId)
    end,
    removes = true,
    probe = step.probe_absence("get_package_addon", { id = info.PackageAddonId }, "not_done"),
    undo = function()
      local again = {}
      for _, row in ipairs(spec.ADDON) do
        again[row.field] = info[row.field]
      end
      return { addon.add(addon.additions(space), space, again, plan_name) }
    end,
  }
end

-- The columns of lists of add-ons by the names of records. Add-ons keep their plan.
local LISTED = {}
for _, row in ipairs(spec.ADDON) do
  if not row.is_plan then
    LISTED[row.field] = row.column
  end
end

local function is_listed(changes)
  for field in pairs(changes) do
    if not LISTED[field] then
      return false
    end
  end
  return true
end

-- Probes by the list of the space's add-ons, which is one call for all of them.
local function probe_list(context, space, fields, id, before, changes)
  local rows, err = resolve.list_addons(context, space.id)
  if not rows then
    return nil, err
  end
  for _, row in ipairs(rows) do
    if row.PackageAddonID == id then
      local found = {}
      for field, column in pairs(LISTED) do
        found[field] = row[column]
      end
      return records.observe(fields, found, before, changes)
    end
  end
  return nil, failure.new { kind = "absent", message = ("add-on %d no longer exists"):format(id) }
end

--- Changes fields of an add-on.
---@param fields dnp.provisioning.Fields of PackageAddonInfo
---@param which { id: integer, plan_id: integer, plan_name: string? }
---@param before table the fields' values as they were
---@param changes table the fields' new values; `compare.NONE` for none
---@param known dnp.provisioning.Known?
function addon.update(space, fields, which, before, changes, known)
  return update.task({
    action = "update_addon",
    operation = "UpdatePackageAddon",
    subject = ("add-on %s (id %d) of space %s"):format(labels.plan(which.plan_id, which.plan_name), which.id,
      labels.quote(space.name)),
    fields = fields,
    read = function(context)
      return context:read("get_package_addon", which.id)
    end,
    write = function(context, info, new)
      return context:call("update_package_addon", records.apply(info, new))
    end,
    verify = is_listed(changes) and function(context)
      return probe_list(context, space, fields, which.id, before, changes)
    end or nil,
  }, before, changes, known)
end

return addon
