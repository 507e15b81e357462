-- Every workflow, with each of its calls in turn failing in each way: afterwards the panel holds what the report says.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local lost_responses = require "spec.support.lost_responses"
local fixture = require "spec.support.panel"
local workflows = require "spec.support.workflows"

-- Ways in which a call can fail. What only reads fails in fewer: nothing can be done by it. Those that are not
-- `for_good` are tried once only. What comes `late` is carried out in that pause after its caller has given up: between
-- two looks, or between the last look and the repeat.
local WAYS = {
  { name = "refused", action = "refuse", code = -106, for_good = true },
  { name = "fault", of_reads = true, action = "fault", for_good = true },
  { name = "fault after the change", action = "fault", when = "after" },
  { name = "response cut", of_reads = true, action = "cut", bytes = 40 },
  { name = "dropped", action = "drop", of_reads = true, for_good = true },
  { name = "dropped after the change", action = "drop", when = "after", for_good = true },
  { name = "timeout", action = "hang", of_reads = true, hangs = true },
  { name = "timeout after the change", action = "hang", when = "after", hangs = true },
  { name = "timeout, the change between two looks", action = "delay", seconds = 1e6, hangs = true, late = 1 },
  { name = "timeout, the change before the repeat", action = "delay", seconds = 1e6, hangs = true, late = 3 },
}

local OUTCOMES = { not_done = true, partly_done = true, unknown = true }
local PRESENT = { done = true, kept = true }
local ABSENT = { not_done = true, undone = true }

-- Few attempts, or there would be too many calls.
local ATTEMPTS = 3
local host, sessions, start

-- Messages are made only when they are needed: there are very many checks.
local function must(holds, what, report, detail, ...)
  if not holds then
    error(("%s: %s\n%s"):format(what, detail:format(...), tostring(report)), 0)
  end
end

local function check_effects(workflow, report, what)
  for index, step in ipairs(report.steps) do
    local effect = workflow.effects[index] or workflow.effects[step.action]
    if effect then
      local rows = host:count(effect)
      must(rows <= 1, what, report, "step %d was done %d times", index, rows)
      must(rows == 1 or not PRESENT[step.state], what, report, "step %d is %s, but not there", index, step.state)
      must(rows == 0 or not ABSENT[step.state], what, report, "step %d is %s, but there", index, step.state)
    end
  end
end

-- What the workflow says, compared with what is there.
local function compare(workflow, report, err, before, what)
  if report then
    check_effects(workflow, report, what)
    must(report:count "done" == #report.steps, what, report, "not all is done")
    return
  end
  must(type(err.message) == "string", what, err, "no message")
  must(OUTCOMES[err.outcome], what, err, "the outcome is %s", err.outcome)
  if not err.steps or err.outcome == "not_done" then
    assert.are.same(before, host:state(), what .. ": " .. tostring(err))
  end
  if err.steps then
    local count = #err.steps
    must(count == workflow.count or count + (workflow.unforeseen or 0) == workflow.count, what, err.report,
      "%d steps were expected", workflow.count)
    check_effects(workflow, err.report, what)
  end
end

local function begin(workflow)
  host:reset()
  if workflow.prepare then
    workflow.prepare(host)
  end
  start = host.server:freeze()
  host.server:clear_calls()
  return host:state()
end

-- Time passes in pauses only. The delayed call, if there is one, is carried out in the pause that the way names.
local function policy_for(way)
  local time = fake.time { attempts = ATTEMPTS }
  local pass, pauses = time.options.sleep, 0
  time.options.sleep = function(seconds)
    pass(seconds)
    if way.late and lost_responses.is_delaying(host) then
      pauses = pauses + 1
      if pauses == way.late then
        lost_responses.let_go(host)
      end
    end
  end
  return time.options
end

local function run(workflow, panel, on_failure, way)
  return workflow.run(panel, { on_failure = on_failure, policy = policy_for(way) })
end

-- The calls of a healthy run.
local function calls_of(workflow)
  begin(workflow)
  local report, err = run(workflow, sessions.normal, "undo", {})
  must(report, workflow.name, err, "failed although nothing was wrong")
  workflow.count = #report.steps
  compare(workflow, report, nil, nil, workflow.name)
  must(not workflow.finally or host:count(workflow.finally) == 1, workflow.name, report, "not as it should be")
  return lost_responses.calls(host)
end

local function try(workflow, call, way, changes, before)
  host.server:restore(start)
  host.server:clear_calls()
  local panel, rule = lost_responses.failing(sessions, call, way, changes)
  local report, err = run(workflow, panel, changes.on_failure, way)
  lost_responses.let_go(host)
  local what = ("%s, %s: %s %d: %s %s"):format(workflow.name, changes.on_failure, call.operation, call.nth, way.name,
    changes.name)
  must(host.server:misbehaved(rule) > 0, what, report or err, "nothing failed")
  compare(workflow, report, err, before, what)
  must(report or not changes.succeeds, what, err, "the outage was over before anybody had to give up")
end

local function is_possible(call, way, changes)
  if changes.way then
    return way == changes.way and fixture.is_change(call.operation)
  elseif fixture.is_change(call.operation) then
    return way.for_good or changes.times == 1
  end
  return way.of_reads and changes.on_failure == "undo" and (way.for_good or changes.times == 1)
end

-- Tries each way for each call that it is for.
local function try_all(workflow, changes)
  local calls = calls_of(workflow)
  local before = begin(workflow)
  for _, call in ipairs(calls) do
    for _, way in ipairs(changes.way and { changes.way } or WAYS) do
      if is_possible(call, way, changes) then
        try(workflow, call, way, changes, before)
      end
    end
  end
end

-- How calls fail: once, or one kind of call from then on, or all calls from then on.
local TIMES = {
  { name = "once", times = 1, on_failure = "undo" },
  { name = "once", times = 1, on_failure = "keep" },
  { name = "from then on", times = math.huge, on_failure = "undo" },
  { name = "and everything after it", times = math.huge, on_failure = "undo", everything = true },
}

-- An outage that begins with a change, which is carried out all the same, and that ends: a read is tried as often as
-- the policy allows, and once more as often before anything is given up.
local OUTAGE = { name = "page of a proxy after the change", action = "html", status = 502, when = "after" }
for count = 1, 2 * ATTEMPTS + 3 do
  for _, on_failure in ipairs { "undo", "keep" } do
    TIMES[#TIMES + 1] = {
      name = ("and all calls after it, %d in all"):format(count), times = count, everything = true, way = OUTAGE,
      on_failure = on_failure, succeeds = count <= 2 * ATTEMPTS,
    }
  end
end

for _, dialect in ipairs(dnp.dialects) do
  describe("on " .. dialect, function()
    fixture.provide(dialect, function(started)
      host, sessions = started, lost_responses.sessions(started)
    end)

    for _, workflow in ipairs(workflows) do
      for _, changes in ipairs(TIMES) do
        if not (workflow.no_way_back and changes.on_failure == "keep") then
          it(("%s reports what the panel holds when a call fails %s (%s) #slow"):format(workflow.name, changes.name,
            changes.on_failure), function()
            try_all(workflow, changes)
          end)
        end
      end
    end
  end)
end
