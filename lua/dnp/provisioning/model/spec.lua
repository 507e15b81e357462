--- Checks what callers want before anything is sent, and brings it into the panel's terms.
---
--- A complaint names the path to the value and the reason: "spec.spaces[2].addons[1].quantity: must be at least 1".

local dnp = require "dnp"
local record = require "dnp.provisioning.model.fields"
local shape = require "dnp.provisioning.model.validate"
local values = require "dnp.provisioning.model.values"

local spec = {}

--- The wanted state of an account. What is not named is left as it is.
---@class dnp.provisioning.AccountSpec
---@field user dnp.provisioning.UserSpec `Username` (or `UserId`) says which account; `Password` and `OwnerId` are for a
---new one
---@field status dnp.UserStatus|integer|nil it falls on all spaces too, but for those with their own
---@field spaces dnp.provisioning.SpaceSpec[]? spaces that there must be
---@field spaces_complete boolean? remove the spaces that `spaces` does not name
---@field absent boolean? there shall be no such account; then the spec says nothing but which

---@class dnp.provisioning.SpaceSpec
---@field id integer? which space; without it, the one of that name, or a new one
---@field name string?
---@field plan integer|string|nil hosting plan by id, or by name among those of the account's owner
---@field status dnp.PackageStatus|integer|nil a new space gets that of the account
---@field comments string?
---@field purchase_date string|number|nil "2024-01-31", "2024-01-31T12:00:00" or an `os.time()`; a new space's is now
---@field addons dnp.provisioning.AddonSpec[]? all add-ons that the space shall have; others are removed

---@class dnp.provisioning.AddonSpec
---@field plan integer|string add-on plan by id, or by name among those of the account's owner
---@field quantity integer? (1 for a new one)
---@field status dnp.PackageStatus|integer|nil a new add-on is Active
---@field comments string?
---@field purchase_date string|number|nil a new add-on's is now

---- the fields of UserInfo ----

-- What the panel decides, or what another call is for.
local NOT_EDITABLE = {
  UserId = "says which account, and cannot be changed",
  OwnerId = "cannot be changed by any call of the panel",
  Username = "cannot be changed by any call of the panel",
  Password = "is changed by change_password, not here",
  Created = "is set by the panel",
  Changed = "is set by the panel",
  Status = "is changed by suspend and unsuspend, or by ensure_account's spec.status",
  StatusId = "is changed by suspend and unsuspend, or by ensure_account's spec.status",
}

local SCALARS = {
  boolean = shape.flag,
  dateTime = shape.date,
  int = function(path, value)
    return shape.integer(path, value, -shape.MAX_INT - 1, shape.MAX_INT)
  end,
  unsignedShort = function(path, value)
    return shape.integer(path, value, 0, 65535)
  end,
}

-- Numbers by name; panels differ in what they know.
local function members_of(enumeration)
  local members = {}
  for _, member in ipairs(enumeration.values) do
    members[member.name] = member.number
  end
  return members
end

local check_record

-- An entry of a list. What cannot be nothing would come back as 0, so it must be there.
local function check_entry(path, value, type_name, types, dialect)
  local entry = check_record(path, value, type_name, dialect)
  for _, field in ipairs(types[type_name].fields) do
    if field.type ~= "string" and entry[field.name] == nil then
      shape.refuse(path .. "." .. field.name, "is missing")
    end
  end
  return entry
end

-- The check of a field by its type.
local function check_of_field(field, types, dialect)
  local kind = types[field.type].kind
  local enum = field.enum or kind == "enum" and field.type
  if enum then
    local members = members_of(types[enum])
    return function(path, value)
      return shape.member(path, value, members, enum)
    end
  elseif kind == "array" then
    return function(path, value)
      return shape.list(path, value, function(place, entry)
        return check_entry(place, entry, types[field.type].item, types, dialect)
      end)
    end
  end
  if field.type == "string" then
    return function(path, value)
      return shape.text(path, value, field.length, field.narrow)
    end
  end
  return SCALARS[field.type]
end

-- A record of one of the contract's types.
function check_record(path, value, type_name, dialect)
  local fields, types = record.fields(dialect, type_name)
  local checks = {}
  for name, field in pairs(fields) do
    checks[name] = check_of_field(field, types, dialect)
  end
  return shape.fields(path, value, checks)
end

