--- Steps on a hosting space, which the API calls a package.

local additions = require "dnp.provisioning.steps.additions"
local compare = require "dnp.provisioning.model.compare"
local labels = require "dnp.provisioning.model.labels"
local mark = require "dnp.provisioning.model.mark"
local records = require "dnp.provisioning.model.records"
local resolve = require "dnp.provisioning.read.resolve"
local step = require "dnp.provisioning.steps.step"
local update = require "dnp.provisioning.steps.update"

local space = {}

--- A space that steps are about; one that does not exist yet has no id.
---@class dnp.provisioning.SpaceRef
---@field id integer?
---@field name string

---- adding ----

--- The spaces of an account, to add to them.
---@param owner dnp.provisioning.UserRef
---@param known table<integer, boolean> ids of those that exist
function space.additions(owner, known)
  return additions.to {
    list = function(context)
      return resolve.list_spaces(context, owner.id)
    end,
    noun = "space",
    key = "PackageId",
    known = known,
    signature = function(info)
      return compare.fold_name(info.PackageName or "")
    end,
    method = "get_package",
    type_name = "PackageInfo",
    delete = function(id)
      return space.delete { id = id, name = ("of user %s"):format(owner.name) }
    end,
  }
end

--- Adds a space to an account.
---@param to dnp.provisioning.Additions as of `space.additions`
---@param owner dnp.provisioning.UserRef
---@param ref dnp.provisioning.SpaceRef gets the id
---@param desired dnp.PackageInfo without a purchase date, that is now
function space.add(to, owner, ref, desired, plan_name)
  local own_mark = desired.PurchaseDate == nil and mark.now() or nil
  local date = desired.PurchaseDate or own_mark
  local addition = {
    signature = compare.fold_name(ref.name),
    what = ("space %s of user %s"):format(labels.quote(ref.name), labels.quote(owner.name)),
    mark = own_mark,
    date = date,
    desired = desired,
    set = function(id)
      ref.id = id
    end,
  }
  return to:task(addition, step.new("add_space", "AddPackage", "add space %s to user %s (plan %s, %s)",
    labels.quote(ref.name), labels.quote(owner.name), labels.plan(desired.PlanId, plan_name),
    labels.space_status(desired.StatusId)), function(context)
    return context:call("add_package", owner.id, desired.PlanId, desired.PackageName, desired.PackageComments,
      desired.StatusId, date)
  end)
end

---- deleting ----

-- The panel's code for a space that does not exist.
local NOT_FOUND = -300

--- Deletes a space and waits until it is gone.
---@param ref dnp.provisioning.SpaceRef
function space.delete(ref)
  return {
    step = step.new("delete_space", "DeletePackage", "delete space %s%s", labels.quote(ref.name),
      ref.id and (" (id %d)"):format(ref.id) or ""),
    call = function(context)
      return context:call("delete_package", ref.id)
    end,
    done_code = NOT_FOUND,
    probe = step.probe_absence("get_package", ref, "pending"),
    waits_for = ("space %s to be gone"):format(labels.quote(ref.name)),
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

-- A space's own groups and quotas stay as they are only if empty lists of them are not sent.
local function writable(info)
  for _, list in ipairs { "Groups", "Quotas" } do
    if info[list] and #info[list] == 0 then
      info[list] = nil
    end
  end
  return info
end

local function write(context, info, changes)
  records.apply(writable(info), changes)
  if only_names(changes) then
    return context:call("update_package_name", info.PackageId, info.PackageName or "", info.PackageComments)
  end
  return context:call("update_package", info)
end

--- Changes plan, purchase date, name or comments of a space.
---@param ref dnp.provisioning.SpaceRef
---@param fields dnp.provisioning.Fields of PackageInfo
---@param before table the fields' values as they were
---@param changes table the fields' new values; `compare.NONE` for none
---@param plans table<integer, string>? labels of plans by id
---@param known dnp.provisioning.Known?
function space.update(ref, fields, before, changes, plans, known)
  return update.task({
    action = "update_space",
    operation = only_names(changes) and "UpdatePackageName" or "UpdatePackage",
    subject = "space " .. labels.quote(ref.name),
    writes = not only_names(changes) and "status" or nil,
    fields = fields,
    labels = { PlanId = plans },
    read = function(context)
      return context:read("get_package", ref.id)
    end,
    write = write,
  }, before, changes, known)
end

return space
