-- What specs order of a hoster's panel, and what the panel was asked for then.
local hoster = require "spec.hoster"

local orders = {}

--- The spec of an account that is not there; `more` goes beside its user.
---@param more table?
---@return dnp.provisioning.AccountSpec
function orders.mary(more)
  local spec = {
    user = {
      Username = "mary", Password = "s3cret-pw", OwnerId = 2, FirstName = "Mary", LastName = "Moe",
      Email = "mary@example.com",
    },
  }
  for name, value in pairs(more or {}) do
    spec[name] = value
  end
  return spec
end

--- Options of a workflow, with patience that passes no time.
---@param more table?
---@return table
function orders.options(more)
  local all = { policy = hoster.patience() }
  for name, value in pairs(more or {}) do
    all[name] = value
  end
  return all
end

--- The operations that changed something since the calls were last cleared, in order.
---@param host table as of `hoster.start`
---@return string[]
function orders.changes(host)
  local names = {}
  for _, operation in ipairs(hoster.operations(host)) do
    if hoster.changes(operation) then
      names[#names + 1] = operation
    end
  end
  return names
end

return orders
