--- Steps on a hosting space, which the API calls a package.

local names = require "dnp.provisioning.names"
local record = require "dnp.provisioning.record"
local step = require "dnp.provisioning.steps.step"
local there = require "dnp.provisioning.there"
local values = require "dnp.provisioning.values"

local space = {}

--- A space that steps speak of; one that is not made yet has no id.
---@class dnp.provisioning.SpaceRef
---@field id integer?
---@field name string

---- adding ----

-- The spaces of that name and plan that were not there before; without `id`.
local function made_since(context, user_id, known, wanted, id)
  local found, err = there.list_spaces(context, user_id)
  if not found then
    return nil, err
  end
  for _, info in ipairs(found) do
    if not known[info.PackageId] and info.PackageId ~= id and info.PlanId == wanted.PlanId
      and values.same(info.PackageName, wanted.PackageName) then
      return info.PackageId
    end
  end
  return false
end

local function known_ids(context, user_id)
  local found, err = there.list_spaces(context, user_id)
  if not found then
    return nil, err
  end
  local ids = {}
  for _, info in ipairs(found) do
    ids[info.PackageId] = true
  end
  return ids
end

--- Adds a space to an account.
---@param owner dnp.provisioning.UserRef
---@param ref dnp.provisioning.SpaceRef gets the id
---@param wanted { PlanId: integer, PackageName: string, PackageComments: string?, StatusId: integer,
---       PurchaseDate: string|number }
---@param plan_name string?
---@return dnp.provisioning.Task
function space.add(owner, ref, wanted, plan_name)
  local known
  return {
    step = step.new("add_space", "AddPackage", "add space %s to user %s (plan %s, %s)", values.show(ref.name),
      values.show(owner.name), there.plan_text(wanted.PlanId, plan_name), names.space_status(wanted.StatusId)),
    prepare = function(context)
      local err
      if not known then
        known, err = known_ids(context, owner.id)
      end
      return known and true, err
    end,
    call = function(context)
      return context:call("add_package", owner.id, wanted.PlanId, wanted.PackageName, wanted.PackageComments,
        wanted.StatusId, wanted.PurchaseDate)
    end,
    look = function(context)
      local id, err = made_since(context, owner.id, known, wanted)
      if id == nil then
        return nil, err
      end
      return id and "done" or "not_done", id or nil
    end,
    take = function(id)
      ref.id = id
    end,
    twin = function(context, id)
      return made_since(context, owner.id, known, wanted, id)
    end,
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
    look = function(context)
      local found, err = context:find("get_package", ref.id)
      if found == nil then
        return nil, err
      end
      return found and "pending" or "done"
    end,
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

--- Changes plan, purchase date, name or comments of a space: reads it, changes it, writes all of it.
---@param ref dnp.provisioning.SpaceRef
---@param fields dnp.provisioning.Fields of PackageInfo
---@param before table the fields' values as they were
---@param changes table the fields' new values; `values.NONE` for none
---@return dnp.provisioning.Task
function space.update(ref, fields, before, changes)
  local info
  local function look(context)
    local found, err = context:read("get_package", ref.id)
    if not found then
      return nil, err
    end
    return record.sight(fields, found, before, changes)
  end
  return {
    step = step.new("update_space", only_names(changes) and "UpdatePackageName" or "UpdatePackage",
      "change space %s: %s", values.show(ref.name), record.describe(fields, before, changes)),
    prepare = function(context)
      local err
      info, err = context:read("get_package", ref.id)
      return info and true, err
    end,
    call = function(context)
      return write(context, info, changes)
    end,
    look = look,
    verify = look,
    undo = function()
      return { space.update(ref, fields, changes, record.pick(before, changes)) }
    end,
  }
end

return space
