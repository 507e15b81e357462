--- Accounts as specs of `ensure_account`, and plans by name.

local dnp = require "dnp"
local check = require "dnp.provisioning.model.options"
local context = require "dnp.provisioning.retry.context"
local lookup = require "dnp.provisioning.read.resolve"
local names = require "dnp.provisioning.model.labels"
local record = require "dnp.provisioning.model.fields"
local values = require "dnp.provisioning.model.values"
local workflow = require "dnp.provisioning.workflows.workflow"

local export = {}

local SPACE_STATUS = names.of(dnp.PackageStatus)
local USER_STATUS = names.of(dnp.UserStatus)

-- What a spec says elsewhere, or what the panel decides.
local LEFT_OUT = {
  UserId = true, OwnerId = true, Password = true, Created = true, Changed = true, Status = true, StatusId = true,
  FailedLogins = true,
}

-- The fields that a spec may name; enumerations by name, texts that are empty not at all.
local function user_of(dialect, info, owner)
  local fields = record.fields(dialect, "UserInfo")
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
---@field run dnp.provisioning.Context
---@field owner_id integer whose plans go by name
---@field notes string[] what the spec does not hold, or another panel would not understand
local Export = {}
Export.__index = Export

function Export:note(message, ...)
  self.notes[#self.notes + 1] = message:format(...)
end

-- By name where the name finds it again: among the plans of the account's owner.
function Export:plan(id, what)
  local info, err = self.run:find("get_hosting_plan", id)
  if info == nil then
    return nil, err
  elseif info and info.UserId == self.owner_id and info.PlanName and info.PlanName ~= "" then
    return info.PlanName
  end
  self:note("%s: the plan %s is not one of the owner's, so it is given by its id, which says something else on "
    .. "another panel", what, names.plan(id, info and info.PlanName or nil))
  return id
end

function Export:addons(space_id, what)
  local rows, err = lookup.list_addons(self.run, space_id)
  local infos = rows
  if rows then
    infos, err = lookup.addons(self.run, rows)
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
    addons[index] = {
      plan = plan, quantity = info.Quantity, status = SPACE_STATUS[info.StatusId], purchase_date = info.PurchaseDate,
      comments = info.Comments ~= "" and info.Comments or nil,
    }
  end
  return addons
end

function Export:space(id)
  local info, err = self.run:read("get_package", id)
  if not info then
    return nil, err
  end
  local what = ("space %s"):format(values.show(info.PackageName or ""))
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
  return {
    name = info.PackageName, plan = plan, status = SPACE_STATUS[info.StatusId], purchase_date = info.PurchaseDate,
    comments = info.PackageComments ~= "" and info.PackageComments or nil, addons = addons,
  }
end

function Export:spaces(user_id)
  local list, err = lookup.list_spaces(self.run, user_id)
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
      if values.same_name(spaces[before].name, spaces[index].name) then
        self:note("two spaces are called %s, which a spec cannot tell apart", values.show(spaces[index].name))
      end
    end
  end
  return spaces
end

-- The owner's name; his id where this account may not see him.
function Export:owner(info)
  local owner, err = self.run:find("get_user_by_id", info.OwnerId)
  if owner then
    return owner.Username
  elseif owner == false then
    self:note("the owner is out of sight, so he is given by his id, %d, which says something else on another panel",
      info.OwnerId)
    return info.OwnerId
  end
  return nil, err
end

--- Reads an account as a spec of `ensure_account`, which changes nothing while the account stays as it is. The owner
--- goes by name, plans by name if they are the owner's, and else by id. There is no password in it, since panels do not
--- tell it, and no text that is empty. What a spec does not hold, or would not mean the same on another panel, is told
--- in words.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param options dnp.provisioning.ReadOptions?
---@return dnp.provisioning.AccountSpec?
---@return dnp.provisioning.Error?
---@return string[]? notes
function export.export_account(panel, who, options)
  check.session("export_account", panel, 2)
  local checked = check.options("export_account", options, { policy = context.FIELDS.policy }, 2)
  workflow.who("export_account", who)
  local run = context.new(panel, checked, 2):remembering()
  local info, err = lookup.known_user(run, who)
  if not info then
    return nil, err
  end
  local exporting = setmetatable({ run = run, owner_id = info.OwnerId, notes = {} }, Export)
  local owner, spaces
  owner, err = exporting:owner(info)
  if owner then
    spaces, err = exporting:spaces(info.UserId)
  end
  if not spaces then
    return nil, err
  end
  return {
    user = user_of(run.dialect, info, owner),
    status = USER_STATUS[info.StatusId],
    spaces = spaces,
  }, nil, exporting.notes
end

local FIND_PLAN = {
  owner = check.ID_OR_NAME,
  addon = { type = "boolean", default = false },
  policy = context.FIELDS.policy,
}

---@class dnp.provisioning.FindPlanOptions: dnp.provisioning.ReadOptions
---@field owner integer|string|nil whose plans a name is searched among (the caller's)
---@field addon boolean? an add-on plan (false)

--- Finds a hosting plan: any by id, or one of an owner's by name (in any case of letters).
---@param panel dnp.Session
---@param plan integer|string
---@param options dnp.provisioning.FindPlanOptions?
---@return dnp.HostingPlanInfo?
---@return dnp.provisioning.Error? err of kind "absent" when there is none, "conflict" when there are several
function export.find_plan(panel, plan, options)
  check.session("find_plan", panel, 2)
  local checked = check.options("find_plan", options, FIND_PLAN, 2)
  check.value("find_plan: argument 2 (plan)", plan, check.ID_OR_NAME, 2)
  local run = context.new(panel, checked, 2):remembering()
  local owner_id, err = lookup.owner_id(run, checked.owner)
  if not owner_id then
    return nil, err
  end
  local found
  found, err = lookup.plan(run, plan, checked.addon, owner_id)
  if not found then
    return nil, err
  end
  return run:read("get_hosting_plan", found.id)
end

return export
