--- Fields of the panel's records: which exist, what differs, what to change.

local dnp = require "dnp"
local compare = require "dnp.provisioning.model.compare"
local labels = require "dnp.provisioning.model.labels"

local records = {}

--- A field of a record's type, as `dnp.contract` describes it.
---@class dnp.provisioning.FieldOfRecord
---@field name string
---@field type string
---@field enum string?
---@field secret boolean?
---@field length integer?
---@field narrow boolean?

---@alias dnp.provisioning.Fields table<string, dnp.provisioning.FieldOfRecord> by name

local types_of = {} -- by dialect; the contract is constant

--- The fields of a type of the contract.
---@param dialect string
---@param type_name string "UserInfo"
---@return dnp.provisioning.Fields fields
---@return table types every type of the contract by its name
function records.fields_of(dialect, type_name)
  local types = types_of[dialect] or dnp.contract(dialect).types
  types_of[dialect] = types
  local fields = {}
  for _, field in ipairs(types[type_name].fields) do
    fields[field.name] = field
  end
  return fields, types
end

--- How many characters of a text the panel keeps; nil when that is not known to be bounded.
---@param dialect string
---@param type_name string
---@param field string
function records.max_length(dialect, type_name, field)
  return records.fields_of(dialect, type_name)[field].length
end

local function is_date(fields, name)
  return fields[name] ~= nil and fields[name].type == "dateTime"
end

--- The desired values that a record does not have.
---@param actual table a record as it was read
---@param desired table<string, any> `compare.NONE` for no value
---@return table<string, any>? changes nil when there is none
function records.diff(fields, actual, desired)
  local changes
  for name, value in pairs(desired) do
    if not compare.equal(actual[name], value, is_date(fields, name)) then
      changes = changes or {}
      changes[name] = value
    end
  end
  return changes
end

--- Whether a record has all desired values.
---@param actual table a record as it was read
---@param desired table<string, any> `compare.NONE` for no value
function records.matches(fields, actual, desired)
  return records.diff(fields, actual, desired) == nil
end

--- "City, Zip": the names of fields, in order.
function records.names(changes)
  local changed = {}
  for name in pairs(changes) do
    changed[#changed + 1] = name
  end
  table.sort(changed)
  return table.concat(changed, ", ")
end

--- Whether changes were made to a record: "done", "not_done", or "pending" when some are there and some are not.
---@param found table the record as it is now
---@param before table its values before
---@return dnp.provisioning.Observation
---@return string? differences the names of the fields that are not as they should be
function records.observe(fields, found, before, changes)
  local left = records.diff(fields, found, changes)
  if not left then
    return "done"
  end
  return records.matches(fields, found, records.pick(before, changes)) and "not_done" or "pending", records.names(left)
end

--- A record's values of the fields that `changes` names.
---@param found table
---@return table<string, any>
function records.pick(found, changes)
  local picked = {}
  for name in pairs(changes) do
    if found[name] == nil then
      picked[name] = compare.NONE
    else
      picked[name] = found[name]
    end
  end
  return picked
end

--- Sets new values in a record.
---@param info table is changed
---@return table info
function records.apply(info, changes)
  for name, value in pairs(changes) do
    if value == compare.NONE then
      info[name] = nil
    else
      info[name] = value
    end
  end
  return info
end

local function member_of(field, value)
  return field and field.enum and labels.by_number(dnp[field.enum])[value]
end

--- A change of one field, for a step.
---@class dnp.provisioning.FieldChange
---@field field string
---@field from any nil for nothing, and for a secret
---@field to any

local function plain(field, value)
  if value == compare.NONE or (field and field.secret) then
    return nil
  end
  return member_of(field, value) or value
end

--- The changes one by one, in order of the fields' names: members of enumerations by name, and no secrets.
---@param before table
---@return dnp.provisioning.FieldChange[]
function records.changes(fields, before, changes)
  local list = {}
  for name, value in pairs(changes) do
    list[#list + 1] = { field = name, from = plain(fields[name], before[name]), to = plain(fields[name], value) }
  end
  table.sort(list, function(a, b)
    return a.field < b.field
  end)
  return list
end

--- "City 'Berlin' -> 'Bonn', Zip nothing -> '53111'": the changes in words, in order of their names, no secrets.
---@param before table
---@param names table<string, table<any, string>>? labels of values by field: of plans by their ids
function records.describe(fields, before, changes, names)
  local parts = {}
  local function shown(name, value)
    local label = names and names[name] and names[name][value]
    return label or member_of(fields[name], value) or labels.quote(value)
  end
  for name, value in pairs(changes) do
    local secret = fields[name] and fields[name].secret
    parts[#parts + 1] = secret and name or ("%s %s -> %s"):format(name, shown(name, before[name]), shown(name, value))
  end
  table.sort(parts)
  return table.concat(parts, ", ")
end

return records
