-- What a change of status falls on differs from panel to panel. Whatever it is: what slept before a suspension sleeps
-- after it, what was active is active, and what the panel left alone is reported. DNP_PROPERTY_SEED=N repeats a round.
local fake = require "spec.support.fake"
local fixture = require "spec.support.panel"
local prng = require "spec.support.prng"
local provisioning = require "dnp.provisioning"
local status_panel = require "spec.support.status_panel"

local ACTIVE, SUSPENDED = status_panel.ACTIVE, status_panel.SUSPENDED
local CANCELLED = 3
local ROUNDS = 60

local function random_status(random)
  return random:integer(1, 100) <= 65 and ACTIVE or random:integer(2, 4)
end

-- User 2 is the one that is suspended; user 99 and space 98 are none of its business.
local function random_tree(random)
  local users = {
    { UserId = 2, OwnerId = 1, Username = "top", StatusId = ACTIVE, IsPeer = false },
    { UserId = 99, OwnerId = 1, Username = "other", StatusId = random:integer(1, 4), IsPeer = false },
  }
  local spaces = {
    {
      PackageId = 98, ParentPackageId = 1, UserId = 99, PackageName = "s98", StatusId = random:integer(1, 4),
      ServerId = 1,
    },
  }
  for id = 3, 2 + random:integer(0, 9) do
    users[#users + 1] = {
      UserId = id, OwnerId = random:integer(2, id - 1), Username = "u" .. id, StatusId = random_status(random),
      IsPeer = random:integer(1, 4) == 1,
    }
  end
  local count = #users
  for id = 10, 9 + random:integer(1, 14) do
    local owner = users[random:integer(1, count)].UserId
    if owner ~= 99 then
      spaces[#spaces + 1] = {
        PackageId = id, UserId = owner,
        ParentPackageId = random:integer(1, 3) == 1 and id > 10 and random:integer(10, id - 1) or 1,
        PackageName = "s" .. id, StatusId = random_status(random), ServerId = random:integer(1, 6) == 1 and 0 or 1,
        stubborn = random:integer(1, 10) == 1 or nil,
      }
    end
  end
  return users, spaces
end

local function options(more)
  local all = { policy = fake.time().options }
  for name, value in pairs(more or {}) do
    all[name] = value
  end
  return all
end

-- What is below user 2 and its spaces: nested ones of others are not, an account's status does not fall on them.
local function is_below(panel, id)
  while id and id ~= 2 do
    id = panel.model.users[id] and panel.model.users[id].OwnerId
  end
  return id == 2
end

local function is_below_top(panel, name)
  local kind, id = name:match "^(%l+) (%d+)$"
  id = tonumber(id)
  return is_below(panel, kind == "user" and id or panel.model.spaces[id].UserId)
end

local function names_of(stayed)
  local names = {}
  for _, entry in ipairs(stayed) do
    names[entry.kind .. " " .. entry.id] = entry.status
  end
  return names
end

local function check_suspended(panel, before, report)
  local now, active = status_panel.statuses(panel), {}
  assert.are.equal(SUSPENDED, now["user 2"])
  for name, status in pairs(before) do
    if not is_below_top(panel, name) then
      assert.are.equal(status, now[name], name)
    elseif now[name] == ACTIVE then
      assert.are.equal(ACTIVE, status, name)
      active[name] = ACTIVE
    end
  end
  assert.are.same(active, names_of(report.stayed))
  for name, status in pairs(active) do
    local kind, id = name:match "^(%l+) (%d+)$"
    assert.matches((" (id %s) stayed Active"):format(id), tostring(report), 1, true)
    assert.are.equal(ACTIVE, status, kind)
  end
end

-- Lets the nth call of some kind fail, once, before or after it was done.
local function break_call(panel, nth, when, changing_only)
  local count = 0
  for _, method in ipairs { "get_users", "get_user_peers", "get_my_packages", "get_user_by_id", "update_user_settings",
    "change_user_status", "change_package_status" } do
    local original = panel[method]
    panel[method] = function(...)
      if not (changing_only and method:find "^get") then
        count = count + 1
      end
      if count == nth then
        count = count + 1
        if when == "after" then
          original(...)
        end
        return nil, fake.failure("fault", { name = "Client", outcome = when == "never" and "not_done" or "unknown" })
      end
      return original(...)
    end
  end
end

