-- session:each: the records of a list, while they arrive.
local dnp = require "dnp"
local child = require "spec.support.child"
local envelope = require "spec.support.envelope"
local raw_server = require "spec.support.raw_server"
local fixture = require "spec.support.panel"
local session = require("spec.support.nowhere").session

local HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nConnection: close\r\n\r\n"

local function users(first, last)
  local parts = {}
  for id = first, last do
    parts[#parts + 1] = ("<UserInfo><UserId>%d</UserId><Username>user%d</Username></UserInfo>"):format(id, id)
  end
  return table.concat(parts)
end

local function whole(count)
  return envelope.result("GetUsers", users(1, count))
end

-- An engine that answers with pieces of a body; `failure` comes after them.
local function engine(body, size, failure)
  local closed = 0
  return {
    exchange = function()
      local at = 1
      return 200, { ["Content-Type"] = "text/xml" }, function()
        local piece = body:sub(at, at + size - 1)
        at = at + size
        if piece == "" then
          return nil, failure
        end
        return piece
      end, function()
        closed = closed + 1
      end
    end,
    sleep = function() end,
  }, function()
    return closed
  end
end

local function ids(stream)
  local found = {}
  for user in stream do
    found[#found + 1] = user.UserId
  end
  return found
end

local function range(count)
  local numbers = {}
  for number = 1, count do
    numbers[number] = number
  end
  return numbers
end

describe("each", function()
  it("hands over every record once, in order, whatever the pieces", function()
    local body = whole(30)
    for size = 1, 400, 7 do
      local panel = session { engine = (engine(body, size)) }
      assert.are.same(range(30), ids((panel:each("GetUsers", 1, true))))
    end
  end)

  it("gives nothing for an empty list", function()
    for _, body in ipairs { envelope.response("GetUsers", "<GetUsersResult />"), envelope.response("GetUsers", "") } do
      assert.are.same({}, ids((session { engine = (engine(body, 50)) }:each("GetUsers", 1, true))))
    end
  end)

  it("begins before the response is complete", function()
    local url, finish = raw_server.start(2, ([[
      read()
      if number == 1 then
        send(%q)
        another() -- the loop's body calls the panel
      else
        send(%q)
      end
    ]]):format(HEAD .. whole(3):match("^(.-)</GetUsersResult>"),
      HEAD .. envelope.result("UserExists", "true")))
    local panel = session { url = url, timeout = 20 }
    local seen, err = {}, nil
    local good = pcall(function()
      for user in panel:each("GetUsers", 1, true) do
        seen[#seen + 1] = user.Username
        if #seen == 1 then
          assert.is_true(panel:user_exists("bob"))
        end
      end
    end)
    assert.is_false(good)
    assert.is_nil(err)
    assert.are.same({ "user1", "user2", "user3" }, seen)
    finish()
  end)

  it("raises an error object, after the records that came before it", function()
    local cut = whole(5):match("^(.-)<UserInfo><UserId>5") .. "<UserInfo><UserId>x</UserId></UserInfo>"
    local panel = session { engine = (engine(cut, 100)) }
    local seen = {}
    local good, err = pcall(function()
      for user in panel:each("GetUsers", 1, true) do
        seen[#seen + 1] = user.UserId
      end
    end)
    assert.is_false(good)
    assert.are.same({ 1, 2, 3, 4 }, seen)
    assert.are.equal("protocol", err.kind)
    assert.matches("^GetUsers: ", err.message)
    local broken = session { engine = (engine(whole(5):match("^(.-)<UserInfo><UserId>4"), 100,
      { name = "connection_lost", sent = true })) }
    seen = {}
    good, err = pcall(function()
      for user in broken:each("GetUsers", 1, true) do
        seen[#seen + 1] = user.UserId
      end
    end)
    assert.is_false(good)
    assert.are.same({ 1, 2, 3 }, seen)
    assert.are.equal("connection_lost", err.name)
  end)

  it("raises what the panel says in place of a list", function()
    local good, err = pcall(function()
      for _ in session { engine = (engine(envelope.fault("Server", "no"), 40)) }:each("GetUsers", 1, true) do
        error("a record")
      end
    end)
    assert.is_false(good)
    assert.are.equal("fault", err.kind)
    good, err = pcall(function()
      for _ in session():each("GetUsers", 1, true) do
        error("a record")
      end
    end)
    assert.is_false(good)
    assert.are.equal("connection_refused", err.name)
  end)

  it("ends the transfer when it is closed, and gives nothing after that", function()
    local one, closed = engine(whole(100), 200)
    local stream = session { engine = one }:each("GetUsers", 1, true)
    assert.are.equal(1, stream().UserId)
    stream:close()
    stream:close()
    assert.is_nil(stream())
    assert.are.equal(1, closed())
  end)

  if _VERSION == "Lua 5.4" then
    it("ends the transfer when the loop is left", function()
      local one, closed = engine(whole(100), 200)
      local panel = session { engine = one }
      for user in panel:each("GetUsers", 1, true) do
        if user.UserId == 3 then
          break
        end
      end
      assert.are.equal(1, closed())
    end)
  end

  it("ends the transfer when nobody has it any more", function()
    local one, closed = engine(whole(100), 200)
    local panel = session { engine = one }
    local function take_one()
      local stream = panel:each("GetUsers", 1, true)
      assert.are.equal(1, stream().UserId)
    end
    take_one()
    collectgarbage()
    collectgarbage()
    assert.are.equal(1, closed())
  end)

  it("does not call an engine's close when all was read", function()
    local one, closed = engine(whole(100), 200)
    for _ in session { engine = one }:each("GetUsers", 1, true) do
      assert.are.equal(0, closed())
    end
    collectgarbage()
    collectgarbage()
    assert.are.equal(0, closed())
  end)

  it("bounds the waiting for the panel, not the loop", function()
    local url, finish = raw_server.start(1, ("read() send(%q) client:settimeout(20) wait()"):format(
      HEAD .. whole(9):match("^(.-)</GetUsersResult>")))
    local panel = session { url = url, timeout = 1 }
    local started, seen = dnp.clock(), 0
    local good, err = pcall(function()
      for _ in panel:each("GetUsers", 1, true) do
        seen = seen + 1
        dnp.sleep(0.15)
      end
    end)
    assert.is_false(good)
    assert.are.equal(9, seen)
    assert.are.equal("timeout", err.kind)
    assert.is_true(dnp.clock() - started >= 2.2)
    panel:close()
    finish()
  end)

  it("counts for the limit what is held, not what has passed", function()
    local body = whole(5000)
    local panel = session { engine = (engine(body, 1000)), max_response_bytes = 10000 }
    assert.are.equal(5000, #ids((panel:each("GetUsers", 1, true))))
    local _, err = panel:get_users(1, true)
    assert.are.equal("limit", err.kind)
  end)

  -- A server of this many records of 900 bytes each, and how much memory a process has needed that read them.
  local function memory_for(count, method, options)
    local record = ("<UserInfo><UserId>7</UserId><Username>jdoe</Username><Comments>%s</Comments></UserInfo>"):format(
      ("c"):rep(820))
    local before, after = envelope.result("GetUsers", "@"):match "^(.-)@(.*)$"
    local url, finish = raw_server.start(1, ([[
      read() send(%q)
      local piece = (%q):rep(100)
      for _ = 1, %d do send(piece) end
      send(%q) client:shutdown("send") wait()
    ]]):format(HEAD .. before, record, count / 100, after))
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(([[
      local dnp = require "dnp"
      local panel = dnp.session { url = %q, username = "admin", password = "x", timeout = 30, %s }
      local count = 0
      %s
      print(count, io.open("/proc/self/status"):read("*a"):match "VmHWM:%%s*(%%d+)")
    ]]):format(url, options, method))
    file:close()
    local status, output, errors = child.run(child.lua .. " " .. path)
    os.remove(path)
    finish()
    assert.are.same({ 0, "" }, { status, errors })
    local seen, kilobytes = output:match "^(%d+)%s+(%d+)"
    assert.are.equal(count, tonumber(seen))
    return tonumber(kilobytes)
  end

  local maps = io.open "/proc/self/maps"
  if maps and not maps:read("*a"):find("libasan", 1, true) then
    it("needs the same memory for a list of any length #slow", function()
      local loop = [[for user in panel:each("GetUsers", 1, true) do count = count + 1 end]]
      local tasks = [[dnp.parallel(panel:each("GetUsers", 1, true), function(user)
        dnp.sleep(0)
        return user
      end, { on_result = function() count = count + 1 end })]]
      for _, code in ipairs { loop, tasks } do
        local short = memory_for(1000, code, "max_response_bytes = 4000000")
        local long = memory_for(60000, code, "max_response_bytes = 4000000")
        assert.is_true(long < 32 * 1024, long .. " KiB")
        assert.is_true(long < short + 4096, ("%d KiB, and %d KiB for 1,000"):format(long, short))
      end
    end)
  end
  if maps then
    maps:close()
  end

  it("takes rows of DataSets, each with its table", function()
    local host = fixture.start "solidcp"
    local panel = host:session()
    local rows, tables = 0, {}
    for row, of in panel:each("GetUsersPaged", 1, "", "", 0, 0, "", 0, 100) do
      assert.is_table(row)
      assert.is_table(of.columns)
      tables[of.name] = (tables[of.name] or 0) + 1
      rows = rows + 1
    end
    local whole_answer = assert(panel:get_users_paged(1, "", "", 0, 0, "", 0, 100))
    assert.are.equal(#whole_answer[1] + #whole_answer[2], rows)
    assert.are.equal(#whole_answer[2], tables[whole_answer[2].name])
    host:stop()
  end)

  it("runs in tasks of parallel, many at once", function()
    local host = fixture.start "solidcp"
    local panel = host:session()
    local expected = #assert(panel:get_users(1, true))
    local results, failures = dnp.parallel(range(6), function()
      local count = 0
      for user in panel:each("GetUsers", 1, true) do
        assert.is_true(panel:user_exists(user.Username))
        count = count + 1
      end
      return count
    end)
    assert.is_nil(next(failures))
    assert.are.same({ expected, expected, expected, expected, expected, expected }, results)
    host:stop()
  end)

  it("gives the items of parallel, while it arrives", function()
    local host = fixture.start "solidcp"
    local panel = host:session()
    local expected = {}
    for _, user in ipairs(assert(panel:get_users(1, true))) do
      expected[#expected + 1] = user.Username
    end
    for _, limit in ipairs { 1, 3, 100 } do
      local stream = panel:each("GetUsers", 1, true)
      local results, failures = dnp.parallel(stream, function(user)
        return assert(panel:user_exists(user.Username)) and user.Username
      end, { limit = limit })
      assert.is_nil(next(failures))
      assert.are.same(expected, results)
    end
    host:stop()
  end)

  it("is closed by somebody else while its records are waited for, and taken by one at a time", function()
    local host = fixture.start "solidcp"
    host.server:misbehave { action = "delay", seconds = 25, times = math.huge }
    local panel = host:session()
    local began = dnp.clock()
    local stream = panel:each("GetUsers", 1, true)
    local results, failures = dnp.parallel({ 1, 2, 3 }, function(item)
      if item == 2 then
        dnp.sleep(0.05)
        return stream()
      elseif item == 3 then
        dnp.sleep(0.1)
        stream:close()
        return "closed"
      end
      return { stream() }
    end)
    assert.is_true(dnp.clock() - began < 20)
    assert.are.same({ [1] = {}, [3] = "closed" }, results)
    assert.matches("each: another coroutine waits for the next record of this stream", failures[2], 1, true)
    assert.is_nil(stream())
    host:stop()
  end)

  it("refuses what is not a list, and wrong arguments, at once", function()
    local panel = session()
    local function raises(expected, ...)
      local good, text = pcall(panel.each, panel, ...)
      assert.is_false(good)
      assert.matches(expected, text, 1, true)
    end
    raises("each: 'GetUserById' does not give a list", "GetUserById", 7)
    raises("each: argument 1 (operation): 'GetUsrs' is not an operation; did you mean 'GetUsers'?", "GetUsrs")
    raises("get_users: argument 1 (owner_id): ", "GetUsers", "x")
  end)
end)
