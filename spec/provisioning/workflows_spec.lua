-- The workflows on one account: creating, suspending and resuming, terminating, passwords, fields, plans.
local dnp = require "dnp"
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local mary, options = specs.mary, specs.options

local host, panel
local function use(...)
  host, panel = ...
end

local function row(sql, ...)
  return assert(host.server:query(sql, ...))[1]
end

local function status_of_space(id)
  return row("SELECT StatusID FROM Packages WHERE PackageID = ?", id).StatusID
end

local function status_of_user(name)
  return row("SELECT StatusID FROM Users WHERE Username = ?", name).StatusID
end

local function remembered()
  return host:count("SELECT 1 FROM UserSettings WHERE SettingsName LIKE 'lua-dnp%'")
end

-- Everything that a value says, tables inside included, to look for secrets in.
local function everything(value, seen)
  seen = seen or {}
  if type(value) ~= "table" then
    return tostring(value)
  elseif seen[value] then
    return ""
  end
  seen[value] = true
  local parts = { tostring(value) }
  for key, entry in pairs(value) do
    parts[#parts + 1] = everything(key, seen) .. "=" .. everything(entry, seen)
  end
  return table.concat(parts, "\n")
end

describe("create_account", function()
  fixture.provide("websitepanel", use)

  it("makes an account and sends the letter that is asked for", function()
    local plan = assert(provisioning.create_account(panel, mary { spaces = { { name = "www", plan = 2 } } },
      options { send_letter = true }))
    assert.are.equal("create_account 'mary': 2 steps", tostring(plan):match("^[^\n]*"))
    assert.are.equal(1, host:count("SELECT 1 FROM Letters WHERE UserID = ?", plan.user_id))
  end)

  it("does not touch an account that is there", function()
    local spec = mary()
    spec.user.Username = "JDoe"
    local plan, err = provisioning.create_account(panel, spec, options())
    assert.is_nil(plan)
    assert.are.same({ "conflict", -100, "ERROR_USER_ALREADY_EXISTS", "not_done" },
      { err.kind, err.code, err.name, err.outcome })
    assert.are.equal("a user 'JDoe' exists already", tostring(err))
    assert.are.same({}, host:changes())
  end)

  it("does not touch an account that it may not see", function()
    local own = host:session { username = "reseller", password = "Res3ller!" }
    local spec = mary()
    spec.user.Username = "pending"
    local plan, err = provisioning.create_account(own, spec, options())
    own:close()
    assert.is_nil(plan)
    assert.are.same({ "conflict", -100, "not_done" }, { err.kind, err.code, err.outcome })
    assert.are.equal("a user 'pending' exists already, and this account may not see it", err.message)
    assert.are.same({}, host:changes())
  end)

  it("takes everything back when a quota is exceeded, and tells which", function()
    local before = host:state()
    local plan, err = provisioning.create_account(panel,
      mary { spaces = { { name = "www", plan = 2 }, { name = "huge", plan = "Shared Huge" } } }, options())
    assert.is_nil(plan)
    assert.are.same({ "refused", -305, "ERROR_PACKAGE_QUOTA_EXCEED", "AddPackage", "not_done" },
      { err.kind, err.code, err.name, err.operation, err.outcome })
    assert.are.equal("OS.Diskspace", err.exceeding_quotas[1].QuotaName)
    assert.are.equal([[
create_account 'mary': 3 steps
  1. add user 'mary' (owner 2, User, Active) - undone
  2. add space 'www' to user 'mary' (plan 2 'Shared Small', Active) - undone
  3. add space 'huge' to user 'mary' (plan 3 'Shared Huge', Active) - not done]], tostring(err.plan))
    assert.are.equal(
      "create_account: add space 'huge' to user 'mary' (plan 3 'Shared Huge', Active) failed: AddPackage: refused with "
        .. "-305 ERROR_PACKAGE_QUOTA_EXCEED: the parent hosting space has not enough left of a quota "
        .. "(of 3 steps: 2 undone, 1 not done)", tostring(err))
    assert.is_false(err.plan.changed)
    assert.are.same(before, host:state())
    -- One call takes the account back, with the space in it.
    assert.are.same({ "AddUser", "AddPackage", "AddPackage", "DeleteUser" }, host:changes())
  end)

  it("names no id of what it has taken back", function()
    local _, err = provisioning.create_account(panel, mary {
      spaces = { { name = "www", plan = 2 }, { name = "shop", plan = 3 } },
    }, options())
    assert.are.equal("not_done", err.outcome)
    assert.is_nil(err.plan.user_id)
    assert.are.same({ { name = "www" }, { name = "shop" } }, err.plan.spaces)
    _, err = provisioning.ensure_account(panel, {
      user = { Username = "jdoe" }, spaces = { { name = "www", plan = 2 }, { name = "shop", plan = 3 } },
    }, options())
    assert.are.same({ 3, { { name = "www" }, { name = "shop" } } }, { err.plan.user_id, err.plan.spaces })
  end)

  it("keeps what was done when that is wanted", function()
    local _, err = provisioning.create_account(panel,
      mary { spaces = { { name = "www", plan = 2 }, { name = "huge", plan = 3 } } }, options { on_failure = "keep" })
    assert.are.equal("partly_done", err.outcome)
    assert.are.equal(2, err.plan:count "done")
    assert.is_true(err.plan.changed)
    assert.are.equal(1, host:count("SELECT 1 FROM Packages WHERE PackageName = 'www'"))
    assert.are.equal(err.plan.user_id, row("SELECT UserID FROM Users WHERE Username = 'mary'").UserID)
  end)

  it("reports what could not be taken back", function()
    host.server:misbehave { action = "refuse", code = -106, operation = "DeleteUser", times = math.huge }
    local _, err = provisioning.create_account(panel, mary { spaces = { { name = "huge", plan = 3 } } }, options())
    assert.are.same({ "kept", "not_done" }, { err.steps[1].state, err.steps[2].state })
    assert.are.equal(-106, err.steps[1].error.code)
    assert.are.equal("partly_done", err.outcome)
    assert.matches("done, not undone", tostring(err.plan), 1, true)
    assert.are.equal(1, host:count("SELECT 1 FROM Users WHERE Username = 'mary'"))
  end)

  it("never shows the password", function()
    host.server:misbehave { action = "fault", operation = "AddUser", times = math.huge, text = "could not: s3cret-pw" }
    local plan, err = provisioning.create_account(panel, mary { spaces = { { name = "www", plan = 2 } } }, options())
    assert.is_nil(plan)
    assert.is_nil(everything(err):find("s3cret", 1, true))
    host.server:behave()
    plan = assert(provisioning.create_account(panel, mary(), options()))
    assert.is_nil(everything(plan):find("s3cret", 1, true))
  end)
end)

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
      local plan = assert(provisioning.suspend(panel, "jdoe", options()))
      assert.are.same({ state = "suspended", users = {}, spaces = { [30] = 2, [31] = 3 } }, plan.remembered)
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
        local plan, err = provisioning.suspend(case[1], case[2], options())
        assert.is_nil(plan)
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
      local plan = assert(provisioning.suspend(panel, "reseller", options()))
      assert.are.same({ state = "suspended", users = { [9] = 2 }, spaces = { [30] = 2, [31] = 3 } }, plan.remembered)
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
    local plan = assert(provisioning.suspend(panel, "reseller", options()))
    assert.are.same({ users = { [40] = 2, [41] = 3 }, spaces = { [30] = 2, [42] = 2 } },
      { users = plan.remembered.users, spaces = plan.remembered.spaces })
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
    local plan = assert(provisioning.unsuspend(panel, "jdoe", options()))
    assert.are.equal(2, #plan.steps)
    assert.are.equal(1, status_of_space(30))
  end)

  it("ends with what the caller remembers, if that is given", function()
    local plan = assert(provisioning.suspend(panel, "jdoe", options()))
    host.server:query("DELETE FROM UserSettings WHERE SettingsName LIKE 'lua-dnp%'")
    assert(provisioning.unsuspend(panel, "jdoe", options { remembered = plan.remembered }))
    assert.are.equal(2, status_of_space(30))
  end)

  it("is taken back in full when a later step fails", function()
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
        local plan, err = provisioning[workflow](panel, name, options())
        assert.is_nil(plan)
        assert.are.same({ "conflict", "not_done" }, { err.kind, err.outcome })
        assert.are.equal(("%s: user '%s' is %s"):format(workflow, name, name:gsub("^%l", string.upper)), err.message)
      end
    end
    assert.are.same({}, host:changes())
  end)

  it("of a space is refused while the account itself is suspended", function()
    assert(provisioning.suspend(panel, "jdoe", options()))
    for _, workflow in ipairs { "suspend", "unsuspend" } do
      local plan, err = provisioning[workflow](panel, "jdoe", options { space = 3 })
      assert.is_nil(plan)
      assert.are.equal(("%s: user 'jdoe' itself is Suspended, so its spaces cannot be treated one by one"):format(
        workflow), err.message)
    end
  end)
end)

