-- terminate: what is deleted and in which order, and what is refused.
local dnp = require "dnp"
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local options = specs.options

local host, panel
local function use(...)
  host, panel = ...
end

describe("terminate", function()
  fixture.provide("solidcp", use)

  local function refused(expected, ...)
    local before = host:state()
    local report, err = provisioning.terminate(...)
    assert.is_nil(report)
    assert.are.equal(expected, err.message)
    assert.are.equal("not_done", err.outcome)
    assert.are.same(before, host:state())
    assert.are.same({}, host:changes())
    return err
  end

  it("deletes an account and what it has", function()
    local report = assert(provisioning.terminate(panel, "jdoe", options()))
    assert.are.equal("terminate 'jdoe': 1 step\n  1. delete user 'jdoe' (id 3) - done", tostring(report))
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

  it("refuses an account with child users, unless `children` is true", function()
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
    local report = assert(provisioning.terminate(panel, "reseller", options { children = true }))
    local order = {}
    for index, call in ipairs(host.server:calls("DeleteUser")) do
      order[index] = call.parameters.userId
    end
    assert.are.same({ 41, 40, 3, 9, 2 }, order)
    assert.are.equal(5, report:count "done")
    assert.are.equal(0, host:count("SELECT 1 FROM Users WHERE UserID IN (2, 3, 9, 40, 41)"))
  end)

  it("reports what is gone and what is not when it fails in the middle", function()
    host.server:misbehave { action = "refuse", code = -106, operation = "DeleteUser", nth = 2 }
    local _, err = provisioning.terminate(panel, "reseller", options { children = true })
    assert.are.same({ "kept", "not_done", "not_done" }, { err.steps[1].state, err.steps[2].state, err.steps[3].state })
    assert.are.equal(1, host:count("SELECT 1 FROM Users WHERE UserID IN (3, 9)"))
  end)
end)

describe("terminate, when the panel takes its time,", function()
  it("waits until the record is gone", function()
    local slow = fixture.start("dotnetpanel", { delete_delay = 1 })
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
    local report, err = provisioning.terminate(session, "jdoe", { policy = fixture.policy() })
    assert.is_nil(report)
    assert.are.same({ "timeout", "unknown", "unknown" }, { err.kind, err.outcome, err.steps[1].state })
    assert.matches("gave up after 300.0 s waiting for user 'jdoe' to be gone", err.message, 1, true)
    assert.are.equal(1, slow.server:call_count("DeleteUser"))
    slow:stop()
  end)
end)
