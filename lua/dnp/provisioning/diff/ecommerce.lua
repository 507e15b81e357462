--- EcommerceEnabled, which panels set to false whenever they write an account of role User (SolidCP
--- UserController.cs:617 and 761; so in all versions). Asked for it would be answered with yes and not be there, and
--- whoever becomes a User loses it, which has to be known to be taken back.

local dnp = require "dnp"

local ecommerce = {}

--- Adapts wanted fields of an account to that.
---@param wanted table<string, any> is changed
---@param info dnp.UserInfo|false the account as it is; false for a new one
---@return string? note about what was left out
function ecommerce.adapt(wanted, info)
  local role = wanted.RoleId or info and info.RoleId or dnp.UserRole.User
  if role ~= dnp.UserRole.User then
    return nil
  elseif info and info.EcommerceEnabled and info.RoleId ~= role then
    wanted.EcommerceEnabled = false
  elseif wanted.EcommerceEnabled then
    wanted.EcommerceEnabled = nil
    return "EcommerceEnabled is left out: panels set it to false for accounts of role User"
  end
  return nil
end

return ecommerce
