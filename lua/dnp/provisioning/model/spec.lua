--- Validates what callers desire before anything is sent, and brings it into the panel's terms.
---
--- A validation error has the path to the value and the reason: "spec.spaces[2].addons[1].quantity: must be at least
--- 1, got 0".

local dnp = require "dnp"
local compare = require "dnp.provisioning.model.compare"
local failure = require "dnp.failure"
local validate = require "dnp.provisioning.model.validate"

local spec = {}

-- dnp.provisioning.SpaceSpec and AddonSpec are in lua/dnp.d.lua, made from the rows below.

--- The desired state of an account. What is not named is left as it is.
---@class dnp.provisioning.AccountSpec
---`Username` (or `UserId`) says which account; `Password` and `OwnerId` are for a new one.
---@field user dnp.provisioning.UserSpec
---@field status dnp.UserStatus|integer|nil it affects all spaces too, except those with their own
---@field spaces dnp.provisioning.SpaceSpec[]? spaces that must exist
---@field spaces_complete boolean? remove the spaces that `spaces` does not name
---@field absent boolean? the account must not exist; then the spec says nothing but which

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

-- The same for the user of a spec.
local NOT_IN_SPEC = {
  Created = NOT_EDITABLE.Created,
  Changed = NOT_EDITABLE.Changed,
  Status = "use spec.status",
  StatusId = "use spec.status",
}

