-- The two reports of usage: GetPackagesBandwidthPaged and GetPackagesDiskspacePaged.
-- SolidCP install_db.sql:12951 and 13120; WebsitePanel has the same.
local dnp = require "dnp"
local sandboxes = require "dnp.sandbox"

local MIB = 1048576

-- Below reseller 2: space 2 with 3 (seeded) and 10, which has 11 nested in it; a second space 20 of the reseller.
local seed = {
  plans = { { PlanId = 10, UserId = 2, PackageId = 2, PlanName = "Nesting", quotas = { ["OS.Bandwidth"] = 200,
    ["OS.Diskspace"] = 50 } } },
  packages = {
    { PackageId = 10, ParentPackageId = 2, UserId = 9, PlanId = 10, PackageName = "ten", StatusId = 2 },
    { PackageId = 11, ParentPackageId = 10, UserId = 9, PlanId = 10, PackageName = "eleven" },
    { PackageId = 20, ParentPackageId = 1, UserId = 2, PlanId = 1, PackageName = "twenty" },
  },
  bandwidth = {
    { PackageId = 10, GroupId = 2, LogDate = "2024-01-01T00:00:00", BytesSent = 60 * MIB, BytesReceived = 0 },
    { PackageId = 11, GroupId = 2, LogDate = "2024-01-31T00:00:00", BytesSent = 30 * MIB, BytesReceived = 10 * MIB },
    { PackageId = 11, GroupId = 2, LogDate = "2024-02-01T00:00:00", BytesSent = 1000 * MIB, BytesReceived = 0 },
  },
  diskspace = { { PackageId = 11, GroupId = 1, DiskspaceBytes = 5 * MIB } },
}

