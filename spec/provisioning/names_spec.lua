-- Names as panels compare and cut them: what is another's is never changed, and what would be cut is not sent.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"
local compare = require "dnp.provisioning.model.compare"

describe("two names", function()
  it("are the same to the panel but for case, width and blanks at the end", function()
    for _, pair in ipairs {
      { "jdoe", "JDOE" }, { "jdoe", "jdoe  " }, { "jürgen", "JÜRGEN" }, { "Ωμέγα", "ΩΜΈΓΑ" }, { "иван", "ИВАН" },
      { "żółć", "ŻÓŁĆ" }, { "ÿ", "Ÿ" }, { "ё", "Ё" }, { "ẑ", "Ẑ" }, { "jdoe", "ｊｄｏｅ" }, { "JDOE", "ｊｄｏｅ" },
      { "ｊｄｏｅ", "ＪＤＯＥ" }, { "a b", "a　b" }, { "two\nlines", "two\r\nlines" }, { "", "  " },
    } do
      assert.is_true(compare.equal_names(pair[1], pair[2]), pair[1] .. " " .. pair[2])
      assert.is_true(compare.equal_names(pair[2], pair[1]), pair[1] .. " " .. pair[2])
    end
    for _, pair in ipairs {
      { "jdoe", " jdoe" }, { "jürgen", "jurgen" }, { "jdoe", "jdoes" }, { "×", "÷" }, { "ı", "I" }, { "日本", "日木" },
      { "a\tb", "a b" }, { "é", "e" },
    } do
      assert.is_false(compare.equal_names(pair[1], pair[2]), pair[1] .. " " .. pair[2])
    end
    assert.is_false(compare.equal_names(nil, "x"))
  end)
end)

describe("the account of another name", function()
  local LONG = ("n"):rep(49)

  -- A panel that cuts the names that it is asked for, as those do that keep fewer characters.
  local function cutting_panel()
    return fake.panel {
      get_user_by_username = function(name)
        return fake.user { UserId = 7, Username = name:sub(1, 20) }
      end,
      user_exists = { true },
      get_hosting_plan = { { PlanId = 2, IsAddon = false } },
    }
  end

  local WORKFLOWS = {
    find_user = function(panel, options)
      return provisioning.find_user(panel, LONG, options)
    end,
    edit_user = function(panel, options)
      return provisioning.edit_user(panel, LONG, { City = "Ulm" }, options)
    end,
    change_password = function(panel, options)
      return provisioning.change_password(panel, LONG, "n3w", options)
    end,
    ensure_account = function(panel, options)
      local spec = specs.mary()
      spec.user.Username = LONG
      return provisioning.ensure_account(panel, spec, options)
    end,
    create_account = function(panel, options)
      local spec = specs.mary()
      spec.user.Username = LONG
      return provisioning.create_account(panel, spec, options)
    end,
    change_plan = function(panel, options)
      return provisioning.change_plan(panel, LONG, 2, options)
    end,
    set_addons = function(panel, options)
      return provisioning.set_addons(panel, LONG, {}, options)
    end,
    suspend = function(panel, options)
      return provisioning.suspend(panel, LONG, options)
    end,
    unsuspend = function(panel, options)
      return provisioning.unsuspend(panel, LONG, options)
    end,
    terminate = function(panel, options)
      return provisioning.terminate(panel, LONG, options)
    end,
  }

  for name, run in pairs(WORKFLOWS) do
    it("is a conflict, and not changed, in " .. name, function()
      local panel = cutting_panel()
      local report, err = run(panel, { policy = fixture.policy() })
      assert.is_nil(report)
      assert.are.same({ "conflict", "not_done", "Username" }, { err.kind, err.outcome, err.field })
      assert.matches(("the panel returned the account of '%s', which is another"):format(LONG:sub(1, 20)), err.message,
        1, true)
      for _, call in ipairs(panel.calls) do
        assert.is_truthy(call[1]:find "^get_" or call[1] == "user_exists", call[1])
      end
    end)
  end

  it("is not taken for one that a lost call made", function()
    local host = fixture.start "solidcp"
    local session = host:session()
    host.server:misbehave { action = "drop", operation = "AddUser" }
    local first = true
    local panel = setmetatable({}, {
      __index = function(_, method)
        return function(_, ...)
          if method == "get_user_by_username" and not first then
            return fake.user { UserId = 3, Username = "another" }
          end
          first = first and method ~= "get_user_by_username"
          return session[method](session, ...)
        end
      end,
    })
    local report, err = provisioning.create_account(panel, specs.mary(), specs.options())
    assert.is_nil(report)
    assert.are.equal("unknown", err.outcome)
    assert.are.same({}, host.server:query "SELECT 1 FROM Users WHERE Username = 'mary'")
    assert.are.equal(1, host:count("SELECT 1 FROM Users WHERE UserID = 3"))
    host:stop()
  end)

  it("is rolled back when the panel made it of the one that was desired", function()
    local host = fixture.start "solidcp"
    local session = host:session()
    host.server:query [[CREATE TRIGGER Shorter AFTER INSERT ON Users BEGIN
      UPDATE Users SET Username = substr(NEW.Username, 1, 3) WHERE UserID = NEW.UserID; END]]
    local _, err = provisioning.create_account(session, specs.mary(), specs.options())
    assert.are.same({ "conflict", "not_done", "undone" }, { err.kind, err.outcome, err.steps[1].state })
    assert.matches("the record was not as requested (Username)", err.message, 1, true)
    host:stop()
  end)
end)

