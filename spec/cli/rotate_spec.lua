-- `dnp rotate-passwords`: whatever happens, the file says whose password is which.
local child = require "spec.support.child"
local command = require "spec.support.command"
local csv = require "dnp.cli.csv"
local fixture = require "spec.support.panel"
local process = require "spec.support.process"
local scratch = require "spec.support.scratch"

local CUSTOMERS = 8

local host, dnp, done

local out, from

local function passwords()
  local found = {}
  for _, row in ipairs(host.server:query "SELECT Username, Password FROM Users") do
    found[row.Username] = row.Password
  end
  return found
end

-- What the file says: password and state by name.
local function said()
  local rows = {}
  local reader = assert(csv.reader(assert(io.open(out, "rb"))))
  assert.are.same({ "Username", "Password", "State" }, reader:row())
  for row in reader.row, reader do
    rows[row[1]] = { password = row[2], state = row[3] }
  end
  return rows
end

local function is_private()
  local _, listing = child.run("ls -l " .. out)
  return listing:find "^%-rw%-%-%-%-%-%-%-" ~= nil
end

-- Whether the file is right about all of them, given what they were before; how many are in each state.
local function check(before)
  local now, counts = passwords(), {}
  for name, row in pairs(said()) do
    counts[row.state] = (counts[row.state] or 0) + 1
    if row.state == "set" then
      assert.are.equal(row.password, now[name], name)
    elseif row.state == "not set" or row.state == "to set" then
      assert.are.equal(before[name], now[name], name .. " " .. row.state)
    else
      assert.are.equal("unknown", row.state)
      assert.is_true(now[name] == row.password or now[name] == before[name], name)
    end
  end
  return counts
end