describe("terminate", function()
  fixture.provide("solidcp", use)

  local function refused(expected, ...)
    local before = host:state()
    local plan, err = provisioning.terminate(...)
    assert.is_nil(plan)
    assert.are.equal(expected, err.message)
    assert.are.equal("not_done", err.outcome)
    assert.are.same(before, host:state())
    assert.are.same({}, host:changes())
    return err
  end

  it("deletes an account and what it has", function()
    local plan = assert(provisioning.terminate(panel, "jdoe", options()))
    assert.are.equal("terminate 'jdoe': 1 step\n  1. delete user 'jdoe' (id 3) - done", tostring(plan))
    assert.are.equal(0, host:count("SELECT 1 FROM Packages WHERE UserID = 3"))
    assert.are.equal("absent", select(2, provisioning.terminate(panel, "jdoe", options())).kind)
  end)

  it("refuses the panel itself", function()
    refused("terminate: user 0 is the panel itself", panel, 0, options())
    refused("terminate: user 1 is the panel itself", panel, 1, options())
    refused("terminate: user 1 is the panel itself", panel, "ServerAdmin", options { children = true })
  end)

  it("refuses the account that calls, and the one that it acts for", function()
    local own = host:session { username = "reseller", password = "Res3ller!" }
    refused("terminate: user 'reseller' is the account that calls, or the one that it acts for", own, "reseller",
      options { children = true })
    own:close()
    host.server:seed {
      users = {
        { UserID = 50, OwnerID = 2, RoleID = 2, Username = "clerk", Password = "c", IsPeer = true },
      },
    }
    local clerk = host:session { username = "clerk", password = "c" }
    refused("terminate: user 'reseller' is the account that calls, or the one that it acts for", clerk, 2,
      options { children = true })
    clerk:close()
  end)

  it("refuses an account with child users, unless told", function()
    local err = refused(
      "terminate: user 'reseller' has 2 child users ('jdoe', 'unicode'); with children = true they are deleted too",
      panel, "reseller", options())
    assert.are.same({ "conflict", -102, "ERROR_USER_HAS_USERS" }, { err.kind, err.code, err.name })
  end)

  it("deletes child users deepest first", function()
    host.server:seed {
      users = {
        { UserID = 40, OwnerID = 9, Username = "kid", Password = "x" },
        { UserID = 41, OwnerID = 40, Username = "grandkid", Password = "x" },
      },
    }
    local plan = assert(provisioning.terminate(panel, "reseller", options { children = true }))
    local order = {}
    for index, call in ipairs(host.server:calls("DeleteUser")) do
      order[index] = call.parameters.userId
    end
    assert.are.same({ 41, 40, 3, 9, 2 }, order)
    assert.are.equal(5, plan:count "done")
    assert.are.equal(0, host:count("SELECT 1 FROM Users WHERE UserID IN (2, 3, 9, 40, 41)"))
  end)

  it("tells what is gone and what is not when it fails in the middle", function()
    host.server:misbehave { action = "refuse", code = -106, operation = "DeleteUser", nth = 2 }
    local _, err = provisioning.terminate(panel, "reseller", options { children = true })
    assert.are.same({ "kept", "not_done", "not_done" }, { err.steps[1].state, err.steps[2].state, err.steps[3].state })
    assert.are.equal(1, host:count("SELECT 1 FROM Users WHERE UserID IN (3, 9)"))
  end)
end)

