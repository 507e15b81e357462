--- What numbers of the panel are called: statuses, roles, plans.

local dnp = require "dnp"
local values = require "dnp.provisioning.model.values"

local names = {}

--- An enumeration the other way round.
---@param members table<string, integer> such as `dnp.UserStatus`
---@return table<integer, string> by_number
---@return string[] list the names in the order of their numbers
function names.of(members)
  local by_number, list = {}, {}
  for name, number in pairs(members) do
    by_number[number] = name
    list[#list + 1] = name
  end
  table.sort(list, function(a, b)
    return members[a] < members[b]
  end)
  return by_number, list
end

local USER_STATUS = names.of(dnp.UserStatus)
local SPACE_STATUS = names.of(dnp.PackageStatus)
local ROLE = names.of(dnp.UserRole)

--- "Active"; "status 9" when there is no such status.
---@param number integer?
---@return string
function names.user_status(number)
  return USER_STATUS[number] or ("status %s"):format(tostring(number))
end

--- The same for a space or an add-on.
---@param number integer?
---@return string
function names.space_status(number)
  return SPACE_STATUS[number] or ("status %s"):format(tostring(number))
end

--- Whether a value is the number of a status: those of accounts and spaces are the same.
---@param value any
---@return boolean
function names.is_status(value)
  return USER_STATUS[value] ~= nil
end

--- "Reseller"; "role 9" when there is no such role.
---@param number integer?
---@return string
function names.role(number)
  return ROLE[number] or ("role %s"):format(tostring(number))
end

--- A plan in words: "2 'Shared Small'".
---@param id integer
---@param name string?
---@return string
function names.plan(id, name)
  return name and ("%d %s"):format(id, values.show(name)) or ("%d"):format(id)
end

return names
