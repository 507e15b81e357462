-- What accounts used in a month.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local fixture = require "spec.support.panel"
local periods = require "dnp.provisioning.model.period"
local usage = require("dnp.provisioning.read.usage").usage

local megabyte = 1048576

describe("a month", function()
  it("begins with its first moment and ends with the last that a database holds", function()
    local november = periods.parse("usage", "2026-11")
    assert.equal("2026-11-01T00:00:00", november.first)
    assert.equal("2026-11-30T23:59:59.997", november.last)
    assert.equal("2026-12-31T23:59:59.997", periods.parse("usage", "2026-12").last)
    assert.equal("2023-02-28T23:59:59.997", periods.parse("usage", "2023-02").last)
    assert.equal("2024-02-29T23:59:59.997", periods.parse("usage", "2024-02").last)
    assert.equal("1900-02-28T23:59:59.997", periods.parse("usage", "1900-02").last)
    assert.equal("2000-02-29T23:59:59.997", periods.parse("usage", "2000-02").last)
  end)
end)

describe("usage", function()
  it("rejects usage errors before anything is asked", function()
    local panel = fake.panel {}
    local cases = {
      { "2026-13", nil, "usage: argument 2 (month): '2026-13' is not a month such as '2026-11'" },
      { "2026-00", nil, "'2026-00' is not a month" },
      { "2026-1", nil, "'2026-1' is not a month" },
      { "November", nil, "'November' is not a month" },
      { nil, nil, "usage: argument 2 (month): expected string, got nil" },
      { "2026-11", { usr = 1 }, "usage: option 'usr' is unknown; did you mean 'user'?" },
      { "2026-11", { user = 1, owner = 2 }, "usage: options 'user' and 'owner' cannot be combined" },
      { "2026-11", { user = 0 }, "usage: option 'user' must be at least 1, got 0" },
      { "2026-11", { owner = "" }, "usage: option 'owner' must not be empty" },
      { "2026-11", { groups = 1 }, "usage: option 'groups': expected boolean, got number" },
      { "2026-11", { user = "" }, "usage: option 'user' must not be empty" },
      { "2026-11", { policy = { attempts = 0 } }, "policy: option 'attempts'" },
    }
    for _, case in ipairs(cases) do
      local good, message = pcall(function()
        usage(panel, case[1], case[2])
      end)
      assert.is_false(good)
      assert.matches(case[3], message, 1, true)
      assert.matches("usage_spec.lua:", message, 1, true)
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
      get_packages_paged = { fake.dataset({ { Column1 = 0 } }, {}) },
      get_hosting_plan = { fake.failure "absent" },
    }
    for name, method in pairs(methods or {}) do
      all[name] = method
    end
    return fake.panel(all)
  end

  it("counts what is nested once", function()
    local report = assert(usage(panel_of(), "2026-11", { owner = 1, groups = true }))
    assert.is_true(report.complete)
    assert.equal(1000, report.total.BytesTotal)
    assert.equal(1000, report.accounts[1].BytesTotal)
    assert.equal(200, report.accounts[1].spaces[2].BytesTotal)
    assert.equal(report.accounts[1].spaces, report.accounts[1].packages) -- its name until 0.2
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
    local report = assert(usage(panel, "2026-11", { owner = 1, groups = true }))
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
    local report = assert(usage(panel, "2026-11", { owner = 1, groups = true }))
    assert.same({ { UserId = 2, Username = "reseller", error = absent } }, report.failures)
    assert.equal(1, #report.accounts)
    assert.equal(30, report.total.BytesTotal)
  end)

  it("reads numbers that came as text because they are large, and survives a ring of parents", function()
    local panel = panel_of {
      get_package_bandwidth = { traffic "9007199254740994" },
      get_my_packages = { { { PackageId = 1, ParentPackageId = 2 }, { PackageId = 2, ParentPackageId = 1 } } },
      get_user_by_id = { { UserId = 3, Username = "jdoe", OwnerId = 2 } },
    }
    local report = assert(usage(panel, "2026-11", { user = 3 }))
    assert.equal(9007199254740994, report.accounts[1].spaces[1].BytesTotal)
  end)

  it("has one deadline for all, and lists those that it did not get to", function()
    local time = fake.time { deadline = 10 }
    local panel = panel_of {
      get_package_bandwidth = function()
        time.now = time.now + 4
        return traffic(1)
      end,
    }
    local report = assert(usage(panel, "2026-11", { owner = 1, groups = true, policy = time.options }))
    assert.is_false(report.complete)
    assert.equal(1, #report.failures)
    assert.equal("timeout", report.failures[1].error.kind)
    assert.equal("jdoe", report.failures[1].Username)
  end)

  it("fails when the accounts cannot be found at all", function()
    local refused = fake.failure("http", { http_status = 401 })
    local panel = panel_of { get_users_paged_recursive = { refused } }
    local report, err = usage(panel, "2026-11", { owner = 1 })
    assert.is_nil(report)
    assert.equal(refused, err)
  end)
end)

for _, dialect in ipairs(dnp.dialects) do
  describe("usage of a panel, " .. dialect, function()
    local host, panel

    local function prepare(started)
      local function day(date, bytes)
        return { PackageId = 3, GroupId = 2, LogDate = date, BytesSent = bytes, BytesReceived = 0 }
      end
      started.server:seed {
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
    end
    fixture.provide(dialect, function(...)
      host, panel = ...
    end, { prepare = prepare })

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

    it("distinguishes groups", function()
      local report = assert(usage(panel, "2011-03", { user = 3 }))
      local web = { BytesSent = 5120 * megabyte, BytesReceived = 12 * megabyte, BytesTotal = 5132 * megabyte }
      web.DiskspaceBytes = 0
      assert.same(web, report.total.groups.Web)
      assert.equal(1000, report.total.groups.Mail.BytesSent)
      assert.equal(37 * megabyte, report.total.groups.OS.DiskspaceBytes)
      assert.equal(report.total.BytesTotal, report.total.groups.Web.BytesTotal + report.total.groups.Mail.BytesTotal)
      assert.same(report.total.groups, report.accounts[1].spaces[1].groups)
      assert.equal("John's <space>", report.accounts[1].spaces[1].PackageName)
    end)

    it("of all accounts counts a customer's traffic once, though the reseller's space holds it too", function()
      local report = assert(usage(panel, "2026-11", { groups = true }))
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
      local report = assert(usage(panel, "2026-11", { groups = true, policy = { limit = 1 } }))
      assert.is_false(report.complete)
      assert.equal("reseller", report.failures[1].Username)
      assert.equal(403, report.failures[1].error.http_status)
      assert.equal(6, #report.accounts)
      assert.equal(11110, report.total.BytesTotal)
    end)

    it("reports whose the amounts are", function()
      local account = assert(usage(panel, "2026-11", { user = "jdoe" })).accounts[1]
      assert.same({ "jdoe@example.com", 2, "reseller", "Shared Small", "Shared Small" },
        { account.Email, account.OwnerId, account.OwnerUsername, account.PlanName, account.spaces[1].PlanName })
      for _, groups in ipairs { true, false } do
        for _, of_all in ipairs(assert(usage(panel, "2026-11", { owner = "reseller", groups = groups })).accounts) do
          if of_all.Username == "jdoe" then
            assert.same({ account.Email, account.OwnerId, account.OwnerUsername, account.PlanName, "Shared Small" },
              { of_all.Email, of_all.OwnerId, of_all.OwnerUsername, of_all.PlanName, of_all.spaces[1].PlanName })
          end
        end
      end
    end)

    describe("as totals", function()
      local function day(package, group, date, megabytes)
        return {
          PackageId = package, GroupId = group, LogDate = date .. "T00:00:00", BytesSent = megabytes * megabyte,
          BytesReceived = 0,
        }
      end

      -- jdoe has two spaces, one nested in the other; kid, below jdoe, one in that; a space of jdoe's is made from a
      -- plan of the panel's own, and so not nested in the reseller's.
      before_each(function()
        host.server:seed {
          users = { { UserID = 40, OwnerID = 3, Username = "kid", Password = "x", Email = "kid@example.com" } },
          packages = {
            { PackageID = 30, ParentPackageID = 3, UserID = 3, PlanID = 2, PackageName = "inner" },
            { PackageID = 31, ParentPackageID = 30, UserID = 40, PlanID = 2, PackageName = "kid's" },
            { PackageID = 32, ParentPackageID = 1, UserID = 3, PlanID = 2, PackageName = "stray" },
          },
          bandwidth = {
            day(3, 2, "2026-09-01", 1), day(30, 2, "2026-09-30", 20), day(31, 4, "2026-09-15", 300),
            day(32, 2, "2026-09-15", 4000), day(2, 2, "2026-09-02", 50000), day(31, 2, "2026-10-01", 7),
            day(31, 2, "2026-08-31", 7),
          },
        }
      end)

      local function by_name(report)
        local found = {}
        for _, account in ipairs(report.accounts) do
          found[account.Username] = account
        end
        return found
      end

      it("counts what is nested once, and misses no space", function()
        for _, caller in ipairs { "serveradmin", "reseller" } do
          local password = caller == "reseller" and "Res3ller!" or nil
          local own = host:session { username = caller, password = password }
          local report = assert(usage(own, "2026-09", { owner = "reseller" }))
          own:close()
          assert.is_true(report.complete)
          assert.is_false(report.groups)
          local found = by_name(report)
          assert.equal((321 + 4000) * megabyte, found.jdoe.BytesTotal)
          assert.equal(300 * megabyte, found.kid.BytesTotal)
          assert.equal(0, found.unicode.BytesTotal)
          assert.equal(37 * megabyte, found.jdoe.DiskspaceBytes)
          assert.equal((321 + 4000) * megabyte, report.total.BytesTotal)
          assert.is_nil(report.total.groups)
          assert.equal(3, found.jdoe.spaces[2].ParentPackageId)
        end
      end)

      it("is the same as by groups, but for rounding", function()
        for _, owner in ipairs { 1, 2, 3 } do
          local totals = by_name(assert(usage(panel, "2026-09", { owner = owner })))
          local groups = by_name(assert(usage(panel, "2026-09", { owner = owner, groups = true })))
          for name, account in pairs(groups) do
            assert.is_true(math.abs(account.BytesTotal - totals[name].BytesTotal) <= megabyte, name)
            assert.is_true(math.abs(account.DiskspaceBytes - totals[name].DiskspaceBytes) <= megabyte, name)
            assert.equal(#account.spaces, #totals[name].spaces, name)
          end
        end
      end)

      it("can be had of one account, too", function()
        local report = assert(usage(panel, "2026-09", { user = "jdoe", groups = false }))
        assert.equal((321 + 4000) * megabyte, report.total.BytesTotal)
        assert.same({ 3, 30, 32 }, { report.accounts[1].spaces[1].PackageId, report.accounts[1].spaces[2].PackageId,
          report.accounts[1].spaces[3].PackageId })
      end)

      it("counts once what lies in a space of somebody else that lies in one's own", function()
        host.server:seed {
          packages = { { PackageID = 33, ParentPackageID = 31, UserID = 3, PlanID = 2, PackageName = "innermost" } },
          bandwidth = { day(33, 2, "2026-09-20", 600) },
        }
        for _, options in ipairs { { user = 3, groups = false }, { owner = "reseller" }, { user = 3 },
          { owner = "reseller", groups = true } } do
          local report = assert(usage(panel, "2026-09", options))
          assert.equal((921 + 4000) * megabyte, by_name(report).jdoe.BytesTotal)
        end
      end)

      -- reseller > jdoe > serveradmin > serveradmin > jdoe: the accounts above the owner are in no list.
      it("counts once what lies in one's own space with those of the owner's owner in between", function()
        host.server:seed {
          packages = {
            { PackageID = 33, ParentPackageID = 30, UserID = 1, PlanID = 2, PackageName = "between" },
            { PackageID = 34, ParentPackageID = 33, UserID = 1, PlanID = 2, PackageName = "further" },
            { PackageID = 35, ParentPackageID = 34, UserID = 3, PlanID = 2, PackageName = "innermost" },
          },
          bandwidth = { day(35, 2, "2026-09-20", 600) },
        }
        for _, groups in ipairs { true, false } do
          for _, who in ipairs { { user = 3 }, { owner = "reseller" } } do
            local report = assert(usage(panel, "2026-09", { user = who.user, owner = who.owner, groups = groups }))
            assert.is_true(report.complete)
            assert.equal((921 + 4000) * megabyte, by_name(report).jdoe.BytesTotal)
            assert.equal((921 + 4000) * megabyte, report.total.BytesTotal)
          end
        end
      end)

      it("names an account of which it is not known what its space lies in", function()
        host.server:misbehave { action = "html", status = 403, operation = "GetPackage" }
        local report = assert(usage(panel, "2026-09", { owner = "reseller", groups = true }))
        assert.same({ false, 1, 403 }, { report.complete, #report.failures, report.failures[1].error.http_status })
      end)

      it("names those of whom nothing is known when a report cannot be read", function()
        host.server:misbehave {
          action = "html", status = 403, operation = "GetPackagesDiskspacePaged", nth = 2, times = math.huge,
        }
        local report = assert(usage(panel, "2026-09", { owner = 2 }))
        assert.is_false(report.complete)
        local failed = {}
        for index, failure in ipairs(report.failures) do
          failed[index] = failure.Username
          assert.equal(403, failure.error.http_status)
        end
        assert.same({ "jdoe", "kid" }, failed)
      end)

      it("comes by groups where the panel does not know the reports", function()
        local without = setmetatable({}, {
          __index = function(_, method)
            return function(_, ...)
              if method == "get_packages_bandwidth_paged" then
                return nil, fake.failure("fault", {
                  name = "Client", message = "GetPackagesBandwidthPaged: Server did not recognize the value of HTTP "
                    .. "Header SOAPAction: http://smbsaas/websitepanel/enterpriseserver/GetPackagesBandwidthPaged.",
                })
              end
              return panel[method](panel, ...)
            end
          end,
        })
        local report = assert(usage(without, "2026-09", { owner = 2 }))
        assert.is_true(report.groups)
        assert.equal(300 * megabyte, by_name(report).kid.groups.Mail.BytesTotal)
      end)
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

    it("reports who is not there", function()
      local report, err = usage(panel, "2026-11", { user = "nobody" })
      assert.is_nil(report)
      assert.equal("absent", err.kind)
      assert.equal("there is no user 'nobody', or this account may not see it", tostring(err))
    end)
  end)
end

describe("usage of very many accounts", function()
  local ACCOUNTS = 10000

  it("takes fewer than 50 calls", function()
    local host = fixture.start "solidcp"
    local panel = host:session()
    local function fill(sql)
      assert(host.server:query(("WITH RECURSIVE N(I) AS (SELECT 1 UNION ALL SELECT I + 1 FROM N WHERE I < %d) ")
        :format(ACCOUNTS) .. sql))
    end
    fill [[INSERT INTO Users (UserID, OwnerID, RoleID, Username, Email)
      SELECT 1000 + I, 2, 3, 'c' || I, I || '@example.com' FROM N]]
    fill [[INSERT INTO Packages (PackageID, ParentPackageID, UserID, PlanID, PackageName)
      SELECT 20000 + I, 2, 1000 + I, 2, 'w' || I FROM N]]
    fill [[INSERT INTO PackagesBandwidth (PackageID, GroupID, LogDate, BytesSent, BytesReceived)
      SELECT 20000 + I, 2, '2026-11-30T00:00:00', 1048576 * (I % 7), 0 FROM N]]
    host.server:clear_calls()
    local report = assert(usage(panel, "2026-11", { owner = "reseller" }))
    assert.is_true(host.server:call_count() < 50, host.server:call_count() .. " calls")
    assert.is_true(report.complete)
    assert.equal(ACCOUNTS + 2, #report.accounts)
    local sum = 0
    for index = 1, ACCOUNTS do
      sum = sum + index % 7 * megabyte
    end
    assert.equal(sum, report.total.BytesTotal)
    local last = report.accounts[#report.accounts]
    assert.same({ "c10000", "10000@example.com", "reseller", "Shared Small", 10000 % 7 * megabyte },
      { last.Username, last.Email, last.OwnerUsername, last.PlanName, last.BytesTotal })
    host:stop()
  end)
end)