-- Fails when a table names one of some fields; `reasons` by name.
local function reject_fields(path, value, reasons)
  local names = {}
  for name in pairs(type(value) == "table" and reasons or {}) do
    names[#names + 1] = value[name] ~= nil and name or nil
  end
  table.sort(names)
  if names[1] then
    validate.fail(path .. "." .. names[1], reasons[names[1]])
  end
end

---- ids and names ----

-- Columns are of one width in all panels, and types that a spec names are the same there.
local ANY_DIALECT = dnp.dialects[1]

-- What is meant by id or name, and the fields of the contract's records that have those.
local USER = { id = { "UserInfo", "UserId" }, name = { "UserInfo", "Username" } }
local SPACE = { id = { "PackageInfo", "PackageId" }, name = { "PackageInfo", "PackageName" } }
local PLAN = { id = { "PackageInfo", "PlanId" }, name = { "HostingPlanInfo", "PlanName" } }

local function check_id(path, value, of)
  return validate.field(path, value, ANY_DIALECT, of.id[1], of.id[2])
end

-- `expected`, in words, is "id or name of a plan".
local function check_id_or_name(path, value, of, expected, check_name)
  if type(value) == "string" then
    return (check_name or validate.not_empty)(path, validate.field(path, value, ANY_DIALECT, of.name[1], of.name[2]))
  elseif type(value) ~= "number" then
    validate.fail(path, "expected %s, got %s", expected, type(value))
  end
  return check_id(path, value, of)
end

local function check_plan(path, value)
  return check_id_or_name(path, value, PLAN, "id or name of a plan")
end

local function check_username(path, name)
  validate.not_empty(path, name)
  local bad = name:match '[\\/:*?<>|"]'
  if bad then
    validate.fail(path, "must not hold %s", bad)
  end
  return name
end

-- The owner, by id or user name. Returns the other fields and the owner.
local function split_owner(path, value)
  if type(value) ~= "table" then
    return value
  end
  local others, owner = {}, nil
  for name, field in pairs(value) do
    if name == "Owner" or name == "OwnerId" then
      if owner ~= nil then
        validate.fail(path, "Owner and OwnerId are the same; one is enough")
      end
      owner = check_id_or_name(("%s.%s"):format(path, name), field, USER, "id or user name of an owner")
    else
      others[name] = field
    end
  end
  return others, owner
end

local function check_user(path, value, dialect)
  reject_fields(path, value, NOT_IN_SPEC)
  local others, owner = split_owner(path, value)
  local user = validate.contract_record(path, others, dialect, "UserInfo")
  user.OwnerId = owner
  if user.Username == nil and user.UserId == nil then
    validate.fail(path .. ".Username", "is missing")
  end
  if user.Username ~= nil then
    check_username(path .. ".Username", user.Username)
  end
  if user.UserId ~= nil then
    check_id(path .. ".UserId", user.UserId, USER)
  end
  if user.Password ~= nil then
    validate.not_empty(path .. ".Password", user.Password)
  end
  return user
end

---- spaces and add-ons ----

--- A field of the spec of a space or an add-on. A new field is a new row; validation, comparison, steps, export and
--- the annotations for editors follow from it.
---@class dnp.provisioning.SpecField
---@field name string in the spec
---@field type string for editors
---@field help string for editors
---@field field string? of the panel's record
---@field check (fun(path: string, value: any): any)? by default, that of the record's field
---@field is_plan boolean? a hosting plan or add-on plan, which has to be found before its id is known
---@field keep_empty boolean? an empty text is a value, too
---@field default any of a new record
---@field column string? of the panel's list of such records, if the list has it

local PURCHASE_DATE = {
  name = "purchase_date", field = "PurchaseDate", type = "string|number|nil",
  help = '"2024-01-31", "2024-01-31T12:00:00" or an `os.time()`; now for a new one',
}

--- The fields of an add-on's spec.
---@type dnp.provisioning.SpecField[]
spec.ADDON = {
  {
    name = "plan", field = "PlanId", column = "PlanID", check = check_plan, is_plan = true, type = "integer|string",
    help = "add-on plan by id, or by name among those of the account's owner",
  },
  {
    name = "quantity", field = "Quantity", column = "Quantity", default = 1, type = "integer?",
    help = "1 for a new one",
  },
  {
    name = "status", field = "StatusId", column = "StatusID", default = dnp.PackageStatus.Active,
    type = "dnp.PackageStatus|integer|nil", help = "a new add-on is Active",
  },
  { name = "comments", field = "Comments", type = "string?", help = "" },
  PURCHASE_DATE,
}

local function check_space_id(path, value)
  return check_id(path, value, SPACE)
end

local function check_space_name(path, value)
  return validate.name(path, validate.field(path, value, ANY_DIALECT, "PackageInfo", "PackageName"))
end

local check_addons

--- The fields of a space's spec.
---@type dnp.provisioning.SpecField[]
spec.SPACE = {
  {
    name = "id", check = check_space_id, type = "integer?",
    help = "which space; without it, the one of that name, or a new one",
  },
  {
    name = "name", field = "PackageName", column = "PackageName", check = check_space_name, keep_empty = true,
    type = "string?", help = "",
  },
  {
    name = "plan", field = "PlanId", check = check_plan, is_plan = true, type = "integer|string|nil",
    help = "hosting plan by id, or by name among those of the account's owner",
  },
  {
    name = "status", field = "StatusId", column = "StatusId", type = "dnp.PackageStatus|integer|nil",
    help = "a new space gets that of the account",
  },
  { name = "comments", field = "PackageComments", type = "string?", help = "" },
  PURCHASE_DATE,
  {
    name = "addons", type = "dnp.provisioning.AddonSpec[]?",
    help = "all add-ons that the space must have; others are removed",
    check = function(path, value)
      return check_addons(path, value)
    end,
  },
}

-- The checks of rows, by name.
local function checks_of(rows, type_name)
  local checks = {}
  for _, row in ipairs(rows) do
    checks[row.name] = row.check or function(path, value)
      return validate.field(path, value, ANY_DIALECT, type_name, row.field)
    end
  end
  return checks
end

--- The fields of the panel's record that a spec names. A plan is not among them: it has to be found first.
---@param rows dnp.provisioning.SpecField[]
---@param entry table a checked spec of a space or an add-on
---@param is_new boolean? whether defaults are filled in
---@return table<string, any>
function spec.to_record(rows, entry, is_new)
  local record = {}
  for _, row in ipairs(rows) do
    local value = entry[row.name]
    if value == nil and is_new then
      value = row.default
    end
    if row.field and not row.is_plan then
      record[row.field] = value
    end
  end
  return record
end

--- The other way round: what a spec says of a record. Texts that are empty are left out, statuses are by name.
---@param rows dnp.provisioning.SpecField[]
---@param record table of the panel
---@param statuses table<integer, string>
---@return table entry without its plan
function spec.from_record(rows, record, statuses)
  local entry = {}
  for _, row in ipairs(rows) do
    local value = row.field and not row.is_plan and record[row.field] or nil
    if row.field == "StatusId" then
      value = statuses[value]
    end
    if value ~= "" or row.keep_empty then
      entry[row.name] = value
    end
  end
  return entry
end

local ADDON_CHECKS = checks_of(spec.ADDON, "PackageAddonInfo")

local function check_addon(path, value)
  local addon = validate.record(path, value, ADDON_CHECKS)
  if addon.plan == nil then
    validate.fail(path .. ".plan", "is missing")
  end
  addon.path = path
  return addon
end

function check_addons(path, value)
  return validate.list(path, value, check_addon)
end

local SPACE_CHECKS = checks_of(spec.SPACE, "PackageInfo")

local function check_space(path, value)
  local space = validate.record(path, value, SPACE_CHECKS)
  if space.id == nil and space.name == nil then
    validate.fail(path .. ".name", "is missing")
  end
  space.path = path
  return space
end

local function reject_duplicates(path, spaces)
  for index, space in ipairs(spaces) do
    for before = 1, index - 1 do
      local other = spaces[before]
      if space.id and space.id == other.id then
        validate.fail(("%s[%d].id"):format(path, index), "is that of %s[%d] too", path, before)
      elseif compare.equal_names(space.name, other.name) then
        validate.fail(("%s[%d].name"):format(path, index), "is that of %s[%d] too", path, before)
      end
    end
  end
end

local function check_spaces(path, value)
  local spaces = validate.list(path, value, check_space)
  reject_duplicates(path, spaces)
  return spaces
end

---- accounts ----

local function check_account(path, value, dialect)
  local account = validate.record(path, value, {
    user = function(place, user)
      return check_user(place, user, dialect)
    end,
    status = function(place, status)
      return validate.field(place, status, dialect, "UserInfo", "StatusId")
    end,
    spaces = check_spaces,
    spaces_complete = validate.boolean,
    absent = validate.boolean,
  })
  if account.user == nil then
    validate.fail(path .. ".user", "is missing")
  elseif account.spaces_complete and account.spaces == nil then
    validate.fail(path .. ".spaces_complete", "is true, but spec.spaces is missing")
  elseif account.absent and (account.spaces or account.status) then
    validate.fail(path .. ".absent", "is true, so that there is nothing to say about spaces and status")
  end
  return account
end

local NEEDED = { "Username", "Password", "OwnerId", "FirstName", "LastName", "Email" }

--- The first field that a new account needs and the desired user does not have, or nil.
---@param user dnp.provisioning.UserSpec
function spec.missing_field(user)
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
    validate.fail(path .. ".absent", "is of no use for a new account")
  elseif account.user.UserId ~= nil then
    validate.fail(path .. ".user.UserId", "is chosen by the panel")
  end
  local missing = spec.missing_field(account.user)
  if missing then
    validate.fail(path .. ".user." .. missing, "is missing")
  end
  for _, space in ipairs(account.spaces or {}) do
    if space.id then
      validate.fail(space.path .. ".id", "is chosen by the panel")
    elseif not space.plan then
      validate.fail(space.path .. ".plan", "is missing")
    end
  end
  return account
end

---- what others validate by ----

--- Validates the spec of an account. Returns a copy in the panel's terms (statuses and roles as numbers), or nil and
--- what is wrong with it.
---@param dialect dnp.Dialect
---@return table? spec
---@return string? reason
function spec.account(value, dialect)
  return failure.catch(check_account, "spec", value, dialect)
end

--- The same for an account that is to be created.
---@param dialect dnp.Dialect
---@return table? spec
---@return string? reason
function spec.new_account(value, dialect)
  return failure.catch(check_new_account, "spec", value, dialect)
end

--- Validates changes of an account's fields.
---@param dialect dnp.Dialect
---@return table? changes
---@return string? reason
function spec.user_changes(value, dialect)
  return failure.catch(function()
    reject_fields("changes", value, NOT_EDITABLE)
    local user = validate.contract_record("changes", value, dialect, "UserInfo")
    return user
  end)
end

--- Validates a list of add-ons.
---@return table? addons
---@return string? reason
function spec.addons(path, value)
  return failure.catch(check_addons, path, value)
end

--- Validates a plan given by id or name.
---@return integer|string|nil plan
---@return string? reason
function spec.plan(path, value)
  return failure.catch(check_plan, path, value)
end

--- Validates who is meant: an id or a user name.
---@return integer|string|nil who
---@return string? reason
function spec.who(path, value)
  return failure.catch(check_id_or_name, path, value, USER, "id or user name", validate.name)
end

--- Validates which space is meant: an id or a name.
---@return integer|string|nil space
---@return string? reason
function spec.space(path, value)
  return failure.catch(check_id_or_name, path, value, SPACE, "id or name")
end

--- Validates a status.
---@param type_name "UserInfo"|"PackageInfo" whose status
---@return integer? status
---@return string? reason
function spec.status(path, value, type_name)
  return failure.catch(validate.field, path, value, ANY_DIALECT, type_name, "StatusId")
end

--- Validates a password.
---@return string? password
---@return string? reason
function spec.password(path, value)
  return failure.catch(function()
    return validate.not_empty(path, validate.field(path, value, ANY_DIALECT, "UserInfo", "Password"))
  end)
end

return spec
