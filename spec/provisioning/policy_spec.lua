-- The retry policy of a workflow: deadline, attempts and delays.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local policy = require "dnp.provisioning.retry.policy"

-- What a call raises, and that it is blamed on this file.
local function usage_error(call, ...)
  local good, message = pcall(call, ...)
  assert.is_false(good)
  return tostring(message)
end

describe("a policy", function()
  it("has defaults", function()
    local retry_policy = policy.new()
    assert.equal(300, retry_policy.deadline)
    assert.equal(5, retry_policy.attempts)
    assert.equal(0.5, retry_policy.base_delay)
    assert.equal(20, retry_policy.max_delay)
    assert.equal(dnp.clock, retry_policy.clock)
    assert.is_true(retry_policy:remaining() > 290 and retry_policy:remaining() <= 300)
  end)

  it("refuses unknown options and says which was meant", function()
    local message = usage_error(function()
      policy.new { atempts = 3 }
    end)
    assert.matches("policy: option 'atempts' is unknown; did you mean 'attempts'?", message, 1, true)
    assert.matches("policy_spec.lua:", message, 1, true)
    assert.matches("option '1' is unknown", usage_error(policy.new, { 5 }), 1, true)
    assert.not_matches("did you mean", usage_error(policy.new, { frequency = 5 }))
  end)

  it("refuses values of other types and out of range", function()
    local cases = {
      { { attempts = "3" }, "option 'attempts': expected integer, got a number in a string" },
      { { attempts = 1.5 }, "option 'attempts': expected integer, got 1.5" },
      { { attempts = 0 }, "option 'attempts' must be at least 1, got 0" },
      { { deadline = 0 }, "option 'deadline' must be above 0, got 0" },
      { { deadline = 0 / 0 }, "option 'deadline': expected number, got nan" },
      { { base_delay = -1 }, "option 'base_delay' must be at least 0, got -1" },
      { { clock = 5 }, "option 'clock': expected function, got number" },
      { { sleep = true }, "option 'sleep': expected function, got boolean" },
      { "fast", "policy: expected table of options, got string" },
    }
    for _, case in ipairs(cases) do
      assert.matches(case[2], usage_error(policy.new, case[1]), 1, true)
    end
  end)

  it("is shared by those who hand it on", function()
    local retry_policy = policy.new { deadline = 7 }
    assert.equal(retry_policy, policy.new(retry_policy))
    assert.is_true(policy.is(retry_policy))
    assert.is_false(policy.is {})
  end)

  it("doubles the longest pause up to a limit, and takes a random part of it", function()
    local part = 1
    local time = fake.time {
      base_delay = 1,
      max_delay = 10,
      random = function()
        return part
      end,
    }
    local retry_policy = policy.new(time.options)
    for attempt, longest in ipairs { 1, 2, 4, 8, 10, 10 } do
      part = 1
      assert.equal(longest, retry_policy:delay(attempt))
      part = 0.25
      assert.equal(longest / 4, retry_policy:delay(attempt))
    end
    part = 1
    assert.equal(10, retry_policy:delay(100000))
  end)

  it("never sleeps beyond the deadline", function()
    local time = fake.time { deadline = 5, base_delay = 8 }
    local retry_policy = policy.new(time.options)
    assert.is_true(retry_policy:pause(1))
    assert.same({ 4 }, time.sleeps)
    assert.is_false(retry_policy:pause(2))
    assert.same({ 4, 1 }, time.sleeps)
    assert.is_false(retry_policy:pause(3))
    assert.same({ 4, 1 }, time.sleeps)
    assert.equal(0, retry_policy:remaining())
  end)

  it("reports what was given up when the deadline is over", function()
    local time = fake.time { deadline = 5 }
    local retry_policy = policy.new(time.options)
    assert.is_true(retry_policy:check_deadline("adding the user"))
    time.now = time.now + 5
    local good, err = retry_policy:check_deadline("adding the user")
    assert.is_nil(good)
    assert.equal("timeout", err.kind)
    assert.equal("not_done", err.outcome)
    assert.equal("adding the user: not begun, the workflow's 5 s are over", tostring(err))
  end)

  it("has a random source of its own that leaves the program's alone", function()
    math.randomseed(42)
    local expected = math.random()
    math.randomseed(42)
    local random = policy.new().random
    local sum = 0
    for _ = 1, 1000 do
      local value = random()
      assert.is_true(value >= 0 and value < 1)
      sum = sum + value
    end
    assert.is_true(sum > 400 and sum < 600)
    assert.equal(expected, math.random())
    assert.not_equal(policy.new().random(), policy.new().random())
  end)
end)

describe("the clock and the sleep of dnp", function()
  it("never go back and come back", function()
    local before = dnp.clock()
    assert.equal(0, dnp.sleep(0))
    assert.is_true(dnp.clock() >= before)
  end)

  it("end when a signal comes, so that Ctrl-C reaches a script that sleeps", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write [[local dnp = require "dnp" io.write "ready\n" io.flush() dnp.sleep(600) print "slept"]]
    file:close()
    local process = assert(io.popen(("%s %s 2>&1 & echo $!; wait $!"):format(arg[-1], path)))
    local pid = process:read "*l"
    local word = process:read "*l"
    if pid == "ready" then
      pid = word
    end
    os.execute("kill -INT " .. pid)
    local said = process:read "*a"
    process:close()
    os.remove(path)
    assert.matches("interrupted!", said, 1, true)
    assert.not_matches("slept", said, 1, true)
  end)

  it("reject what is not a time", function()
    for _, seconds in ipairs { -1, 1e10, "soon" } do
      assert.is_false((pcall(dnp.sleep, seconds)))
    end
    assert.is_false((pcall(dnp.sleep, 0 / 0)))
  end)
end)
