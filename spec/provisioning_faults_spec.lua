-- Every workflow, with each of its calls in turn failing in each way: afterwards the panel holds what the report says.
local dnp = require "dnp"
local fake = require "spec.fake"
local giving_up = require "spec.giving_up"
local hoster = require "spec.hoster"
local provisioning = require "dnp.provisioning"

-- Ways in which a call can fail. What only reads fails in fewer: nothing can be done by it. Those that are not
-- `for_good` are tried once only. What comes `late` is carried out in that pause after its caller has given up: between
-- two looks, or between the last look and the repeat.
local WAYS = {
  { name = "refused", action = "refuse", code = -106, for_good = true },
  { name = "fault", of_reads = true, action = "fault", for_good = true },
  { name = "fault after the change", action = "fault", when = "after" },
  { name = "answer cut", of_reads = true, action = "cut", bytes = 40 },
  { name = "dropped", action = "drop", of_reads = true, for_good = true },
  { name = "dropped after the change", action = "drop", when = "after", for_good = true },
  { name = "timeout", action = "hang", of_reads = true, hangs = true },
  { name = "timeout after the change", action = "hang", when = "after", hangs = true },
  { name = "timeout, the change between two looks", action = "delay", seconds = 1e6, hangs = true, late = 1 },
  { name = "timeout, the change before the repeat", action = "delay", seconds = 1e6, hangs = true, late = 3 },
}

-- What each step of the healthy run does, asked from the database: no row, or one when it is done. A second row would
-- be something made twice.
local USER = "SELECT 1 FROM Users WHERE Username = 'mary'"
local function space(name, more)
  return ("SELECT 1 FROM Packages AS P JOIN Users AS U ON U.UserID = P.UserID WHERE U.Username IN ('mary', 'jdoe') "
    .. "AND PackageName = '%s'%s"):format(name, more or "")
end
local function addon(plan, more)
  return ("SELECT 1 FROM PackageAddons WHERE PackageID > 2 AND PlanID = %d%s"):format(plan, more or "")
end
local function no(sql)
  return "SELECT 1 WHERE NOT EXISTS (" .. sql .. ")"
end
local JDOE = "SELECT 1 FROM Users WHERE Username = 'jdoe'"
local REMEMBERED = "SELECT 1 FROM UserSettings WHERE SettingsName = 'lua-dnp suspension' AND PropertyName = 'State'"

local MARY = {
  user = {
    Username = "mary", Password = "s3cret", OwnerId = 2, FirstName = "Mary", LastName = "Moe",
    Email = "mary@example.com",
  },
  spaces = {
    { name = "www", plan = "Shared Small", addons = { { plan = "Extra Mailboxes", quantity = 2 } } },
    { name = "shop", plan = 20 },
  },
}

-- jdoe has one space, number 3, on plan 2 with two of add-on 4.
local function two_spaces(host)
  host.server:seed {
    packages = {
      { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "blog", StatusID = 2 },
    },
  }
end

local function suspended(host)
  two_spaces(host)
  local panel = hoster.session(host)
  assert(provisioning.suspend(panel, "jdoe"))
  panel:close()
end

local function grandchild(host)
  host.server:seed {
    users = { { UserID = 40, OwnerID = 3, Username = "kid", Password = "x", FirstName = "K", LastName = "D" } },
  }
end

local WORKFLOWS = {
  {
    name = "create_account",
    run = function(panel, options)
      return provisioning.create_account(panel, MARY, options)
    end,
    effects = { USER, space "www", addon(4, " AND PackageID > 3"), space "shop" },
  },
  {
    name = "ensure_account",
    run = function(panel, options)
      return provisioning.ensure_account(panel, {
        user = { Username = "JDoe", City = "Bonn", Comments = "changed" },
        spaces = {
          { id = 3, plan = "Shared Medium", comments = "bigger", addons = { { plan = "More Disk" } } },
          { name = "shop", plan = 2, status = "Suspended" },
        },
        spaces_complete = true,
      }, options)
    end,
    prepare = two_spaces,
    effects = {
      addon(21), space("shop", " AND P.StatusID = 2"), JDOE .. " AND City = 'Bonn' AND Comments = 'changed'",
      space("John''s <space>", " AND PlanID = 20 AND PackageComments = 'bigger'"), no(addon(4)), no(space "blog"),
    },
  },
  {
    name = "suspend",
    run = function(panel, options)
      return provisioning.suspend(panel, "jdoe", options)
    end,
    prepare = two_spaces,
    effects = { REMEMBERED, JDOE .. " AND StatusID = 2" },
  },
  {
    name = "unsuspend",
    run = function(panel, options)
      return provisioning.unsuspend(panel, "jdoe", options)
    end,
    prepare = suspended,
    -- By action: that the blog is to be suspended again is seen only when it is awake. It sleeps before and after.
    effects = {
      remember = no(REMEMBERED .. " AND PropertyValue = 'suspended'"),
      change_user_status = JDOE .. " AND StatusID = 1",
      forget = no(REMEMBERED),
    },
    unforeseen = 1,
    finally = space("blog", " AND P.StatusID = 2"),
  },
  {
    name = "terminate",
    run = function(panel, options)
      return provisioning.terminate(panel, "jdoe", options)
    end,
    effects = { no(JDOE) },
    no_way_back = true,
  },
  {
    name = "terminate with children",
    run = function(panel, options)
      local all = { children = true }
      for name, value in pairs(options) do
        all[name] = value
      end
      return provisioning.terminate(panel, "jdoe", all)
    end,
    prepare = grandchild,
    effects = { no "SELECT 1 FROM Users WHERE Username = 'kid'", no(JDOE) },
    no_way_back = true,
  },
  {
    name = "change_password",
    run = function(panel, options)
      return provisioning.change_password(panel, "jdoe", "n3w", options)
    end,
    effects = { JDOE .. " AND Password = 'n3w'" },
  },
  {
    name = "edit_user",
    run = function(panel, options)
      return provisioning.edit_user(panel, "jdoe", { City = "Ulm", Role = "Reseller", HtmlMail = true }, options)
    end,
    effects = { JDOE .. " AND City = 'Ulm' AND RoleID = 2 AND HtmlMail" },
  },
  {
    name = "change_plan",
    run = function(panel, options)
      local all = { addons = { { plan = 4, quantity = 1 }, { plan = 21, quantity = 2 } } }
      for name, value in pairs(options) do
        all[name] = value
      end
      return provisioning.change_plan(panel, "jdoe", "Shared Medium", all)
    end,
    effects = { addon(21, " AND Quantity = 2"), space("John''s <space>", " AND PlanID = 20"),
      addon(4, " AND Quantity = 1") },
  },
  {
    name = "set_addons",
    run = function(panel, options)
      return provisioning.set_addons(panel, 3, { { plan = "More Disk" } }, options)
    end,
    effects = { addon(21), no(addon(4)) },
  },
}

