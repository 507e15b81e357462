--- Steps on a user account.

local compare = require "dnp.provisioning.model.compare"
local failure = require "dnp.failure"
local labels = require "dnp.provisioning.model.labels"
local records = require "dnp.provisioning.model.records"
local resolve = require "dnp.provisioning.read.resolve"
local step = require "dnp.provisioning.steps.step"
local update = require "dnp.provisioning.steps.update"

local user = {}

--- An account that steps are about; one that does not exist yet has no id.
---@class dnp.provisioning.UserRef
---@field id integer?
---@field name string

---- adding ----

-- By these an account is recognized.
local IDENTITY = { "OwnerId", "FirstName", "LastName", "Email", "IsPeer", "IsDemo" }

local function name_taken(name, why)
  return failure.new {
    kind = "conflict",
    code = -100,
    name = "ERROR_USER_ALREADY_EXISTS",
    operation = "AddUser",
    message = ("the user name %s was taken meanwhile by %s"):format(labels.quote(name), why),
  }
end

local function other_than(desired, found)
  for _, field in ipairs(IDENTITY) do
    if not compare.equal(desired[field], found[field]) then
      return field
    end
  end
  return nil
end

-- AuthenticateUser checks the password before these, so with them it was right (SolidCP, UserController.cs:106-158):
-- -116 is a one-time password that was used before, 101 a second factor that is due.
local STATES_AFTER_PASSWORD = { [-103] = true, [-105] = true, [-116] = true, [101] = true }
local NOT_THE_PASSWORD = { [-109] = true, [-110] = true }

--- Whether a password is the account's: true, false, nil and an error when the panel cannot be asked, or nil alone
--- when it does not say (a login that is disabled).
local function has_password(context, username, password)
  local good, err = context:read("authenticate_user", username, password)
  if good then
    return true
  elseif err.kind ~= "refused" then
    return nil, err
  elseif STATES_AFTER_PASSWORD[err.code] then
    return true
  elseif NOT_THE_PASSWORD[err.code] then
    return false
  end
  return nil
end

-- What a panel stores is not always what was sent: in place of a role that the caller may not assign, another.
local function verify_created(context, id, desired)
  local found, err = context:find("get_user_by_id", id)
  if not found then
    return nil, err
  end
  if not compare.equal_names(found.Username, desired.Username) then
    return "pending", "Username"
  end
  local expected = { RoleId = desired.RoleId, StatusId = desired.StatusId }
  for _, field in ipairs(IDENTITY) do
    expected[field] = desired[field]
  end
  local different = records.diff(records.fields_of(context.dialect, "UserInfo"), found, expected)
  if different then
    return "pending", records.names(different)
  end
  return "done"
end

-- The account of a name, or false. One that exists and is not found may have been created in between, so it is read
-- again; true means that it exists, and this account may not see it.
local function find_named(context, name)
  local found, err = resolve.user(context, name)
  if found ~= false then
    return found, err
  end
  local exists
  exists, err = context:read("user_exists", name)
  if not exists then
    return exists, err
  end
  found, err = resolve.user(context, name)
  if found == nil then
    return nil, err
  end
  return found or true
end

-- After a lost AddUser: does an account of that name exist, and is it the one that was to be created?
local function probe_created(context, desired)
  local found, err = find_named(context, desired.Username)
  if found == nil then
    return nil, err
  elseif not found then
    return "not_done"
  elseif found == true then
    return "taken", name_taken(desired.Username, "an account that this one may not see")
  end
  local field = other_than(desired, found)
  if field then
    return "taken", name_taken(desired.Username, ("another account: its %s differs"):format(field))
  end
  local is_ours
  is_ours, err = has_password(context, desired.Username, desired.Password)
  if is_ours == false then
    return "taken", name_taken(desired.Username, "another account: its password differs")
  elseif is_ours == nil and err then
    return nil, err
  end
  return "done", found.UserId
end

--- Adds an account that did not exist a moment ago.
---@param ref dnp.provisioning.UserRef receives the id
---@param desired dnp.UserInfo
---@param send_letter boolean
function user.add(ref, desired, send_letter)
  return {
    step = step.new("add_user", "AddUser", "add user %s (owner %d, %s, %s)", labels.quote(ref.name), desired.OwnerId,
      labels.role(desired.RoleId), labels.user_status(desired.StatusId)),
    call = function(context)
      return context:call("add_user", desired, send_letter)
    end,
    probe = function(context)
      if not ref.id then
        return probe_created(context, desired)
      end
      local found, err = context:find("get_user_by_id", ref.id)
      if found == nil then
        return nil, err
      end
      return found and "done" or "not_done", ref.id
    end,
    on_created = function(id)
      ref.id = id
    end,
    verify = function(context)
      return verify_created(context, ref.id, desired)
    end,
    verify_last = true,
    undo = function()
      return { user.delete(ref) }
    end,
  }
end

---- deleting ----

--- Deletes an account and waits until it is gone.
function user.delete(ref)
  return {
    step = step.new("delete_user", "DeleteUser", "delete user %s%s", labels.quote(ref.name),
      ref.id and (" (id %d)"):format(ref.id) or ""),
    call = function(context)
      return context:call("delete_user", ref.id)
    end,
    probe = step.probe_absence("get_user_by_id", ref, "pending"),
    waits_for = ("user %s to be gone"):format(labels.quote(ref.name)),
  }
end

---- changing ----

-- A record without what UpdateUser does not accept, and with the ids of roles and statuses only.
local function writable(info)
  info.Password, info.Role, info.Status, info.LoginStatus = nil, nil, nil, nil
  return info
end

--- Changes fields of an account.
---@param fields dnp.provisioning.Fields of UserInfo
---@param before table the fields' values as they were
---@param changes table the fields' new values; `compare.NONE` for none
---@param known dnp.provisioning.Known?
function user.update(ref, fields, before, changes, known)
  return update.task({
    action = "update_user",
    operation = "UpdateUser",
    subject = "user " .. labels.quote(ref.name),
    writes = "status",
    fields = fields,
    read = function(context)
      return context:read("get_user_by_id", ref.id)
    end,
    write = function(context, info, new)
      return context:call("update_user", records.apply(writable(info), new))
    end,
  }, before, changes, known)
end

--- Sets an account's password. It cannot be rolled back: a password cannot be read.
---@param password string
function user.set_password(ref, password)
  return {
    step = step.new("change_user_password", "ChangeUserPassword", "set the password of user %s",
      labels.quote(ref.name)),
    call = function(context)
      return context:call("change_user_password", ref.id, password)
    end,
    -- Each wrong password counts where accounts are locked, and a second factor may be sent for each right one.
    repeat_first = true,
    probe = function(context)
      local good, err = has_password(context, ref.name, password)
      if good == nil then
        return nil, err
          or failure.new { kind = "protocol", message = "the panel does not say whether the password is the new one" }
      end
      return good and "done" or "not_done"
    end,
  }
end

return user
