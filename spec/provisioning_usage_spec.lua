-- What accounts used in a month.
local dnp = require "dnp"
local fake = require "spec.fake"
local hoster = require "spec.hoster"
local month = require "dnp.provisioning.month"
local usage = require("dnp.provisioning.usage").usage

local megabyte = 1048576

describe("a month", function()
  it("begins with its first moment and ends with the last that a database holds", function()
    local november = month.parse("usage", "2026-11")
    assert.equal("2026-11-01T00:00:00", november.first)
    assert.equal("2026-11-30T23:59:59.997", november.last)
    assert.equal("2026-12-31T23:59:59.997", month.parse("usage", "2026-12").last)
    assert.equal("2023-02-28T23:59:59.997", month.parse("usage", "2023-02").last)
    assert.equal("2024-02-29T23:59:59.997", month.parse("usage", "2024-02").last)
    assert.equal("1900-02-28T23:59:59.997", month.parse("usage", "1900-02").last)
    assert.equal("2000-02-29T23:59:59.997", month.parse("usage", "2000-02").last)
  end)
end)

describe("usage", function()
  it("refuses mistakes before anything is asked", function()
    local panel = fake.panel {}
    local cases = {
      { "2026-13", nil, "usage: argument 2 (month): a month like '2026-11' expected, got '2026-13'" },
      { "2026-00", nil, "got '2026-00'" },
      { "2026-1", nil, "got '2026-1'" },
      { "November", nil, "got 'November'" },
      { nil, nil, "usage: argument 2 (month): string expected, got nil" },
      { "2026-11", { usr = 1 }, "usage: unknown option 'usr'; did you mean 'user'?" },
      { "2026-11", { user = 1, owner = 2 }, "usage: options 'user' and 'owner' cannot be combined" },
      { "2026-11", { user = 0 }, "usage: option 'user': must be at least 1" },
      { "2026-11", { user = "" }, "usage: option 'user': must not be empty" },
      { "2026-11", { policy = { attempts = 0 } }, "policy: option 'attempts'" },
    }
    for _, case in ipairs(cases) do
      local good, message = pcall(function()
        usage(panel, case[1], case[2])
      end)
      assert.is_false(good)
      assert.matches(case[3], message, 1, true)
      assert.matches("provisioning_usage_spec.lua:", message, 1, true)
    end
    assert.same({}, panel.calls)
  end)

  local function traffic(bytes)
    local row = { GroupID = 2, GroupName = "Web", BytesSent = bytes, BytesReceived = 0, BytesTotal = bytes }
    return fake.dataset { row }
  end

  -- A reseller with a space, and a customer whose space is nested in it by way of one that nobody listed.
  local function panel_of(methods)
    local function space(id, parent)
      return { PackageId = id, PackageName = "Space " .. id, ParentPackageId = parent }
    end
    local all = {
      get_users_paged_recursive = {
        fake.dataset({ { Column1 = 2 } }, { { UserID = 2, Username = "reseller" }, { UserID = 3, Username = "jdoe" } }),
      },
      get_my_packages = function(user)
        return user == 2 and { space(10, 1), space(11, 10) } or { space(12, 11) }
      end,
      get_package_bandwidth = function(package)
        return traffic(({ [10] = 1000, [11] = 200, [12] = 30 })[package])
      end,
      get_package_diskspace = { fake.dataset {} },
    }
    for name, method in pairs(methods or {}) do
      all[name] = method
    end
    return fake.panel(all)
  end

  it("counts what is nested once", function()
    local report = assert(usage(panel_of(), "2026-11", { owner = 1 }))
    assert.is_true(report.complete)
    assert.equal(1000, report.total.BytesTotal)
    assert.equal(1000, report.accounts[1].BytesTotal)
    assert.equal(200, report.accounts[1].packages[2].BytesTotal)
    assert.equal(30, report.accounts[2].BytesTotal)
  end)

  it("counts what is nested when what it is nested in could not be read", function()
    local refused = fake.failure("http", { http_status = 403 })
    local panel = panel_of {
      get_package_bandwidth = function(package)
        if package ~= 12 then
          return nil, refused
        end
        return traffic(30)
      end,
    }
    local report = assert(usage(panel, "2026-11", { owner = 1 }))
    assert.is_false(report.complete)
    assert.equal(30, report.total.BytesTotal)
    assert.same({
      { UserId = 2, Username = "reseller", PackageId = 10, error = refused },
      { UserId = 2, Username = "reseller", PackageId = 11, error = refused },
    }, report.failures)
    assert.equal(2, #report.accounts)
  end)

  it("goes on with the others when an account is gone meanwhile", function()
    local absent = fake.failure "absent"
    local panel = panel_of {
      get_my_packages = function(user)
        if user == 2 then
          return nil, absent
        end
        return { { PackageId = 12, ParentPackageId = 11 } }
      end,
    }
    local report = assert(usage(panel, "2026-11", { owner = 1 }))
    assert.same({ { UserId = 2, Username = "reseller", error = absent } }, report.failures)
    assert.equal(1, #report.accounts)
    assert.equal(30, report.total.BytesTotal)
  end)

  it("reads numbers that came as text because they are large, and survives a ring of parents", function()
    local panel = panel_of {
      get_package_bandwidth = { traffic "9007199254740994" },
      get_my_packages = { { { PackageId = 1, ParentPackageId = 2 }, { PackageId = 2, ParentPackageId = 1 } } },
      get_user_by_id = { { UserId = 3, Username = "jdoe" } },
    }
    local report = assert(usage(panel, "2026-11", { user = 3 }))
    assert.equal(9007199254740994, report.accounts[1].packages[1].BytesTotal)
  end)

  it("has one deadline for all, and lists those that it did not get to", function()
    local time = fake.time { deadline = 10 }
    local panel = panel_of {
      get_package_bandwidth = function()
        time.now = time.now + 4
        return traffic(1)
      end,
    }
    local report = assert(usage(panel, "2026-11", { owner = 1, policy = time.options }))
    assert.is_false(report.complete)
    assert.equal(1, #report.failures)
    assert.equal("timeout", report.failures[1].error.kind)
    assert.equal("jdoe", report.failures[1].Username)
  end)

  it("fails when the accounts cannot be found at all", function()
    local refused = fake.failure("http", { http_status = 401 })
    local report, err = usage(panel_of { get_users_paged_recursive = { refused } }, "2026-11", { owner = 1 })
    assert.is_nil(report)
    assert.equal(refused, err)
  end)
end)

for _, dialect in ipairs(dnp.dialects) do
  describe("usage of a panel, " .. dialect, function()
    local host, panel, state

    setup(function()
      host = hoster.start(dialect)
      local function day(date, bytes)
        return { PackageId = 3, GroupId = 2, LogDate = date, BytesSent = bytes, BytesReceived = 0 }
      end
      host.server:seed {
        bandwidth = {
          day("2026-10-31T00:00:00", 1),
          day("2026-11-01T00:00:00", 10),
          day("2026-11-15T00:00:00", 100),
          day("2026-11-30T00:00:00", 1000),
          day("2026-11-30T23:59:59", 10000),
          day("2026-12-01T00:00:00", 100000),
          { PackageId = 2, GroupId = 1, LogDate = "2026-11-02T00:00:00", BytesSent = 5, BytesReceived = 2 },
        },
      }
      state = host.server:freeze()
      panel = hoster.session(host)
    end)
    teardown(function()
      panel:close()
      host.server:stop()
    end)
    before_each(function()
      hoster.reset(host, state)
    end)

    it("holds the month's last day, and not the next month's first", function()
      local report = assert(usage(panel, "2026-11", { user = "jdoe" }))
      assert.equal(11110, report.total.BytesTotal)
      assert.equal(37 * megabyte, report.total.DiskspaceBytes)
      assert.equal("2026-11", report.month)
      assert.equal(1, #report.accounts)
      assert.equal(3, report.accounts[1].UserId)
      assert.equal(100000, assert(usage(panel, "2026-12", { user = 3 })).total.BytesTotal)
      assert.equal(0, assert(usage(panel, "2027-01", { user = 3 })).total.BytesTotal)
      assert.equal(1, assert(usage(panel, "2026-10", { user = 3 })).total.BytesTotal)
    end)

    it("tells groups apart", function()
      local report = assert(usage(panel, "2011-03", { user = 3 }))
      local web = { BytesSent = 5120 * megabyte, BytesReceived = 12 * megabyte, BytesTotal = 5132 * megabyte }
      web.DiskspaceBytes = 0
      assert.same(web, report.total.groups.Web)
      assert.equal(1000, report.total.groups.Mail.BytesSent)
      assert.equal(37 * megabyte, report.total.groups.OS.DiskspaceBytes)
      assert.equal(report.total.BytesTotal, report.total.groups.Web.BytesTotal + report.total.groups.Mail.BytesTotal)
      assert.same(report.total.groups, report.accounts[1].packages[1].groups)
      assert.equal("John's <space>", report.accounts[1].packages[1].PackageName)
    end)

    it("of all accounts counts a customer's traffic once, though the reseller's space holds it too", function()
      local report = assert(usage(panel, "2026-11"))
      local by_name = {}
      for _, account in ipairs(report.accounts) do
        by_name[account.Username] = account
      end
      assert.equal(11110, by_name.jdoe.BytesTotal)
      assert.equal(11117, by_name.reseller.BytesTotal)
      assert.equal(0, by_name.unicode.BytesTotal)
      assert.equal(11117, report.total.BytesTotal)
      assert.is_true(report.complete)
    end)

    it("does not stop at one account that cannot be read", function()
      host.server:misbehave { action = "html", status = 403, operation = "GetMyPackages" }
      local report = assert(usage(panel, "2026-11"))
      assert.is_false(report.complete)
      assert.equal("reseller", report.failures[1].Username)
      assert.equal(403, report.failures[1].error.http_status)
      assert.equal(6, #report.accounts)
      assert.equal(11110, report.total.BytesTotal)
    end)

    it("repeats what failed in passing", function()
      local before = host.server:misbehaved()
      local operations = { "GetUserByUsername", "GetMyPackages", "GetPackageBandwidth", "GetPackageDiskspace" }
      for _, operation in ipairs(operations) do
        host.server:misbehave { action = "drop", operation = operation }
        host.server:misbehave { action = "cut", bytes = 500, operation = operation }
      end
      local report = assert(usage(panel, "2026-11", { user = "jdoe", policy = fake.time().options }))
      assert.equal(11110, report.total.BytesTotal)
      assert.equal(8, host.server:misbehaved() - before)
    end)

    it("tells who is not there", function()
      local report, err = usage(panel, "2026-11", { user = "nobody" })
      assert.is_nil(report)
      assert.equal("absent", err.kind)
      assert.equal("there is no user 'nobody', or this account may not see it", tostring(err))
    end)
  end)
end
