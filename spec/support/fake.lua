-- A clock that only sleeping moves, panels that respond as a spec says, and somebody to send to them.
local fake = {}

local error_metatable = {
  __tostring = function(err)
    return err.message
  end,
}

--- An error object such as `dnp` makes.
---@param kind string as of `dnp.Error`
---@param fields table? what else it has
---@return dnp.Error
function fake.failure(kind, fields)
  local err = { kind = kind, message = "Call: " .. kind, outcome = "not_done" }
  for name, value in pairs(fields or {}) do
    err[name] = value
  end
  return setmetatable(err, error_metatable)
end

--- Time that passes only in sleeps; `sleeps` are those that were made. `options` are for a policy: no jitter, and one
--- read at a time, so that what comes first is certain.
---@param changes dnp.provisioning.PolicyOptions?
---@return { now: number, sleeps: number[], options: dnp.provisioning.PolicyOptions }
function fake.time(changes)
  local time = { now = 1000, sleeps = {} }
  time.options = {
    clock = function()
      return time.now
    end,
    sleep = function(seconds)
      time.sleeps[#time.sleeps + 1] = seconds
      time.now = time.now + seconds
    end,
    random = function()
      return 0.5
    end,
    limit = 1,
  }
  for name, value in pairs(changes or {}) do
    time.options[name] = value
  end
  return time
end

--- A panel with methods of its own. Each is a function, or an array of responses: the first call gets the first, those
--- beyond the last get the last. A response that is an error object comes as `nil, err`. `calls` holds all that came.
---@param methods table<string, function|any[]>
---@return dnp.Session
function fake.panel(methods)
  local panel = { calls = {} }
  function panel.info()
    return { url = "http://127.0.0.1:9002", username = "admin", dialect = "dotnetpanel" }
  end
  for name, responses in pairs(methods) do
    local count = 0
    panel[name] = function(self, ...)
      assert(self == panel)
      panel.calls[#panel.calls + 1] = { name, ... }
      if type(responses) == "function" then
        return responses(...)
      end
      count = count + 1
      local response = responses[math.min(count, #responses)]
      if getmetatable(response) == error_metatable then
        return nil, response
      end
      return response
    end
  end
  return panel
end

--- A record that AddUser takes.
---@param changes table?
---@return dnp.UserInfo
function fake.user(changes)
  local record = {
    OwnerId = 1, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false, Username = "jdoe", Password = "s3cret",
    FirstName = "John", LastName = "Doe", Email = "jdoe@example.com",
  }
  for field, value in pairs(changes or {}) do
    record[field] = value
  end
  return record
end

--- A DataSet such as `dnp` makes: tables of rows, each with the names of its columns.
---@param ... table[] the rows of each table
---@return dnp.DataSet
function fake.dataset(...)
  local set = { ... }
  for index, rows in ipairs(set) do
    rows.name = index == 1 and "Table" or "Table" .. (index - 1)
    rows.columns = {}
    local seen = {}
    for _, row in ipairs(rows) do
      for column in pairs(row) do
        if not seen[column] then
          seen[column] = true
          rows.columns[#rows.columns + 1] = { name = column, type = "string" }
        end
      end
    end
  end
  return set
end

return fake
