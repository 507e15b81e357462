--- Statuses and roles by number.

local dnp = require "dnp"

local names = {}

local function by_number(constants)
  local found = {}
  for name, number in pairs(constants) do
    found[number] = name
  end
  return found
end

local USER_STATUS = by_number(dnp.UserStatus)
local SPACE_STATUS = by_number(dnp.PackageStatus)
local ROLE = by_number(dnp.UserRole)

---@param number integer?
---@return string
function names.user_status(number)
  return USER_STATUS[number] or ("status %s"):format(tostring(number))
end

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

---@param number integer?
---@return string
function names.role(number)
  return ROLE[number] or ("role %s"):format(tostring(number))
end

return names
