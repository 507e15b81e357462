-- A change that is carried out late, when its caller has long given up: what is desired is there exactly once, or the
-- workflow says that it failed. DNP_PROPERTY_SEED=N repeats a run that failed.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local lost_responses = require "spec.support.lost_responses"
local fixture = require "spec.support.panel"
local prng = require "spec.support.prng"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"
local workflows = require "spec.support.workflows"

-- Seconds that a session gives a call, and how late a change is at most, in so many of that.
local LIMIT, LATEST = 30, 10

-- What a change that comes late would put back: a record that was read before its status changed.
local ORDERED = {
  {
    name = "ensure_account with a status",
    run = function(panel, options)
      return provisioning.ensure_account(panel, {
        user = { Username = "jdoe", City = "Ulm" },
        status = "Suspended",
        spaces = { { id = 3, plan = 20, status = "Active" }, { name = "shop", plan = 2, status = "Cancelled" } },
      }, options)
    end,
  },
  {
    name = "ensure_account with two alike",
    run = function(panel, options)
      return provisioning.ensure_account(panel, {
        user = { Username = "jdoe" },
        spaces = {
          { id = 3, addons = { { plan = 21 }, { plan = 21 } } },
          { name = "shop", plan = 2, purchase_date = "2024-01-02", addons = { { plan = 4, purchase_date = 1e9 } } },
        },
      }, options)
    end,
  },
}

local host, sessions

-- What there is, but for the dates that runs choose.
local function state()
  local tables = host:state()
  for _, rows in ipairs(tables) do
    for _, row in ipairs(rows) do
      row.PurchaseDate = nil
    end
  end
  return tables
end

local function begin(workflow)
  host:reset()
  if workflow.prepare then
    workflow.prepare(host)
  end
  host.server:clear_calls()
end

-- Time that passes in pauses only; when so much of it has passed since a call hangs, that is carried out.
local function policy_with(late)
  local time = fake.time()
  local pass, left = time.options.sleep, late
  time.options.sleep = function(seconds)
    pass(seconds)
    if lost_responses.is_delaying(host) then
      left = left - seconds
      if left <= 0 then
        lost_responses.let_go(host)
      end
    end
  end
  return time.options
end

local function try(workflow, call, late, expected, what)
  begin(workflow)
  local before = state()
  local way = { action = "delay", seconds = 1e6, hangs = true }
  local panel, rule = lost_responses.failing(sessions, call, way, { times = 1 })
  local report, err = workflow.run(panel, { policy = policy_with(late) })
  lost_responses.let_go(host)
  assert.are.equal(1, host.server:misbehaved(rule), what)
  if report then
    assert.are.same(expected, state(), what .. ": " .. tostring(report))
  else
    assert.is_true(err.outcome == "unknown" or err.outcome == "not_done", what)
    if err.outcome == "not_done" then
      assert.are.same(before, state(), what .. ": " .. tostring(err))
    end
  end
  return report, err
end

local function any_lateness(random)
  return random:integer(0, LATEST * LIMIT * 1000 - 1) / 1000
end

-- The calls of a healthy run, and what there is after it.
local function healthy(workflow)
  begin(workflow)
  assert(workflow.run(sessions.normal, { policy = fixture.policy() }))
  return lost_responses.calls(host), state()
end

for _, dialect in ipairs(dnp.dialects) do
  describe("on " .. dialect .. ", a change that is carried out late", function()
    fixture.provide(dialect, function(started)
      host, sessions = started, lost_responses.sessions(started)
    end)

    for _, list in ipairs { workflows, ORDERED } do
      for _, workflow in ipairs(list) do
        it("is there once, or the workflow failed: " .. workflow.name .. " #slow", function()
          local calls, expected = healthy(workflow)
          for _, call in ipairs(calls) do
            local random = prng.any()
            for _ = 1, fixture.is_change(call.operation) and 3 or 0 do
              local late = any_lateness(random)
              try(workflow, call, late, expected, ("DNP_PROPERTY_SEED=%d, %s: %s %d late by %.1f s"):format(random.seed,
                workflow.name, call.operation, call.nth, late))
            end
          end
        end)
      end
    end
  end)
end