local PRESENT = { done = true, kept = true }
local ABSENT = { not_done = true, undone = true }

-- Few attempts, or there would be too many calls.
local ATTEMPTS = 3
local host, sessions, start

-- Messages are made only when they are needed: there are very many checks.
local function must(holds, what, plan, detail, ...)
  if not holds then
    error(("%s: %s\n%s"):format(what, detail:format(...), tostring(plan)), 0)
  end
end

local function check_effects(workflow, plan, what)
  for index, step in ipairs(plan.steps) do
    local effect = workflow.effects[index] or workflow.effects[step.action]
    if effect then
      local rows = hoster.count(host, effect)
      must(rows <= 1, what, plan, "step %d was done %d times", index, rows)
      must(rows == 1 or not PRESENT[step.state], what, plan, "step %d is %s, but not there", index, step.state)
      must(rows == 0 or not ABSENT[step.state], what, plan, "step %d is %s, but there", index, step.state)
    end
  end
end

-- What the workflow says, compared with what is there.
local function compare(workflow, plan, err, before, what)
  if plan then
    check_effects(workflow, plan, what)
    must(plan:count "done" == #plan.steps, what, plan, "not all is done")
    return
  end
  must(type(err.message) == "string", what, err, "no message")
  if not err.steps or err.outcome == "not_done" then
    assert.are.same(before, hoster.truth(host), what .. ": " .. tostring(err))
  end
  if err.steps then
    local count = #err.steps
    must(count == workflow.count or count + (workflow.unforeseen or 0) == workflow.count, what, err.plan,
      "%d steps were expected", workflow.count)
    check_effects(workflow, err.plan, what)
  end
end

local function begin(workflow)
  hoster.reset(host)
  if workflow.prepare then
    workflow.prepare(host)
  end
  start = host.server:freeze()
  host.server:clear_calls()
  return hoster.truth(host)
end

-- Time passes in pauses only. The delayed call, if there is one, is carried out in the pause that the way names.
local function patience(way)
  local time = fake.time { attempts = ATTEMPTS }
  local pass, pauses = time.options.sleep, 0
  time.options.sleep = function(seconds)
    pass(seconds)
    if way.late and giving_up.is_delaying(host) then
      pauses = pauses + 1
      if pauses == way.late then
        giving_up.let_go(host)
      end
    end
  end
  return time.options
end

local function run(workflow, panel, on_failure, way)
  return workflow.run(panel, { on_failure = on_failure, policy = patience(way) })
end

-- The calls of a healthy run.
local function calls_of(workflow)
  begin(workflow)
  local plan, err = run(workflow, sessions.patient, "undo", {})
  must(plan, workflow.name, err, "failed although nothing was wrong")
  workflow.count = #plan.steps
  compare(workflow, plan, nil, nil, workflow.name)
  must(not workflow.finally or hoster.count(host, workflow.finally) == 1, workflow.name, plan, "not as it should be")
  return giving_up.calls(host)
end

local function try(workflow, call, way, changes, before)
  host.server:restore(start)
  host.server:clear_calls()
  local panel, rule = giving_up.failing(sessions, call, way, changes)
  local plan, err = run(workflow, panel, changes.on_failure, way)
  giving_up.let_go(host)
  local what = ("%s, %s: %s %d: %s %s"):format(workflow.name, changes.on_failure, call.operation, call.nth, way.name,
    changes.name)
  must(host.server:misbehaved(rule) > 0, what, plan or err, "nothing failed")
  compare(workflow, plan, err, before, what)
end

local function is_possible(call, way, changes)
  if hoster.changes(call.operation) then
    return way.for_good or changes.times == 1
  end
  return way.of_reads and changes.on_failure == "undo" and (way.for_good or changes.times == 1)
end

-- Tries each way for each call that it is for.
local function try_all(workflow, changes)
  local calls = calls_of(workflow)
  local before = begin(workflow)
  for _, call in ipairs(calls) do
    for _, way in ipairs(WAYS) do
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

for _, dialect in ipairs(dnp.dialects) do
  describe("on " .. dialect, function()
    setup(function()
      host = hoster.start(dialect)
      sessions = giving_up.sessions(host)
    end)

    teardown(function()
      giving_up.close(sessions)
      host.server:stop()
    end)

    for _, workflow in ipairs(WORKFLOWS) do
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
