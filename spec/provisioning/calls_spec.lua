-- What workflows ask a panel for: nothing twice, and nothing that they know.
local dnp = require "dnp"
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"
local workflows = require "spec.support.workflows"

local host, panel
local function use(...)
  host, panel = ...
end

local MARY = specs.mary { spaces = { { name = "www", plan = 2, addons = { { plan = 4 } } } } }

local CASES = {
  {
    name = "create_account",
    run = function(session, options)
      return provisioning.create_account(session, MARY, options)
    end,
    calls = {
      "GetUserByUsername", "UserExists", "GetHostingPlan", "GetHostingPlan", "AddUser", "AddPackage", "GetMyPackages",
      "AddPackageAddon", "GetUserById", "GetPackageAddons",
    },
    rounds = 6,
  },
  {
    name = "ensure_account, nothing to do",
    prepare = function()
      assert(provisioning.create_account(panel, MARY, specs.options()))
    end,
    run = function(session, options)
      return provisioning.ensure_account(session, MARY, options)
    end,
    calls = {
      "GetUserByUsername", "GetHostingPlan", "GetHostingPlan", "GetMyPackages", "GetPackage", "GetPackageAddons",
      "GetPackageAddon",
    },
    rounds = 4,
  },
  {
    name = "set_addons",
    run = function(session, options)
      return provisioning.set_addons(session, "jdoe", { { plan = 4, quantity = 7 } }, options)
    end,
    calls = {
      "GetUserByUsername", "GetHostingPlan", "GetMyPackages", "GetPackageAddons", "GetPackageAddon",
      "UpdatePackageAddon", "GetPackageAddons",
    },
    rounds = 6,
  },
  {
    name = "set_addons, of plans that are named",
    run = function(session, options)
      return provisioning.set_addons(session, 3, { { plan = "More Disk" }, { plan = "extra mailboxes" } }, options)
    end,
    calls = {
      "GetUserById", "GetMyPackages", "GetHostingAddons", "GetPackageAddons", "GetPackageAddon", "AddPackageAddon",
      "GetPackageAddons",
    },
    rounds = 6,
  },
  {
    name = "edit_user",
    run = function(session, options)
      return provisioning.edit_user(session, "jdoe", { City = "Ulm" }, options)
    end,
    calls = { "GetUserByUsername", "UpdateUser", "GetUserById" },
    rounds = 3,
  },
}

-- A session that notes what was asked before anything was changed.
local function noting(session, asked)
  local changing, changed = {}, false
  for _, operation in ipairs(dnp.contract(host.dialect).operations) do
    changing[operation.method] = operation.mutates
  end
  return setmetatable({}, {
    __index = function(_, method)
      return function(_, ...)
        changed = changed or changing[method]
        if not changed and changing[method] ~= nil then
          local call = { method }
          for index = 1, select("#", ...) do
            call[index + 1] = tostring((select(index, ...)))
          end
          asked[#asked + 1] = table.concat(call, " ")
        end
        return session[method](session, ...)
      end
    end,
  })
end

-- A session that counts the times at which somebody had to wait: calls that begin when none is under way.
local function counting(session)
  local count = { rounds = 0, under_way = 0 }
  return setmetatable({}, {
    __index = function(_, method)
      return function(_, ...)
        if method == "info" then
          return session:info()
        end
        count.rounds = count.rounds + (count.under_way == 0 and 1 or 0)
        count.under_way = count.under_way + 1
        local value, err = session[method](session, ...)
        count.under_way = count.under_way - 1
        return value, err
      end
    end,
  }), count
end

local function begin(case)
  host:reset()
  if case.prepare then
    case.prepare(host)
  end
  host.server:clear_calls()
end

for _, dialect in ipairs(dnp.dialects) do
  describe("on " .. dialect .. ", what is asked for", function()
    fixture.provide(dialect, use)

    for _, case in ipairs(CASES) do
      it("is what has to be known: " .. case.name, function()
        begin(case)
        assert(case.run(panel, specs.options()))
        assert.are.same(case.calls, host:operations())
      end)

      it("is asked for at once where it does not depend on one another: " .. case.name, function()
        begin(case)
        local session, count = counting(panel)
        assert(case.run(session, { policy = { base_delay = 0 } }))
        assert.are.same({ case.rounds, #case.calls }, { count.rounds, host.server:call_count() })
      end)
    end

    for _, name in ipairs { "create_account", "ensure_account", "change_plan", "set_addons", "edit_user" } do
      for _, workflow in ipairs(workflows) do
        if workflow.name == name then
          it("is not asked for twice before anything is changed: " .. name, function()
            begin(workflow)
            local asked, seen = {}, {}
            assert(workflow.run(noting(panel, asked), specs.options()))
            assert.is_true(#asked > 0)
            for _, call in ipairs(asked) do
              assert.is_nil(seen[call], call)
              seen[call] = true
            end
          end)
        end
      end
    end

    it("is asked for again when a record was read a while ago", function()
      begin(CASES[1])
      local options = specs.options()
      -- Every look at the clock is three seconds after the one before.
      local now = 0
      options.policy.clock = function()
        now = now + 3
        return now
      end
      assert(provisioning.edit_user(panel, "jdoe", { City = "Ulm" }, options))
      assert.are.same({ "GetUserByUsername", "GetUserById", "UpdateUser", "GetUserById" }, host:operations())
    end)
  end)
end