-- Of two faces only the id goes on; they must not contradict each other.
local function merge_faces(path, user, face, id)
  if user[face] ~= nil and user[id] ~= nil and user[face] ~= user[id] then
    shape.refuse(path, "%s and %s contradict each other; one is enough", face, id)
  elseif user[face] ~= nil then
    user[id] = user[face]
  end
  user[face] = nil
end

local function check_user_fields(path, value, dialect)
  local user = check_record(path, value, "UserInfo", dialect)
  merge_faces(path, user, "Role", "RoleId")
  merge_faces(path, user, "LoginStatus", "LoginStatusId")
  return user
end

local function refuse_fields(path, user, fields, reasons)
  for _, name in ipairs(fields) do
    if user[name] ~= nil then
      shape.refuse(path .. "." .. name, reasons[name])
    end
  end
end

---- accounts ----

-- Columns are of one width in all panels.
local function longest(type_name, field)
  return record.longest(dnp.dialects[1], type_name, field)
end

local function check_id_or_name(path, value, what, check_name)
  if type(value) == "string" then
    return (check_name or shape.filled)(path, value)
  elseif type(value) ~= "number" then
    shape.refuse(path, "%s expected, got %s", what, type(value))
  end
  return shape.id(path, value)
end

local function check_plan(path, value)
  return check_id_or_name(path, value, "id or name of a plan")
end

-- The name of an account that may be there.
local function check_known_username(path, name)
  return shape.name(path, name, longest("UserInfo", "Username"))
end

local function check_username(path, name)
  check_known_username(path, name)
  local bad = name:match '[\\/:*?<>|"]'
  if bad then
    shape.refuse(path, "must not hold %s", bad)
  end
  return name
end

-- The owner, by id or user name. Gives the other fields and the owner.
local function take_owner(path, value)
  if type(value) ~= "table" then
    return value
  end
  local others, owner = {}, nil
  for name, field in pairs(value) do
    if name == "Owner" or name == "OwnerId" then
      if owner ~= nil then
        shape.refuse(path, "Owner and OwnerId are the same; one is enough")
      end
      owner = check_id_or_name(("%s.%s"):format(path, name), field, "id or user name of an owner")
    else
      others[name] = field
    end
  end
  return others, owner
end

local function check_user(path, value, dialect)
  local others, owner = take_owner(path, value)
  local user = check_user_fields(path, others, dialect)
  user.OwnerId = owner
  refuse_fields(path, user, { "Status", "StatusId" }, { Status = "use spec.status", StatusId = "use spec.status" })
  refuse_fields(path, user, { "Created", "Changed" }, NOT_EDITABLE)
  if user.Username == nil and user.UserId == nil then
    shape.refuse(path .. ".Username", "is missing")
  end
  if user.Username ~= nil then
    check_username(path .. ".Username", user.Username)
  end
  if user.UserId ~= nil then
    shape.id(path .. ".UserId", user.UserId)
  end
  if user.Password ~= nil then
    shape.filled(path .. ".Password", user.Password)
  end
  return user
end

local function check_space_status(path, value)
  return shape.member(path, value, dnp.PackageStatus, "PackageStatus")
end

local ADDON = {
  plan = check_plan,
  quantity = function(path, value)
    return shape.integer(path, value, 1, shape.MAX_INT)
  end,
  status = check_space_status,
  comments = function(path, value)
    return shape.text(path, value, longest("PackageAddonInfo", "Comments"))
  end,
  purchase_date = shape.date,
}

local function check_addon(path, value)
  local addon = shape.fields(path, value, ADDON)
  if addon.plan == nil then
    shape.refuse(path .. ".plan", "is missing")
  end
  addon.path = path
  return addon
end

local function check_addons(path, value)
  return shape.list(path, value, check_addon)
end

local function check_space_name(path, value)
  return shape.name(path, value, longest("PackageInfo", "PackageName"))
end

local SPACE = {
  id = shape.id,
  name = check_space_name,
  plan = check_plan,
  status = check_space_status,
  comments = function(path, value)
    return shape.text(path, value, longest("PackageInfo", "PackageComments"))
  end,
  purchase_date = shape.date,
  addons = check_addons,
}

local function check_space(path, value)
  local space = shape.fields(path, value, SPACE)
  if space.id == nil and space.name == nil then
    shape.refuse(path .. ".name", "is missing")
  end
  space.path = path
  return space
end

