--- Sessions on sandboxes, records for them, and what their refusals look like.
local assert = require "luassert"
local busted = require "busted"
local dnp = require "dnp"
local sandboxes = require "dnp.sandbox"

local support = {}

--- A session of serveradmin, or of somebody else.
---@param sandbox dnp.Sandbox with its dialect in `dialect`, if that is not the first one
---@param username string?
---@param password string?
---@param changes table? more options of `dnp.session`
---@return dnp.Session
function support.session(sandbox, username, password, changes)
  local options = {
    url = sandbox.url, username = username or "serveradmin", password = password or "serveradmin",
    dialect = sandbox.dialect, timeout = 20,
  }
  for name, value in pairs(changes or {}) do
    options[name] = value
  end
  return assert(dnp.session(options))
end

--- Gives each test of a `describe` block a new sandbox, and a session on it.
---@param use fun(sandbox: dnp.Sandbox, session: dnp.Session) takes them before the test
function support.provide(use)
  local sandbox
  busted.before_each(function()
    sandbox = assert(sandboxes.start())
    use(sandbox, support.session(sandbox, nil, nil, { timeout = 5 }))
  end)
  busted.after_each(function()
    sandbox:stop()
  end)
end

--- Everything as it was: no call has been made, and none fails.
---@param sandbox dnp.Sandbox
---@param state userdata what `freeze` returned
function support.reset(sandbox, state)
  sandbox:behave()
  sandbox:restore(state)
  sandbox:clear_calls()
end

--- A record that AddUser takes.
---@param changes table?
---@return dnp.UserInfo
function support.user(changes)
  local record = {
    OwnerId = 2, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false, Username = "anna", Password = "s3cret",
    FirstName = "Anna", LastName = "Öz", Email = "anna@example.com",
  }
  for name, value in pairs(changes or {}) do
    record[name] = value
  end
  return record
end

--- Asserts that a call failed with an error of this kind, and returns it.
---@param kind string
---@return dnp.Error
function support.failed(kind, value, err)
  assert.is_nil(value)
  assert.are.equal(kind, err.kind, tostring(err))
  return err
end

--- Asserts that a call was refused with this code, and returns the error.
---@param code integer
---@return dnp.Error
function support.refused(code, value, err)
  support.failed("refused", value, err)
  assert.are.equal(code, err.code)
  return err
end

return support
