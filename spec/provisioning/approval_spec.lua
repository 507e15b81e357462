-- The option `approve`: nothing is changed that its function does not allow.
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local options = specs.options

local host, panel

-- Calls of each kind of workflow.
local WORKFLOWS = {
  ensure_account = function(more)
    return provisioning.ensure_account(panel, { user = { Username = "jdoe", City = "Bonn" } }, more)
  end,
  ["ensure_account, absent"] = function(more)
    return provisioning.ensure_account(panel, { user = { Username = "jdoe" }, absent = true }, more)
  end,
  create_account = function(more)
    return provisioning.create_account(panel, specs.mary(), more)
  end,
  change_plan = function(more)
    return provisioning.change_plan(panel, "jdoe", "Shared Medium", more)
  end,
  set_addons = function(more)
    return provisioning.set_addons(panel, "jdoe", {}, more)
  end,
  suspend = function(more)
    return provisioning.suspend(panel, "jdoe", more)
  end,
  terminate = function(more)
    return provisioning.terminate(panel, "jdoe", more)
  end,
  edit_user = function(more)
    return provisioning.edit_user(panel, "jdoe", { City = "Bonn" }, more)
  end,
  change_password = function(more)
    return provisioning.change_password(panel, "jdoe", "n3w-secret", more)
  end,
}

describe("the option approve", function()
  fixture.provide("solidcp", function(...)
    host, panel = ...
  end)

  for name, workflow in pairs(WORKFLOWS) do
    it("decides whether " .. name .. " changes something", function()
      local seen
      local report, err = workflow(options { approve = function(received)
        seen = received
        return false, "not today"
      end })
      assert.is_nil(report)
      assert.are.same({ "conflict", "not_done", false }, { err.kind, err.outcome, err.retryable })
      assert.matches("^[%a_]+: not today$", err.message)
      assert.is_true(#seen.steps > 0)
      assert.are.equal("not_done", seen.steps[1].state)
      assert.are.same({}, host:changes())
      assert.matches("not approved", select(2, workflow(options { approve = function() end })).message, 1, true)
      assert.are.same({}, host:changes())
      assert.is_truthy(workflow(options { approve = function()
        return true
      end }))
      assert.is_true(#host:changes() > 0)
    end)
  end

  it("is not called when there is nothing to do, nor by a dry run", function()
    local function approve()
      error "called"
    end
    assert.is_false(provisioning.edit_user(panel, "unicode", {}, options { approve = approve }).changed)
    assert.is_truthy(provisioning.terminate(panel, "jdoe", options { approve = approve, dry_run = true }))
  end)

  it("is a function", function()
    assert.has_error(function()
      provisioning.suspend(panel, "jdoe", { approve = true })
    end)
  end)
end)
