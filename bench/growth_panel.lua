--- A sandbox with many accounts below a reseller, each with a space: growth_panel.lua ACCOUNTS
-- Prints its URL. For each line on standard input, the name of a file, it writes into that file how many calls it has
-- answered since the last time and its processor time in milliseconds, and "done"; it ends when standard input does.
local sandboxes = require "dnp.sandbox"

local RESELLER, RESELLER_SPACE, PLAN = 2, 2, 2
local FIRST = 1000 -- ids begin here

local sandbox = assert(sandboxes.start { dialect = "dotnetpanel" })
local count = tonumber(arg[1])

-- Straight into the tables: through the API it would take hours. Each has what a customer has who uses the space.
local function fill(sql)
  sandbox:query((sql:gsub("%$(%w+)", {
    numbers = "WITH RECURSIVE Numbers (N) AS (SELECT 1 UNION ALL SELECT N + 1 FROM Numbers WHERE N < " .. count .. ")",
    first = FIRST, reseller = RESELLER, space = RESELLER_SPACE, plan = PLAN,
  })))
end

sandbox:query "DELETE FROM Packages WHERE UserID > 2"
sandbox:query "DELETE FROM Users WHERE OwnerID = 2"
fill [[INSERT INTO Users (UserID, OwnerID, RoleID, Username, Password, FirstName, LastName, Email)
  $numbers SELECT $first + N, $reseller, 3, 'user' || N, 'p', 'First', 'Last' || N, 'user' || N || '@example.com'
  FROM Numbers]]
fill [[INSERT INTO Packages (PackageID, ParentPackageID, UserID, PlanID, PackageName)
  $numbers SELECT $first + N, $space, $first + N, $plan, 'www' FROM Numbers]]
fill [[INSERT INTO PackagesBandwidth (PackageID, GroupID, LogDate, BytesSent, BytesReceived)
  $numbers SELECT $first + N, 2, '2011-03-10T00:00:00', 3145728, 2097152 FROM Numbers]]
fill [[INSERT INTO PackagesDiskspace (PackageID, GroupID, DiskspaceBytes)
  $numbers SELECT $first + N, 1, 1048576 FROM Numbers]]

io.stdout:write(sandbox.url, "\n")
io.stdout:flush()
for path in io.lines() do
  local file = assert(io.open(path, "w"))
  file:write(("%d %.1f done\n"):format(sandbox:call_count(), os.clock() * 1000))
  file:close()
  sandbox:clear_calls()
end
sandbox:stop()
