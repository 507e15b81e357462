--- The accounts without which a session can do nothing more: no workflow suspends or deletes those.

local labels = require "dnp.provisioning.model.labels"

local protected = {}

--- The read that finds the account of the session, for `Context:prefetch`.
---@return any[]
function protected.read_of_caller(context)
  return { "get_user_by_username", context.caller }
end

--- Reads the account of the session.
---@return (fun(info: dnp.UserInfo): string?)? guard returns why an account is protected; nil when it is not
function protected.guard(context)
  local caller, err = context:read("get_user_by_username", context.caller)
  if not caller then
    return nil, err
  end
  return function(info)
    if info.UserId <= 1 then
      return ("user %d is the panel itself"):format(info.UserId)
    elseif info.UserId == caller.UserId or (caller.IsPeer and info.UserId == caller.OwnerId) then
      return ("user %s is the account that calls, or the one that it acts for"):format(labels.quote(info.Username))
    end
    return nil
  end
end

return protected
