--- Checks of a dry run: whether the panel is likely to accept the steps, as far as it can be found out by reading. The
--- rest goes into the report. Other runs do without, since the panel itself refuses in time.

local dnp = require "dnp"
local failure = require "dnp.failure"
local labels = require "dnp.provisioning.model.labels"

local preflight = {}

-- The type of quotas that nested spaces share (SolidCP install_db.sql:25169, CheckExceedingQuota).
local SHARED_QUOTA = 2

local ROLE, ACTIVE = dnp.UserRole, dnp.UserStatus.Active

local function conflict(message, ...)
  return nil, failure.new { kind = "conflict", message = message:format(...) }
end

-- Changes of spaces and add-ons ask for an active account, those of accounts do not (SolidCP UserController.cs:596,
-- 737, 1002; PackageController.cs:985).
local function asks_for_active(tasks)
  for _, task in ipairs(tasks) do
    if task.step.operation:find "Package" then
      return true
    end
  end
  return false
end

--- Whether the account that calls may make the changes.
---@return dnp.UserInfo? caller
---@return table? err of kind "conflict" when it may not
function preflight.caller(context, tasks)
  local caller, err = context:read("get_user_by_username", context.caller)
  if not caller then
    return nil, err
  elseif caller.IsDemo then
    return conflict("the account that calls, %s, is a demo account and may not change anything",
      labels.quote(caller.Username))
  elseif caller.StatusId ~= ACTIVE and asks_for_active(tasks) then
    return conflict("the account that calls, %s, is %s and may not change spaces", labels.quote(caller.Username),
      labels.user_status(caller.StatusId))
  end
  return caller
end

-- The account in whose name a caller acts.
local function acts_for(caller)
  return caller.IsPeer and caller.OwnerId or caller.UserId
end

-- A new account: panels ask for the owner (SolidCP install_db.sql:24089, CanCreateUser) and lower the role.
local function check_account(context, diff, caller)
  local owner_id, role = diff.owner_id, diff.desired.user.RoleId
  local owner, err = context:find("get_user_by_id", owner_id)
  if owner == nil then
    return nil, err
  elseif not owner then
    return nil, failure.new {
      kind = "absent",
      message = ("spec.user.OwnerId: there is no user %d, or this account may not see it"):format(owner_id),
    }
  elseif owner_id == caller.OwnerId and not caller.IsPeer then
    return conflict("spec.user.OwnerId: user %s is the owner of the account that calls, which may create nothing for "
      .. "it", labels.quote(owner.Username))
  elseif role == ROLE.Administrator and caller.RoleId ~= ROLE.Administrator then
    return conflict("spec.user.Role: only an administrator can create an administrator")
  end
  return true
end

-- Spaces and add-ons are created by resellers and administrators, and by those that work for them.
local function check_role(diff, caller)
  if #diff.used > 0 and caller.RoleId == ROLE.User then
    return conflict("the account that calls, %s, has the role User, which may not create spaces and add-ons",
      labels.quote(caller.Username))
  end
  return true
end

-- A plan belongs to the account's owner, to the account itself, or to who calls; another one's is for administrators,
-- and for those that may use the space in which what is created from it lies.
local function check_plan(diff, caller, used, unchecked)
  local plan, owner_id = used.plan, used.plan.owner_id
  if owner_id == nil or owner_id == diff.owner_id or owner_id == diff.user.id or owner_id == acts_for(caller) then
    return true
  elseif caller.RoleId ~= ROLE.Administrator then
    return conflict("%s: plan %s belongs to user %d, not to owner %d", used.path, labels.plan(plan.id, plan.name),
      owner_id, diff.owner_id)
  end
  unchecked[#unchecked + 1] = ("whether the panel gives plan %s of user %d to an account of owner %d"):format(
    labels.plan(plan.id, plan.name), owner_id, diff.owner_id)
  return true
end

-- The names of a space's quotas that are used up; false when none can be.
local function exhausted(context, space_id)
  local tables, err = context:read("get_package_quotas", space_id)
  if not tables then
    return nil, err
  end
  local is_limited, none_left = false, {}
  for _, row in ipairs(tables[2] or {}) do
    local value, quota_used = tonumber(row.QuotaValue) or 0, tonumber(row.QuotaUsedValue) or 0
    -- Nested spaces share these only.
    local is_shared = row.QuotaTypeID == SHARED_QUOTA and value ~= -1
    is_limited = is_limited or is_shared
    if is_shared and quota_used >= value then
      none_left[#none_left + 1] = row.QuotaName
    end
  end
  return is_limited and none_left
end

-- No call returns a plan's quotas, but those of the space above can be read.
local function check_quotas(context, used, unchecked)
  local plan, left = used.plan, {}
  if not used.is_addon and plan.space_id then
    local err
    left, err = exhausted(context, plan.space_id)
    if not left then
      return left == false or nil, err
    end
  end
  local remark = #left > 0 and "; nothing is left of " .. table.concat(left, ", ") or ""
  unchecked[#unchecked + 1] = ("whether the quotas of plan %s fit into what is left of the space above%s"):format(
    labels.plan(plan.id, plan.name), remark)
  return true
end

--- Checks what an account's spec asks for.
---@param caller dnp.UserInfo
---@param unchecked string[] receives what could not be checked, in words
---@return table? err of kind "conflict" or "absent" when the panel would refuse it
function preflight.account(context, diff, caller, unchecked)
  local good, err = check_role(diff, caller)
  if good and diff.adds_user then
    good, err = check_account(context, diff, caller)
  end
  for _, used in ipairs(good and diff.used or {}) do
    good, err = check_plan(diff, caller, used, unchecked)
    if good then
      good, err = check_quotas(context, used, unchecked)
    end
    if not good then
      break
    end
  end
  if good and #diff.used > 0 then
    unchecked[#unchecked + 1] = "whether the servers behind the panel carry out what it asks of them"
  end
  return good, err
end

return preflight
