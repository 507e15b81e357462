-- Reads that are repeated, and what never is.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local fixture = require "spec.support.panel"
local policy = require "dnp.provisioning.retry.policy"
local retry = require "dnp.provisioning.retry.retry"

local passing = {
  { "transport", { name = "connection_lost" } },
  { "transport", { name = "connection_refused" } },
  { "transport", { name = "host_not_found" } },
  { "timeout", { name = "timeout" } },
  { "http", { http_status = 500 } },
  { "http", { http_status = 503 } },
  { "http", { http_status = 408 } },
  { "http", { http_status = 429 } },
  { "protocol", {} },
  { "fault", { name = "Server" } },
  { "fault", { name = "Server.userException" } },
}
local lasting = {
  { "transport", { name = "certificate" } },
  { "transport", { name = "tls" } },
  { "timeout", { name = "deadline" } },
  { "http", { http_status = 401 } },
  { "http", { http_status = 404 } },
  { "http", { http_status = 302 } },
  { "protocol", { name = "VersionMismatch" } },
  { "fault", { name = "Client" } },
  { "fault", {} },
  { "refused", { code = -104 } },
  { "absent", {} },
  { "limit", {} },
  { "something", {} },
}

describe("a failure", function()
  it("passes or lasts", function()
    for _, case in ipairs(passing) do
      assert.is_true(retry.is_transient(fake.failure(case[1], case[2])), case[1])
    end
    for _, case in ipairs(lasting) do
      assert.is_false(retry.is_transient(fake.failure(case[1], case[2])), case[1])
    end
    assert.is_false(retry.is_transient(nil))
    assert.is_false(retry.is_transient(502))
  end)
end)

describe("a read", function()
  it("is repeated while it fails in passing", function()
    local time = fake.time()
    local panel = fake.panel {
      get_user_by_id = { fake.failure "transport", fake.failure("http", { http_status = 502 }), { UserId = 7 } },
    }
    local user, err = retry.read(policy.new(time.options), panel, "get_user_by_id", 7)
    assert.same({ UserId = 7 }, user)
    assert.is_nil(err)
    assert.same({ { "get_user_by_id", 7 }, { "get_user_by_id", 7 }, { "get_user_by_id", 7 } }, panel.calls)
    assert.same({ 0.25, 0.5 }, time.sleeps)
  end)

  it("gives up after so many attempts, with the last error as it came", function()
    local last = fake.failure "timeout"
    local panel = fake.panel { get_user_by_id = { fake.failure "transport", last } }
    local time = fake.time { attempts = 4 }
    local user, err = retry.read(policy.new(time.options), panel, "get_user_by_id", 7)
    assert.is_nil(user)
    assert.equal(last, err)
    assert.equal(4, err.attempts)
    assert.equal(4, #panel.calls)
    assert.equal(3, #time.sleeps)
  end)

  it("is not repeated when that would not help", function()
    for _, case in ipairs(lasting) do
      local panel = fake.panel { get_user_by_id = { fake.failure(case[1], case[2]) } }
      local _, err = retry.read(policy.new(fake.time().options), panel, "get_user_by_id", 7)
      assert.equal(case[1], err.kind)
      assert.equal(1, err.attempts)
      assert.equal(1, #panel.calls)
    end
  end)

  it("takes false for a result", function()
    local panel = fake.panel { user_exists = { false } }
    assert.is_false(retry.read(policy.new(fake.time().options), panel, "user_exists", "jdoe"))
    assert.equal(1, #panel.calls)
  end)

  it("shares one deadline with all others", function()
    local time = fake.time { deadline = 10, base_delay = 8, attempts = 100 }
    local retry_policy = policy.new(time.options)
    local panel = fake.panel { get_user_by_id = { fake.failure "timeout" }, get_package = { { PackageId = 1 } } }
    local _, err = retry.read(retry_policy, panel, "get_user_by_id", 7)
    assert.equal("timeout", err.kind)
    assert.equal(2, #panel.calls)
    assert.equal(10, time.now - 1000)
    local package
    package, err = retry.read(retry_policy, panel, "get_package", 1)
    assert.is_nil(package)
    assert.equal("deadline", err.name)
    assert.equal(2, #panel.calls)
  end)

  it("is a read: what changes something raises, and nothing is called", function()
    local retry_policy = policy.new(fake.time().options)
    local count = 0
    for _, dialect in ipairs(dnp.dialects) do
      for _, operation in ipairs(dnp.contract(dialect).operations) do
        local panel = fake.panel { [operation.method] = { true } }
        local good, message = pcall(retry.read, retry_policy, panel, operation.method)
        assert.equal(not operation.mutates, good, operation.method)
        assert.equal(operation.mutates and 0 or 1, #panel.calls)
        if operation.mutates then
          count = count + 1
          assert.matches("must not be repeated", message, 1, true)
        end
      end
    end
    assert.is_true(count > 50)
    local _, message = pcall(retry.read, retry_policy, fake.panel {}, "get_user_by_idd")
    assert.matches("'get_user_by_idd' is not an operation; did you mean 'get_user_by_id'?", message, 1, true)
  end)
end)

for _, dialect in ipairs(dnp.dialects) do
  describe("a read of a bad panel, " .. dialect, function()
    local host, panel
    local function use(...)
      host, panel = ...
    end

    fixture.provide(dialect, use)

    it("survives what passes", function()
      local rules = {
        { action = "drop", when = "before" },
        { action = "drop", when = "after" },
        { action = "cut", bytes = 0 },
        { action = "cut", bytes = 300 },
        { action = "html", status = 502 },
        { action = "html", status = 200 },
        { action = "fault" },
      }
      for index, rule in ipairs(rules) do
        rule.operation = "GetUserById"
        rule.times = 3
        host.server:behave()
        host.server:clear_calls()
        host.server:misbehave(rule)
        local user, err = retry.read(policy.new(fake.time().options), panel, "get_user_by_id", 3)
        assert.is_nil(err)
        assert.equal("jdoe", user.Username)
        assert.equal(4, host.server:call_count "GetUserById", index)
      end
    end)

    it("does not insist on what was refused or is absent", function()
      local retry_policy = policy.new(fake.time().options)
      local _, err = retry.read(retry_policy, panel, "authenticate_user", "jdoe", "wrong")
      assert.equal("refused", err.kind)
      assert.equal(-110, err.code)
      _, err = retry.read(retry_policy, panel, "get_user_by_id", 4711)
      assert.equal("absent", err.kind)
      assert.equal(2, host.server:call_count())
    end)
  end)
end
