--- Sessions on a panel that is not there, for what needs none or names another.
local dnp = require "dnp"

local nowhere = {}

---@param options table? those of `dnp.session`
---@return dnp.Session
function nowhere.session(options)
  local all = { url = "http://127.0.0.1:1", username = "admin", password = "pa55word" }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return assert(dnp.session(all))
end

--- One of each dialect.
---@param trace function? receives the events of all
---@return table<dnp.Dialect, dnp.Session>
function nowhere.panels(trace)
  local panels = {}
  for _, dialect in ipairs(dnp.dialects) do
    panels[dialect] = nowhere.session { dialect = dialect, trace = trace }
  end
  return panels
end

return nowhere
