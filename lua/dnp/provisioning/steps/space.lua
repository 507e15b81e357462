--- Steps on a hosting space, which the API calls a package.

local lookup = require "dnp.provisioning.lookup"
local names = require "dnp.provisioning.names"
local newcomer = require "dnp.provisioning.steps.newcomer"
local record = require "dnp.provisioning.record"
local step = require "dnp.provisioning.steps.step"
local update = require "dnp.provisioning.steps.update"
local values = require "dnp.provisioning.values"

local space = {}

--- A space that steps speak of; one that is not made yet has no id.
---@class dnp.provisioning.SpaceRef
---@field id integer?
---@field name string

---- adding ----

--- Adds a space to an account.
---@param owner dnp.provisioning.UserRef
---@param ref dnp.provisioning.SpaceRef gets the id
---@param wanted { PlanId: integer, PackageName: string, PackageComments: string?, StatusId: integer,
---       PurchaseDate: string|number }
---@param plan_name string?
---@return dnp.provisioning.Task
function space.add(owner, ref, wanted, plan_name)
  local new = newcomer.watch(function(context)
    return lookup.list_spaces(context, owner.id)
  end, "PackageId", function(info)
    return info.PlanId == wanted.PlanId and values.same(info.PackageName, wanted.PackageName)
  end)
  return {
    step = step.new("add_space", "AddPackage", "add space %s to user %s (plan %s, %s)", values.show(ref.name),
      values.show(owner.name), names.plan(wanted.PlanId, plan_name), names.space_status(wanted.StatusId)),
    prepare = new.prepare,
    call = function(context)
      return context:call("add_package", owner.id, wanted.PlanId, wanted.PackageName, wanted.PackageComments,
        wanted.StatusId, wanted.PurchaseDate)
    end,
    look = new.look,
    take = function(id)
      ref.id = id
    end,
    twin = new.twin,
    undo = function()
      return { space.delete { id = ref.id, name = ref.name } }
    end,
  }
end

---- deleting ----

-- The panel's code for a space that is not there.
local NOT_FOUND = -300

--- Deletes a space and waits until it is gone.
---@param ref dnp.provisioning.SpaceRef
---@return dnp.provisioning.Task
function space.delete(ref)
  return {
    step = step.new("delete_space", "DeletePackage", "delete space %s%s", values.show(ref.name),
      ref.id and (" (id %d)"):format(ref.id) or ""),
    call = function(context)
      return context:call("delete_package", ref.id)
    end,
    already = NOT_FOUND,
    look = step.look_for_absence("get_package", ref, "pending"),
    waits = ("space %s to be gone"):format(values.show(ref.name)),
  }
end

---- changing ----

-- Name and comments have a call of their own, which touches nothing else.
local NAME_FIELDS = { PackageName = true, PackageComments = true }

local function only_names(changes)
  for field in pairs(changes) do
    if not NAME_FIELDS[field] then
      return false
    end
  end
  return true
end

-- A space's own groups and quotas stay as they are only if empty lists of them do not come along.
local function writable(info)
  for _, list in ipairs { "Groups", "Quotas" } do
    if info[list] and #info[list] == 0 then
      info[list] = nil
    end
  end
  return info
end

local function write(context, info, changes)
  record.apply(writable(info), changes)
  if only_names(changes) then
    return context:call("update_package_name", info.PackageId, info.PackageName or "", info.PackageComments)
  end
  return context:call("update_package", info)
end

--- Changes plan, purchase date, name or comments of a space.
---@param ref dnp.provisioning.SpaceRef
---@param fields dnp.provisioning.Fields of PackageInfo
---@param before table the fields' values as they were
---@param changes table the fields' new values; `values.NONE` for none
---@return dnp.provisioning.Task
function space.update(ref, fields, before, changes)
  return update.task({
    action = "update_space",
    operation = only_names(changes) and "UpdatePackageName" or "UpdatePackage",
    subject = "space " .. values.show(ref.name),
    fields = fields,
    read = function(context)
      return context:read("get_package", ref.id)
    end,
    write = write,
  }, before, changes)
end

return space