describe("terminate, when the panel takes its time,", function()
  it("waits until the record is gone", function()
    local slow = fixture.start("dotnetpanel", { delete_delay = 0.2 })
    local session = slow:session()
    local waits = 0
    -- The server's clock is the real one, so this sleep is too, in small pieces.
    local policy = fixture.policy {
      sleep = function()
        waits = waits + 1
        dnp.sleep(0.02)
      end,
    }
    assert(provisioning.terminate(session, "jdoe", { policy = policy }))
    assert.is_true(waits > 0)
    assert.are.equal("absent", select(2, session:get_user_by_id(3)).kind)
    slow:stop()
  end)

  it("does not claim that it is gone when the time is over", function()
    local slow = fixture.start("websitepanel", { delete_delay = 3600 })
    local session = slow:session()
    local plan, err = provisioning.terminate(session, "jdoe", { policy = fixture.policy() })
    assert.is_nil(plan)
    assert.are.same({ "timeout", "unknown", "unknown" }, { err.kind, err.outcome, err.steps[1].state })
    assert.matches("gave up after 300.0 seconds waiting for user 'jdoe' to be gone", err.message, 1, true)
    assert.are.equal(1, slow.server:call_count("DeleteUser"))
    slow:stop()
  end)
end)

describe("the workflows on one account", function()
  fixture.provide("solidcp", use)

  it("find it by id and by name, without its password", function()
    local user = assert(provisioning.find_user(panel, "JDOE", options { policy = nil }))
    assert.are.same({ 3, "jdoe", nil }, { user.UserId, user.Username, user.Password })
    assert.are.equal("jdoe", assert(provisioning.find_user(panel, 3)).Username)
    local none, err = provisioning.find_user(panel, "nobody")
    assert.is_nil(none)
    assert.are.same({ "absent", "there is no user 'nobody', or this account may not see it" },
      { err.kind, err.message })
  end)

  it("change its password", function()
    local plan = assert(provisioning.change_password(panel, "jdoe", "n3w"))
    assert.are.equal("change_password 'jdoe': 1 step\n  1. set the password of user 'jdoe' - done", tostring(plan))
    assert.is_true(panel:authenticate_user("jdoe", "n3w"))
  end)

  it("change its fields and carry the others along", function()
    host.server:query("UPDATE Users SET MfaMode = 1, AdditionalParams = 'x', Address = 'Elm', Comments = 'c' WHERE "
      .. "Username = 'jdoe'")
    local before = host:state()
    local plan = assert(provisioning.edit_user(panel, "jdoe", { Role = "Reseller", Address = "" }, options()))
    assert.are.equal("change user 'jdoe': Address 'Elm' -> '', RoleId User -> Reseller", plan.steps[1].text)
    for _, user in ipairs(before[1]) do
      if user.Username == "jdoe" then
        user.RoleID, user.Address = 2, nil
      end
    end
    assert.are.same(before, host:state())
    assert.are.equal(0, #assert(provisioning.edit_user(panel, "jdoe", { RoleId = 2, Address = "" }, options())).steps)
  end)

  it("send no password along", function()
    assert(provisioning.edit_user(panel, "jdoe", { City = "Bonn" }, options()))
    local sent = host.server:calls("UpdateUser")[1].parameters
    assert.is_nil((sent.user or sent).Password)
    local classic = fixture.start "dotnetpanel"
    local session = classic:session()
    assert(provisioning.edit_user(session, "jdoe", { City = "Bonn" }, options()))
    sent = classic.server:calls("UpdateUser")[1].parameters
    assert.are.same({ "Bonn", nil }, { (sent.user or sent).City, (sent.user or sent).Password })
    classic:stop()
  end)

  it("do not claim a role that the caller may not give", function()
    local before = host:state()
    local own = host:session { username = "reseller", password = "Res3ller!" }
    for _, changed in ipairs { { Role = "Administrator" }, { Role = "Administrator", City = "Bonn" } } do
      local plan, err = provisioning.edit_user(own, "jdoe", changed, options())
      assert.is_nil(plan)
      assert.are.same({ "conflict", "not_done" }, { err.kind, err.outcome })
      assert.matches("the panel said yes, but afterwards the record was not as it was asked to be (RoleId)",
        err.message, 1, true)
      assert.are.same(before, host:state())
    end
    local admin = mary()
    admin.user.Role = "Administrator"
    local _, err = provisioning.create_account(own, admin, options())
    assert.are.same({ "conflict", "undone" }, { err.kind, err.steps[1].state })
    assert.matches("asked to be (RoleId)", err.message, 1, true)
    assert.are.same(before, host:state())
    own:close()
  end)

  it("move its space to another plan, with other add-ons", function()
    local plan = assert(provisioning.change_plan(panel, "jdoe", "shared medium",
      options { addons = { { plan = 21, quantity = 2 } } }))
    assert.are.same({ "AddPackageAddon", "UpdatePackage", "DeletePackageAddon" }, host:changes())
    assert.are.equal(3, plan.spaces[1].id)
    assert.are.equal(20, row("SELECT PlanID FROM Packages WHERE PackageID = 3").PlanID)
    host.server:clear_calls()
    assert.are.equal("change_plan 'jdoe': nothing to do", tostring(assert(provisioning.change_plan(panel, 3, 20,
      options { addons = { { plan = "More Disk", quantity = 2 } } }))))
    assert.are.same({}, host:changes())
  end)

  it("keep the add-ons that were paid for when the new plan does not fit", function()
    local before = host:state()
    local _, err = provisioning.change_plan(panel, "jdoe", 3, options { addons = { { plan = 21 } } })
    assert.are.same({ "refused", -305, "not_done" }, { err.kind, err.code, err.outcome })
    assert.are.equal(2, #err.exceeding_quotas)
    assert.are.same(before, host:state())
  end)

  it("take a name for the space that is called exactly so, although others differ in case only", function()
    host.server:seed {
      packages = {
        { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "blog" },
        { PackageID = 31, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "BLOG" },
      },
    }
    assert(provisioning.change_plan(panel, "jdoe", 20, options { space = "BLOG" }))
    assert.are.same({ PackageID = 31 }, row "SELECT PackageID FROM Packages WHERE PlanID = 20")
    local _, err = provisioning.suspend(panel, "jdoe", options { space = "Blog" })
    assert.are.equal("user 'jdoe' has several spaces, name one of them: 'blog' (id 30), 'BLOG' (id 31); they were "
      .. "made by different orders; name one by its id", err.message)
  end)

  it("want to know which space when there are several, or none", function()
    host.server:seed {
      packages = { { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "blog" } },
    }
    local _, err = provisioning.change_plan(panel, "jdoe", 20, options())
    assert.are.same({ "conflict",
      "user 'jdoe' has several spaces, name one of them: 'John's <space>' (id 3), 'blog' (id 30)" },
      { err.kind, err.message })
    assert(provisioning.change_plan(panel, "jdoe", 20, options { space = "Blog" }))
    assert.are.equal(20, row("SELECT PlanID FROM Packages WHERE PackageID = 30").PlanID)
    _, err = provisioning.set_addons(panel, "unicode", {}, options())
    assert.are.same({ "absent", "user 'unicode' has no space" }, { err.kind, err.message })
    _, err = provisioning.set_addons(panel, "jdoe", {}, options { space = "none" })
    assert.are.same({ "absent", "user 'jdoe' has no space 'none'; there are 'John's <space>', 'blog'" },
      { err.kind, err.message })
  end)

  it("set its add-ons", function()
    assert(provisioning.set_addons(panel, "jdoe", { { plan = 4, quantity = 1, comments = "one" }, { plan = 21 } },
      options()))
    assert.are.same({ { PlanID = 4, Quantity = 1, Comments = "one" }, { PlanID = 21, Quantity = 1 } },
      host.server:query("SELECT PlanID, Quantity, Comments FROM PackageAddons WHERE PackageID = 3 ORDER BY PlanID"))
  end)
end)