for _, family in ipairs(status_panel.FAMILIES) do
  describe("a suspension and its end, where a status falls on " .. family .. ",", function()
    it("leave everything as it was, and report what the panel left alone", function()
      prng.rounds(ROUNDS, function(random)
        local panel = status_panel.new(family, random_tree(random))
        local before = status_panel.statuses(panel)
        local report = assert(provisioning.suspend(panel, "top", options()))
        check_suspended(panel, before, report)
        report = assert(provisioning.unsuspend(panel, 2, options()))
        assert.are.same(before, status_panel.statuses(panel))
        assert.are.same({}, report.stayed)
        assert.are.same({}, panel.model.settings)
        assert.are.equal(#report.steps, report:count "done")
      end)
    end)

    it("do not resume what was cancelled in between, nor anything when nothing was written down", function()
      prng.rounds(ROUNDS, function(random)
        local panel = status_panel.new(family, random_tree(random))
        local before = status_panel.statuses(panel)
        assert(provisioning.suspend(panel, "top", options()))
        local space
        for _, one in pairs(panel.model.spaces) do
          space = is_below(panel, one.UserId) and not one.stubborn and one or space
        end
        if space then
          space.StatusId, before["space " .. space.PackageId] = CANCELLED, CANCELLED
        end
        assert(provisioning.unsuspend(panel, "top", options()))
        assert.are.same(before, status_panel.statuses(panel))
        -- Somebody suspends the account without us.
        panel.model.users[2].StatusId = SUSPENDED
        assert(provisioning.unsuspend(panel, "top", options()))
        local now = status_panel.statuses(panel)
        for name, status in pairs(before) do
          assert.is_true(status ~= CANCELLED or now[name] == CANCELLED, name)
        end
      end)
    end)

    it("are finished by the next run when they were interrupted", function()
      prng.rounds(ROUNDS, function(random)
        local panel = status_panel.new(family, random_tree(random))
        local before = status_panel.statuses(panel)
        assert(provisioning.suspend(panel, "top", options()))
        break_call(panel, random:integer(1, 25), ({ "before", "after", "never" })[random:integer(1, 3)])
        local report = provisioning.unsuspend(panel, "top", options { on_failure = "keep" })
        if not report then
          assert(provisioning.unsuspend(panel, "top", options()))
        end
        assert.are.same(before, status_panel.statuses(panel))
        assert.are.same({}, panel.model.settings)
      end)
    end)

    it("are rolled back in full when they fail", function()
      prng.rounds(ROUNDS, function(random)
        local panel = status_panel.new(family, random_tree(random))
        assert(provisioning.suspend(panel, "top", options()))
        local before = status_panel.statuses(panel)
        break_call(panel, random:integer(2, 12), "never", true)
        local report, err = provisioning.unsuspend(panel, "top", options())
        if not report and err.outcome == "not_done" then
          assert.are.same(before, status_panel.statuses(panel))
        end
        assert.is_true(report ~= nil or err.outcome == "not_done", tostring(err and err.report))
      end)
    end)
  end)
end

-- The sandbox's panels: of each family, and before and after each change.
local PANELS = {
  { "dotnetpanel" }, { "websitepanel", "1.2.0" }, { "websitepanel", "1.2.2" }, { "websitepanel", "2.1" }, { "solidcp" },
}
for _, case in ipairs(PANELS) do
  local dialect, version = case[1], case[2]
  describe(("a suspension on %s %s"):format(dialect, version or ""), function()
    local host, panel
    local function use(...)
      host, panel = ...
    end

    fixture.provide(dialect, use, { version = version })
    before_each(function()
      host.server:seed {
        users = {
          { UserID = 40, OwnerID = 3, Username = "staff", Password = "x", IsPeer = true, StatusID = 2 },
          { UserID = 41, OwnerID = 3, Username = "kid", Password = "x", StatusID = 3 },
          { UserID = 42, OwnerID = 41, Username = "grandkid", Password = "x" },
        },
        packages = {
          { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "slept", StatusID = 2 },
          { PackageID = 31, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "cancelled", StatusID = 3 },
          { PackageID = 32, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "none", ServerID = 0 },
          { PackageID = 33, ParentPackageID = 30, UserID = 41, PlanID = 2, PackageName = "nested" },
          { PackageID = 34, ParentPackageID = 33, UserID = 42, PlanID = 2, PackageName = "deeper", StatusID = 4 },
          { PackageID = 35, ParentPackageID = 2, UserID = 40, PlanID = 2, PackageName = "peer's", StatusID = 3 },
        },
      }
      host.server:query "UPDATE Packages SET ServerID = NULL WHERE PackageID = 32"
    end)

    local function active()
      local found = {}
      for _, space in ipairs(host.server:query "SELECT PackageID FROM Packages WHERE StatusID = 1 AND UserID > 1") do
        found["space " .. space.PackageID] = ACTIVE
      end
      return found
    end

    it("ends as it began, for an account and for all below a reseller", function()
      for _, who in ipairs { "jdoe", "reseller" } do
        local before = host:state()
        local slept = assert(host.server:query "SELECT PackageID FROM Packages WHERE StatusID <> 1")
        local report = assert(provisioning.suspend(panel, who, options()))
        for _, space in ipairs(slept) do
          assert.are.equal(0, host:count("SELECT 1 FROM Packages WHERE PackageID = ? AND StatusID = 1",
            space.PackageID))
        end
        if who == "reseller" then
          assert.are.same(active(), names_of(report.stayed))
        end
        report = assert(provisioning.unsuspend(panel, who, options()))
        assert.are.same({}, report.stayed)
        assert.are.same(before, host:state())
      end
    end)

    it("of one space ends as it began", function()
      local before = host:state()
      for _, space in ipairs { 2, 30 } do
        local who = space == 2 and "reseller" or "jdoe"
        host.server:query "UPDATE Packages SET StatusID = 1 WHERE PackageID = 30"
        local with = host:state()
        assert(provisioning.suspend(panel, who, options { space = space }))
        assert(provisioning.unsuspend(panel, who, options { space = space }))
        assert.are.same(with, host:state())
      end
      assert.are_not.same(before, host:state())
    end)
  end)
end

describe("a space", function()
  local function panel_with(more)
    local spaces = {
      { PackageId = 10, ParentPackageId = 1, UserId = 2, PackageName = "www", StatusId = ACTIVE, ServerId = 1 },
      { PackageId = 11, ParentPackageId = 10, UserId = 3, PackageName = "kid's", StatusId = ACTIVE, ServerId = 1 },
      { PackageId = 12, ParentPackageId = 10, UserId = 3, PackageName = "old", StatusId = CANCELLED, ServerId = 1 },
    }
    for name, value in pairs(more or {}) do
      spaces[1][name] = value
    end
    return status_panel.new("each", {
      { UserId = 2, OwnerId = 1, Username = "top", StatusId = ACTIVE, IsPeer = false },
      { UserId = 3, OwnerId = 2, Username = "kid", StatusId = ACTIVE, IsPeer = false },
    }, spaces)
  end

  it("is suspended and resumed with what is nested in it, whoever owns that", function()
    local panel = panel_with()
    local before = status_panel.statuses(panel)
    assert(provisioning.suspend(panel, "top", options { space = "www" }))
    assert.are.same({ SUSPENDED, SUSPENDED }, { panel.model.spaces[10].StatusId, panel.model.spaces[11].StatusId })
    assert(provisioning.unsuspend(panel, "top", options { space = 10 }))
    assert.are.same(before, status_panel.statuses(panel))
  end)

  it("that keeps its status although the panel says yes is a conflict, without waiting for long", function()
    local panel = panel_with { stubborn = true }
    local time = fake.time()
    local report, err = provisioning.suspend(panel, "top", { space = "www", policy = time.options })
    assert.is_nil(report)
    assert.are.equal("conflict", err.kind)
    assert.matches("the record was not as requested (StatusId)", err.message, 1, true)
    assert.is_true(time.now - 1000 < 10)
  end)

  it("without a server is reported when it stays as it was", function()
    local panel = panel_with { ServerId = 0 }
    local report = assert(provisioning.suspend(panel, "top", options()))
    assert.are.same({ { kind = "space", id = 10, name = "www", status = ACTIVE, expected = SUSPENDED } }, report.stayed)
    assert.matches("\n     space 'www' %(id 10%) stayed Active$", tostring(report))
  end)
end)

describe("a large tree", function()
  -- How many instructions of the interpreter a function takes, in thousands.
  local function cost(work)
    local jit = rawget(_G, "jit")
    if jit then
      -- Compiled code runs no hooks.
      jit.off()
      jit.flush()
    end
    local count = 0
    debug.sethook(function()
      count = count + 1
    end, "", 1000)
    local good, err = pcall(work)
    debug.sethook()
    if jit then
      jit.on()
    end
    assert(good, err)
    return count
  end

  local function reseller_with(customers)
    local users = { { UserId = 2, OwnerId = 1, Username = "top", StatusId = ACTIVE, IsPeer = false } }
    local spaces = {}
    for index = 1, customers do
      local id = index + 2
      users[#users + 1] = {
        UserId = id, OwnerId = 2, Username = "u" .. id, IsPeer = false,
        StatusId = index % 8 == 0 and CANCELLED or ACTIVE,
      }
      spaces[#spaces + 1] = {
        PackageId = 100000 + id, ParentPackageId = 1, UserId = id, PackageName = "s" .. id,
        StatusId = index % 3 == 0 and SUSPENDED or ACTIVE, ServerId = 1,
      }
    end
    return status_panel.new("each", users, spaces)
  end

  local function work_for(customers)
    local panel = reseller_with(customers)
    local before = status_panel.statuses(panel)
    local instructions = cost(function()
      assert(provisioning.suspend(panel, "top", options()))
      assert(provisioning.unsuspend(panel, "top", options()))
    end)
    assert.are.same(before, status_panel.statuses(panel))
    return instructions
  end

  it("takes two calls for each account, and few after the change", function()
    local panel = reseller_with(1000)
    panel.model.spaces[100010].ServerId = 0
    assert(provisioning.suspend(panel, "top", options()))
    local counts = {}
    for _, call in ipairs(panel.calls) do
      counts[call[1]] = (counts[call[1]] or 0) + 1
    end
    -- The reseller's and that of the account whose space no list has are read again.
    assert.are.same({ 1001, 1001 + 2, 2, 1 },
      { counts.get_user_peers, counts.get_my_packages, counts.get_users, counts.get_packages_paged })
  end)

  it("costs in proportion to its size", function()
    local small, large = work_for(500), work_for(4000)
    -- Eight times as large; a walk of the whole for each entry would make it sixty-four times as dear.
    assert.is_true(large < 12 * small, ("%d, then %d thousand instructions"):format(small, large))
  end)
end)
