-- Waiting for what goes on in the background.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local fixture = require "spec.support.panel"
local policy = require "dnp.provisioning.retry.policy"
local wait = require "dnp.provisioning.workflows.wait"

local absent = fake.failure "absent"

describe("wait_until", function()
  it("asks at once, and sleeps longer and longer", function()
    local time = fake.time()
    local asked = 0
    local panel = fake.panel {}
    local value = wait.wait_until(panel, function(given)
      assert.equal(panel, given)
      asked = asked + 1
      return asked == 6 and "there"
    end, { start = 1, factor = 2, max = 5, policy = time.options })
    assert.equal("there", value)
    assert.same({ 1, 2, 4, 5, 5 }, time.sleeps)
  end)

  it("does not sleep when there is nothing to wait for", function()
    local time = fake.time()
    assert.is_true(wait.wait_until(fake.panel {}, function()
      return true
    end, { policy = time.options }))
    assert.same({}, time.sleeps)
  end)

  it("ends at its deadline, asks a last time, and says what it waited for and how long", function()
    local time = fake.time()
    local asked = 0
    local value, err = wait.wait_until(fake.panel {}, function()
      asked = asked + 1
    end, { what = "godot", start = 4, factor = 2, deadline = 10, policy = time.options })
    assert.is_nil(value)
    assert.equal("timeout", err.kind)
    assert.equal("gave up after 10.0 s waiting for godot", tostring(err))
    assert.same({ 4, 6 }, time.sleeps)
    assert.equal(3, asked)
  end)

  it("is bound by the policy's deadline too, which others may have used up", function()
    local time = fake.time { deadline = 10 }
    local retry_policy = policy.new(time.options)
    time.now = time.now + 7
    local _, err = wait.wait_until(fake.panel {}, function() end, { start = 2, deadline = 60, policy = retry_policy })
    assert.equal("timeout", err.kind)
    assert.equal(10, time.now - 1000)
    assert.equal(err.kind, select(2, wait.wait_until(fake.panel {}, function() end, { policy = retry_policy })).kind)
    assert.equal(10, time.now - 1000)
  end)

  it("goes on after transient failures, and reports the last when time is over", function()
    local time = fake.time()
    local responses = { fake.failure "transport", fake.failure("http", { http_status = 503 }), nil }
    local asked = 0
    local value = wait.wait_until(fake.panel {}, function()
      asked = asked + 1
      if asked == 3 then
        return 7
      end
      return nil, responses[asked]
    end, { policy = time.options })
    assert.equal(7, value)
    local _, err = wait.wait_until(fake.panel {}, function()
      return nil, responses[1]
    end, { what = "rain", deadline = 1, policy = time.options })
    assert.equal("gave up after 1.0 s waiting for rain; the last error: Call: transport", tostring(err))
    assert.equal(responses[1], err.cause)
  end)

  it("ends with a failure that lasts", function()
    local refused = fake.failure("refused", { code = -104 })
    for _, lasting in ipairs { refused, absent, "a text" } do
      local time = fake.time()
      local value, err = wait.wait_until(fake.panel {}, function()
        return nil, lasting
      end, { policy = time.options })
      assert.is_nil(value)
      assert.equal(lasting, err)
      assert.same({}, time.sleeps)
    end
  end)

  it("rejects usage errors before it asks anything", function()
    local function never()
      error "asked"
    end
    local cases = {
      { { strat = 1 }, "wait_until: option 'strat' is unknown; did you mean 'start'?" },
      { { start = 0 }, "wait_until: option 'start' must be above 0, got 0" },
      { { factor = 0.5 }, "wait_until: option 'factor' must be at least 1, got 0.5" },
      { { policy = { sleeep = print } }, "policy: option 'sleeep' is unknown; did you mean 'sleep'?" },
    }
    for _, case in ipairs(cases) do
      local _, message = pcall(function()
        wait.wait_until(fake.panel {}, never, case[1])
      end)
      assert.matches(case[2], message, 1, true)
      assert.matches("wait_spec.lua:", message, 1, true)
    end
    local _, message = pcall(wait.wait_until, fake.panel {}, "soon")
    assert.matches("wait_until: argument 2 (condition): expected function, got string", message, 1, true)
  end)
end)

