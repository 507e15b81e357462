-- Changes whose response was lost: settled by asking, never by guessing, and never made twice.
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local mary = specs.mary

local host, panel
local function use(...)
  host, panel = ...
end

-- What happens at the nth pause of a workflow, when all that was asked so far showed nothing.
local function at_pause(number, action)
  local options = fixture.policy()
  local sleep, count = options.sleep, 0
  options.sleep = function(seconds)
    sleep(seconds)
    count = count + 1
    if count == number then
      action()
    end
  end
  return { policy = options }
end

-- Mary, or somebody like her, whom another hand made.
local function somebody(changes)
  local user = mary().user
  for name, value in pairs(changes or {}) do
    user[name] = value
  end
  host.server:seed { users = { user } }
end

local function calls(operation)
  return host.server:call_count(operation)
end

local function create(spec, options)
  return provisioning.create_account(panel, spec, options or specs.options())
end

-- On what an account that is there, jdoe with space 3, is tried.
local function with_jdoe(name, ...)
  local arguments = { ... }
  arguments[#arguments + 1] = specs.options()
  return provisioning[name](panel, "jdoe", (table.unpack or unpack)(arguments))
end

local function rows(sql)
  return host:count(sql)
end

-- The three looks after a lost change have a pause after each of the first two, the third comes before the repeat.
local BEFORE_REPEAT = 3

describe("a lost change", function()
  fixture.provide("solidcp", use)

  describe("AddUser", function()
    it("is not repeated when the account is there and ours", function()
      host.server:misbehave { action = "drop", operation = "AddUser", when = "after" }
      local report = assert(create(mary()))
      assert.are.equal(1, calls "AddUser")
      assert.are.equal(report.user_id, host.server:query("SELECT UserID FROM Users WHERE Username = 'mary'")[1].UserID)
      assert.are.equal(report.user_id, report.steps[1].id)
    end)

    it("is repeated when it is not there", function()
      host.server:misbehave { action = "drop", operation = "AddUser" }
      assert(create(mary()))
      assert.are.equal(2, calls "AddUser")
      assert.are.equal(1, rows "SELECT 1 FROM Users WHERE Username = 'mary'")
    end)

    it("is recognised in accounts that may not log in", function()
      for _, status in ipairs { "Pending", "Cancelled", "Suspended" } do
        host:reset()
        host.server:misbehave { action = "drop", operation = "AddUser", when = "after" }
        assert(create(mary { status = status }))
        assert.are.equal(1, calls "AddUser")
      end
    end)

    -- Between our question whether the name is free and our AddUser, somebody else takes it.
    local function lose_to(changes)
      host.server:misbehave { action = "drop", operation = "AddUser" }
      local report, err = create(mary(), at_pause(1, function()
        somebody(changes)
      end))
      assert.is_nil(report)
      assert.are.same({ "conflict", -100, "ERROR_USER_ALREADY_EXISTS", "not_done", "not_done" },
        { err.kind, err.code, err.name, err.outcome, err.steps[1].state })
      assert.are.equal(1, calls "AddUser")
      assert.are.equal(0, calls "DeleteUser")
      assert.are.equal(1, rows "SELECT 1 FROM Users WHERE Username = 'mary'")
      return err.message
    end

    it("is not taken for another account of that name", function()
      assert.matches("the user name 'mary' was taken meanwhile by another account: its Email differs",
        lose_to { Email = "other@example.com" }, 1, true)
      host:reset()
      assert.matches("another account: its OwnerId differs", lose_to { OwnerId = 1 }, 1, true)
    end)

    it("is not taken for an account that looks like it and has another password", function()
      assert.matches("another account: its password differs", lose_to { Password = "theirs" }, 1, true)
    end)

    it("is not taken for an account that we may not see", function()
      panel:close()
      panel = host:session { username = "reseller", password = "Res3ller!" }
      local message = lose_to { OwnerId = 1 }
      panel:close()
      panel = host:session()
      assert.matches("by an account that this one may not see", message, 1, true)
    end)

    it("that arrives late is found although the repeat was refused", function()
      host.server:misbehave { action = "drop", operation = "AddUser" }
      local report = assert(create(mary(), at_pause(BEFORE_REPEAT, somebody)))
      assert.are.equal(2, calls "AddUser")
      assert.are.equal("done", report.steps[1].state)
      assert.are.equal(report.user_id, host.server:query("SELECT UserID FROM Users WHERE Username = 'mary'")[1].UserID)
    end)

    it("is unknown when the panel cannot be asked", function()
      host.server:misbehave { action = "drop", operation = "AddUser", when = "after" }
      host.server:misbehave { action = "drop", operation = "GetUserByUsername", nth = 2, times = math.huge }
      local report, err = create(mary())
      assert.is_nil(report)
      assert.are.same({ "transport", "unknown", "unknown" }, { err.kind, err.outcome, err.steps[1].state })
      assert.are.equal("AddUser", err.operation)
      assert.are.equal("GetUserByUsername", err.cause.cause.operation)
      assert.are.equal(1, calls "AddUser")
      assert.matches("(of 1 step: 1 unknown)", err.message, 1, true)
      assert.matches("unknown whether done", tostring(err.report), 1, true)
    end)

    it("is done when the panel can be asked again before anything is rolled back", function()
      for _, on_failure in ipairs { "undo", "keep" } do
        host:reset()
        host.server:misbehave { action = "drop", operation = "AddUser", when = "after" }
        host.server:misbehave { action = "html", operation = "GetUserByUsername", nth = 2, times = 5 }
        local report = assert(create(mary { spaces = { { name = "www", plan = 2 } } },
          specs.options { on_failure = on_failure }))
        assert.are.same({ 2, 1 }, { report:count "done", calls "AddUser" })
      end
    end)
  end)

  describe("AddPackage", function()
    local www = mary { spaces = { { name = "www", plan = 2, addons = { { plan = 4 } } } } }

    local function insert_space()
      host.server:query([[INSERT INTO Packages (ParentPackageID, UserID, PlanID, PackageName)
        SELECT 2, UserID, 2, 'www' FROM Users WHERE Username = 'mary']])
    end

    it("is not repeated when the space is there", function()
      host.server:misbehave { action = "cut", bytes = 10, operation = "AddPackage" }
      local report = assert(create(www))
      assert.are.equal(1, calls "AddPackage")
      local space = host.server:query("SELECT PackageID FROM Packages WHERE PackageName = 'www'")[1]
      assert.are.equal(report.spaces[1].id, space.PackageID)
    end)

    it("that arrives late leaves one space", function()
      host.server:misbehave { action = "drop", operation = "AddPackage" }
      local report = assert(create(www, at_pause(BEFORE_REPEAT, insert_space)))
      assert.are.equal(2, calls "AddPackage")
      assert.are.equal(1, rows "SELECT 1 FROM Packages WHERE PackageName = 'www'")
      local space = host.server:query("SELECT PackageID FROM Packages WHERE PackageName = 'www'")[1].PackageID
      assert.are.same({ space, space }, { report.spaces[1].id, report.steps[2].id })
      -- What comes after it goes to the space that is left.
      local addon = host.server:query("SELECT PackageID FROM PackageAddons WHERE PlanID = 4 AND PackageID > 3")[1]
      assert.are.equal(space, addon.PackageID)
    end)

    it("goes with the account when that is rolled back, known or not", function()
      host.server:misbehave { action = "drop", operation = "AddPackage", when = "after" }
      host.server:misbehave { action = "drop", operation = "GetMyPackages", nth = 2, times = math.huge }
      local _, err = create(www)
      assert.are.same({ "undone", "undone", "not_done" },
        { err.steps[1].state, err.steps[2].state, err.steps[3].state })
      assert.are.equal("not_done", err.outcome)
      assert.are.equal(0, rows "SELECT 1 FROM Packages WHERE PackageName = 'www'")
    end)
  end)

  describe("AddPackageAddon", function()
    it("is not taken for an add-on like it that was there before", function()
      host.server:misbehave { action = "drop", operation = "AddPackageAddon" }
      assert(with_jdoe("set_addons", { { plan = 4, quantity = 2 }, { plan = 4, quantity = 2 } }))
      assert.are.equal(2, calls "AddPackageAddon")
      assert.are.equal(2, rows "SELECT 1 FROM PackageAddons WHERE PackageID = 3 AND Quantity = 2")
    end)

    it("is not rolled back for an outage in which nobody could look whether it is there twice", function()
      for _, case in ipairs { { 9, "done" }, { 12, "undone" } } do
        host:reset()
        host.server:misbehave {
          action = "html", status = 502, operation = "GetPackageAddons", nth = 2, times = case[1],
        }
        local report, err = with_jdoe("set_addons", { { plan = 4, quantity = 2 }, { plan = 21 } })
        assert.are.equal(case[2], (report or err).steps[1].state)
        assert.are.equal(case[2] == "done" and 2 or 1, rows "SELECT 1 FROM PackageAddons WHERE PackageID = 3")
      end
    end)

    it("that arrives late leaves one", function()
      host.server:misbehave { action = "drop", operation = "AddPackageAddon" }
      local report = assert(provisioning.set_addons(panel, "jdoe", { { plan = 4, quantity = 2 }, { plan = 21 } },
        at_pause(BEFORE_REPEAT, function()
          host.server:seed { addons = { { PackageID = 3, PlanID = 21 } } }
        end)))
      assert.are.equal(2, calls "AddPackageAddon")
      local found = host.server:query("SELECT PackageAddonID FROM PackageAddons WHERE PackageID = 3 AND PlanID = 21")
      assert.are.same({ 1, report.steps[1].id }, { #found, found[1].PackageAddonID })
    end)
  end)

  -- Those that say what shall be: repeated only when it is not so.
  local REPEATABLE = {
    UpdateUser = { "edit_user", { City = "Ulm" } },
    UpdatePackage = { "change_plan", 20 },
    UpdatePackageAddon = { "set_addons", { { plan = 4, quantity = 7 } } },
    DeletePackageAddon = { "set_addons", {} },
    ChangeUserStatus = { "suspend" },
    DeleteUser = { "terminate" },
  }
  for operation, call in pairs(REPEATABLE) do
    describe(operation, function()
      it("is repeated only when it was not carried out", function()
        for _, case in ipairs { { "before", 2 }, { "after", 1 } } do
          host:reset()
          host.server:misbehave { action = "drop", operation = operation, when = case[1] }
          assert(with_jdoe((table.unpack or unpack)(call)))
          assert.are.equal(case[2], calls(operation), case[1])
        end
      end)

      it("is not repeated when it was refused", function()
        host.server:misbehave { action = "refuse", code = -106, operation = operation, times = math.huge }
        local report, err = with_jdoe((table.unpack or unpack)(call))
        assert.is_nil(report)
        assert.are.same({ "refused", -106, "not_done" }, { err.kind, err.code, err.outcome })
        assert.are.equal(1, calls(operation))
      end)

      it("is given up within the attempts that the policy allows", function()
        host.server:misbehave { action = "drop", operation = operation, times = math.huge }
        local report, err = with_jdoe((table.unpack or unpack)(call))
        assert.is_nil(report)
        -- A deletion may go on in the background, so its not being done cannot be known.
        local outcome = operation == "DeleteUser" and "unknown" or "not_done"
        assert.are.same({ "transport", outcome }, { err.kind, err.outcome })
        assert.are.equal(5, calls(operation))
      end)
    end)
  end

  it("is settled after a refusal in the middle, too, and not repeated", function()
    host.server:misbehave { action = "refuse", code = -999, operation = "AddUser", times = math.huge }
    local _, err = create(mary())
    assert.are.same({ "refused", -999, "not_done", 1 }, { err.kind, err.code, err.outcome, calls "AddUser" })
    host:reset()
    host.server:misbehave { action = "refuse", code = -999, operation = "DeleteUser", times = math.huge }
    _, err = with_jdoe "terminate"
    assert.are.same({ "refused", -999, "unknown", 1 }, { err.kind, err.code, err.outcome, calls "DeleteUser" })
  end)

  describe("ChangeUserPassword", function()
    local function password()
      return host.server:query("SELECT Password FROM Users WHERE UserID = 3")[1].Password
    end

    it("is repeated without asking, since wrong passwords count and codes are sent for right ones", function()
      for _, when in ipairs { "before", "after" } do
        host:reset()
        host.server:misbehave { action = "drop", operation = "ChangeUserPassword", when = when }
        assert(with_jdoe("change_password", "n3w"))
        assert.are.same({ 2, 0, "n3w" }, { calls "ChangeUserPassword", calls "AuthenticateUser", password() })
      end
    end)

    it("is asked for once, when all attempts were lost", function()
      for _, when in ipairs { "before", "after" } do
        host:reset()
        host.server:misbehave { action = "drop", operation = "ChangeUserPassword", when = when, times = math.huge }
        local report, err = with_jdoe("change_password", "n3w")
        assert.are.same({ 5, 1 }, { calls "ChangeUserPassword", calls "AuthenticateUser" })
        assert.are.equal(when == "after", report ~= nil)
        assert.are.equal(when == "after" and "n3w" or "secret", password())
        assert.is_true(report ~= nil or err.outcome == "not_done")
      end
    end)

    it("is not taken for not done when the time is over before it is repeated", function()
      for _, when in ipairs { "before", "after" } do
        host:reset()
        host.server:misbehave { action = "drop", operation = "ChangeUserPassword", when = when }
        local report, err = provisioning.change_password(panel, "jdoe", "n3w",
          { policy = fixture.policy { deadline = 1, base_delay = 10 } })
        assert.are.equal(1, calls "ChangeUserPassword")
        assert.is_true(report == nil or when == "after")
        assert.is_true(report ~= nil or when == "before" or err.outcome == "unknown", tostring(err))
      end
    end)

    it("is unknown when the panel does not say", function()
      host.server:misbehave {
        action = "drop", operation = "ChangeUserPassword", when = "after", times = math.huge,
      }
      host.server:misbehave { action = "refuse", code = -115, operation = "AuthenticateUser", times = math.huge }
      local _, err = with_jdoe("change_password", "n3w")
      assert.are.equal("unknown", err.outcome)
    end)
  end)

  it("of a space that somebody else has deleted meanwhile is done", function()
    host.server:misbehave { action = "refuse", code = -300, operation = "DeletePackage" }
    host.server:seed {
      packages = { { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "old" } },
    }
    local deleted = false
    local wrapped = setmetatable({}, {
      __index = function(_, method)
        return function(_, ...)
          if method == "delete_package" then
            host.server:query("DELETE FROM Packages WHERE PackageID = 30")
            deleted = true
          end
          return panel[method](panel, ...)
        end
      end,
    })
    local report = assert(provisioning.ensure_account(wrapped,
      { user = { Username = "jdoe" }, spaces = { { id = 3 } }, spaces_complete = true },
      { policy = fixture.policy() }))
    assert.are.same({ true, 1 }, { deleted, report:count "done" })
  end)

  -- A panel that does something of its own right before one of our calls.
  local function meddled(operation, action)
    return setmetatable({}, {
      __index = function(_, method)
        return function(_, ...)
          if method == operation then
            host.server:query(action)
          end
          return panel[method](panel, ...)
        end
      end,
    })
  end

  it("is not a change when the panel says yes, but somebody else has deleted the record", function()
    local cases = {
      {
        meddled("update_package_name", "DELETE FROM Packages WHERE PackageID = 3"), "UpdatePackageName",
        { user = { Username = "jdoe" }, spaces = { { id = 3, name = "x" } } },
      },
      {
        meddled("update_package_addon", "DELETE FROM PackageAddons"), "UpdatePackageAddon",
        { user = { Username = "jdoe" }, spaces = { { id = 3, addons = { { plan = 4, quantity = 7 } } } } },
      },
    }
    for _, case in ipairs(cases) do
      host:reset()
      local report, err = provisioning.ensure_account(case[1], case[3], { policy = fixture.policy() })
      assert.is_nil(report)
      assert.are.same({ "conflict", "not_done", "not_done" }, { err.kind, err.outcome, err.steps[1].state })
      assert.matches(case[2] .. ": the panel said yes, but afterwards the record was gone", err.message, 1, true)
    end
  end)

  it("of a record that is gone is not done", function()
    local gone = meddled("update_user", "DELETE FROM Users WHERE UserID = 3")
    local _, err = provisioning.edit_user(gone, "jdoe", { City = "Ulm" }, { policy = fixture.policy() })
    assert.are.same({ "fault", "not_done" }, { err.kind, err.outcome })
  end)

  it("is rolled back when the panel has made another account of it than was asked for", function()
    host.server:query [[CREATE TRIGGER Shorter AFTER INSERT ON Users BEGIN
      UPDATE Users SET FirstName = substr(NEW.FirstName, 1, 3) WHERE UserID = NEW.UserID; END]]
    local _, err = create(mary())
    assert.are.same({ "conflict", "not_done", "undone" }, { err.kind, err.outcome, err.steps[1].state })
    assert.are.equal(0, rows "SELECT 1 FROM Users WHERE Username = 'mary'")
  end)

  it("does not outlive the deadline, and the rollback has its own", function()
    local options = fixture.policy { deadline = 2, base_delay = 4, attempts = 100 }
    host.server:misbehave { action = "drop", operation = "AddPackage", times = math.huge }
    local _, err = create(mary { spaces = { { name = "www", plan = 2 } } }, { policy = options })
    assert.are.same({ "undone", "undone" }, { err.steps[1].state, err.steps[2].state })
    assert.are.equal("not_done", err.outcome)
    assert.are.equal(0, rows "SELECT 1 FROM Users WHERE Username = 'mary'")
  end)

  it("that raises in the middle is reported and rolled back", function()
    local broken = setmetatable({}, {
      __index = function(_, method)
        return function(_, ...)
          if method == "add_package" then
            error("boom")
          end
          return panel[method](panel, ...)
        end
      end,
    })
    local before = host:state()
    local report, err = provisioning.create_account(broken, mary { spaces = { { name = "www", plan = 2 } } },
      { policy = fixture.policy() })
    assert.is_nil(report)
    assert.are.same({ "raised", "not_done", "undone", "not_done" },
      { err.kind, err.outcome, err.steps[1].state, err.steps[2].state })
    assert.matches("boom", err.message, 1, true)
    assert.are.same(before, host:state())
  end)

  it("that is interrupted in a pause is reported and rolled back", function()
    local before = host:state()
    for number = 1, 3 do
      host.server:misbehave { action = "drop", operation = "AddPackage" }
      local report, err = create(mary { spaces = { { name = "www", plan = 2 } } }, at_pause(number, function()
        error("interrupted!", 0)
      end))
      assert.is_nil(report)
      assert.are.same({ "raised", "not_done", "undone", "undone" },
        { err.kind, err.outcome, err.steps[1].state, err.steps[2].state })
      assert.matches("failed: interrupted!", err.message, 1, true)
      assert.are.same(before, host:state())
    end
  end)

  it("whose rollback is interrupted is unknown from there on", function()
    host.server:misbehave { action = "refuse", code = -305, operation = "AddPackageAddon" }
    host.server:misbehave { action = "drop", operation = "DeletePackage" }
    local report, err = provisioning.ensure_account(panel, {
      user = { Username = "jdoe", City = "Ulm" },
      spaces = { { name = "www", plan = 2, addons = { { plan = 4 } } } },
    }, at_pause(1, function()
      error("interrupted!", 0)
    end))
    assert.is_nil(report)
    assert.are.same({ -305, "unknown", "unknown" }, { err.code, err.outcome, err.steps[1].state })
    assert.are.equal("interrupted!", err.steps[1].error.message)
  end)
end)
