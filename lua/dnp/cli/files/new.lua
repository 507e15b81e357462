--- What a spec needs for an account that may have to be made, where the file leaves it to the command.

local new = {}

---@class dnp.cli.NewAccounts
---@field owner string? whose customers accounts are for which the file names nobody
---@field passwords boolean? missing passwords are going to be made

--- Fills in what is missing.
---@param spec table
---@param options dnp.cli.NewAccounts|true|nil
---@return table checked the spec to check: with a password, if one is going to be made
---@return boolean needs_password
function new.fill(spec, options)
  if type(options) ~= "table" or type(spec) ~= "table" or type(spec.user) ~= "table" or spec.absent then
    return spec, false
  end
  local user = spec.user
  if user.Owner == nil and user.OwnerId == nil then
    user.OwnerId = options.owner
  end
  if user.Password ~= nil then
    return spec, false
  elseif not options.passwords then
    return spec, true
  end
  local copy, checked = {}, {}
  for name, value in pairs(user) do
    copy[name] = value
  end
  copy.Password = "to be made"
  for name, value in pairs(spec) do
    checked[name] = value
  end
  checked.user = copy
  return checked, true
end

return new