describe("a name", function()
  local function message_of(call, ...)
    local good, message = pcall(call, ...)
    assert.is_false(good)
    return message
  end

  it("with a blank at an end raises before anything is sent", function()
    for _, name in ipairs { "mary ", " mary", "mary\t", "\nmary" } do
      local panel = fake.panel {}
      local spec = specs.mary()
      spec.user.Username = name
      assert.matches("spec.user.Username: must not begin or end with a blank",
        message_of(provisioning.create_account, panel, spec), 1, true)
      assert.matches("spec.spaces[1].name: must not begin or end with a blank",
        message_of(provisioning.ensure_account, panel, specs.mary { spaces = { { name = name, plan = 2 } } }), 1, true)
      assert.matches("argument 2 (who) must not begin or end with a blank",
        message_of(provisioning.find_user, panel, name), 1, true)
      assert.are.same({}, panel.calls)
    end
  end)

  -- One character more than a panel keeps, wherever a workflow takes a text.
  it("that is too long raises before anything is sent", function()
    local fields = {}
    for _, field in ipairs(dnp.contract("dotnetpanel").types.UserInfo.fields) do
      fields[field.name] = field.length
    end
    local function user(field)
      local spec = specs.mary()
      spec.user[field] = ("x"):rep(fields[field] + 1)
      return spec
    end
    local who, space_name = ("w"):rep(fields.Username + 1), ("s"):rep(301)
    local cases = {
      { "spec.spaces[1].name", "ensure_account", specs.mary { spaces = { { name = space_name, plan = 2 } } } },
      { "argument 3 (password)", "change_password", "jdoe", ("p"):rep(fields.Password + 1) },
    }
    for name in pairs(fields) do
      cases[#cases + 1] = { "spec.user." .. name, "create_account", user(name) }
      if name ~= "Username" and name ~= "Password" then
        cases[#cases + 1] = { "changes." .. name, "edit_user", "jdoe", { [name] = ("x"):rep(fields[name] + 1) } }
      end
    end
    for name, more in pairs {
      find_user = {}, edit_user = { { City = "Ulm" } }, change_password = { "n3w" }, change_plan = { 2 },
      set_addons = { {} }, suspend = {}, unsuspend = {}, terminate = {},
    } do
      cases[#cases + 1] = { "argument 2 (who)", name, who, more[1] }
    end
    assert.is_true(#cases > 35)
    for _, case in ipairs(cases) do
      local panel = fake.panel {}
      local message = message_of(provisioning[case[2]], panel, case[3], case[4])
      assert.matches(": " .. case[1], message, 1, true)
      assert.matches("[%w)]:? must be at most %d+ characters, got %d+$", message)
      assert.are.same({}, panel.calls)
    end
  end)
end)