local function refuse_doubles(path, spaces)
  for index, space in ipairs(spaces) do
    for before = 1, index - 1 do
      local other = spaces[before]
      if space.id and space.id == other.id then
        shape.refuse(("%s[%d].id"):format(path, index), "is that of %s[%d] too", path, before)
      elseif values.same_name(space.name, other.name) then
        shape.refuse(("%s[%d].name"):format(path, index), "is that of %s[%d] too", path, before)
      end
    end
  end
end

local function check_spaces(path, value)
  local spaces = shape.list(path, value, check_space)
  refuse_doubles(path, spaces)
  return spaces
end

local function check_account(path, value, dialect)
  local account = shape.fields(path, value, {
    user = function(place, user)
      return check_user(place, user, dialect)
    end,
    status = function(place, status)
      return shape.member(place, status, dnp.UserStatus, "UserStatus")
    end,
    spaces = check_spaces,
    spaces_complete = shape.flag,
    absent = shape.flag,
  })
  if account.user == nil then
    shape.refuse(path .. ".user", "is missing")
  elseif account.spaces_complete and account.spaces == nil then
    shape.refuse(path .. ".spaces_complete", "is true, but spec.spaces is missing")
  elseif account.absent and (account.spaces or account.status) then
    shape.refuse(path .. ".absent", "is true, so that there is nothing to say about spaces and status")
  end
  return account
end

---- what a new account needs ----

local NEEDED = { "Username", "Password", "OwnerId", "FirstName", "LastName", "Email" }

--- The first field that a new account needs and the wanted user does not have, or nil.
---@param user dnp.provisioning.UserSpec
---@return string?
function spec.lacking(user)
  for _, name in ipairs(NEEDED) do
    if user[name] == nil then
      return name
    end
  end
  return nil
end

-- Everything in a new account is new, so it must be complete.
local function check_new_account(path, value, dialect)
  local account = check_account(path, value, dialect)
  if account.absent then
    shape.refuse(path .. ".absent", "is of no use for a new account")
  elseif account.user.UserId ~= nil then
    shape.refuse(path .. ".user.UserId", "is chosen by the panel")
  end
  local lacking = spec.lacking(account.user)
  if lacking then
    shape.refuse(path .. ".user." .. lacking, "is missing")
  end
  for _, space in ipairs(account.spaces or {}) do
    if space.id then
      shape.refuse(space.path .. ".id", "is chosen by the panel")
    elseif not space.plan then
      shape.refuse(space.path .. ".plan", "is missing")
    end
  end
  return account
end

---- entrances ----

--- Checks the spec of an account. Gives a copy in the panel's terms (statuses and roles as numbers), or nil and what is
--- wrong with it.
---@param value any
---@param dialect string
---@return table? spec
---@return string? complaint
function spec.account(value, dialect)
  return shape.judge(check_account, "spec", value, dialect)
end

--- The same for an account that is to be made.
---@param value any
---@param dialect string
---@return table? spec
---@return string? complaint
function spec.new_account(value, dialect)
  return shape.judge(check_new_account, "spec", value, dialect)
end

--- Checks changes to an account's fields.
---@param value any
---@param dialect string
---@return table? changes
---@return string? complaint
function spec.user_changes(value, dialect)
  return shape.judge(function()
    local user = check_user_fields("changes", value, dialect)
    local names = {}
    for name in pairs(NOT_EDITABLE) do
      names[#names + 1] = name
    end
    table.sort(names)
    refuse_fields("changes", user, names, NOT_EDITABLE)
    return user
  end)
end

--- Checks a list of add-ons.
---@param path string
---@param value any
---@return table? addons
---@return string? complaint
function spec.addons(path, value)
  return shape.judge(check_addons, path, value)
end

--- Checks a plan given by id or name.
---@param path string
---@param value any
---@return integer|string|nil plan
---@return string? complaint
function spec.plan(path, value)
  return shape.judge(check_plan, path, value)
end

--- Checks who is meant: an id or a user name.
---@param path string
---@param value any
---@return integer|string|nil who
---@return string? complaint
function spec.who(path, value)
  return shape.judge(check_id_or_name, path, value, "id or user name", check_known_username)
end

--- Checks which space is meant: an id or a name.
---@param path string
---@param value any
---@return integer|string|nil space
---@return string? complaint
function spec.space(path, value)
  return shape.judge(check_id_or_name, path, value, "id or name")
end

--- Checks a password.
---@param path string
---@param value any
---@return string? password
---@return string? complaint
function spec.password(path, value)
  return shape.judge(shape.filled, path, value, longest("UserInfo", "Password"))
end

return spec
