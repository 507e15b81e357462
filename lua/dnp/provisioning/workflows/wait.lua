--- Waiting for what a panel does in the background. DeleteUser, DeletePackage and ChangePackageStatus respond when the
--- work has begun; to know that it is done, one has to ask until it is.

local arguments = require "dnp.arguments"
local contexts = require "dnp.provisioning.retry.context"
local labels = require "dnp.provisioning.model.labels"
local policy = require "dnp.provisioning.retry.policy"
local poll = require "dnp.provisioning.retry.poll"
local resolve = require "dnp.provisioning.read.resolve"
local spec = require "dnp.provisioning.model.spec"

local wait = {}

---@class dnp.provisioning.WaitOptions
---@field what string? what is waited for, for messages: "user 7 to be gone"
---@field start number? seconds of the first pause (0.5)
---@field factor number? how much longer each pause is than the one before (1.5)
---@field max number? seconds that no pause is longer than (15)
---@field deadline number? seconds to wait at most; never beyond the policy's own deadline, which is the default
---@field policy dnp.provisioning.Policy|dnp.provisioning.PolicyOptions|nil clock and sleep, and the deadline of all

-- The same for spaces, whose names are those of an account's.
---@class dnp.provisioning.SpaceWaitOptions: dnp.provisioning.WaitOptions
---@field user integer|string|nil id or user name of the account whose space it is; needed for a name

local SPACE_FIELDS = { user = arguments.ID_OR_NAME }
for name, field in pairs(poll.FIELDS) do
  SPACE_FIELDS[name] = field
end

-- Tail-called by the function that the caller called, so the caller is one level up.
local function wait_until(where, panel, condition, given, fields)
  local options = arguments.options(where, given, fields or poll.FIELDS, 2)
  return poll.wait(function()
    return condition(panel)
  end, policy.new(options.policy, 2, panel), options)
end

--- Asks again and again, with growing pauses, until a condition holds.
---
--- `condition(panel)` returns a true value when it holds, false or nil when it does not yet, or `nil, err`: then the
--- waiting ends with that error, unless it is transient (see `dnp.provisioning.is_transient`). The condition is called
--- at once, and once more when the time is over. It must only read.
---@generic T
---@param panel dnp.Session
---@param condition fun(panel: dnp.Session): T|false|nil, dnp.Error?
---@param options dnp.provisioning.WaitOptions?
---@return T? value what the condition returned
---@return dnp.Error err kind "timeout" when the time is over (`cause`: the last transient failure), or the condition's
function wait.wait_until(panel, condition, options)
  arguments.session("wait_until", panel, 2)
  arguments.value("wait_until: argument 2 (condition)", condition, { type = "function" }, 2)
  return wait_until("wait_until", panel, condition, options)
end

-- Options with a default for `what`. Options that are not a table are left to the validation.
local function about(options, what)
  if options ~= nil and (type(options) ~= "table" or options.what ~= nil) then
    return options
  end
  local named = { what = what }
  for key, value in pairs(options or {}) do
    named[key] = value
  end
  return named
end

-- Whom or what is waited for. Raises at the caller of the function that calls this.
local function check_who(where, what, given)
  local who, reason = spec.who("argument 2 (" .. what .. ")", given)
  if not who then
    error(("%s: %s"):format(where, reason), 3)
  end
  return who
end

-- True when a record is absent; only that is being gone.
local function gone(_, err)
  if err and err.kind == "absent" then
    return true
  end
  return nil, err
end

--- Waits until DeleteUser is done: the panel no longer knows the user. An id that this account may not see counts as
--- gone.
---
--- Source operations: GetUserById, or UserExists for a name.
---@param panel dnp.Session
---@param user integer|string id or user name
---@param options dnp.provisioning.WaitOptions?
---@return true? gone
---@return dnp.Error err
function wait.wait_user_gone(panel, user, options)
  local where = "wait_user_gone"
  arguments.session(where, panel, 2)
  local who = check_who(where, "user", user)
  return wait_until(where, panel, function()
    if type(who) == "number" then
      return gone(panel:get_user_by_id(who))
    end
    local exists, err = panel:user_exists(who)
    return exists == false or nil, err
  end, about(options, ("user %s to be gone"):format(labels.quote(who))))
