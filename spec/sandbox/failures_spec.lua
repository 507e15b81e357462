-- The failures that a sandbox injects into calls.
local dnp = require "dnp"
local support = require "spec.support.sandbox"

local session, user, refused, failed = support.session, support.user, support.refused, support.failed

describe("a sandbox as a fixture", function()
  local sandbox, panel

  support.provide(function(...)
    sandbox, panel = ...
  end)

  describe("misbehaves", function()
    local function check(rule, kind, done)
      local number = sandbox:misbehave(rule)
      local err = failed(kind, panel:add_user(user(), false))
      assert.are.equal(1, sandbox:misbehaved(number))
      assert.are.equal(1, sandbox:call_count "AddUser")
      assert.are.equal(done, panel:user_exists "anna")
      return err
    end

    it("by a fault before or after the change", function()
      local err = check({ action = "fault", operation = "AddUser", text = "out of order" }, "fault", false)
      assert.is_truthy(err.message:find("out of order", 1, true))
    end)

    it("by a fault after the change", function()
      check({ action = "fault", operation = "AddUser", when = "after" }, "fault", true)
    end)

    it("by a fault with any text", function()
      sandbox:misbehave { action = "fault", text = ("ä"):rep(511) }
      assert.is_truthy(failed("fault", panel:user_exists "x").fault_string:find("---> " .. ("ä"):rep(511) .. "$"))
      sandbox:misbehave { action = "fault", text = "byte \255, control \1" }
      assert.is_truthy(failed("fault", panel:user_exists "x").fault_string:find("byte ?, control ?", 1, true))
    end)

    it("by HTML with an error status", function()
      assert.are.equal(503, check({ action = "html", status = 503, operation = "AddUser" }, "http", false).http_status)
    end)

    it("by HTML with status 200", function()
      check({ action = "html", status = 200, operation = "AddUser", when = "after" }, "protocol", true)
    end)

    it("by dropping the connection before the change", function()
      assert.are.equal("unknown", check({ action = "drop", operation = "AddUser" }, "transport", false).outcome)
    end)

    it("by dropping the connection after the change", function()
      assert.are.equal("unknown",
        check({ action = "drop", operation = "AddUser", when = "after" }, "transport", true).outcome)
    end)

    it("by cutting the response", function()
      assert.are.equal("unknown",
        check({ action = "cut", bytes = 200, operation = "AddUser" }, "transport", true).outcome)
    end)

    it("by cutting the response at its end", function()
      check({ action = "cut", bytes = 1000000, operation = "AddUser" }, "transport", true)
    end)

    it("by refusing", function()
      local err = check({ action = "refuse", code = -999, operation = "AddUser" }, "refused", false)
      assert.are.equal(-999, err.code)
      sandbox:misbehave { action = "refuse", code = -305 }
      refused(-305, panel:add_package(3, 2, "x", nil, 1, "2024-01-02T00:00:00"))
    end)

    it("by hanging until the client gives up", function()
      local hasty = session(sandbox, nil, nil, { timeout = 1 })
      sandbox:misbehave { action = "hang", operation = "AddUser" }
      assert.are.equal("unknown", failed("timeout", hasty:add_user(user(), false)).outcome)
      assert.is_false(panel:user_exists "anna")
      sandbox:misbehave { action = "hang", operation = "AddUser", when = "after" }
      failed("timeout", hasty:add_user(user(), false))
      assert.is_true(panel:user_exists "anna")
      assert.are.equal(2, sandbox:call_count "AddUser")
    end)

    it("by a delay", function()
      sandbox:misbehave { action = "delay", seconds = 0.2 }
      local start = dnp.clock()
      assert.is_true(panel:user_exists "jdoe")
      assert.is_true(dnp.clock() - start >= 0.2)
      assert.is_true(panel:user_exists "jdoe")
      assert.are.equal("delay", sandbox:calls()[1].misbehaviour)
      assert.is_nil(sandbox:calls()[2].misbehaviour)
    end)

    it("by a delay that is longer than the client's timeout: the change comes late", function()
      local hasty = session(sandbox, nil, nil, { timeout = 1 })
      sandbox:misbehave { action = "delay", seconds = 1e6, operation = "AddUser" }
      assert.are.equal("unknown", failed("timeout", hasty:add_user(user(), false)).outcome)
      assert.is_false(panel:user_exists "anna")
      sandbox:behave()
      local deadline = dnp.clock() + 10
      repeat
        dnp.sleep(0.02)
      until panel:user_exists "anna" or dnp.clock() > deadline
      assert.is_true(panel:user_exists "anna")
    end)

    it("on the nth call, so many times", function()
      local rule = sandbox:misbehave { action = "fault", operation = "UserExists", nth = 3, times = 2 }
      local seen = {}
      for i = 1, 6 do
        seen[i] = panel:user_exists "jdoe" and "good" or "bad"
      end
      assert.are.same({ "good", "good", "bad", "bad", "good", "good" }, seen)
      assert.are.equal(2, sandbox:misbehaved(rule))
      assert.are.equal(2, sandbox:misbehaved())
      assert.are.equal("fault", sandbox:calls "UserExists"[3].misbehaviour)
      assert.is_nil(sandbox:calls "UserExists"[2].misbehaviour)
    end)

    it("at a rate, the same with the same seed", function()
      local function pattern(seed)
        sandbox:behave()
        sandbox:misbehave { action = "fault", rate = 0.5, seed = seed }
        local seen = {}
        for i = 1, 40 do
          seen[i] = panel:user_exists "jdoe" and "." or "x"
        end
        return table.concat(seen)
      end
      local first = pattern(1)
      assert.are.equal(first, pattern(1))
      assert.are_not.equal(first, pattern(2))
      local _, count = first:gsub("x", "")
      assert.is_true(count > 8 and count < 32)
    end)

    it("until `behave` is called", function()
      sandbox:misbehave { action = "drop", times = math.huge }
      for _ = 1, 3 do
        failed("transport", panel:user_exists "jdoe")
      end
      sandbox:behave()
      assert.is_true(panel:user_exists "jdoe")
    end)

    it("only as rules can say", function()
      local function raises(rule, expected)
        local good, text = pcall(function() sandbox:misbehave(rule) end)
        assert.is_false(good)
        assert.is_truthy(tostring(text):find(expected, 1, true), text)
      end
      raises({}, "field 'action' is missing")
      raises({ action = "explode" },
        "expected one of 'delay', 'fault', 'html', 'cut', 'drop', 'hang', 'refuse', got 'explode'")
      raises({ action = "drop", operation = "AddUsr" }, "the panel has no operation 'AddUsr'")
      raises({ action = "drop", opration = "AddUser" }, "field 'opration' is unknown; did you mean 'operation'?")
      raises({ action = "delay" }, "field 'seconds' is missing: action 'delay' needs it")
      raises({ action = "refuse", code = 3 }, "field 'code' must be negative")
      raises({ action = "refuse", code = -1, operation = "GetUsers" }, "cannot refuse")
      raises({ action = "cut", bytes = 3, when = "before" }, "only be cut after")
      raises({ action = "drop", when = "never" }, "field 'when': expected one of 'before', 'after', got 'never'")
      raises({ action = "drop", rate = 2 }, "field 'rate' must be from 0 to 1")
      raises({ action = "html", status = 7 }, "field 'status' must be from 200 to 599")
      raises({ action = "fault", text = ("x"):rep(1024) }, "field 'text' must be shorter than 1024 bytes")
      raises("drop", "expected table, got string")
    end)
  end)
end)
