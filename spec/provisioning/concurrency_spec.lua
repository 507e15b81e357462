-- Two runs of ensure_account for one account, at the same time: whatever the order in which the panel gets their calls,
-- both succeed, and what is desired is there once.
local dnp = require "dnp"
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local host, panel
local function use(...)
  host, panel = ...
end

-- A session whose every call lets the other run go on.
local function yielding(session)
  return setmetatable({}, {
    __index = function(_, method)
      return function(_, ...)
        if method ~= "info" then
          coroutine.yield(method)
        end
        return session[method](session, ...)
      end
    end,
  })
end

-- A run that goes on call by call. In its pauses, too, the other one goes on.
local function start(session, spec, more)
  local options = specs.options(more)
  local pass = options.policy.sleep
  options.policy.sleep = function(seconds)
    pass(seconds)
    coroutine.yield "pause"
  end
  local run = { calls = 0 }
  run.thread = coroutine.create(function()
    run.report, run.err = provisioning.ensure_account(yielding(session), spec, options)
  end)
  return run
end

local changing = {}
for _, operation in ipairs(dnp.contract("solidcp").operations) do
  changing[operation.method] = operation.mutates
end

-- Goes on to the next call, or the end; returns what it stopped at: a pause, or the call that comes next.
local function step(run)
  if coroutine.status(run.thread) == "dead" then
    return nil
  end
  local good, stop = coroutine.resume(run.thread)
  if not good then
    error(debug.traceback(run.thread, tostring(stop)), 0)
  end
  run.calls = run.calls + (stop ~= "pause" and 1 or 0)
  return stop
end

-- To so many calls.
local function go_on(run, calls)
  while run.calls <= calls and step(run) do
  end
end

-- To the end. While it waits, the other one makes a step.
local function finish(run, other)
  while true do
    local stop = step(run)
    if not stop then
      return
    elseif stop == "pause" then
      step(other)
    end
  end
end

local ADDONS = { { plan = 4, quantity = 2 }, { plan = 4, quantity = 2 }, { plan = "More Disk", comments = "more" } }
local DATED = { { plan = 4, quantity = 3, purchase_date = "2024-05-06" } }

local CASES = {
  {
    name = "that nobody has made yet",
    spec = specs.mary {
      status = "Active",
      spaces = {
        { name = "www", plan = 2, comments = "one", addons = ADDONS },
        { name = "Übung", plan = 20, purchase_date = "2024-01-02", status = "Suspended", addons = DATED },
      },
    },
  },
  {
    name = "that is there",
    spec = {
      user = { Username = "jdoe", City = "Ulm" },
      spaces = {
        { id = 3, plan = 20, addons = ADDONS },
        { name = "shop", plan = 2, purchase_date = "2024-01-02T03:04:05", addons = DATED },
      },
    },
  },
}

