--- Specs of accounts for the fixture's panel, and options of workflows.
local fixture = require "spec.support.panel"

local specs = {}

--- The spec of an account that is not there; `more` goes beside its user.
---@param more table?
---@return dnp.provisioning.AccountSpec
function specs.mary(more)
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

--- Options of a workflow, with a policy whose sleeps pass no time.
---@param more table?
---@return table
function specs.options(more)
  local all = { policy = fixture.policy() }
  for name, value in pairs(more or {}) do
    all[name] = value
  end
  return all
end

return specs
