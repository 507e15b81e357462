-- What a panel holds and nobody can send back, and what raises in the middle of a workflow: both are reported in words
-- that say what to do, and never where in a program it came to light.
local dnp = require "dnp"
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local host, panel
local function use(...)
  host, panel = ...
end

-- What each workflow that reads, changes and writes back meets.
local CASES = {
  {
    name = "edit_user", field = "City", sql = "UPDATE Users SET City = 'a' || char(1) || 'b' WHERE UserID = 3",
    run = function(session)
      return provisioning.edit_user(session, "jdoe", { Zip = "12345" }, specs.options())
    end,
    -- Naming the field is the remedy.
    remedy = function(session)
      return provisioning.edit_user(session, "jdoe", { Zip = "12345", City = "Bonn" }, specs.options())
    end,
  },
  {
    name = "ensure_account, of a user", field = "Address",
    sql = "UPDATE Users SET Address = char(31) WHERE UserID = 3",
    run = function(session)
      return provisioning.ensure_account(session, { user = { Username = "jdoe", City = "Ulm" } }, specs.options())
    end,
    remedy = function(session)
      return provisioning.ensure_account(session, { user = { Username = "jdoe", City = "Ulm", Address = "" } },
        specs.options())
    end,
  },
  {
    name = "ensure_account, of a space's name", field = "PackageComments",
    sql = "UPDATE Packages SET PackageComments = 'x' || char(8) WHERE PackageID = 3",
    run = function(session)
      return provisioning.ensure_account(session, { user = { UserId = 3 }, spaces = { { id = 3, name = "new" } } },
        specs.options())
    end,
    remedy = function(session)
      return provisioning.ensure_account(session,
        { user = { UserId = 3 }, spaces = { { id = 3, name = "new", comments = "x" } } }, specs.options())
    end,
  },
  {
    name = "change_plan", field = "PackageComments",
    sql = "UPDATE Packages SET PackageComments = char(11) WHERE PackageID = 3",
    run = function(session)
      return provisioning.change_plan(session, "jdoe", 20, specs.options())
    end,
  },
  {
    name = "set_addons", field = "Comments", sql = "UPDATE PackageAddons SET Comments = char(12) WHERE PackageID = 3",
    run = function(session)
      return provisioning.set_addons(session, "jdoe", { { plan = 4, quantity = 7 } }, specs.options())
    end,
    remedy = function(session)
      return provisioning.set_addons(session, "jdoe", { { plan = 4, quantity = 7, comments = "seven" } },
        specs.options())
    end,
  },
}

for _, dialect in ipairs(dnp.dialects) do
  describe("on " .. dialect .. ", a stored control character", function()
    fixture.provide(dialect, use)

    for _, case in ipairs(CASES) do
      it("is a conflict that says what to do about it, in " .. case.name, function()
        host.server:query(case.sql)
        host.server:clear_calls()
        local report, err = case.run(panel)
        assert.is_nil(report)
        assert.are.same({ "conflict", "not_done", case.field }, { err.kind, err.outcome, err.field })
        assert.matches(("field '%s' holds a control character"):format(case.field), err.message, 1, true)
        assert.matches("give the field another one", err.message, 1, true)
        assert.not_matches("%.lua", err.message)
        assert.are.same({}, host:changes())
        if case.remedy then
          assert(case.remedy(panel))
        end
      end)
    end
  end)
end

describe("what raises in the middle of a workflow", function()
  fixture.provide("solidcp", use)

  -- A session that raises in one method, once it has changed something, or from the beginning.
  local function raising(method, reason, changed)
    return setmetatable({}, {
      __index = function(_, name)
        return function(_, ...)
          if name == method and (not changed or #host:changes() > 0) then
            error(reason, type(reason) == "string" and 1 or nil)
          end
          return panel[name](panel, ...)
        end
      end,
    })
  end

  local function messages(err)
    local list = {}
    while err do
      list[#list + 1] = err.message
      for _, step in ipairs(err.steps or {}) do
        list[#list + 1] = step.error and step.error.message
      end
      err = err.cause
    end
    return list
  end

  local SPEC = specs.mary { spaces = { { name = "www", plan = 2, addons = { { plan = 4 } } } } }

  it("is reported without the place in a program", function()
    local changing = { "add_user", "add_package", "add_package_addon" }
    local reading = { "get_user_by_id", "get_my_packages", "get_package_addons" }
    for _, methods in ipairs { changing, reading } do
      for _, method in ipairs(methods) do
        host:reset()
        local report, err = provisioning.create_account(raising(method, "boom at 12:30: it broke", methods == reading),
          SPEC, specs.options())
        for _, message in ipairs(report and {} or messages(err)) do
          assert.not_matches("%.lua", message)
          assert.not_matches("^[^%s]+:%d+:", message)
        end
        if methods == changing then
          assert.are.equal("raised", err.kind)
          assert.matches("boom at 12:30: it broke", err.message, 1, true)
        end
      end
    end
  end)

  it("is reported without the place in a program when an engine raises, too", function()
    local function body()
      error "the body broke"
    end
    local exchanges = {
      function()
        error "the exchange broke"
      end,
      function()
        return 200, { ["Content-Type"] = "text/xml; charset=utf-8" }, body
      end,
    }
    for _, exchange in ipairs(exchanges) do
      local session = host:session({ engine = { exchange = exchange, sleep = function() end } })
      for _, call in ipairs { { "user_exists", "jdoe" }, { "delete_user", 4711 } } do
        local value, err = session[call[1]](session, call[2])
        assert.is_nil(value)
        assert.matches("broke", err.message, 1, true)
        assert.not_matches("%.lua", err.message)
      end
      session:close()
    end
  end)

  it("loses no text that only looks like a place", function()
    local text_of = require "dnp.raised"
    assert.are.equal("boom at 12:30: it broke", text_of "boom at 12:30: it broke")
    assert.are.equal("12:30: it broke", text_of "/a dir/some file.lua:7: 12:30: it broke")
    assert.are.equal("boom", text_of '[string "code: of mine"]:12: boom')
    assert.are.equal("boom", text_of "...long/path/script:3: boom")
    assert.are.equal("12:30: it broke", text_of "12:30: it broke")
    assert.are.equal("42", text_of(42))
  end)
end)
