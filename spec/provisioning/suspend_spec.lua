-- suspend and unsuspend: what was suspended before stays so, whatever comes in between.
local dnp = require "dnp"
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local options = specs.options

local host, panel
local function use(...)
  host, panel = ...
end

local function status_of_space(id)
  return host:row("SELECT StatusID FROM Packages WHERE PackageID = ?", id).StatusID
end

local function status_of_user(name)
  return host:row("SELECT StatusID FROM Users WHERE Username = ?", name).StatusID
end

local function remembered()
  return host:count("SELECT 1 FROM UserSettings WHERE SettingsName LIKE 'lua-dnp%'")
end

for _, dialect in ipairs(dnp.dialects) do
  describe("suspend and unsuspend on " .. dialect, function()
    fixture.provide(dialect, use)
    -- jdoe: space 3 active, 30 suspended, 31 cancelled.
    before_each(function()
      host.server:seed {
        packages = {
          { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "blog", StatusID = 2 },
          { PackageID = 31, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "old", StatusID = 3 },
        },
      }
    end)

    it("do not resume what was suspended before", function()
      local before = host:state()
      local report = assert(provisioning.suspend(panel, "jdoe", options()))
      assert.are.same({ state = "suspended", users = {}, spaces = { [30] = 2, [31] = 3 } }, report.remembered)
      assert.are.same({ 2, 2, 2, 2 }, { status_of_user "jdoe", status_of_space(3), status_of_space(30),
        status_of_space(31) })
      -- Another process, another session.
      panel:close()
      panel = host:session()
      assert(provisioning.unsuspend(panel, 3, options()))
      assert.are.same(before, host:state())
    end)

    it("do not lock out who calls", function()
      local before = host:state()
      local own = host:session { username = "reseller", password = "Res3ller!" }
      for _, case in ipairs {
        { panel, "ServerAdmin", "suspend: user 1 is the panel itself" },
        { own, 2, "suspend: user 'reseller' is the account that calls, or the one that it acts for" },
      } do
        local report, err = provisioning.suspend(case[1], case[2], options())
        assert.is_nil(report)
        assert.are.same({ "conflict", case[3] }, { err.kind, err.message })
      end
      own:close()
      assert.are.same(before, host:state())
    end)

    it("change nothing the second time", function()
      assert(provisioning.suspend(panel, "jdoe", options()))
      local suspended = host:state()
      host.server:clear_calls()
      assert.are.equal("suspend 'jdoe': nothing to do",
        tostring(assert(provisioning.suspend(panel, "jdoe", options()))))
      assert.are.same({}, host:changes())
      assert.are.same(suspended, host:state())
      assert(provisioning.unsuspend(panel, "jdoe", options()))
      host.server:clear_calls()
      assert.are.equal("unsuspend 'jdoe': nothing to do",
        tostring(assert(provisioning.unsuspend(panel, "jdoe", options()))))
      assert.are.same({}, host:changes())
    end)

    it("treat one space alone", function()
      local before = host:state()
      assert(provisioning.suspend(panel, "jdoe", options { space = "JOHN'S <space>" }))
      assert.are.same({ 1, 2, 2 }, { status_of_user "jdoe", status_of_space(3), status_of_space(30) })
      assert(provisioning.unsuspend(panel, "jdoe", options { space = 3 }))
      assert.are.same(before, host:state())
    end)

    it("put back all that is below a reseller", function()
      host.server:query("UPDATE Users SET StatusID = 2 WHERE Username = 'unicode'")
      local before = host:state()
      local report = assert(provisioning.suspend(panel, "reseller", options()))
      assert.are.same({ state = "suspended", users = { [9] = 2 }, spaces = { [30] = 2, [31] = 3 } }, report.remembered)
      assert.are.equal(2, status_of_user "jdoe")
      assert(provisioning.unsuspend(panel, "reseller", options()))
      assert.are.same(before, host:state())
    end)
  end)
end

