--- Steps on a user account.

local failure = require "dnp.provisioning.model.failure"
local lookup = require "dnp.provisioning.read.resolve"
local names = require "dnp.provisioning.model.labels"
local record = require "dnp.provisioning.model.fields"
local step = require "dnp.provisioning.steps.step"
local update = require "dnp.provisioning.steps.update"
local values = require "dnp.provisioning.model.values"

local user = {}

--- An account that steps speak of; one that is not made yet has no id.
---@class dnp.provisioning.UserRef
---@field id integer?
---@field name string

---- adding ----

-- By these an account is known again.
local IDENTITY = { "OwnerId", "FirstName", "LastName", "Email", "IsPeer", "IsDemo" }

local function taken(name, why)
  return failure.new {
    kind = "conflict",
    code = -100,
    name = "ERROR_USER_ALREADY_EXISTS",
    operation = "AddUser",
    message = ("the user name %s was taken meanwhile by %s"):format(values.show(name), why),
  }
end

local function other_than(wanted, found)
  for _, field in ipairs(IDENTITY) do
    if not values.same(wanted[field], found[field]) then
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

-- What a panel makes of a record is not always what it was told: of a role that the caller may not give, another.
local function verify_made(context, id, wanted)
  local found, err = context:find("get_user_by_id", id)
  if not found then
    return nil, err
  end
  if not values.same_name(found.Username, wanted.Username) then
    return "pending", "Username"
  end
  local expected = { RoleId = wanted.RoleId, StatusId = wanted.StatusId }
  for _, field in ipairs(IDENTITY) do
    expected[field] = wanted[field]
  end
  local different = record.changes(record.fields(context.dialect, "UserInfo"), found, expected)
  if different then
    return "pending", record.names(different)
  end
  return "done"
end

-- The account of a name, or false. One that exists and is not found may have been made in between, so it is asked for
-- again; true means that it is there, out of sight.
local function find_named(context, name)
  local found, err = lookup.user(context, name)
  if found ~= false then
    return found, err
  end
  local exists
  exists, err = context:read("user_exists", name)
  if not exists then
    return exists, err
  end
  found, err = lookup.user(context, name)
  if found == nil then
    return nil, err
  end
  return found or true
end

-- After a lost AddUser: is there an account of that name, and is it the one that we meant?
local function look_for_made(context, wanted)
  local found, err = find_named(context, wanted.Username)
  if found == nil then
    return nil, err
  elseif not found then
    return "not_done"
  elseif found == true then
    return "taken", taken(wanted.Username, "an account out of sight")
  end
  local field = other_than(wanted, found)
  if field then
    return "taken", taken(wanted.Username, ("another account: its %s differs"):format(field))
  end
  local ours
  ours, err = has_password(context, wanted.Username, wanted.Password)
  if ours == false then
    return "taken", taken(wanted.Username, "another account: its password differs")
  elseif ours == nil and err then
    return nil, err
  end
  return "done", found.UserId
end

--- Adds an account that was not there a moment ago.
---@param ref dnp.provisioning.UserRef gets the id
---@param wanted dnp.UserInfo
---@param send_letter boolean
---@return dnp.provisioning.Task
function user.add(ref, wanted, send_letter)
  return {
    step = step.new("add_user", "AddUser", "add user %s (owner %d, %s, %s)", values.show(ref.name), wanted.OwnerId,
      names.role(wanted.RoleId), names.user_status(wanted.StatusId)),
    call = function(context)
      return context:call("add_user", wanted, send_letter)
    end,
    look = function(context)
      if not ref.id then
        return look_for_made(context, wanted)
      end
      local found, err = context:find("get_user_by_id", ref.id)
      if found == nil then
        return nil, err
      end
      return found and "done" or "not_done", ref.id
    end,
    take = function(id)
      ref.id = id
    end,
    verify = function(context)
      return verify_made(context, ref.id, wanted)
    end,
    check_at_last = true,
    undo = function()
      return { user.delete(ref) }
    end,
  }
end

---- deleting ----

--- Deletes an account and waits until it is gone.
---@param ref dnp.provisioning.UserRef
---@return dnp.provisioning.Task
function user.delete(ref)
  return {
    step = step.new("delete_user", "DeleteUser", "delete user %s%s", values.show(ref.name),
      ref.id and (" (id %d)"):format(ref.id) or ""),
    call = function(context)
      return context:call("delete_user", ref.id)
    end,
    look = step.look_for_absence("get_user_by_id", ref, "pending"),
    waits = ("user %s to be gone"):format(values.show(ref.name)),
  }
end

---- changing ----

-- A record without what UpdateUser does not take, and with the ids as the only face of roles and statuses.
local function writable(info)
  info.Password, info.Role, info.Status, info.LoginStatus = nil, nil, nil, nil
  return info
end

--- Changes fields of an account.
---@param ref dnp.provisioning.UserRef
---@param fields dnp.provisioning.Fields of UserInfo
---@param before table the fields' values as they were
---@param changes table the fields' new values; `values.NONE` for none
---@param known dnp.provisioning.Known?
---@return dnp.provisioning.Task
function user.update(ref, fields, before, changes, known)
  return update.task({
    action = "update_user",
    operation = "UpdateUser",
    subject = "user " .. values.show(ref.name),
    writes = "status",
    fields = fields,
    read = function(context)
      return context:read("get_user_by_id", ref.id)
    end,
    write = function(context, info, wanted)
      return context:call("update_user", record.apply(writable(info), wanted))
    end,
  }, before, changes, known)
end

--- Sets an account's password. It cannot be rolled back: a password cannot be read.
---@param ref dnp.provisioning.UserRef
---@param password string
---@return dnp.provisioning.Task
function user.set_password(ref, password)
  return {
    step = step.new("change_user_password", "ChangeUserPassword", "set the password of user %s",
      values.show(ref.name)),
    call = function(context)
      return context:call("change_user_password", ref.id, password)
    end,
    -- Each wrong password counts where accounts are locked, and a second factor may be sent for each right one.
    repeat_first = true,
    look = function(context)
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
