-- Several machines at one import, with a journal in PostgreSQL: workers are killed, stopped and cut off.
local child = require "spec.support.child"
local clock = require("dnp").clock
local command = require "spec.support.command"
local postgresql = require "spec.support.postgresql"
local process = require "spec.support.process"
local shop = require "spec.support.shop"
local terminal = require "spec.support.terminal"
local scratch = require "spec.support.scratch"

-- The third one runs in LuaJIT.
local ACCOUNTS, WORKERS, KILLS = 500, 3, 60
-- Seconds of a session where it matters how long a lease is, which is four times as much: with many failures, with few,
-- and where no lease is to end.
local SHORT, LONGER, LONG = 1, 2, 15
local LEASE = 4 * SHORT

local host, database, workers, random

-- The database as a worker reaches it: by a link of its own, which can be taken away.
local function connect(number)
  os.execute(("ln -sfn %s %s/net%d"):format(database.folder, scratch.path, number))
end

local function url(number)
  return database.url(("%s/net%d"):format(scratch.path, number), "application_name=worker" .. number)
end

local function passwords_of(number)
  return ("%s/passwords%d.csv"):format(scratch.path, number)
end

local function arguments(number, path, more)
  return ("import %s --passwords-out %s --journal %s %s"):format(path, passwords_of(number), child.quote(url(number)),
    more or "--jobs 4")
end

local function start(number, path, timeout, more)
  connect(number)
  workers[number] = process.start(command.line(host, arguments(number, path, more), "DNP_TIMEOUT=" .. timeout,
    number == 3), ("%s/worker%d"):format(scratch.path, number))
  return workers[number]
end

-- Starts the first worker with so many customers, on a slow panel; returns when it has begun so many accounts.
local function start_slowly(customers, delay, accounts, timeout, more)
  local path = scratch.write("customers.csv", shop.customers(customers))
  host.server:misbehave { action = "delay", seconds = delay, rate = 1 }
  local worker = start(1, path, timeout, more)
  process.await("accounts", function()
    return host.server:call_count "AddUser" >= accounts
  end)
  return worker, path
end

-- Ends the worker's connections at the server.
local function cut(number)
  database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ?",
    "worker" .. number)
end

local function cut_off(number)
  os.remove(("%s/net%d"):format(scratch.path, number))
  cut(number)
end

local function count(sql)
  return #host.server:query(sql)
end

-- Below `limit`, from 0 on.
local function pick(limit)
  random = random * 48271 % 2147483647
  return random % limit
end

-- The password of each account: of several lines that with the greatest turn.
local function passwords()
  local known = {}
  for number = 1, WORKERS do
    local file = io.open(passwords_of(number), "rb")
    for line in file and file:lines() or function() end do
      local name, password, turn = line:match "^([^,]+),(%w+),(%d+)$"
      if name and (not known[name] or tonumber(turn) >= known[name].turn) then
        known[name] = { text = password, turn = tonumber(turn) }
      end
    end
    if file then
      file:close()
    end
  end
  return known
end

local function assert_passwords(where)
  local known = passwords()
  for _, user in ipairs(host.server:query("SELECT Username, Password FROM Users WHERE " .. where)) do
    assert.are.equal(user.Password, known[user.Username] and known[user.Username].text, user.Username)
  end
  return known
end

