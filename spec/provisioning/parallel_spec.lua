-- Reads that do not depend on one another are made at a time, as many as the policy allows, and give the same.
local dnp = require "dnp"
local fixture = require "spec.support.panel"
local provisioning = require "dnp.provisioning"

local CUSTOMERS = 40

describe("reads that do not depend on one another", function()
  local host, panel

  local function prepare(started)
    local users, packages, bandwidth = {}, {}, {}
    for index = 1, CUSTOMERS do
      users[index] = {
        UserID = 100 + index, OwnerID = 2, Username = "c" .. index, Password = "x",
        StatusID = index % 5 == 0 and 2 or 1,
      }
      packages[index] = {
        PackageID = 200 + index, ParentPackageID = 2, UserID = 100 + index, PlanID = 2, PackageName = "w" .. index,
        StatusID = index % 3 == 0 and 3 or 1,
      }
      bandwidth[index] = {
        PackageId = 200 + index, GroupId = 2, LogDate = "2026-11-03T00:00:00", BytesSent = 1000 * index,
        BytesReceived = 0,
      }
    end
    started.server:seed { users = users, packages = packages, bandwidth = bandwidth }
  end
  fixture.provide("solidcp", function(...)
    host, panel = ...
  end, { prepare = prepare })

  -- Stands in for the session, and knows how many of its calls were under way at the most, changes counted apart.
  local function counting()
    local counts = { reads = 0, changes = 0, most = { reads = 0, changes = 0 } }
    local changes = {}
    for _, operation in ipairs(dnp.contract("solidcp").operations) do
      changes[operation.method] = operation.mutates
    end
    return setmetatable({}, {
      __index = function(_, method)
        local kind = changes[method] and "changes" or "reads"
        return function(_, ...)
          counts[kind] = counts[kind] + 1
          counts.most[kind] = math.max(counts.most[kind], counts[kind])
          local value, err = panel[method](panel, ...)
          counts[kind] = counts[kind] - 1
          return value, err
        end
      end,
    }), counts.most
  end

  it("are made together for usage by groups", function()
    local expected
    for _, limit in ipairs { 1, 8, 1000 } do
      local session, most = counting()
      local report = assert(provisioning.usage(session, "2026-11", {
        owner = "reseller", groups = true, policy = { limit = limit },
      }))
      expected = expected or report
      assert.are.same(expected, report)
      assert.are.equal(math.min(limit, CUSTOMERS + 2), most.reads)
    end
    assert.are.equal(1000 * CUSTOMERS * (CUSTOMERS + 1) / 2, expected.total.BytesTotal)
  end)

  it("are made together for a suspension and its end, and changes are not", function()
    local before = host:state()
    local session, most = counting()
    assert(provisioning.suspend(session, "reseller"))
    assert.are.same({ reads = 8, changes = 1 }, most)
    session, most = counting()
    assert(provisioning.unsuspend(session, "reseller"))
    assert.are.same({ reads = 8, changes = 1 }, most)
    assert.are.same(before, host:state())
  end)

  it("are given up together when one of them fails for good", function()
    host.server:misbehave { action = "html", status = 403, operation = "GetMyPackages", nth = 5, times = math.huge }
    local report, err = provisioning.suspend(panel, "reseller")
    assert.is_nil(report)
    assert.are.same({ "http", 403, "not_done" }, { err.kind, err.http_status, err.outcome })
    assert.is_true(host.server:call_count "GetMyPackages" < 4 + 2 * 8)
    assert.are.equal(0, host.server:call_count "ChangeUserStatus")
  end)

  it("repeat each call by itself after transient failures", function()
    local before = host:state()
    host.server:misbehave { action = "drop", rate = 0.2, seed = 7, operation = "GetMyPackages" }
    host.server:misbehave { action = "html", status = 503, rate = 0.2, seed = 8, operation = "GetUserPeers" }
    local policy = { base_delay = 0.001, attempts = 50 }
    assert(provisioning.suspend(panel, "reseller", { policy = policy }))
    assert(provisioning.unsuspend(panel, "reseller", { policy = policy }))
    host.server:behave()
    assert.are.same(before, host:state())
  end)

  it("may be made by workflows that themselves run at the same time", function()
    local names = {}
    for index = 1, CUSTOMERS do
      names[index] = "c" .. index
    end
    local before = host:state()
    for _, workflow in ipairs { "suspend", "unsuspend" } do
      local reports, failures = dnp.parallel(names, function(name)
        return provisioning[workflow](panel, name)
      end, { limit = 10 })
      for index = 1, CUSTOMERS do
        -- One in five is suspended already.
        assert(reports[index], failures[index])
      end
    end
    for _, row in ipairs(before[1]) do
      if row.Username:find "^c%d" then
        row.StatusID = 1
      end
    end
    assert.are.same(before[1], host:state()[1])
  end)
end)

describe("the pauses between reads", function()
  it("are made by the session's engine, whoever made the policy", function()
    local slept = 0
    local panel = assert(dnp.session {
      url = "http://127.0.0.1:9002", username = "a", password = "b", dialect = "solidcp",
      engine = {
        exchange = function()
          return nil, { name = "connection_refused", sent = false }
        end,
        sleep = function(seconds)
          slept = slept + seconds
        end,
      },
    })
    for name, read in pairs {
      find_user = function(policy)
        return provisioning.find_user(panel, 3, { policy = policy })
      end,
      all_users = function(policy)
        return provisioning.all_users(panel, { owner = 2, policy = policy })
      end,
      usage = function(policy)
        return provisioning.usage(panel, "2026-11", { policy = policy })
      end,
      test_connection = function(policy)
        return provisioning.test_connection(panel, { policy = policy })
      end,
    } do
      for _, policy in ipairs { { attempts = 4 }, provisioning.policy { attempts = 4 } } do
        slept = 0
        local result, err = read(policy)
        assert.is_nil(result)
        assert.are.equal("connection_refused", err.name)
        assert.is_true(slept > 0, name)
      end
    end
    panel:close()
  end)
end)

describe("the deadline of a policy", function()
  local host, panel

  fixture.provide("solidcp", function(...)
    host, panel = ...
  end)
  after_each(function()
    host.server:behave()
  end)

  it("ends a read that is under way, and no call after it", function()
    host.server:misbehave { action = "hang", operation = "GetMyPackages" }
    local began = dnp.clock()
    local report, err = provisioning.suspend(panel, "jdoe", { policy = { deadline = 0.3 } })
    assert.is_nil(report)
    assert.are.same({ "timeout", "not_done" }, { err.kind, err.outcome })
    assert.is_true(dnp.clock() - began < 10)
    host.server:behave()
    assert(panel:get_user_by_id(3))
    assert(provisioning.suspend(panel, "jdoe"))
  end)
end)
