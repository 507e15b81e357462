--- Validation of values by the path to them: "spec.spaces[2].name: must not be empty".
---
--- Every check receives a path and a value, and returns the value as it goes on from there. They fail by leaving
--- `failure.catch` with path and reason. What the contract knows of a value (type, range, length, characters, members
--- of an enumeration) is asked of the core, in whose words a mistake is reported.

local core = require "dnp.core"
local arguments = require "dnp.arguments"
local failure = require "dnp.failure"

local validate = {}

--- Fails; only within `failure.catch`.
---@param reason string
---@param ... any for the reason, as of `string.format`
function validate.fail(path, reason, ...)
  failure.exit(arguments.sentence(path, reason:format(...)))
end

---- kinds of values ----

--- The value of a field of one of the contract's records, such that the panel keeps it as it is. Members of
--- enumerations become numbers.
---@param dialect dnp.Dialect
---@param type_name string "UserInfo"
---@param field string "City"
---@return any
function validate.field(path, value, dialect, type_name, field)
  local checked, rest, reason = core.check_field(dialect, type_name, field, value)
  if reason then
    validate.fail(path .. rest, "%s", reason)
  end
  return checked
end

--- The same for a record, of which any fields may be missing. Of a field and its alias the field goes on.
---@param dialect dnp.Dialect
---@param type_name string "UserInfo"
---@return table copy
function validate.contract_record(path, value, dialect, type_name)
  if type(value) ~= "table" then
    validate.fail(path, "expected table, got %s", type(value))
  end
  local checked, rest, reason = core.check_record(dialect, type_name, value)
  if reason then
    validate.fail(path .. rest, "%s", reason)
  end
  return checked
end

--- Text that is not empty.
---@param value string
function validate.not_empty(path, value)
  if value == "" then
    validate.fail(path, "must not be empty")
  end
  return value
end

--- A name: text that is not empty, without blanks at its ends. Panels ignore those in some places and not in others.
---@param value string
function validate.name(path, value)
  if validate.not_empty(path, value):find "^%s" or value:find "%s$" then
    validate.fail(path, "must not begin or end with a blank")
  end
  return value
end

--- True or false.
function validate.boolean(path, value)
  if type(value) ~= "boolean" then
    validate.fail(path, "expected boolean, got %s", type(value))
  end
  return value
end

--- A list without holes.
---@param item fun(path: string, value: any): any the check of each entry
---@return any[] a copy
function validate.list(path, value, item)
  if type(value) ~= "table" then
    validate.fail(path, "expected list, got %s", type(value))
  end
  local count = 0
  for key in pairs(value) do
    if not arguments.is_integer(key) or key < 1 then
      validate.fail(path, "expected list, got a table with other keys")
    end
    count = count + 1
  end
  local list = {}
  if count ~= #value then
    validate.fail(path, "expected list, got a table with holes")
  end
  for index, entry in ipairs(value) do
    list[index] = item(("%s[%d]"):format(path, index), entry)
  end
  return list
end

--- A table of known fields.
---@param checks table<string, fun(path: string, value: any): any> of each field
---@return table<string, any> a copy
function validate.record(path, value, checks)
  if type(value) ~= "table" then
    validate.fail(path, "expected table, got %s", type(value))
  end
  local checked = {}
  for name, field in pairs(value) do
    if type(name) ~= "string" then
      validate.fail(path, "expected field names as keys, got a %s", type(name))
    elseif not checks[name] then
      local shown = core.quote(name):sub(2, -2)
      validate.fail(("%s.%s"):format(path, shown), "is unknown%s", core.did_you_mean(name, checks))
    end
    checked[name] = checks[name](path .. "." .. name, field)
  end
  return checked
end

return validate
