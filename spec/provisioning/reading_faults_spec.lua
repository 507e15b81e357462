-- Every function that only reads, with each of its calls in turn failing in each way: what fails transiently is not
-- noticed, what fails for good is said, and the panel stays as it was.
local dnp = require "dnp"
local lost_responses = require "spec.support.lost_responses"
local fixture = require "spec.support.panel"
local provisioning = require "dnp.provisioning"

local WAYS = {
  { name = "fault", action = "fault" },
  { name = "page of a proxy", action = "html" },
  { name = "response cut", action = "cut", bytes = 40 },
  { name = "dropped", action = "drop" },
  { name = "timeout", action = "hang", hangs = true },
}

local ONCE = { name = "once", times = 1 }
local FOR_GOOD = { name = "from then on", times = math.huge }

local function without_round_trip(report)
  if report then
    report.round_trip = nil
  end
  return report
end

local READERS = {
  find_user = function(panel, policy)
    return provisioning.find_user(panel, "jdoe", { policy = policy })
  end,
  ["usage of one account"] = function(panel, policy)
    return provisioning.usage(panel, "2024-01", { user = "jdoe", policy = policy })
  end,
  ["usage of all accounts"] = function(panel, policy)
    return provisioning.usage(panel, "2024-01", { policy = policy })
  end,
  all_users = function(panel, policy)
    return provisioning.all_users(panel, { recursive = true, page_size = 2, policy = policy })
  end,
  all_packages = function(panel, policy)
    return provisioning.all_packages(panel, { page_size = 2, policy = policy })
  end,
  ["all_packages of a user"] = function(panel, policy)
    return provisioning.all_packages(panel, { user = 3, policy = policy })
  end,
  all_addons = function(panel, policy)
    return provisioning.all_addons(panel, { user = 3, policy = policy })
  end,
  users = function(panel, policy)
    local names = {}
    local good, err = pcall(function()
      for user in provisioning.users(panel, { page_size = 1, policy = policy }) do
        names[#names + 1] = user.Username
      end
    end)
    if not good then
      return nil, err
    end
    return names
  end,
  wait_user_status = function(panel, policy)
    return provisioning.wait_user_status(panel, 3, "Active", { policy = policy })
  end,
  test_connection = function(panel, policy)
    local report, err = provisioning.test_connection(panel, { policy = policy })
    return without_round_trip(report), err
  end,
  ["ensure_account, as a dry run"] = function(panel, policy)
    return provisioning.ensure_account(panel, {
      user = { Username = "jdoe", City = "Ulm" },
      spaces = { { id = 3, plan = "Shared Medium", addons = {} }, { name = "new", plan = 2 } },
      spaces_complete = true,
    }, { policy = policy, dry_run = true })
  end,
}

local names = {}
for name in pairs(READERS) do
  names[#names + 1] = name
end
table.sort(names)

for _, dialect in ipairs(dnp.dialects) do
  describe("on " .. dialect, function()
    local host, sessions

    fixture.provide(dialect, function(started)
      host, sessions = started, lost_responses.sessions(started)
    end)

    -- What it gives when nothing is wrong, and the calls that it makes for that.
    local function healthy(read)
      local result = assert(read(sessions.normal, fixture.policy()))
      local calls = lost_responses.calls(host)
      assert.is_true(#calls > 0)
      return result, calls
    end

    local function fail(read, call, way, times)
      local panel, rule = lost_responses.failing(sessions, call, way, times)
      local result, err = read(panel, fixture.policy { attempts = 3, deadline = 60 })
      host.server:behave()
      host.server:clear_calls()
      local what = ("%s %d: %s %s"):format(call.operation, call.nth, way.name, times.name)
      assert(host.server:misbehaved(rule) > 0, what)
      return result, err, what
    end

    -- Usage of many accounts reports what it could not read beside what it could.
    local function is_told(result, err)
      if result ~= nil then
        return result.complete == false and #result.failures > 0 or result.names_error ~= nil
      end
      return type(err.message) == "string" and err.outcome == "not_done"
    end

    for _, name in ipairs(names) do
      local read = READERS[name]

      it(name .. " does not notice what fails in passing #slow", function()
        local expected, calls = healthy(read)
        for _, call in ipairs(calls) do
          for _, way in ipairs(WAYS) do
            local result, err, what = fail(read, call, way, ONCE)
            assert(result ~= nil, ("%s: %s"):format(what, tostring(err)))
            assert.are.same(expected, result, what)
          end
        end
      end)

      it(name .. " says what fails for good, and changes nothing #slow", function()
        local before = host:state()
        local _, calls = healthy(read)
        for _, call in ipairs(calls) do
          for _, way in ipairs(WAYS) do
            local result, err, what = fail(read, call, way, FOR_GOOD)
            assert(is_told(result, err), what)
          end
        end
        assert.are.same(before, host:state())
      end)
    end
  end)
end
