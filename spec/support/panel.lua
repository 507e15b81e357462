--- A panel with hosting plans in a sandbox, sessions on it, and its state for comparisons: the fixture of most specs.
local busted = require "busted"
local dnp = require "dnp"
local fake = require "spec.support.fake"
local sandbox = require "dnp.sandbox"
local support = require "spec.support.sandbox"

local fixture = {}

---@class spec.Host
---@field server dnp.Sandbox
---@field dialect dnp.Dialect
local Host = {}
Host.__index = Host

-- Beside the sandbox's own plans (2 "Shared Small", 3 "Shared Huge", 4 "Extra Mailboxes", 5 "Extra Web Sites").
local PLANS = {
  {
    PlanID = 20, UserID = 2, PackageID = 2, PlanName = "Shared Medium", IsAddon = false,
    quotas = { ["OS.Diskspace"] = 1000, ["Web.Sites"] = 5, ["Mail.Accounts"] = 20, ["Mail.MaxBoxSize"] = 10 },
  },
  {
    PlanID = 21, UserID = 2, PackageID = 2, PlanName = "More Disk", IsAddon = true,
    quotas = { ["OS.Diskspace"] = 100 },
  },
}

--- A sandbox with more plans, and its state to come back to.
---@param dialect dnp.Dialect
---@param options table? those of the sandbox; `prepare` is a function that seeds it (with the host as argument)
---@return spec.Host
function fixture.start(dialect, options)
  local all = { dialect = dialect }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  local prepare = all.prepare
  all.prepare = nil
  local host = setmetatable({ server = assert(sandbox.start(all)), dialect = dialect, sessions = {} }, Host)
  host.server:seed { plans = PLANS }
  if prepare then
    prepare(host)
  end
  host.initial = host.server:freeze()
  return host
end

--- Gives the tests of a `describe` block a host, which is in its initial state before each test.
---@param dialect dnp.Dialect
---@param use fun(host: spec.Host, session: dnp.Session) takes it and a session, before the first test
---@param options table? as of `fixture.start`
function fixture.provide(dialect, use, options)
  local host
  busted.setup(function()
    host = fixture.start(dialect, options)
    use(host, host:session())
  end)
  busted.before_each(function()
    host:reset()
  end)
  busted.teardown(function()
    host:stop()
  end)
end

--- A session of serveradmin, which is closed when the host is stopped.
---@param options table? those of `dnp.session`
---@return dnp.Session
function Host:session(options)
  local all = {
    url = self.server.url, username = "serveradmin", password = "serveradmin", dialect = self.dialect, timeout = 30,
  }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  local session = assert(dnp.session(all))
  table.insert(self.sessions, session)
  return session
end

--- Closes its sessions and ends the server.
function Host:stop()
  for _, session in ipairs(self.sessions) do
    session:close()
  end
  self.server:stop()
end

--- Everything as it was when it was started; no call has been made, and none fails.
function Host:reset()
  support.reset(self.server, self.initial)
end

--- How many rows a statement finds.
function Host:count(sql, ...)
  return #assert(self.server:query(sql, ...))
end

--- The first row that a statement finds, or nil.
---@return table<string, any>?
function Host:row(sql, ...)
  return assert(self.server:query(sql, ...))[1]
end

-- All that accounts consist of, without ids and times, which a rollback cannot restore.
local STATE = {
  [[SELECT U.Username, O.Username AS Owner, U.RoleID, U.StatusID, U.IsDemo, U.IsPeer, U.Password, U.FirstName,
      U.LastName, U.Email, U.Comments, U.SecondaryEmail, U.Address, U.City, U.State, U.Country, U.Zip, U.PrimaryPhone,
      U.SecondaryPhone, U.Fax, U.InstantMessenger, U.CompanyName, U.HtmlMail, U.EcommerceEnabled, U.LoginStatusId,
      U.FailedLogins, U.SubscriberNumber, U.MfaMode, U.AdditionalParams, U.Vlans
    FROM Users AS U LEFT JOIN Users AS O ON O.UserID = U.OwnerID ORDER BY U.Username]],
  [[SELECT U.Username, P.PackageName, P.StatusID, P.PlanID, P.PurchaseDate, P.PackageComments, P.OverrideQuotas
    FROM Packages AS P JOIN Users AS U ON U.UserID = P.UserID
    ORDER BY U.Username, P.PackageName, P.PlanID, P.StatusID]],
  [[SELECT P.PackageName, A.PlanID, A.Quantity, A.StatusID, A.PurchaseDate, A.Comments
    FROM PackageAddons AS A JOIN Packages AS P ON P.PackageID = A.PackageID
    ORDER BY P.PackageName, A.PlanID, A.Quantity, A.StatusID, A.PurchaseDate, coalesce(A.Comments, '')]],
  [[SELECT PackageID, QuotaID, QuotaValue FROM PackageQuotas ORDER BY PackageID, QuotaID]],
  [[SELECT U.Username, S.SettingsName, S.PropertyName, S.PropertyValue
    FROM UserSettings AS S JOIN Users AS U ON U.UserID = S.UserID
    ORDER BY U.Username, S.SettingsName, S.PropertyName]],
}

-- What went over the wire has no CR; panels do not distinguish "" from nothing.
local function normal(row)
  for name, value in pairs(row) do
    if value == "" then
      row[name] = nil
    elseif type(value) == "string" then
      row[name] = value:gsub("\r\n?", "\n")
    end
  end
  return row
end

--- All accounts, spaces, add-ons and settings, without ids: the same again when nothing is changed.
---@return table[]
function Host:state()
  local tables = {}
  for index, sql in ipairs(STATE) do
    tables[index] = assert(self.server:query(sql))
    for _, row in ipairs(tables[index]) do
      normal(row)
    end
  end
  return tables
end

--- The names of the operations that were called since the last reset, in order.
---@return string[]
function Host:operations()
  local names = {}
  for index, call in ipairs(self.server:calls()) do
    names[index] = call.operation
  end
  return names
end

local changing = {}
for _, dialect in ipairs(dnp.dialects) do
  for _, operation in ipairs(dnp.contract(dialect).operations) do
    changing[operation.name] = operation.mutates
  end
end

--- Whether an operation changes something.
---@param operation string
function fixture.is_change(operation)
  return changing[operation]
end

--- Of `operations`, those that change something.
---@return string[]
function Host:changes()
  local names = {}
  for _, operation in ipairs(self:operations()) do
    if fixture.is_change(operation) then
      names[#names + 1] = operation
    end
  end
  return names
end

--- A retry policy whose sleeps pass no time.
---@param changes dnp.provisioning.PolicyOptions?
---@return dnp.provisioning.PolicyOptions
function fixture.policy(changes)
  return fake.time(changes).options
end

return fixture
