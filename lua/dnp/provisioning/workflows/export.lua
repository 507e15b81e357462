--- Accounts as specs of `ensure_account`, and plans by name.

local dnp = require "dnp"
local check = require "dnp.provisioning.model.options"
local context = require "dnp.provisioning.retry.context"
local lookup = require "dnp.provisioning.read.resolve"
local names = require "dnp.provisioning.model.labels"
local record = require "dnp.provisioning.model.fields"
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

-- By name where the name finds it again: among the plans of the account's owner.
local function plan_of(run, id, owner_id)
  local info, err = run:find("get_hosting_plan", id)
  if info == nil then
    return nil, err
  elseif info and info.UserId == owner_id and info.PlanName and info.PlanName ~= "" then
    return info.PlanName
  end
  return id
end

local function addons_of(run, space_id, owner_id)
  local rows, err = lookup.list_addons(run, space_id)
  local infos = rows
  if rows then
    infos, err = lookup.addons(run, rows)
  end
  if not infos then
    return nil, err
  end
  local addons = {}
  for index, info in ipairs(infos) do
    local plan
    plan, err = plan_of(run, info.PlanId, owner_id)
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

local function space_of(run, id, owner_id)
  local info, err = run:read("get_package", id)
  if not info then
    return nil, err
  end
  local plan
  if info.PlanId and info.PlanId > 0 then
    plan, err = plan_of(run, info.PlanId, owner_id)
    if not plan then
      return nil, err
    end
  end
  local addons
  addons, err = addons_of(run, id, owner_id)
  if not addons then
    return nil, err
  end
  return {
    name = info.PackageName, plan = plan, status = SPACE_STATUS[info.StatusId], purchase_date = info.PurchaseDate,
    comments = info.PackageComments ~= "" and info.PackageComments or nil, addons = addons,
  }
end

local function spaces_of(run, info)
  local list, err = lookup.list_spaces(run, info.UserId)
  if not list then
    return nil, err
  end
  local spaces = {}
  for index, row in ipairs(list) do
    spaces[index], err = space_of(run, row.PackageId, info.OwnerId)
    if not spaces[index] then
      return nil, err
    end
  end
  return spaces
end

--- Reads an account as a spec of `ensure_account`, which changes nothing while the account stays as it is. The owner
--- goes by name, plans by name if they are the owner's, and else by id. There is no password in it, since panels do not
--- tell it, and no text that is empty.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param options dnp.provisioning.ReadOptions?
---@return dnp.provisioning.AccountSpec?
---@return dnp.provisioning.Error?
function export.export_account(panel, who, options)
  check.session("export_account", panel, 2)
  local checked = check.options("export_account", options, { policy = context.FIELDS.policy }, 2)
  workflow.who("export_account", who)
  local run = context.new(panel, checked, 2):remembering()
  local info, err = lookup.known_user(run, who)
  if not info then
    return nil, err
  end
  local owner
  owner, err = run:find("get_user_by_id", info.OwnerId)
  if owner == nil then
    return nil, err
  end
  local spaces
  spaces, err = spaces_of(run, info)
  if not spaces then
    return nil, err
  end
  return {
    user = user_of(run.dialect, info, owner and owner.Username or info.OwnerId),
    status = USER_STATUS[info.StatusId],
    spaces = spaces,
  }
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