-- Everything that is desired, once.
local function check(case, what)
  for index, space in ipairs(case.spec.spaces) do
    local found = host.server:query([[SELECT P.PackageID FROM Packages AS P JOIN Users AS U ON U.UserID = P.UserID
      WHERE U.Username = ? AND (P.PackageName = ? OR P.PackageID = ?)]], case.spec.user.Username, space.name or "",
      space.id or 0)
    assert.are.equal(1, #found, what .. ": spaces " .. index)
    assert.are.equal(#space.addons, host:count("SELECT 1 FROM PackageAddons WHERE PackageID = ?",
      found[1].PackageID), what .. ": add-ons of space " .. index)
  end
  host.server:clear_calls()
  local again = assert(provisioning.ensure_account(panel, case.spec, specs.options()))
  assert.are.equal(0, #again.steps, what .. ": " .. tostring(again))
end

-- The ids that a run reports are of what is there.
local function check_report(run, what)
  assert.is_truthy(run.report, what .. ": " .. tostring(run.err))
  assert.are.equal(#run.report.steps, run.report:count "done", what)
  for _, space in ipairs(run.report.spaces) do
    assert.are.equal(1, host:count("SELECT 1 FROM Packages WHERE PackageID = ?", space.id), what)
  end
  for _, made in ipairs(run.report.steps) do
    if made.action == "add_addon" then
      assert.are.equal(1, host:count("SELECT 1 FROM PackageAddons WHERE PackageAddonID = ?", made.id), what)
    end
  end
end

-- After how many calls an undisturbed run may stop: anywhere, or before a change only.
local function stops(case)
  host:reset()
  local run, anywhere, before_changes = start(panel, case.spec), {}, {}
  repeat
    local stop = step(run)
    anywhere[#anywhere + 1] = run.calls
    if changing[stop] or not stop then
      before_changes[#before_changes + 1] = run.calls - (stop and 1 or 0)
    end
  until not stop
  return anywhere, before_changes
end

local function try(case, first, second)
  host:reset()
  local a, b = start(panel, case.spec), start(panel, case.spec)
  local what = ("after %d and %d calls"):format(first, second)
  go_on(a, first)
  go_on(b, second)
  finish(a, b)
  finish(b, a)
  check_report(a, what)
  check_report(b, what)
  check(case, what)
end

for _, dialect in ipairs(dnp.dialects) do
  describe("on " .. dialect .. ", two runs at once for an account", function()
    fixture.provide(dialect, use)

    for _, case in ipairs(CASES) do
      it(case.name .. " make it once, wherever one interrupts the other #slow", function()
        local anywhere, before_changes = stops(case)
        -- All dialects work alike here, so one is tried in full.
        local stride = dialect == "solidcp" and 1 or 4
        for index = 1, #anywhere, stride do
          for _, second in ipairs(before_changes) do
            try(case, anywhere[index], second)
          end
        end
      end)
    end
  end)
end

-- What another run, or another hand, does in the middle of one.
describe("ensure_account beside another run", function()
  fixture.provide("solidcp", use)

  -- A session in which something happens right after a call of a method, the first time.
  local function meddled(method, action)
    local done = false
    return setmetatable({}, {
      __index = function(_, name)
        return function(_, ...)
          local value, err = panel[name](panel, ...)
          if name == method and not done then
            done = true
            action()
          end
          return value, err
        end
      end,
    })
  end

  local function ensure(session, spec, more)
    return provisioning.ensure_account(session, spec, specs.options(more))
  end

  local function insert_space(date)
    host.server:query([[INSERT INTO Packages (ParentPackageID, UserID, PlanID, PackageName, StatusID, PurchaseDate)
      VALUES (2, 3, 2, 'shop', 1, ?)]], date or "2020-01-01T00:00:00")
  end

  local function spaces_called(name)
    return host.server:query("SELECT PackageID FROM Packages WHERE PackageName = ? ORDER BY PackageID", name)
  end

  local SHOP = { user = { Username = "jdoe" }, spaces = { { name = "shop", plan = 2 } } }

  it("takes an account that was made between its two questions for what it is", function()
    local report = assert(ensure(meddled("get_user_by_username", function()
      host.server:seed { users = { specs.mary().user } }
    end), specs.mary()))
    assert.are.equal(0, #report.steps)
    assert.are.equal(0, host.server:call_count "AddUser")
  end)

  it("says of an account out of sight that it may not see it", function()
    panel:close()
    panel = host:session { username = "reseller", password = "Res3ller!" }
    host.server:seed { users = { { UserId = 50, OwnerId = 1, Username = "mary", Password = "x", RoleId = 2 } } }
    local _, err = ensure(panel, specs.mary())
    panel:close()
    panel = host:session()
    assert.are.same({ "conflict", -100 }, { err.kind, err.code })
    assert.matches("this account may not see it", err.message, 1, true)
  end)

  it("goes on with the space that another one made when its own does not fit any more", function()
    host.server:misbehave { action = "refuse", code = -305, operation = "AddPackage", times = math.huge }
    local report = assert(ensure(meddled("get_my_packages", insert_space), SHOP))
    assert.are.same({ "done", spaces_called("shop")[1].PackageID }, { report.steps[1].state, report.spaces[1].id })
    assert.are.equal(1, #spaces_called "shop")
  end)

  it("is a conflict when what another one made is not what is desired", function()
    host.server:misbehave { action = "refuse", code = -305, operation = "AddPackage", times = math.huge }
    local _, err = ensure(meddled("get_my_packages", insert_space),
      { user = { Username = "jdoe" }, spaces = { { name = "shop", plan = 20 } } })
    assert.are.equal("conflict", err.kind)
    host:reset()
    _, err = ensure(meddled("get_my_packages", insert_space),
      { user = { Username = "jdoe" }, spaces = { { name = "shop", plan = 20 } } })
    assert.are.equal("conflict", err.kind)
    assert.matches("made by another run at the same time (id 4), and differs from what is desired: PlanId", err.message,
      1, true)
    -- Its own is rolled back, and the other's stays.
    assert.are.same({ { PackageID = 4 } }, spaces_called "shop")
  end)

  it("leaves what another one made with the higher id, and says so when it stays", function()
    for _, case in ipairs { { "undo", "not_done", 1 }, { "keep", "partly_done", 2 } } do
      host:reset()
      local _, err = ensure(meddled("add_package", insert_space), SHOP, { on_failure = case[1] })
      assert.are.same({ "conflict", case[2], case[3] }, { err.kind, err.outcome, #spaces_called "shop" })
      assert.matches("space 'shop' of user 'jdoe' is there more than once (ids 4, 5)", err.message, 1, true)
      assert.is_true(spaces_called("shop")[case[3]].PackageID == 5)
    end
  end)

  it("removes nothing when it is not known who made what", function()
    for _, on_failure in ipairs { "undo", "keep" } do
      host:reset()
      host.server:misbehave { action = "drop", operation = "AddPackage", when = "after" }
      local dated = {
        user = { Username = "jdoe" }, spaces = { { name = "shop", plan = 2, purchase_date = "2024-01-02" } },
      }
      local _, err = ensure(meddled("add_package", function()
        insert_space "2024-01-02T00:00:00"
      end), dated, { on_failure = on_failure })
      assert.are.same({ "conflict", "partly_done", 2 }, { err.kind, err.outcome, #spaces_called "shop" })
      assert.matches("(ids 4, 5)", err.message, 1, true)
      assert.are.equal(0, host.server:call_count "DeletePackage")
    end
  end)

  it("does not take an account away in which another one has made something", function()
    host.server:misbehave { action = "refuse", code = -106, operation = "AddPackageAddon", times = math.huge }
    local spec = specs.mary { spaces = { { name = "www", plan = 2, addons = { { plan = 4 } } } } }
    local _, err = ensure(meddled("add_user", function()
      host.server:query([[INSERT INTO Packages (ParentPackageID, UserID, PlanID, PackageName, StatusID, PurchaseDate)
        SELECT 2, UserID, 2, 'www', 1, '2020-01-01T00:00:00' FROM Users WHERE Username = 'mary']])
    end), spec)
    assert.are.same({ -106, "partly_done", "kept", "kept" },
      { err.code, err.outcome, err.steps[1].state, err.steps[2].state })
    assert.are.equal(1, #spaces_called "www")
  end)
end)

describe("a run that fails", function()
  fixture.provide("solidcp", use)

  -- What another run makes in what this one has made.
  local GUESTS = {
    {
      "a space in the account", "space 5 in it was made by another run", { "kept", "kept", "not_done" },
      [[INSERT INTO Packages (PackageID, ParentPackageID, UserID, PlanID, PackageName, StatusID)
        SELECT 5, 2, UserID, 2, 'theirs', 1 FROM Users WHERE Username = 'mary']],
    },
    {
      "an add-on in a space of it", "add-on 7 in it was made by another run", { "kept", "kept", "not_done" },
      [[INSERT INTO PackageAddons (PackageAddonID, PackageID, PlanID, Quantity, StatusID)
        SELECT 7, PackageID, 21, 1, 1 FROM Packages WHERE PackageName = 'www']],
    },
  }
  for _, guest in ipairs(GUESTS) do
    it("does not take away what another one made: " .. guest[1], function()
      host.server:misbehave { action = "refuse", code = -106, operation = "AddPackageAddon", times = math.huge }
      local session = setmetatable({}, {
        __index = function(_, method)
          return function(_, ...)
            if method == "add_package_addon" then
              assert(host.server:query(guest[4]))
            end
            return panel[method](panel, ...)
          end
        end,
      })
      local _, err = provisioning.ensure_account(session,
        specs.mary { spaces = { { name = "www", plan = 2, addons = { { plan = 4 } } } } }, specs.options())
      assert.are.same({ -106, "partly_done" }, { err.code, err.outcome })
      local states = {}
      for index, made in ipairs(err.steps) do
        states[index] = made.state
      end
      assert.are.same(guest[3], states)
      assert.matches(guest[2], err.steps[1].error.message, 1, true)
      assert.are.equal(1, host:count("SELECT 1 FROM Users WHERE Username = 'mary'"))
    end)
  end
end)

describe("several spaces of a name", function()
  fixture.provide("solidcp", use)

  local function ids_and_messages(first, second)
    local ids = {}
    for index, date in ipairs { first, second } do
      ids[index] = assert(panel:add_package(3, 2, "shop", nil, 1, date))
    end
    local _, whole = provisioning.ensure_account(panel,
      { user = { Username = "jdoe" }, spaces = { { name = "shop", plan = 2 } } }, specs.options())
    local _, one = provisioning.change_plan(panel, "jdoe", 20, specs.options { space = "shop" })
    assert.are.same({ "conflict", "conflict" }, { whole.kind, one.kind })
    return ids, { whole.message, one.message }
  end

  -- The space with the higher id goes in the nth pause.
  local function ensure_shop(dates, nth)
    local ids = {}
    for index, date in ipairs(dates) do
      ids[index] = assert(panel:add_package(3, 2, "shop", nil, 1, date))
    end
    local options, pauses = specs.options(), 0
    local pass = options.policy.sleep
    options.policy.sleep = function(seconds)
      pass(seconds)
      pauses = pauses + 1
      if pauses == nth then
        assert(panel:delete_package(ids[2]))
      end
    end
    local report, err = provisioning.ensure_account(panel,
      { user = { Username = "jdoe" }, spaces = { { name = "shop", plan = 2 } } }, options)
    return report, err, pauses, ids
  end

  it("are looked at again when two other runs have just made them", function()
    for nth = 1, 2 do
      host:reset()
      local report, err, pauses, ids = ensure_shop({ "2024-01-02T03:04:05.677", "2024-01-02T03:04:05.68" }, nth)
      assert.is_truthy(report, tostring(err))
      assert.are.same({ false, nth, ids[1] }, { report.changed, pauses, report.spaces[1].id })
    end
    host:reset()
    local report, err, pauses = ensure_shop({ "2024-01-02T03:04:05.677", "2024-01-02T03:04:05.68" }, 100)
    assert.is_nil(report)
    assert.are.same({ "conflict", 2 }, { err.kind, pauses })
  end)

  it("are not waited for when somebody ordered them, or one order made both", function()
    for _, dates in ipairs { { "2024-01-02", "2024-01-03" }, { "2024-01-02", "2024-01-02T03:04:05.68" },
      { "2024-01-02T03:04:05.677", "2024-01-02T03:04:05.677" } } do
      host:reset()
      local report, err, pauses = ensure_shop(dates, 1)
      assert.is_nil(report)
      assert.are.same({ "conflict", 0 }, { err.kind, pauses })
    end
  end)

  it("that one order made by mistake are distinguished from those that somebody ordered", function()
    local ids, messages = ids_and_messages("2024-01-02T03:04:05.677", "2024-01-02T03:04:05.677")
    for _, message in ipairs(messages) do
      assert.matches(("%d and %d have the same purchase date to a fraction of a second: one order made both by mistake")
        :format(ids[1], ids[2]), message, 1, true)
      assert.matches("delete the one that is not in use (delete_package), or name one by its id", message, 1, true)
    end
    for _, dates in ipairs {
      { "2024-01-02T03:04:05.677", "2024-01-02T03:04:05.68" }, { "2024-01-02", "2024-01-02" },
    } do
      host:reset()
      local _, others = ids_and_messages(dates[1], dates[2])
      for _, message in ipairs(others) do
        assert.matches("made by different orders; name one by its id", message, 1, true)
      end
    end
  end)
end)