describe("what is not unique by name", function()
  fixture.provide("solidcp", function(started)
    host, sessions = started, lost_responses.sessions(started)
  end)

  local WHOLE = {
    name = "an account with a space and an add-on",
    run = function(panel, options)
      return provisioning.create_account(panel,
        specs.mary { spaces = { { name = "www", plan = 2, addons = { { plan = 4 } } } } }, options)
    end,
  }
  local CALLS = { { operation = "AddPackage", nth = 1 }, { operation = "AddPackageAddon", nth = 1 } }

  it("is found when it comes within the time that a call may take, and not repeated", function()
    local _, expected = healthy(WHOLE)
    for _, call in ipairs(CALLS) do
      for _, late in ipairs { 0.4, LIMIT / 2, LIMIT - 0.1 } do
        local report = try(WHOLE, call, late, expected, call.operation)
        assert.are.equal(3, report and report:count "done")
        assert.are.equal(1, host.server:call_count(call.operation))
      end
    end
  end)

  it("is unknown when it comes later than that, and not repeated either", function()
    local _, expected = healthy(WHOLE)
    for _, call in ipairs(CALLS) do
      local report, err = try(WHOLE, call, LIMIT + 1, expected, call.operation)
      assert.is_nil(report)
      assert.are.same({ "timeout", 1 }, { err.kind, host.server:call_count(call.operation) })
    end
  end)

  it("is repeated after a lost connection, but not before as long has passed again as a call may take", function()
    for _, limit in ipairs { LIMIT, 7 } do
      local session = host:session { timeout = limit }
      for _, call in ipairs(CALLS) do
        begin(WHOLE)
        local time, slept, asked = fake.time { random = function()
          return 0
        end }, nil, 0
        local pass = time.options.sleep
        time.options.sleep = function(seconds)
          pass(seconds)
          asked = asked + seconds
          slept = host.server:call_count(call.operation) == 1 and asked or slept
        end
        host.server:misbehave { action = "drop", operation = call.operation }
        assert(WHOLE.run(session, { policy = time.options }))
        assert.are.equal(2, host.server:call_count(call.operation))
        assert.is_true(math.abs(slept - limit) < 0.001, tostring(slept))
      end
      session:close()
    end
  end)

  it("is removed again when the lost request made it after the repeat", function()
    for _, call in ipairs(CALLS) do
      local _, expected = healthy(WHOLE)
      begin(WHOLE)
      host.server:misbehave { action = "drop", operation = call.operation }
      -- The panel does now what it was asked for first: the same again.
      local late = setmetatable({}, {
        __index = function(_, method)
          return function(_, ...)
            local value, err = sessions.normal[method](sessions.normal, ...)
            if err and err.operation == call.operation then
              sessions.lost = { method, ... }
            elseif value and sessions.lost and method == sessions.lost[1] then
              local unpack = table.unpack or unpack
              assert(sessions.normal[method](sessions.normal, unpack(sessions.lost, 2, 7)))
              sessions.lost = nil
            end
            return value, err
          end
        end,
      })
      local report = assert(WHOLE.run(late, { policy = fixture.policy() }))
      assert.are.equal(3, host.server:call_count(call.operation))
      assert.are.same(expected, state(), tostring(report))
    end
  end)

  it("is removed when the lost request made it before a rollback", function()
    local unpack = table.unpack or unpack
    host:reset()
    local before, lost = state(), nil
    host.server:misbehave { action = "drop", operation = "AddPackage" }
    -- The lost request is carried out before the next space is refused.
    local panel = setmetatable({}, {
      __index = function(_, method)
        return function(_, ...)
          if method == "add_package" and not lost then
            lost = { ... }
          elseif method == "add_package" and select(3, ...) == "shop" then
            assert(sessions.normal:add_package(unpack(lost, 1, 6)))
            host.server:misbehave { action = "refuse", code = -106, operation = "AddPackage" }
          end
          return sessions.normal[method](sessions.normal, ...)
        end
      end,
    })
    local report, err = provisioning.ensure_account(panel, {
      user = { Username = "jdoe" },
      spaces = { { name = "www", plan = 2 }, { name = "shop", plan = 2 } },
    }, { policy = fixture.policy() })
    assert.is_nil(report)
    assert.are.same({ -106, "not_done", 4 }, { err.code, err.outcome, host.server:call_count "AddPackage" })
    assert.are.same(before, state(), tostring(err))
  end)
end)
