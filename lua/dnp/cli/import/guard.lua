--- A session for one account of an import: it makes no call without the lease.

local core = require "dnp.core"
local dnp = require "dnp"

-- Methods that change something.
local changes = {}
for _, dialect in ipairs(dnp.dialects) do
  for _, operation in ipairs(dnp.contract(dialect).operations) do
    changes[operation.method] = operation.changes
  end
end

local function refusal()
  return core.error {
    kind = "conflict", name = "lease", outcome = "not_done", retryable = false,
    message = "the lease of the journal is over: another worker may have taken over this account",
  }
end

-- Notes a change that may have been made when somebody else had taken over.
local function done(account, changed, ...)
  if changed and account.lease:is_over() then
    account.overrun = true
  end
  return ...
end

--- What stands in for a session. Afterwards the account's `cut` tells that a call was refused, `overrun` that a change
--- was made when the lease was over.
---@param panel dnp.Session
---@param account dnp.cli.TakenAccount
---@return dnp.Session
return function(panel, account)
  return setmetatable({}, {
    __index = function(_, method)
      return function(_, ...)
        if changes[method] == nil then
          return panel[method](panel, ...)
        elseif not account.lease:allows(changes[method]) then
          account.cut = true
          return nil, refusal()
        end
        return done(account, changes[method], panel[method](panel, ...))
      end
    end,
  })
end
