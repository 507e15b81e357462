--- EcommerceEnabled, which panels set to false whenever they write an account of role User (SolidCP
--- UserController.cs:617 and 761; so in all versions). A panel would accept it and not store it; and whoever becomes a
--- User loses it, which a rollback has to know.

local dnp = require "dnp"

local ecommerce = {}

--- Adapts desired fields of an account to that.
---@param desired table<string, any> is changed
---@param info dnp.UserInfo|false the account as it is; false for a new one
---@return string? note about what was left out
function ecommerce.adapt(desired, info)
  local role = desired.RoleId or info and info.RoleId or dnp.UserRole.User
  if role ~= dnp.UserRole.User then
    return nil
  elseif info and info.EcommerceEnabled and info.RoleId ~= role then
    desired.EcommerceEnabled = false
  elseif desired.EcommerceEnabled then
    desired.EcommerceEnabled = nil
    return "EcommerceEnabled is left out: panels set it to false for accounts of role User"
  end
  return nil
end

return ecommerce