end

-- How to read a space: by its id, which a name is turned into as soon as the space exists. Raises at the caller of
-- the function that calls this.
local function space_reader(where, panel, given, options)
  local id, reason = spec.space("argument 2 (space)", given)
  if not id then
    error(("%s: %s"):format(where, reason), 3)
  end
  local user = type(options) == "table" and options.user or nil
  if type(given) == "string" and user == nil then
    error(("%s: a space's name needs option 'user': names are those of an account's spaces"):format(where), 3)
  elseif user == nil then
    return function()
      return panel:get_package(id)
    end
  end
  local reader = contexts.reader(panel, function()
    return policy.new { attempts = 1 }
  end)
  local known
  return function()
    if not known then
      local info, err = resolve.known_user(reader, user)
      if not info then
        return nil, err
      end
      known, err = resolve.known_space_id(reader, info, given)
      if not known then
        return nil, err
      end
    end
    return panel:get_package(known)
  end
end

--- Waits until DeletePackage is done: the panel no longer knows the space.
---
--- Source operations: GetPackage; GetMyPackages for a name.
---@param panel dnp.Session
---@param space integer|string id, or name together with option `user`
---@param options dnp.provisioning.SpaceWaitOptions?
---@return true? gone
---@return dnp.Error err
function wait.wait_space_gone(panel, space, options)
  local where = "wait_space_gone"
  arguments.session(where, panel, 2)
  local read = space_reader(where, panel, space, options)
  return wait_until(where, panel, function()
    return gone(read())
  end, about(options, ("space %s to be gone"):format(labels.quote(space))), SPACE_FIELDS)
end

-- A status given as number or name: its number and its name. Raises at the caller of the function that calls this.
local function check_status(where, status, type_name, label)
  local number, reason = spec.status(where, status, type_name)
  if not number then
    error(reason, 3)
  end
  return number, label(number)
end

local function has_status(number)
  return function(record, err)
    if record and record.StatusId == number then
      record.Password = nil
      return record
    end
    return nil, err
  end
end

--- Waits until a user has a status. A user that does not exist ends the waiting with an error of kind "absent".
---
--- Source operations: GetUserById or GetUserByUsername.
---@param panel dnp.Session
---@param user integer|string id or user name
---@param status dnp.UserStatus|integer
---@param options dnp.provisioning.WaitOptions?
---@return dnp.UserInfo? user as it is then, without the password
---@return dnp.Error err
function wait.wait_user_status(panel, user, status, options)
  local where = "wait_user_status"
  arguments.session(where, panel, 2)
  local who = check_who(where, "user", user)
  local number, name = check_status(where .. ": argument 3 (status)", status, "UserInfo", labels.user_status)
  local reached = has_status(number)
  return wait_until(where, panel, function()
    if type(who) == "number" then
      return reached(panel:get_user_by_id(who))
    end
    return reached(panel:get_user_by_username(who))
  end, about(options, ("user %s to be %s"):format(labels.quote(who), name)))
end

--- Waits until a space has a status. A space that does not exist ends the waiting with an error of kind "absent".
---
--- Source operations: GetPackage; GetMyPackages for a name.
---@param panel dnp.Session
---@param space integer|string id, or name together with option `user`
---@param status dnp.PackageStatus|integer
---@param options dnp.provisioning.SpaceWaitOptions?
---@return dnp.PackageInfo? space as it is then
---@return dnp.Error err
function wait.wait_space_status(panel, space, status, options)
  local where = "wait_space_status"
  arguments.session(where, panel, 2)
  local read = space_reader(where, panel, space, options)
  local number, name = check_status(where .. ": argument 3 (status)", status, "PackageInfo", labels.space_status)
  local reached = has_status(number)
  return wait_until(where, panel, function()
    return reached(read())
  end, about(options, ("space %s to be %s"):format(labels.quote(space), name)), SPACE_FIELDS)
end

return wait