for _, dialect in ipairs(dnp.dialects) do
  describe("reports of usage in " .. dialect, function()
    local sandbox, panel

    local function as(username, password)
      return assert(dnp.session { url = sandbox.url, username = username, password = password, dialect = dialect })
    end

    local function bandwidth(user, space, from, to, ...)
      return panel:get_packages_bandwidth_paged(user, space, from .. "T00:00:00", to .. "T00:00:00", ...)
    end

    -- "10:100 11:40", and the count
    local function summary(tables, column)
      local texts = {}
      for i, row in ipairs(tables[2]) do
        texts[i] = row.PackageID .. ":" .. row[column]
      end
      return table.concat(texts, " "), tables[1][1].Column1
    end

    setup(function()
      sandbox = assert(sandboxes.start { dialect = dialect })
      sandbox:seed(seed)
      panel = as("serveradmin", "serveradmin")
    end)

    teardown(function()
      sandbox:stop()
    end)

    it("have the columns of the panel", function()
      local columns = {}
      for _, column in ipairs(assert(bandwidth(1, 2, "2024-01-01", "2024-01-31", "P.PackageID", 0, 10))[2].columns) do
        columns[#columns + 1] = column.name .. " " .. column.type
      end
      assert.are.equal("PackageID int, QuotaValue int, Bandwidth int, UsagePercentage int, PackageName string, "
        .. "PackagesNumber int, StatusID int, UserID int, Username string, FirstName string, LastName string, "
        .. "FullName string, RoleID int, Email string, UserComments string", table.concat(columns, ", "))
      local row = assert(bandwidth(1, 2, "2024-01-01", "2024-01-31", "P.PackageID", 0, 10))[2][2]
      assert.are.same({ PackageID = 10, QuotaValue = 200, Bandwidth = 100, UsagePercentage = 50, PackageName = "ten",
        PackagesNumber = 1, StatusID = 2, UserID = 9, Username = "unicode", FirstName = "Zoë",
        LastName = "Œuvré-Иванов", FullName = "Zoë Œuvré-Иванов", RoleID = 3, Email = "unicode@example.com",
        UserComments = "" }, row)
    end)

    it("list a user's own spaces, or those directly in a space, with all that is nested in each", function()
      local month = { "2024-01-01", "2024-01-31", "P.PackageID", 0, 1000 }
      local unpack = table.unpack or unpack
      assert.are.same({ "2:100 20:0", 2 }, { summary(assert(bandwidth(2, -1, unpack(month))), "Bandwidth") })
      assert.are.same({ "3:0 10:100", 2 }, { summary(assert(bandwidth(2, 2, unpack(month))), "Bandwidth") })
      -- the user is not looked at when there is a space
      assert.are.same({ "11:40", 1 }, { summary(assert(bandwidth(777, 10, unpack(month))), "Bandwidth") })
      local disk = assert(panel:get_packages_diskspace_paged(2, 2, "P.PackageID", 0, 1000))
      assert.are.same({ "3:37 10:5", 2 }, { summary(disk, "Diskspace") })
      assert.are.equal(500, disk[2][1].QuotaValue)
      assert.are.equal(7, disk[2][1].UsagePercentage)
    end)

    it("count both dates, and show no quota where nothing is used", function()
      assert.are.equal("10:60 3:0",
        (summary(assert(bandwidth(1, 2, "2024-01-01", "2024-01-30", "", 0, 9)), "Bandwidth")))
      assert.are.equal("10:1100 3:0",
        (summary(assert(bandwidth(1, 2, "2024-01-01", "2024-02-01", nil, 0, 9)), "Bandwidth")))
      assert.are.equal(0, assert(bandwidth(1, 2, "2024-01-01", "2024-01-31", "P.PackageID", 0, 9))[2][1].QuotaValue)
      -- 12, the reseller's bandwidth, is without limit
      assert.are.equal(-1, assert(bandwidth(2, -1, "2024-01-01", "2024-01-31", "P.PackageID", 0, 9))[2][1].QuotaValue)
      local _, err = bandwidth(1, 2, "0001-01-01", "2024-01-31", "", 0, 9)
      assert.matches("SqlDateTime overflow", err.message)
    end)

    it("count only what a space's plan counts", function()
      local state = sandbox:freeze()
      assert(sandbox.server:execute { { "UPDATE HostingPlanResources SET CalculateBandwidth = 0, "
        .. "CalculateDiskSpace = 0 WHERE PlanID = 10" } })
      assert.are.equal("3:0 10:0",
        (summary(assert(bandwidth(1, 2, "2024-01-01", "2024-01-31", "PackageID", 0, 9)), "Bandwidth")))
      assert.are.equal("3:37 10:0",
        (summary(assert(panel:get_packages_diskspace_paged(1, 2, "PackageID ASC", 0, 9)), "Diskspace")))
      sandbox:restore(state)
    end)

    it("come in pages from 0, with one row more than was asked for", function()
      local function page(start, rows)
        return summary(assert(bandwidth(2, 2, "2024-01-01", "2024-01-31", "P.PackageID", start, rows)), "Bandwidth")
      end
      assert.are.same({ "3:0 10:100", 2 }, { page(0, 1) })
      assert.are.same({ "10:100", 2 }, { page(1, 1) })
      assert.are.same({ "3:0", 2 }, { page(0, 0) })
      assert.are.same({ "", 2 }, { page(2, 5) })
      assert.are.same({ "3:0 10:100", 2 }, { page(0, 2147483647) })
      local _, err = bandwidth(2, 2, "2024-01-01", "2024-01-31", "P.PackageID", 1, 2147483647)
      assert.matches("Arithmetic overflow", err.message)
      _, err = panel:get_packages_diskspace_paged(2, 2, "Bandwidth", 0, 1)
      assert.matches("Invalid column name", err.message)
    end)

    it("check the rights to a space, and none to a user", function()
      local jdoe = as("jdoe", "secret")
      for _, space in ipairs { 0, 1, 2, 10 } do
        local _, err = jdoe:get_packages_diskspace_paged(3, space, "", 0, 9)
        assert.are.equal("fault", err.kind)
        assert.matches("You are not allowed to access this package", err.message)
      end
      assert.are.equal(0, assert(jdoe:get_packages_diskspace_paged(3, 3, "", 0, 9))[1][1].Column1)
      assert.are.equal(0, assert(jdoe:get_packages_diskspace_paged(3, 999, "", 0, 9))[1][1].Column1)
      assert.are.equal("2:42 20:0",
        (summary(assert(jdoe:get_packages_diskspace_paged(2, -1, "P.PackageID", 0, 9)), "Diskspace")))
      assert.are.equal(2, assert(panel:get_packages_diskspace_paged(1, 1, "", 0, 9))[1][1].Column1)
    end)
  end)
end
