--- Steps on a hosting space, which the API calls a package.

local additions = require "dnp.provisioning.steps.additions"
local lookup = require "dnp.provisioning.read.resolve"
local mark = require "dnp.provisioning.model.mark"
local names = require "dnp.provisioning.model.labels"
local record = require "dnp.provisioning.model.fields"
local step = require "dnp.provisioning.steps.step"
local update = require "dnp.provisioning.steps.update"
local values = require "dnp.provisioning.model.values"

local space = {}

--- A space that steps speak of; one that is not made yet has no id.
---@class dnp.provisioning.SpaceRef
---@field id integer?
---@field name string

---- adding ----

--- The spaces of an account, to add to them.
---@param owner dnp.provisioning.UserRef
---@param known table<integer, boolean> ids of those that are there
---@return dnp.provisioning.Additions
function space.additions(owner, known)
  return additions.to {
    list = function(context)
      return lookup.list_spaces(context, owner.id)
    end,
    noun = "space",
    key = "PackageId",
    known = known,
    signature = function(info)
      return values.fold(info.PackageName or "")
    end,
    method = "get_package",
    type_name = "PackageInfo",
    delete = function(id)
      return space.delete { id = id, name = ("of user %s"):format(owner.name) }
    end,
  }
end

---@class dnp.provisioning.NewSpace
---@field PlanId integer
---@field PackageName string
---@field PackageComments string?
---@field StatusId integer
---@field PurchaseDate string|number|nil a date that is missing is now

--- Adds a space to an account.
---@param to dnp.provisioning.Additions as of `space.additions`
---@param owner dnp.provisioning.UserRef
---@param ref dnp.provisioning.SpaceRef gets the id
---@param wanted dnp.provisioning.NewSpace
---@param plan_name string?
---@return dnp.provisioning.Task
function space.add(to, owner, ref, wanted, plan_name)
  local own_mark = wanted.PurchaseDate == nil and mark.now() or nil
  local date = wanted.PurchaseDate or own_mark
  local addition = {
    signature = values.fold(ref.name),
    what = ("space %s of user %s"):format(values.show(ref.name), values.show(owner.name)),
    mark = own_mark,
    date = date,
    wanted = wanted,
    set = function(id)
      ref.id = id
    end,
  }
  return to:task(addition, step.new("add_space", "AddPackage", "add space %s to user %s (plan %s, %s)",
    values.show(ref.name), values.show(owner.name), names.plan(wanted.PlanId, plan_name),
    names.space_status(wanted.StatusId)), function(context)
    return context:call("add_package", owner.id, wanted.PlanId, wanted.PackageName, wanted.PackageComments,
      wanted.StatusId, date)
  end)
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
---@param plans table<integer, string>? plans in words, by id
---@param known dnp.provisioning.Known?
---@return dnp.provisioning.Task
function space.update(ref, fields, before, changes, plans, known)
  return update.task({
    action = "update_space",
    operation = only_names(changes) and "UpdatePackageName" or "UpdatePackage",
    subject = "space " .. values.show(ref.name),
    writes = not only_names(changes) and "status" or nil,
    fields = fields,
    words = { PlanId = plans },
    read = function(context)
      return context:read("get_package", ref.id)
    end,
    write = write,
  }, before, changes, known)
end

return space