describe("a suspension", function()
  fixture.provide("dotnetpanel", use)
  before_each(function()
    host.server:seed {
      packages = {
        { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "blog", StatusID = 2 },
      },
    }
  end)

  it("does not resume peers of accounts below, nor what is below those", function()
    host.server:seed {
      users = {
        { UserId = 40, OwnerId = 3, Username = "staff", Password = "x", IsPeer = true, StatusId = 2 },
        { UserId = 41, OwnerId = 40, Username = "below", Password = "x", StatusId = 3 },
      },
      packages = { { PackageID = 42, ParentPackageID = 2, UserID = 40, PlanID = 2, PackageName = "s", StatusID = 2 } },
    }
    local before = host:state()
    local report = assert(provisioning.suspend(panel, "reseller", options()))
    assert.are.same({ users = { [40] = 2, [41] = 3 }, spaces = { [30] = 2, [42] = 2 } },
      { users = report.remembered.users, spaces = report.remembered.spaces })
    assert(provisioning.unsuspend(panel, "reseller", options()))
    assert.are.same(before, host:state())
  end)

  it("reads what is below only where it matters", function()
    local function asked(workflow, who, changes)
      host.server:clear_calls()
      assert(workflow(panel, who, options(changes)))
      return host:operations()
    end
    -- The reseller and the two accounts below it are asked for their peers and spaces: no list holds all of those. The
    -- last is the dry run's own.
    assert.are.same({ "GetUserByUsername", "GetUserByUsername", "GetUserSettings", "GetUserPeers", "GetMyPackages",
      "GetUsers", "GetUserPeers", "GetMyPackages", "GetUserPeers", "GetMyPackages", "GetUserByUsername" },
      asked(provisioning.suspend, "reseller", { dry_run = true }))
    -- Spaces nested in one are those of accounts below.
    assert.are.same({ "GetUserByUsername", "GetMyPackages", "GetPackage", "GetUserSettings", "GetUserPeers",
      "GetUsers", "GetUserPeers", "GetMyPackages", "GetUserPeers", "GetMyPackages", "GetUserByUsername" },
      asked(provisioning.suspend, "reseller", { space = 2, dry_run = true }))
    -- There is something to remember, and nothing to do.
    assert(next(assert(provisioning.suspend(panel, "reseller", options())).remembered.spaces))
    assert.are.same({ "GetUserByUsername", "GetUserByUsername", "GetUserSettings" },
      asked(provisioning.suspend, "reseller"))
    -- Somebody has resumed it without us: what was remembered is forgotten.
    host.server:query("UPDATE Users SET StatusID = 1 WHERE Username = 'reseller'")
    assert.are.same({ "GetUserByUsername", "GetUserSettings", "UpdateUserSettings" },
      asked(provisioning.unsuspend, "reseller"))
  end)

  it("writes nothing down when there is nothing to remember", function()
    host.server:query("UPDATE Packages SET StatusID = 1")
    assert(provisioning.suspend(panel, "jdoe", options()))
    assert.are.same({ "ChangeUserStatus" }, host:changes())
    assert.are.equal(0, remembered())
  end)

  it("is not taken for that of the account above, whose settings are inherited", function()
    assert(provisioning.suspend(panel, "reseller", options()))
    host.server:query("UPDATE Users SET StatusID = 1 WHERE Username = 'jdoe'")
    host.server:query("UPDATE Packages SET StatusID = 1 WHERE UserID = 3")
    host.server:clear_calls()
    -- jdoe inherits the reseller's memory, which says that space 30 slept.
    assert(provisioning.suspend(panel, "jdoe", options()))
    assert(provisioning.unsuspend(panel, "jdoe", options()))
    assert.are.equal(1, status_of_space(30))
    assert.are.same({ "ChangeUserStatus", "ChangeUserStatus" }, host:changes())
  end)

  it("that was interrupted while it ended is finished by the next run", function()
    assert(provisioning.suspend(panel, "jdoe", options()))
    host.server:misbehave { action = "drop", operation = "ChangePackageStatus", times = math.huge }
    local _, err = provisioning.unsuspend(panel, "jdoe", options { on_failure = "keep" })
    assert.are.equal("partly_done", err.outcome)
    host.server:behave()
    assert.are.same({ 1, 1 }, { status_of_user "jdoe", status_of_space(30) })
    assert(provisioning.unsuspend(panel, "jdoe", options()))
    assert.are.same({ 1, 2, 0 }, { status_of_user "jdoe", status_of_space(30), remembered() })
  end)

  -- Suspending blog again has fallen on what is nested in it; resuming that is what the interrupted run did not get to.
  local function interrupt_before_the_nested()
    host.server:seed {
      packages = {
        { PackageID = 31, ParentPackageID = 30, UserID = 3, PlanID = 2, PackageName = "nested" },
        { PackageID = 32, ParentPackageID = 30, UserID = 3, PlanID = 2, PackageName = "cancelled", StatusID = 3 },
      },
    }
    assert(provisioning.suspend(panel, "jdoe", options()))
    host.server:misbehave { action = "drop", operation = "ChangePackageStatus", nth = 2, times = math.huge }
    local _, err = provisioning.unsuspend(panel, "jdoe", options { on_failure = "keep" })
    assert.are.equal("partly_done", err.outcome)
    host.server:behave()
    assert.are.same({ 2, 2, 2 }, { status_of_space(30), status_of_space(31), status_of_space(32) })
  end

  it("that was interrupted while it ended leaves nothing suspended that was active before it", function()
    interrupt_before_the_nested()
    assert(provisioning.unsuspend(panel, "jdoe", options()))
    assert.are.same({ 2, 1, 3, 0 }, { status_of_space(30), status_of_space(31), status_of_space(32), remembered() })
    host.server:clear_calls()
    assert(provisioning.unsuspend(panel, "jdoe", options()))
    assert.are.same({}, host:changes())
  end)

  it("whose end version 0.1 began is finished, too", function()
    interrupt_before_the_nested()
    host.server:query("UPDATE UserSettings SET PropertyValue = 'waking' WHERE PropertyValue = 'resuming'")
    assert.are.equal(1, host:count("SELECT 1 FROM UserSettings WHERE PropertyValue = 'waking'"))
    assert(provisioning.unsuspend(panel, "jdoe", options()))
    assert.are.same({ 2, 1, 3, 0 }, { status_of_space(30), status_of_space(31), status_of_space(32), remembered() })
  end)

  it("whose end is finished by a run that fails, too, is as that run found it", function()
    interrupt_before_the_nested()
    host.server:query("UPDATE Packages SET StatusID = 1 WHERE PackageID = 30")
    local before = host:state()
    host.server:misbehave { action = "refuse", code = -106, operation = "ChangePackageStatus", nth = 2 }
    local _, err = provisioning.unsuspend(panel, "jdoe", options())
    assert.are.equal("not_done", err.outcome)
    assert.are.same(before, host:state())
  end)

  it("that begins after an interrupted end does not remember as suspended what was active before it", function()
    interrupt_before_the_nested()
    assert(provisioning.suspend(panel, "jdoe", options()))
    assert(provisioning.unsuspend(panel, "jdoe", options()))
    assert.are.same({ 2, 1, 3, 0 }, { status_of_space(30), status_of_space(31), status_of_space(32), remembered() })
  end)

  it("that begins after an interrupted end remembers what was to be put back", function()
    assert(provisioning.suspend(panel, "jdoe", options()))
    host.server:misbehave { action = "drop", operation = "ChangePackageStatus", times = math.huge }
    assert.is_nil((provisioning.unsuspend(panel, "jdoe", options { on_failure = "keep" })))
    host.server:behave()
    assert(provisioning.suspend(panel, "jdoe", options()))
    assert(provisioning.unsuspend(panel, "jdoe", options()))
    assert.are.same({ 1, 2 }, { status_of_space(3), status_of_space(30) })
  end)

  it("that never came about is forgotten", function()
    host.server:misbehave { action = "refuse", code = -106, operation = "ChangeUserStatus" }
    local _, err = provisioning.suspend(panel, "jdoe", options { on_failure = "keep" })
    assert.are.equal(-106, err.code)
    assert.is_true(remembered() > 0)
    -- Somebody resumes the space; the account was never suspended, so nothing is to be put back.
    host.server:query("UPDATE Packages SET StatusID = 1")
    assert(provisioning.unsuspend(panel, "jdoe", options()))
    assert.are.same({ 1, 0 }, { status_of_space(30), remembered() })
  end)

  it("leaves active what somebody has resumed during it, and what is gone alone", function()
    host.server:seed {
      packages = { { PackageID = 31, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "x", StatusID = 2 } },
    }
    assert(provisioning.suspend(panel, "jdoe", options()))
    host.server:query("UPDATE Packages SET StatusID = 1 WHERE PackageID = 30")
    host.server:query("DELETE FROM Packages WHERE PackageID = 31")
    local report = assert(provisioning.unsuspend(panel, "jdoe", options()))
    assert.are.equal(2, #report.steps)
    assert.are.equal(1, status_of_space(30))
  end)

  it("ends with what the caller remembers, if that is given", function()
    local report = assert(provisioning.suspend(panel, "jdoe", options()))
    host.server:query("DELETE FROM UserSettings WHERE SettingsName LIKE 'lua-dnp%'")
    assert(provisioning.unsuspend(panel, "jdoe", options { remembered = report.remembered }))
    assert.are.equal(2, status_of_space(30))
  end)

  it("is rolled back in full when a later step fails", function()
    local before = host:state()
    host.server:misbehave { action = "refuse", code = -106, operation = "UpdatePackageName" }
    local _, err = provisioning.ensure_account(panel, {
      user = { Username = "jdoe" }, status = "Suspended", spaces = { { id = 3, comments = "x" } },
    }, options())
    assert.are.equal("not_done", err.outcome)
    assert.are.same(before, host:state())
  end)

  it("of a cancelled or pending account is refused, and so is its end", function()
    for _, name in ipairs { "cancelled", "pending" } do
      for _, workflow in ipairs { "suspend", "unsuspend" } do
        local report, err = provisioning[workflow](panel, name, options())
        assert.is_nil(report)
        assert.are.same({ "conflict", "not_done" }, { err.kind, err.outcome })
        assert.are.equal(("%s: user '%s' is %s"):format(workflow, name, name:gsub("^%l", string.upper)), err.message)
      end
    end
    assert.are.same({}, host:changes())
  end)

  it("of a space is refused while the account itself is suspended", function()
    assert(provisioning.suspend(panel, "jdoe", options()))
    for _, workflow in ipairs { "suspend", "unsuspend" } do
      local report, err = provisioning[workflow](panel, "jdoe", options { space = 3 })
      assert.is_nil(report)
      assert.are.equal(workflow .. ": user 'jdoe' itself is Suspended, so its spaces cannot be suspended or resumed "
        .. "one by one", err.message)
    end
  end)
end)