describe("dnp rotate-passwords", function()
  scratch.provide()
  fixture.provide("solidcp", function(started)
    host, dnp = started, command.runner(started)
    done = command.done(dnp)
  end, {
    prepare = function(started)
      local users = {}
      for number = 1, CUSTOMERS do
        users[number] = { UserId = 100 + number, OwnerId = 2, Username = ("c%02d"):format(number), Password = "before",
          RoleId = 3 }
      end
      started.server:seed { users = users }
    end,
  })
  before_each(function()
    out, from = scratch.path .. "/out.csv", scratch.path .. "/from.csv"
    local names = { "Username" }
    for number = 1, CUSTOMERS do
      names[number + 1] = ("c%02d"):format(number)
    end
    child.write(from, table.concat(names, "\n"))
  end)

  it("writes all passwords before it sets the first", function()
    local before = passwords()
    done(("rotate-passwords --from %s --out %s --dry-run"):format(from, out))
    assert.are.same(before, passwords())
    assert.is_nil(io.open(out))
    done(("rotate-passwords --from %s --out %s --password-length 20"):format(from, out))
    assert.are.same({ set = CUSTOMERS }, check(before))
    assert.is_true(is_private())
    local seen = {}
    for _, row in pairs(said()) do
      assert.matches("^%w+$", row.password)
      assert.are.equal(20, #row.password)
      assert.is_nil(seen[row.password])
      seen[row.password] = true
    end
  end)

  it("makes passwords with symbols where that is asked for", function()
    done(("rotate-passwords --from %s --out %s --password-symbols --password-length 8"):format(from, out))
    for _, row in pairs(said()) do
      assert.matches("^%w[%w%-_.:]+$", row.password)
      assert.matches("%p", row.password)
      assert.are.equal(8, #row.password)
    end
    assert.are.same({ set = CUSTOMERS }, check {})
  end)

  it("sets none again that an earlier run has set, and says so", function()
    local before = passwords()
    host.server:misbehave { action = "refuse", code = -106, operation = "ChangeUserPassword", nth = 5 }
    local status, _, errors = dnp(("rotate-passwords --from %s --out %s --jobs 1"):format(from, out))
    assert.are.equal(1, status)
    assert.matches("dnp: c05: ", errors, 1, true)
    assert.matches("the same command goes on", errors, 1, true)
    assert.are.same({ set = CUSTOMERS - 1, ["not set"] = 1 }, check(before))
    local first = said()
    host.server:clear_calls()
    status, _, errors = dnp(("rotate-passwords --from %s --out %s"):format(from, out))
    assert.are.equal(0, status)
    assert.matches("7 of 8 were set by an earlier run", errors, 1, true)
    assert.are.equal(1, host.server:call_count "ChangeUserPassword")
    assert.are.same({ set = CUSTOMERS }, check(before))
    for name, row in pairs(said()) do
      assert.are.equal(first[name].password, row.password)
    end
    assert.is_true(is_private())
  end)

  it("takes no file that is another's, or that others may read", function()
    for _, case in ipairs {
      { "Name,Phone\nx,1\n", "is not a file of this command" },
      { "Username,Password\nx,1\n", "is not a file of this command" },
      { "Username,Password,State\nx,1", "line 2 is cut off" },
      { "", "chmod 600", "644" },
    } do
      child.write(out, case[1])
      child.run(("chmod %s %s"):format(case[3] or "600", out))
      local status, _, errors = dnp(("rotate-passwords c01 --out %s"):format(out))
      assert.are.equal(2, status)
      assert.matches(case[2], errors, 1, true)
    end
    for _, path in ipairs { scratch.path .. "/missing/out.csv", "/dev/full" } do
      assert.are_not.equal(0, (dnp(("rotate-passwords c01 --out %s"):format(path))))
    end
    assert.are.equal(0, host.server:call_count "ChangeUserPassword")
  end)

  it("is right about each when connections are dropped before and after the change", function()
    local before = passwords()
    for seed, when in ipairs { "before", "after" } do
      host.server:misbehave { action = "drop", when = when, rate = 0.2, seed = seed }
    end
    dnp(("rotate-passwords --from %s --out %s --deadline 1 --jobs 8"):format(from, out), "DNP_TIMEOUT=2")
    check(before)
    host.server:behave()
    assert.are.equal(0, (dnp(("rotate-passwords --from %s --out %s"):format(from, out))))
    assert.are.same({ set = CUSTOMERS }, check(before))
  end)

  it("says of whom nobody knows", function()
    local before = passwords()
    host.server:misbehave {
      action = "drop", when = "after", operation = "ChangeUserPassword", nth = 2, times = math.huge,
    }
    -- Whether it is the new password cannot be tried.
    host.server:misbehave { action = "refuse", code = -115, operation = "AuthenticateUser", times = math.huge }
    local status = dnp(("rotate-passwords c01 c02 --out %s --jobs 1 --deadline 1"):format(out))
    assert.are.equal(3, status)
    assert.are.same({ set = 1, unknown = 1 }, check(before))
    assert.are.equal("unknown", said().c02.state)
  end)

  it("can be killed at any moment", function()
    local before = passwords()
    host.server:misbehave { action = "delay", seconds = 0.03, rate = 1 }
    local status
    for attempt = 1, 40 do
      status = dnp(("rotate-passwords --from %s --out %s --jobs 2"):format(from, out),
        ("timeout -s KILL %.2f"):format(0.2 + attempt * 0.1))
      if status == 0 then
        break
      end
      for name, password in pairs(passwords()) do
        local row = password ~= before[name] and said()[name]
        assert.are.equal(password, row and row.password or before[name], name)
      end
    end
    assert.are.equal(0, status)
    assert.are.same({ set = CUSTOMERS }, check(before))
  end)

  it("tells what an interrupt left", function()
    local before = passwords()
    host.server:misbehave { action = "delay", seconds = 25, operation = "ChangeUserPassword", nth = 3, when = "before" }
    local line = command.line(host, ("rotate-passwords --from %s --out %s --jobs 1"):format(from, out))
    local status, errors = process.interrupt(line, function()
      return host.server:call_count "ChangeUserPassword" > 2
    end, function(running)
      running:await_output "interrupted"
      host.server:behave()
    end)
    assert.are.equal(130, status, errors)
    local counts = check(before)
    assert.are.equal(CUSTOMERS, (counts.set or 0) + (counts["to set"] or 0), errors)
    assert.is_true(counts.set >= 2 and counts["to set"] >= 1)
    assert.matches("interrupted", errors, 1, true)
  end)
end)
