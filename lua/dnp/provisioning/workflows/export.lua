--- Accounts as specs of `ensure_account`, and plans by name.

local dnp = require "dnp"
local arguments = require "dnp.arguments"
local compare = require "dnp.provisioning.model.compare"
local contexts = require "dnp.provisioning.retry.context"
local labels = require "dnp.provisioning.model.labels"
local records = require "dnp.provisioning.model.records"
local resolve = require "dnp.provisioning.read.resolve"
local spec = require "dnp.provisioning.model.spec"
local workflow = require "dnp.provisioning.workflows.workflow"

local export = {}

local SPACE_STATUS = labels.by_number(dnp.PackageStatus)
local USER_STATUS = labels.by_number(dnp.UserStatus)

-- What a spec says elsewhere, or the panel decides.
local LEFT_OUT = {
  UserId = true, OwnerId = true, Password = true, Created = true, Changed = true, Status = true, StatusId = true,
  FailedLogins = true,
}

-- The fields that a spec may name; enumerations by name, empty texts not at all.
local function user_of(dialect, info, owner)
  local fields = records.fields_of(dialect, "UserInfo")
  local user = { Owner = owner }
  for name, field in pairs(fields) do
    local value = info[name]
    if not LEFT_OUT[name] and not field.secret and not field.enum and value ~= nil and value ~= ""
      and not (type(value) == "table" and #value == 0) then
      user[name] = value
    end
  end
  return user
end

---@class dnp.provisioning.Export
---@field context dnp.provisioning.Context
---@field owner_id integer whose plans are by name
---@field notes string[] what the spec does not hold, or another panel would not understand
local Export = {}
Export.__index = Export

function Export:note(message, ...)
  self.notes[#self.notes + 1] = message:format(...)
end

-- By name where the name finds it again: among the plans of the account's owner.
function Export:plan(id, what)
  local info, err = self.context:find("get_hosting_plan", id)
  if info == nil then
    return nil, err
  elseif info and info.UserId == self.owner_id and info.PlanName and info.PlanName ~= "" then
    return info.PlanName
  end
  self:note("%s: the plan %s is not one of the owner's, so it is given by its id, which says something else on "
    .. "another panel", what, labels.plan(id, info and info.PlanName or nil))
  return id
end

function Export:addons(space_id, what)
  local rows, err = resolve.list_addons(self.context, space_id)
  local infos = rows
  if rows then
    infos, err = resolve.addons(self.context, rows)
  end
  if not infos then
    return nil, err
  end
  local addons = {}
  for index, info in ipairs(infos) do
    local plan
    plan, err = self:plan(info.PlanId, what)
    if not plan then
      return nil, err
    end
    addons[index] = spec.from_record(spec.ADDON, info, SPACE_STATUS)
    addons[index].plan = plan
  end
  return addons
end

function Export:space(id)
  local info, err = self.context:read("get_package", id)
  if not info then
    return nil, err
  end
  local what = ("space %s"):format(labels.quote(info.PackageName or ""))
  local plan
  if info.PlanId and info.PlanId > 0 then
    plan, err = self:plan(info.PlanId, what)
    if not plan then
      return nil, err
    end
  else
    self:note("%s has no hosting plan, without which it cannot be made anew", what)
  end
  if info.OverrideQuotas then
    self:note("%s has quotas of its own, which are not in the spec", what)
  end
  local addons
  addons, err = self:addons(id, what)
  if not addons then
    return nil, err
  end
  local space = spec.from_record(spec.SPACE, info, SPACE_STATUS)
  space.plan, space.addons = plan, addons
  return space
end

function Export:spaces(user_id)
  local list, err = resolve.list_spaces(self.context, user_id)
  if not list then
    return nil, err
  end
  local spaces = {}
  for index, row in ipairs(list) do
    spaces[index], err = self:space(row.PackageId)
    if not spaces[index] then
      return nil, err
    end
    for before = 1, index - 1 do
      if compare.equal_names(spaces[before].name, spaces[index].name) then
        self:note("two spaces are called %s, which a spec cannot tell apart", labels.quote(spaces[index].name))
      end
    end
  end
  return spaces
end

-- The owner's name; his id where this account may not see him.
function Export:owner(info)
  local owner, err = self.context:find("get_user_by_id", info.OwnerId)
  if owner then
    return owner.Username
  elseif owner == false then
    self:note("the owner is out of sight, so he is given by his id, %d, which says something else on another panel",
      info.OwnerId)
    return info.OwnerId
  end
  return nil, err
end

--- Reads an account as a spec of `ensure_account`, which changes nothing while the account stays as it is. The owner is
--- by name, plans by name if they are the owner's, and else by id. It has no password, since panels do not return it,
--- and no empty texts. What a spec does not hold, or would not mean the same on another panel, is in the notes.
---
--- Source operations: GetUserById, GetMyPackages, GetPackage, GetPackageAddons, GetPackageAddon, GetHostingPlan.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param options dnp.provisioning.ReadOptions?
---@return dnp.provisioning.AccountSpec?
---@return dnp.provisioning.Error
---@return string[]? notes
function export.export_account(panel, who, options)
  arguments.session("export_account", panel, 2)
  local checked = arguments.options("export_account", options, { policy = contexts.FIELDS.policy }, 2)
  workflow.who("export_account", who)
  local context = contexts.new(panel, checked, 2):caching()
  local info, err = resolve.known_user(context, who)
  if not info then
    return nil, err
  end
  local exporting = setmetatable({ context = context, owner_id = info.OwnerId, notes = {} }, Export)
  local owner, spaces
  owner, err = exporting:owner(info)
  if owner then
    spaces, err = exporting:spaces(info.UserId)
  end
  if not spaces then
    return nil, err
  end
  return {
    user = user_of(context.dialect, info, owner),
    status = USER_STATUS[info.StatusId],
    spaces = spaces,
  }, nil, exporting.notes
end

local FIND_PLAN = {
  owner = arguments.ID_OR_NAME,
  addon = { type = "boolean", default = false },
  policy = contexts.FIELDS.policy,
}

---@class dnp.provisioning.FindPlanOptions: dnp.provisioning.ReadOptions
---@field owner integer|string|nil whose plans a name is searched among (the caller's)
---@field addon boolean? an add-on plan (false)

--- Finds a hosting plan: any by id, or one of an owner's by name (in any case of letters).
---
--- Source operations: GetHostingPlan; GetHostingPlans or GetHostingAddons for a name.
---@param panel dnp.Session
---@param plan integer|string
---@param options dnp.provisioning.FindPlanOptions?
---@return dnp.HostingPlanInfo?
---@return dnp.provisioning.Error err of kind "absent" when it does not exist, "conflict" when there are several
function export.find_plan(panel, plan, options)
  arguments.session("find_plan", panel, 2)
  local checked = arguments.options("find_plan", options, FIND_PLAN, 2)
  arguments.value("find_plan: argument 2 (plan)", plan, arguments.ID_OR_NAME, 2)
  local context = contexts.new(panel, checked, 2):caching()
  local owner_id, err = resolve.owner_id(context, checked.owner)
  if not owner_id then
    return nil, err
  end
  local found
  found, err = resolve.plan(context, plan, checked.addon, owner_id)
  if not found then
    return nil, err
  end
  return context:read("get_hosting_plan", found.id)
end

return export
