-- dnp.parallel: many calls at once, each item by itself.
local dnp = require "dnp"
local child = require "spec.support.child"
local fixture = require "spec.support.panel"
local process = require "spec.support.process"
local provisioning = require "dnp.provisioning"
local sandboxes = require "dnp.sandbox"

local function range(count)
  local items = {}
  for index = 1, count do
    items[index] = index
  end
  return items
end

describe("parallel", function()
  local host, panel
  local function use(...)
    host, panel = ...
  end

  fixture.provide("solidcp", use)

  it("gives what each item gave, by index", function()
    local results, failures = dnp.parallel({ "jdoe", "nobody", "reseller" }, function(name, index)
      local user, err = panel:get_user_by_username(name)
      return user and user.Username .. index, err
    end)
    assert.are.same({ [1] = "jdoe1", [3] = "reseller3" }, results)
    assert.are.equal("absent", failures[2].kind)
    failures[2] = nil
    assert.is_nil(next(failures))
  end)

  it("reads responses like those that calls before it had", function()
    local expected
    for _ = 1, 4 do
      expected = assert(panel:get_user_by_username "jdoe")
    end
    local results, failures = dnp.parallel(range(12), function()
      return panel:get_user_by_username "jdoe"
    end, { limit = 6 })
    assert.is_nil(next(failures))
    for index = 1, 12 do
      assert.are.same(expected, results[index])
    end
  end)

  it("gives empty tables for nothing", function()
    local results, failures = dnp.parallel({}, error)
    assert.are.same({ {}, {} }, { results, failures })
  end)

  it("runs as many at a time as `limit` allows, and no more", function()
    host.server:misbehave { action = "delay", seconds = 0.05, times = math.huge }
    for _, limit in ipairs { 1, 3, 8 } do
      local active, most = 0, 0
      local results = dnp.parallel(range(12), function(item)
        active = active + 1
        most = math.max(most, active)
        assert(panel:user_exists("jdoe"))
        active = active - 1
        return item
      end, { limit = limit })
      assert.are.same(range(12), results)
      assert.are.equal(limit, most)
    end
  end)

  it("takes from an iterator only what it can work on", function()
    local taken, done = 0, 0
    local count = 0
    local results = dnp.parallel(function()
      taken = taken + 1
      assert.is_true(taken - done <= 4)
      return taken <= 20 and "item " .. taken or nil
    end, function(item, index)
      assert.is_true(panel:user_exists("jdoe"))
      done = done + 1
      count = count + 1
      return item .. " as " .. index
    end, { limit = 4 })
    assert.are.equal(20, count)
    assert.are.equal("item 20 as 20", results[20])
  end)

  it("is not held up by one that is slow", function()
    host.server:misbehave { action = "hang", operation = "GetUserByUsername", times = 1 }
    local hasty = host:session { timeout = 3 }
    local order = {}
    local _, failures = dnp.parallel(range(9), function(item)
      if item == 1 then
        local user, err = hasty:get_user_by_username("jdoe")
        order[#order + 1] = item
        return user, err
      end
      assert(panel:user_exists("jdoe"))
      order[#order + 1] = item
    end, { limit = 2 })
    hasty:close()
    assert.are.equal("timeout", failures[1].kind)
    assert.are.equal(9, #order)
    assert.are.equal(1, order[9])
  end)

  it("keeps what an item raises for that item, whatever it is", function()
    local thrown = { "thrown" }
    local results, failures = dnp.parallel(range(4), function(item)
      if item == 2 then
        error(thrown)
      elseif item == 3 then
        assert(panel:user_exists("jdoe"))
        error("late", 0)
      end
      return item
    end)
    assert.are.same({ [1] = 1, [4] = 4 }, results)
    assert.are.equal(thrown, failures[2])
    assert.are.equal("late", failures[3])
  end)

  it("lets workflows of several customers run into each other", function()
    host.server:misbehave { action = "delay", seconds = 0.01, times = math.huge }
    local results, failures = dnp.parallel(range(12), function(number)
      return provisioning.create_account(panel, {
        user = {
          Username = "customer" .. number, Password = "s3cret!" .. number, OwnerId = 2, FirstName = "C",
          LastName = "D", Email = "c@example.com",
        },
        spaces = { { name = "www", plan = "Shared Small" } },
      })
    end, { limit = 6 })
    assert.is_nil(next(failures))
    for number = 1, 12 do
      assert.are.equal("customer" .. number, results[number].username)
      assert.are.equal(1, host:count(("SELECT 1 FROM Packages AS P JOIN Users AS U USING (UserID) "
        .. "WHERE U.Username = 'customer%d'"):format(number)))
    end
  end)

  it("passes results to on_result, and keeps nothing then", function()
    local received = {}
    local results, failures = dnp.parallel({ "jdoe", "nobody" }, function(name)
      return panel:get_user_by_username(name)
    end, { on_result = function(item, index, value, err)
      received[index] = { item, value and value.Username, err and err.kind }
    end })
    assert.are.same({ { "jdoe", "jdoe" }, { "nobody", nil, "absent" } }, received)
    assert.are.same({ {}, {} }, { results, failures })
  end)

  it("sleeps without holding up others", function()
    local order = {}
    local started = dnp.clock()
    dnp.parallel(range(100), function(item)
      dnp.sleep(item == 1 and 0.4 or 0.1)
      order[#order + 1] = item
    end, { limit = 100 })
    assert.is_true(dnp.clock() - started < 8) -- one after the other they take 10.3 s
    assert.are.equal(100, #order)
  end)

  describe("at its deadline", function()
    it("starts no more items", function()
      local started = 0
      local results, failures = dnp.parallel(range(6), function(item)
        started = started + 1
        dnp.sleep(0.1)
        return item
      end, { limit = 1, deadline = 0.25 })
      assert.is_true(started >= 1 and started < 6)
      assert.are.same(range(started), results)
      for index = started + 1, 6 do
        local err = failures[index]
        assert.are.same({ "timeout", "deadline", "not_done" }, { err.kind, err.name, err.outcome })
        assert.is_false(err.retryable)
      end
    end)

    it("ends reads, begins no change, and lets one that was begun have its time", function()
      host.server:misbehave { action = "hang", operation = "GetUserByUsername", times = math.huge }
      host.server:misbehave { action = "delay", operation = "ChangeUserPassword", seconds = 0.4 }
      local late
      local results, failures = dnp.parallel({ "read", "change", "both" }, function(item)
        if item == "read" then
          return panel:get_user_by_username("jdoe")
        elseif item == "change" then
          return panel:change_user_password(3, "n3wSecret")
        end
        local _, err = panel:get_user_by_username("jdoe")
        _, late = panel:change_user_password(3, "other")
        return nil, err
      end, { deadline = 0.2 })
      assert.are.equal("timeout", failures[1].kind)
      assert.is_true(results[2])
      assert.are.equal("timeout", failures[3].kind)
      assert.are.same({ "timeout", "deadline", "not_done" }, { late.kind, late.name, late.outcome })
      assert.are.equal(1, host.server:call_count "ChangeUserPassword")
    end)

    it("asks an iterator no more", function()
      local asked = 0
      local _, failures = dnp.parallel(function()
        asked = asked + 1
        return asked
      end, function()
        dnp.sleep(0.03)
      end, { limit = 2, deadline = 0.1 })
      assert.is_true(asked < 20)
      assert.is_table(failures)
    end)
  end)

  describe("inside of itself", function()
    it("shares the loop", function()
      host.server:misbehave { action = "delay", seconds = 0.05, times = math.huge }
      local started = dnp.clock()
      local results = dnp.parallel(range(4), function(outer)
        local inner = dnp.parallel(range(4), function(item)
          assert(panel:user_exists("jdoe"))
          return outer * 10 + item
        end)
        return table.concat(inner, " ")
      end)
      assert.are.same({ "11 12 13 14", "21 22 23 24", "31 32 33 34", "41 42 43 44" }, results)
      assert.is_true(dnp.clock() - started < 20)
    end)

    it("serves coroutines that an item makes for itself", function()
      host.server:misbehave { action = "delay", seconds = 0.02, times = math.huge }
      local order = {}
      local results = dnp.parallel(range(6), function(item)
        local names = coroutine.wrap(function()
          for _, name in ipairs { "jdoe", "nobody" } do
            coroutine.yield(name .. tostring(panel:user_exists(name)))
          end
        end)
        local text = names() .. names()
        order[#order + 1] = item
        return text
      end)
      assert.are.equal(6, #order)
      for item = 1, 6 do
        assert.are.equal("jdoetruenobodyfalse", results[item])
      end
    end)

    it("yields through iterators, metamethods and protected calls", function()
      local proxy = setmetatable({}, { __index = function(_, name)
        return panel:user_exists(name)
      end })
      local results, failures = dnp.parallel(range(8), function()
        local seen = {}
        for user in function(_, before)
          return not before and assert(panel:get_user_by_username("jdoe")) or nil
        end do
          seen[1] = user.Username
        end
        local good, value = pcall(function()
          return panel:user_exists("jdoe")
        end)
        return ("%s %s %s %s"):format(seen[1], tostring(good), tostring(value), tostring(proxy.nobody))
      end)
      assert.is_nil(next(failures))
      assert.are.equal("jdoe true true false", results[8])
    end)
  end)

  it("passes on what an item yields to whoever resumes the host", function()
    local host_thread = coroutine.wrap(function()
      return dnp.parallel(range(3), function(item)
        assert.is_true(panel:user_exists("jdoe"))
        return item + coroutine.yield("for " .. item)
      end)
    end)
    local seen, value = {}, host_thread()
    while type(value) == "string" do
      seen[value] = true
      value = host_thread(10)
    end
    assert.are.same({ ["for 1"] = true, ["for 2"] = true, ["for 3"] = true }, seen)
    assert.are.same({ 11, 12, 13 }, value)
  end)

  it("fails an item that yields to nobody, rather than waiting for ever", function()
    local results, failures = dnp.parallel(range(3), function(item)
      if item == 2 then
        coroutine.yield("somebody else")
      end
      return item
    end)
    assert.are.same({ [1] = 1, [3] = 3 }, results)
    assert.matches("yielded to something other than dnp", failures[2], 1, true)
  end)

  it("takes what was raised for a failure even when that was nothing", function()
    local results, failures = dnp.parallel({ 1, 2 }, function(item)
      error(item ~= 1 and nil)
    end)
    assert.are.same({ {}, { false, "nil was raised" } }, { results, failures })
    for _, callbacks in ipairs { { error, print }, { function()
      return "x"
    end, error } } do
      local good, err = pcall(dnp.parallel, callbacks[1], function() end, { on_result = function()
        callbacks[2]()
      end })
      assert.are.same({ false, "nil was raised" }, { good, err })
    end
  end)

  it("lets an iterator make calls of its own, and asks it for one item at a time", function()
    host.server:misbehave { action = "delay", seconds = 0.02, times = math.huge }
    for _, limit in ipairs { 1, 2, 8 } do
      local asked, inside, most = 0, 0, 0
      local results, failures = dnp.parallel(function()
        asked = asked + 1
        inside = inside + 1
        most = math.max(most, inside)
        local item = asked
        assert(panel:user_exists("jdoe"))
        inside = inside - 1
        return item <= 6 and item or nil
      end, function(item)
        assert(panel:user_exists("jdoe"))
        return item
      end, { limit = limit })
      assert.is_nil(next(failures))
      assert.are.same({ 1, 7, range(6) }, { most, asked, results })
    end
  end)

  it("is ended by an iterator that yields to nobody", function()
    local good, err = pcall(dnp.parallel, function()
      coroutine.yield("somebody else")
    end, function() end, { limit = 4 })
    assert.is_false(good)
    assert.matches("yielded to something other than dnp", err, 1, true)
  end)

  it("takes any limit from 1 on", function()
    for _, limit in ipairs { 1, 1.9, 1000, math.huge } do
      local results, failures = dnp.parallel(range(20), function(item)
        return assert(panel:user_exists("jdoe")) and item
      end, { limit = limit })
      assert.are.same({ range(20), {} }, { results, failures })
      local left = 20
      results = dnp.parallel(function()
        left = left - 1
        return left >= 0 and left or nil
      end, function()
        return panel:user_exists("jdoe")
      end, { limit = limit })
      assert.are.equal(20, #results)
      assert.are.same({ {}, {} }, { dnp.parallel({}, error, { limit = limit }) })
    end
  end)

  it("is not held up where items wait in coroutines of their own", function()
    host.server:misbehave { action = "delay", seconds = 0.2, times = math.huge }
    local began = dnp.clock()
    local results = dnp.parallel(range(60), function(item)
      return coroutine.wrap(function()
        return assert(panel:user_exists("jdoe")) and item
      end)()
    end, { limit = 60 })
    assert.are.same(range(60), results)
    assert.is_true(dnp.clock() - began < 10) -- one after the other they take 12 s
  end)

  it("ends those that wait when somebody closes the session", function()
    host.server:misbehave { action = "delay", seconds = 25, times = math.huge }
    local own = host:session()
    local began = dnp.clock()
    local results, failures = dnp.parallel(range(5), function(item)
      if item == 4 then
        dnp.sleep(0.1)
        own:close()
        return "closed"
      elseif item == 5 then
        return coroutine.wrap(function()
          return own:user_exists("jdoe")
        end)()
      elseif item == 3 then
        return own:change_user_status(2, "Suspended")
      end
      return own:get_user_by_username("jdoe")
    end)
    assert.is_true(dnp.clock() - began < 20)
    assert.are.same({ [4] = "closed" }, results)
    for index, outcome in pairs { "not_done", "not_done", "unknown", nil, "not_done" } do
      assert.are.same({ "closed", outcome }, { failures[index].name, failures[index].outcome })
    end
  end)

  it("passes on what its host raises, after those under way have ended", function()
    host.server:misbehave { action = "delay", seconds = 0.05, times = math.huge }
    local ended = 0
    local good, err = pcall(dnp.parallel, function()
      if ended > 0 then
        error("no more", 0)
      end
      return "x"
    end, function()
      assert(panel:user_exists("jdoe"))
      ended = ended + 1
    end, { limit = 3 })
    assert.are.same({ false, "no more" }, { good, err })
    assert.are.equal(3, ended)
    good, err = pcall(dnp.parallel, range(5), function()
      return true
    end, { limit = 2, on_result = function(_, index)
      if index == 2 then
        error("enough", 0)
      end
    end })
    assert.are.same({ false, "enough" }, { good, err })
  end)

  it("opens no more connections than the session may", function()
    local few = host:session { max_connections = 3 }
    host.server:misbehave { action = "delay", seconds = 0.03, times = math.huge }
    local most = 0
    dnp.parallel(range(12), function()
      assert(few:user_exists("jdoe"))
      local open = 0
      for _, call in ipairs(host.server:calls()) do
        open = open + (call.http_status == 0 and 1 or 0)
      end
      most = math.max(most, open)
    end, { limit = 12 })
    few:close()
    assert.is_true(most >= 1 and most <= 3)
  end)

  it("runs one after the other over an engine that knows no better", function()
    local order = {}
    local engine = {
      exchange = function()
        return nil, { name = "connection_refused", sent = false }
      end,
      sleep = function() end,
    }
    dnp.parallel(range(5), function(item)
      order[#order + 1] = item
    end, { engine = engine })
    assert.are.same(range(5), order)
    local tasks
    engine.parallel = function(given, limit)
      tasks = limit
      for _, task in ipairs(given) do
        task()
      end
    end
    local results = dnp.parallel(range(5), function(item)
      return item * 2
    end, { engine = engine, limit = 3 })
    assert.are.same({ 2, 4, 6, 8, 10 }, results)
    assert.are.equal(3, tasks)
  end)

  it("refuses what makes no sense", function()
    local function raises(expected, ...)
      local good, text = pcall(function(...)
        local results = dnp.parallel(...)
        return results
      end, ...)
      assert.is_false(good)
      assert.are.equal(expected, (text:gsub("^.-spec/calls/parallel_spec%.lua:%d+: ", "")))
    end
    raises("parallel: argument 1 (items): expected array or function, got nil")
    raises("parallel: argument 2 (fn): expected function, got nil", {})
    raises("parallel: argument 3 (options): expected table, got number", {}, print, 5)
    raises("parallel: option 'limits' is unknown; did you mean 'limit'?", {}, print, { limits = 5 })
    raises("parallel: option 'limit': expected number, got a number in a string", {}, print, { limit = "5" })
    raises("parallel: option 'limit' must be at least 1, got 0", {}, print, { limit = 0 })
    raises("parallel: option 'engine': expected one of 'auto', 'curl', 'nginx' or a table, got 'turbo'", {}, print,
      { engine = "turbo" })
  end)
end)

describe("a pause in a coroutine of an item's own", function()
  it("is as long as it should be", function()
    local started = dnp.clock()
    local results = dnp.parallel({ 1, 2 }, function()
      return coroutine.wrap(function()
        for _ = 1, 40 do
          dnp.sleep(0.001)
        end
        return true
      end)()
    end)
    assert.are.same({ true, true }, results)
    assert.is_true(dnp.clock() - started < 4)
  end)
end)

describe("what raises when all items were taken", function()
  it("is raised by parallel", function()
    local good, err = pcall(dnp.parallel, { 1 }, function()
      return true
    end, { on_result = function()
      error("no place for it", 0)
    end })
    assert.are.same({ false, "no place for it" }, { good, err })
    good, err = pcall(dnp.parallel, { 1, 2 }, function(item)
      dnp.sleep(item / 1000)
      return true
    end, { on_result = function(item)
      if item == 2 then
        error("no place for it", 0)
      end
    end })
    assert.are.same({ false, "no place for it" }, { good, err })
  end)
end)

describe("Ctrl-C", function()
  local server

  before_each(function()
    server = assert(sandboxes.start { dialect = "solidcp" })
    server:misbehave { action = "hang", operation = "GetUserByUsername", times = math.huge }
  end)
  after_each(function()
    server:stop()
  end)

  -- A script in a process of its own gets SIGINT when so many calls are under way, to which the panel does not respond.
  local function interrupted(calls, code, go_on)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(([[
      io.stdout:setvbuf "no"
      local dnp = require "dnp"
      local panel = dnp.session {
        url = %q, username = "serveradmin", password = "serveradmin", dialect = "solidcp", timeout = 120,
      }
    ]]):format(server.url), code)
    file:close()
    local _, output = process.interrupt(("%s %s"):format(child.lua, path), function()
      return server:call_count "GetUserByUsername" >= calls
    end, go_on)
    os.remove(path)
    return output
  end

  it("takes effect in the middle of a call", function()
    local started = dnp.clock()
    local output = interrupted(1, [[
      print(pcall(panel.get_user_by_username, panel, "jdoe"))
    ]])
    assert.matches("interrupted!", output, 1, true)
    assert.is_true(dnp.clock() - started < 60)
  end)

  it("ends parallel when what is under way has ended", function()
    local output = interrupted(3, [[
      local ended = 0
      print(pcall(dnp.parallel, { 1, 2, 3, 4, 5, 6 }, function()
        panel:get_user_by_username("jdoe")
        ended = ended + 1
      end, { limit = 3, on_stop = function()
        print "stopped"
      end }))
      print("ended", ended)
    ]], function(running)
      running:await_output "stopped"
      server:behave()
    end)
    assert.matches("interrupted!", output, 1, true)
    assert.matches("ended\t3", output, 1, true)
  end)
end)
