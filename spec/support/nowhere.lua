--- A session on a panel that is not there, for what needs none or names another.
local dnp = require "dnp"

---@param options table? those of `dnp.session`
---@return dnp.Session
return function(options)
  local all = { url = "http://127.0.0.1:1", username = "admin", password = "pa55word" }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return assert(dnp.session(all))
end