describe("the ready waiters", function()
  it("know that only an absent user is gone", function()
    local time = fake.time()
    local panel = fake.panel { get_user_by_id = { { UserId = 7 }, fake.failure "timeout", absent } }
    assert.is_true(wait.wait_user_gone(panel, 7, { policy = time.options }))
    assert.equal(3, #panel.calls)
    panel = fake.panel { user_exists = { true, fake.failure "transport", false } }
    assert.is_true(wait.wait_user_gone(panel, "jdoe", { policy = time.options }))
    assert.equal(3, #panel.calls)
    panel = fake.panel { get_user_by_id = { fake.failure("http", { http_status = 401 }) } }
    local gone, err = wait.wait_user_gone(panel, 7, { policy = time.options })
    assert.is_nil(gone)
    assert.equal(401, err.http_status)
  end)

  it("give no password away", function()
    local panel = fake.panel { get_user_by_id = { { StatusId = 1, Username = "jdoe", Password = "secret" } } }
    assert.same({ StatusId = 1, Username = "jdoe" }, wait.wait_user_status(panel, 7, "Active"))
  end)

  it("wait for spaces", function()
    local time = fake.time()
    local panel = fake.panel { get_package = { { StatusId = 1 }, { StatusId = 1 }, { StatusId = 2 }, absent } }
    assert.equal(2, wait.wait_space_status(panel, 3, "Suspended", { policy = time.options }).StatusId)
    assert.equal(3, #panel.calls)
    assert.is_true(wait.wait_space_gone(panel, 3, { policy = time.options }))
    assert.same({ "get_package", 3 }, panel.calls[4])
  end)

  it("do not wait for the status of what is not there", function()
    local time = fake.time()
    local panel = fake.panel { get_user_by_id = { absent }, get_package = { absent } }
    assert.equal("absent", select(2, wait.wait_user_status(panel, 7, 1, { policy = time.options })).kind)
    assert.equal("absent", select(2, wait.wait_space_status(panel, 7, 1, { policy = time.options })).kind)
    assert.same({}, time.sleeps)
  end)

  it("say what they wait for", function()
    local options = { deadline = 1, policy = fake.time().options }
    local panel = fake.panel {
      get_user_by_id = { { StatusId = 1 } },
      get_package = { { StatusId = 1 } },
      user_exists = { true },
    }
    local cases = {
      { wait.wait_user_gone, { 7 }, "user 7 to be gone" },
      { wait.wait_user_gone, { "jdoe" }, "user 'jdoe' to be gone" },
      { wait.wait_user_gone, { "j\ndoe" }, "user 'j?doe' to be gone" },
      { wait.wait_space_gone, { 3 }, "space 3 to be gone" },
      { wait.wait_user_status, { 7, "Pending" }, "user 7 to be Pending" },
      { wait.wait_space_status, { 3, 4 }, "space 3 to be New" },
    }
    for _, case in ipairs(cases) do
      local arguments = case[2]
      arguments[#arguments + 1] = options
      local _, err = case[1](panel, (table.unpack or unpack)(arguments))
      assert.equal("gave up after 1.0 s waiting for " .. case[3], tostring(err))
    end
    local _, err = wait.wait_space_gone(panel, 3, { what = "the end", deadline = 1, policy = fake.time().options })
    assert.matches("for the end", tostring(err), 1, true)
  end)

  it("reject what cannot be an id, a name or a status", function()
    local panel = fake.panel {}
    local cases = {
      { wait.wait_user_gone, { 0 }, "wait_user_gone: argument 2 (user) must be at least 1, got 0" },
      { wait.wait_user_gone, { "" }, "wait_user_gone: argument 2 (user) must not be empty" },
      {
        wait.wait_user_gone,
        { true },
        "wait_user_gone: argument 2 (user): expected id or user name, got boolean",
      },
      { wait.wait_space_gone, { "3" }, "wait_space_gone: a space's name needs option 'user'" },
      {
        wait.wait_space_status,
        { {}, 1 },
        "wait_space_status: argument 2 (space): expected id or name, got table",
      },
      { wait.wait_user_status, { 1.5, 1 }, "wait_user_status: argument 2 (user): expected integer, got 1.5" },
      {
        wait.wait_user_status,
        { 7, "Suspnded" },
        "wait_user_status: argument 3 (status): expected one of 'Active', 'Suspended', 'Cancelled', 'Pending', "
          .. "got 'Suspnded'; did you mean 'Suspended'?",
      },
      { wait.wait_space_status, { 7, 9 }, "wait_space_status: argument 3 (status): expected one of 1 (Active), "
        .. "2 (Suspended), 3 (Cancelled), 4 (New), got 9" },
      { wait.wait_user_status, { 7, "2" }, "wait_user_status: argument 3 (status): expected number or name of a "
        .. "UserStatus, got a number in a string" },
    }
    for _, case in ipairs(cases) do
      local _, message = pcall(function()
        case[1](panel, case[2][1], case[2][2])
      end)
      assert.matches(case[3], message, 1, true)
      assert.matches("wait_spec.lua:", message, 1, true)
    end
  end)
end)

for _, dialect in ipairs(dnp.dialects) do
  describe("waiting for a panel, " .. dialect, function()
    local host, panel

    -- A deletion that does not end by itself while a spec runs.
    fixture.provide(dialect, function(...)
      host, panel = ...
    end, { delete_delay = 1e6 })

    -- A clock whose `nth` sleep lets the panel end what it has begun.
    local function time_that_ends(nth)
      local time = fake.time()
      local sleep = time.options.sleep
      time.options.sleep = function(seconds)
        sleep(seconds)
        if #time.sleeps == nth then
          host.server:query "UPDATE Users SET DeleteAt = 0 WHERE DeleteAt IS NOT NULL"
          host.server:query "UPDATE Packages SET DeleteAt = 0 WHERE DeleteAt IS NOT NULL"
        end
      end
      return time
    end

    it("sees that a user is not gone when DeleteUser responds, but later", function()
      assert(panel:delete_user(9))
      assert.is_true(panel:user_exists "unicode")
      local time = time_that_ends(3)
      assert.is_true(wait.wait_user_gone(panel, 9, { policy = time.options }))
      assert.equal(3, #time.sleeps)
      assert.equal(4, host.server:call_count "GetUserById")
      assert.is_true(wait.wait_user_gone(panel, "unicode", { policy = time.options }))
    end)

    it("sees that a space is gone", function()
      assert(panel:delete_package(3))
      local time = time_that_ends(2)
      assert.is_true(wait.wait_space_gone(panel, 3, { policy = time.options }))
      assert.equal(3, host.server:call_count "GetPackage")
    end)

    it("sees statuses, also through bad responses", function()
      assert(panel:change_user_status(3, "Suspended"))
      local before = host.server:misbehaved()
      host.server:misbehave { action = "drop" }
      host.server:misbehave { action = "fault" }
      host.server:misbehave { action = "html" }
      host.server:misbehave { action = "cut", bytes = 99 }
      local time = fake.time()
      local user = assert(wait.wait_user_status(panel, 3, "Suspended", { policy = time.options }))
      assert.equal("jdoe", user.Username)
      assert.equal(3, assert(wait.wait_space_status(panel, 3, "Suspended", { policy = time.options })).PackageId)
      assert.equal(4, host.server:misbehaved() - before)
      local never, err = wait.wait_user_status(panel, 3, "Active", { deadline = 5, policy = time.options })
      assert.is_nil(never)
      assert.equal("timeout", err.kind)
    end)
  end)
end
