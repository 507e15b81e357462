--- Specs of accounts for the fixture's panel, options of workflows, and what the panel was asked to change.
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

--- Options of a workflow, with patience that passes no time.
---@param more table?
---@return table
function specs.options(more)
  local all = { policy = fixture.policy() }
  for name, value in pairs(more or {}) do
    all[name] = value
  end
  return all
end

--- The operations that changed something since the calls were last cleared, in order.
---@param host table as of `fixture.start`
---@return string[]
function specs.changes(host)
  local names = {}
  for _, operation in ipairs(fixture.operations(host)) do
    if fixture.changes(operation) then
      names[#names + 1] = operation
    end
  end
  return names
end

return specs