describe("dnp import with several workers #import", function()
  if postgresql.missing() then
    pending(postgresql.missing())
    return
  end
  setup(function()
    host, database = shop.start "solidcp", postgresql.start()
  end)
  scratch.provide(function()
    for _, worker in pairs(workers) do
      worker:kill()
    end
  end)
  before_each(function()
    workers = {}
    host:reset()
    database.query "DROP TABLE IF EXISTS dnp_facts, dnp_workers, dnp_accounts"
  end)
  teardown(function()
    host.server:stop()
    database.stop()
  end)

  it("makes every account once and whole, whatever happens to workers", function()
    local path = scratch.write("customers.csv", shop.customers(ACCOUNTS))
    local seed = os.time() % 100000
    random = seed + 1
    shop.lose_connections(host, seed, 0.03)
    for number = 1, WORKERS do
      start(number, path, SHORT)
    end
    process.await("the first account", function()
      return count "SELECT 1 FROM Users WHERE Username LIKE 'c____'" > 0
    end)

    local seen = { kill = 0, stop = 0, cut = 0, partition = 0, over = 0 }
    local asleep, apart = {}, {}
    local function is_complete()
      return #database.query "SELECT 1 FROM dnp_accounts WHERE state <> 'done' LIMIT 1" == 0
    end
    -- A worker that has ended is started again as long as there is something left.
    local function revive(number)
      local worker = workers[number]
      if worker:status() then
        seen.over = seen.over + (worker:output():find("the lease is over", 1, true) and 1 or 0)
        if apart[number] then
          -- Where it was not at work yet, it does not begin.
          assert.is_truthy(worker:output():find "the lease is over" or worker:output():find "; nothing was done",
            worker:output())
          assert.is_truthy(({ [1] = true, [3] = true })[worker:await()], worker:output())
          apart[number] = nil
        end
        worker:kill()
        start(number, path, SHORT)
      end
    end
    local function disturb(number)
      local kind = pick(12)
      if kind == 0 and seen.partition < 4 then
        seen.partition, apart[number] = seen.partition + 1, clock() + 3 * LEASE
        cut_off(number)
      elseif kind <= 2 and seen.stop < 8 then
        seen.stop, asleep[number] = seen.stop + 1, clock() + (kind == 1 and 1.5 or 0.5) * LEASE
        workers[number]:signal "STOP"
      elseif kind <= 4 then
        seen.cut = seen.cut + 1
        cut(number)
      elseif seen.kill < KILLS then
        seen.kill = seen.kill + 1
        workers[number]:signal "KILL"
      end
    end
    local ends_at = clock() + 60
    while clock() < ends_at and not is_complete() do
      os.execute "sleep 0.25"
      local number = pick(WORKERS) + 1
      for sleeper, wakes_at in pairs(asleep) do
        if clock() >= wakes_at then
          workers[sleeper]:signal "CONT"
          asleep[sleeper] = nil
        end
      end
      for lonely, returns_at in pairs(apart) do
        if clock() >= returns_at and not workers[lonely]:status() then
          connect(lonely)
          apart[lonely] = nil
        end
      end
      for each = 1, WORKERS do
        revive(each)
      end
      if not asleep[number] and not apart[number] then
        disturb(number)
      end
    end
    local told = ("seed %d: %d kills, %d stops, %d cuts, %d partitions, %d leases over"):format(seed, seen.kill,
      seen.stop, seen.cut, seen.partition, seen.over)
    assert.is_true(seen.kill >= 10 and seen.stop > 0 and seen.cut > 0, told)

    -- Those that are left come to their end; then one more run finds everything done, or does it.
    for number = 1, WORKERS do
      workers[number]:signal "CONT"
      connect(number)
    end
    for number = 1, WORKERS do
      workers[number]:await()
    end
    host.server:behave()
    local status, output, errors = command.runner(host)(arguments(1, path), "DNP_TIMEOUT=1")
    assert.are.equal(0, status, output .. errors .. told)
    assert.matches("500 of 500 done, 0 failed", output, 1, true)
    assert.are.same({}, shop.faults(host, ACCOUNTS), told)
    local known = assert_passwords "Username LIKE 'c____'"
    local journal = {}
    for _, row in ipairs(database.query "SELECT CAST(a.* AS TEXT) AS text FROM dnp_accounts AS a") do
      journal[#journal + 1] = row.text
    end
    journal = table.concat(journal, "\n")
    for _, password in pairs(known) do
      assert.is_nil(journal:find(password.text, 1, true))
    end
  end)

  it("sets a password anew when a worker that had lost its lease has set another", function()
    host.server:query "UPDATE Users SET OwnerID = 50 WHERE Username = 'jdoe'"
    local path = scratch.write("customers.csv",
      "Username,FirstName,LastName,Email,Owner\njdoe,John,Doe,j@example.com,shop\n")
    host.server:misbehave { action = "delay", seconds = 0.5, operation = "ChangeUserPassword" }
    local late = start(1, path, LONGER)
    process.await("the first password", function()
      return host.server:call_count "ChangeUserPassword" == 1
    end)
    late:signal "STOP"
    assert.are.equal(0, start(2, path, LONGER):await(), workers[2]:output())
    local known = assert_passwords "Username = 'jdoe'"
    assert.are.equal(2, known.jdoe.turn)
    late:signal "CONT"
    assert.are.equal(0, late:await(), late:output())
    known = assert_passwords "Username = 'jdoe'"
    assert.are.equal(3, known.jdoe.turn)
  end)

  it("asks a person what may be deleted, also when the answer comes after the lease", function()
    if not terminal.is_there() then
      pending "the program 'script', which makes a terminal, is not installed"
      return
    end
    local path = scratch.write("customers.jsonl", [=[
{"user":{"Username":"jdoe","FirstName":"J","LastName":"D","Email":"j@example.com","Owner":"reseller"},]=]
      .. [=["spaces":[{"name":"John's <space>","plan":"Shared Small","addons":[]}]}
]=] .. '{"Username":"c0001","FirstName":"A","LastName":"B","Email":"a@example.com","Owner":"shop"}\n')
    connect(1)
    for number, meanwhile in ipairs { ":", ("sleep %d"):format(LEASE + 2) } do
      host:reset()
      local more = number == 1 and "--jobs 4" or "--jobs 4 --fresh"
      local status, screen = terminal.run(command.line(host, arguments(1, path, more), "DNP_TIMEOUT=" .. SHORT),
        { { "[y/N] ", "y\n", meanwhile } })
      assert.are.equal(0, status, screen)
      assert.matches("2 of 2 done, 0 failed", screen, 1, true)
      assert.are.equal(0, count "SELECT 1 FROM PackageAddons WHERE PackageID = 3")
      assert.are.equal(1, host.server:call_count "DeletePackageAddon")
      assert_passwords "Username IN ('jdoe', 'c0001')"
    end
    -- Where no person sits, it fails, for whoever has it.
    host:reset()
    host.server:misbehave { action = "delay", seconds = 0.1, rate = 1 }
    start(1, path, LONG, "--fresh")
    process.await("the import begun anew", function()
      return host.server:call_count "AddUser" == 1
    end)
    start(2, path, LONG)
    for number = 1, 2 do
      assert.are.equal(1, workers[number]:await(), workers[number]:output())
      assert.matches("1 of 2 done, 1 failed", workers[number]:output(), 1, true)
    end
    assert.are.equal(0, host.server:call_count "DeletePackageAddon")
  end)

  it("shares the accounts, and each worker waits for the others' last ones", function()
    local path = scratch.write("customers.csv", shop.customers(60))
    host.server:misbehave { action = "delay", seconds = 0.02, rate = 1 }
    for number = 1, WORKERS do
      start(number, path, LONG)
    end
    for number = 1, WORKERS do
      assert.are.equal(0, workers[number]:await(), workers[number]:output())
      assert.matches("60 of 60 done, 0 failed\n", workers[number]:output(), 1, true)
    end
    assert.are.same({}, shop.faults(host, 60))
    assert.are.equal(60, host.server:call_count "AddUser")
    assert_passwords "Username LIKE 'c____'"
  end)

  it("stops without a change when it cannot reach its journal, and says so", function()
    local worker, path = start_slowly(60, 0.05, 6, LONGER)
    cut_off(1)
    local status = worker:await()
    assert.is_true(status == 1 or status == 3, worker:output())
    assert.matches("the lease is over: nothing more is changed, and %d+ were not tried", worker:output())
    assert.is_nil(worker:output():find(passwords()["c0001"].text, 1, true))
    connect(1)
    host.server:behave()
    assert.are.equal(0, start(1, path, LONGER):await(), worker:output())
    assert.are.same({}, shop.faults(host, 60))
    assert_passwords "Username LIKE 'c____'"
  end)

  it("changes nothing more after its database did not answer for too long", function()
    local late, path = start_slowly(60, 0.1, 3, LONGER)
    local server = database.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'worker1'")[1].pid
    os.execute(("kill -STOP %d"):format(server))
    local other = start(2, path, LONGER)
    process.await("the other worker to have done all", function()
      return #database.query "SELECT 1 FROM dnp_accounts WHERE state <> 'done' LIMIT 1" == 0
    end)
    assert.are.equal(0, other:await(), other:output())
    os.execute(("kill -CONT %d"):format(server))
    late:await()
    assert.are.same({}, shop.faults(host, 60))
    assert_passwords "Username LIKE 'c____'"
  end)

  it("wants the same file on each machine, and does not begin anew while others work", function()
    local _, path = start_slowly(40, 0.05, 1, LONG, "--jobs 1")
    local run = command.runner(host)
    connect(2)
    local other = scratch.write("other.csv", shop.customers(41))
    local status, output, errors = run(arguments(2, other))
    assert.are.same({ 2, "" }, { status, output })
    assert.matches("is the journal of another file", errors, 1, true)
    status, output, errors = run(arguments(2, path, "--fresh"))
    assert.are.same({ 1, "" }, { status, output })
    assert.matches("another machine is at this import, or was a moment ago, so it is not begun anew", errors, 1, true)
  end)

  it("can be interrupted while it waits for others", function()
    local first, path = start_slowly(1, 0.5, 1, LONG)
    first:signal "STOP"
    local second = start(2, path, LONG)
    -- Its last question is whether others are at work.
    process.await("the second worker to wait", function()
      return #database.query [[SELECT 1 FROM pg_stat_activity WHERE application_name = 'worker2'
        AND query LIKE '%worker <>%']] == 1
    end)
    second:signal "INT"
    assert.are.equal(130, second:await(), second:output())
    assert.matches("dnp: interrupted\n", second:output(), 1, true)
    first:signal "CONT"
    assert.are.equal(0, first:await(), first:output())
    assert.are.same({}, shop.faults(host, 1))
  end)

  it("tells that others have failures, and tries them again when nobody else is at work", function()
    local path = scratch.write("customers.csv", shop.customers(40))
    host.server:misbehave { action = "refuse", code = -305, operation = "AddPackage", nth = 1 }
    host.server:misbehave { action = "delay", seconds = 0.05, rate = 1 }
    local first = start(1, path, LONG, "--jobs 2")
    process.await("a failure", function()
      return first:output():find "ERROR_PACKAGE_QUOTA_EXCEED"
    end)
    local second = start(2, path, LONG)
    assert.are.equal(1, first:await(), first:output())
    assert.are.equal(1, second:await(), second:output())
    assert.matches("39 of 40 done, 1 failed; the failures are in ", first:output(), 1, true)
    assert.matches("39 of 40 done, 1 failed; another machine has the failures", second:output(), 1, true)
    assert.are.equal(0, start(2, path, LONG):await(), workers[2]:output())
    assert.are.same({}, shop.faults(host, 40))
  end)

  it("never shows the database's password", function()
    local path = scratch.write("customers.csv", shop.customers(1))
    local run = command.runner(host)
    for _, place in ipairs {
      "postgresql://dnp:s3cr%65t@127.0.0.1:1/postgres",
      "postgresql://dnp:s3cr%65t@127.0.0.1:1/postgres?sslmode=nonsense",
      "postgresql://dnp@127.0.0.1:1/postgres?password=s3cr%65t&bogus=1",
      "postgresql://dnp:s3cr%65t/x@127.0.0.1:1/postgres",
    } do
      local status, output, errors = run(("import %s --passwords-out %s --journal %s"):format(path, passwords_of(1),
        child.quote(place)))
      assert.is_true(status == 1 or status == 2, errors)
      assert.is_nil((output .. errors):find "s3cr", errors)
      assert.is_truthy(errors:find("postgresql://dnp@127.0.0.1:1/postgres: no connection", 1, true)
        or errors:find("%40 and %2F", 1, true), errors)
    end
  end)

  it("passes on what libpq knows, such as a password of a file", function()
    local path = scratch.write("customers.csv", shop.customers(1))
    scratch.write("secret", "pass word\n")
    os.execute(("chmod 600 %s/secret"):format(scratch.path))
    connect(1)
    local option = ("--journal-password-file %s/secret"):format(scratch.path)
    assert.are.equal(0, (command.runner(host)(arguments(1, path, option))))
    assert.are.equal(0, host.server:call_count "DeleteUser")
  end)
end)
