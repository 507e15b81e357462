--- How values are written in messages: statuses, roles and plans by name, texts quoted.

local core = require "dnp.core"
local dnp = require "dnp"
local compare = require "dnp.provisioning.model.compare"

local labels = {}

--- The names of an enumeration by their numbers.
---@param members table<string, integer> such as `dnp.UserStatus`
---@return table<integer, string>
function labels.by_number(members)
  local by_number = {}
  for name, number in pairs(members) do
    by_number[number] = name
  end
  return by_number
end

local USER_STATUS = labels.by_number(dnp.UserStatus)
local SPACE_STATUS = labels.by_number(dnp.PackageStatus)
local ROLE = labels.by_number(dnp.UserRole)

--- "Active"; "status 9" for an unknown one.
---@param number integer?
function labels.user_status(number)
  return USER_STATUS[number] or ("status %s"):format(tostring(number))
end

--- The same for a space or an add-on.
---@param number integer?
function labels.space_status(number)
  return SPACE_STATUS[number] or ("status %s"):format(tostring(number))
end

--- Whether a value is the number of a status: those of accounts and spaces are the same.
function labels.is_status(value)
  return USER_STATUS[value] ~= nil
end

--- "Reseller"; "role 9" for an unknown one.
---@param number integer?
function labels.role(number)
  return ROLE[number] or ("role %s"):format(tostring(number))
end

--- A plan in words: "2 'Shared Small'".
---@param id integer
---@param name string?
function labels.plan(id, name)
  return name and ("%d %s"):format(id, labels.quote(name)) or ("%d"):format(id)
end

--- A value for a message: a text in quotes, and short.
function labels.quote(value)
  if value == nil or value == compare.NONE then
    return "nothing"
  elseif type(value) == "table" then
    return ("a list of %d"):format(#value)
  elseif type(value) ~= "string" then
    return tostring(value)
  end
  return core.quote(value)
end

return labels
