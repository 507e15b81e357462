--- The accounts without which a session can do nothing more: no workflow takes them away from under its own feet.

local values = require "dnp.provisioning.model.values"

local own = {}

--- The read that tells for whom the session speaks, for `Context:read_ahead`.
---@param run dnp.provisioning.Context
---@return any[]
function own.read_of_caller(run)
  return { "get_user_by_username", run.caller }
end

--- Finds out for whom the session speaks.
---@param run dnp.provisioning.Context
---@return (fun(info: dnp.UserInfo): string?)? complaint tells why an account must stay as it is; nil when it need not
---@return table? err
function own.guard(run)
  local caller, err = run:read("get_user_by_username", run.caller)
  if not caller then
    return nil, err
  end
  return function(info)
    if info.UserId <= 1 then
      return ("user %d is the panel itself"):format(info.UserId)
    elseif info.UserId == caller.UserId or (caller.IsPeer and info.UserId == caller.OwnerId) then
      return ("user %s is the account that calls, or the one that it acts for"):format(values.show(info.Username))
    end
    return nil
  end
end

return own
