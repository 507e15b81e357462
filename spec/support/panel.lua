--- A panel with hosting plans in a sandbox, sessions on it, and its state for comparisons: the fixture of most specs.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local sandbox = require "dnp.sandbox"

local fixture = {}

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

--- A sandbox with more plans, and its state to come back to. `options` as of the sandbox.
function fixture.start(dialect, options)
  local all = { dialect = dialect }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  local server = assert(sandbox.start(all))
  server:seed { plans = PLANS }
  return { server = server, dialect = dialect, start = server:freeze() }
end

--- A session on it; `options` as of `dnp.session`.
function fixture.session(host, options)
  local all = {
    url = host.server.url, username = "serveradmin", password = "serveradmin", dialect = host.dialect, timeout = 30,
  }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  return assert(dnp.session(all))
end

--- Everything as it was when it was started.
function fixture.reset(host, state)
  host.server:behave()
  host.server:restore(state or host.start)
  host.server:clear_calls()
end

--- Patience that passes no time.
function fixture.policy(changes)
  return fake.time(changes).options
end

--- How many rows a statement finds.
function fixture.count(host, sql, ...)
  return #assert(host.server:query(sql, ...))
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

-- What went over the wire has no CR; between "" and nothing panels do not tell.
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
function fixture.state(host)
  local tables = {}
  for index, sql in ipairs(STATE) do
    tables[index] = assert(host.server:query(sql))
    for _, row in ipairs(tables[index]) do
      normal(row)
    end
  end
  return tables
end

--- The names of the operations that the panel was asked for, in order.
function fixture.operations(host)
  local names = {}
  for index, call in ipairs(host.server:calls()) do
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
function fixture.changes(operation)
  return changing[operation]
end

return fixture
