--- What an import costs: how much faster many accounts at a time are, and what the journal takes of the time.
-- import.lua [MILLISECONDS [ACCOUNTS]]: a panel that takes 20 ms for a call; so many accounts with 16 jobs (640)
-- import.lua memory [ROWS...]: peak memory of imports of so many rows (10000 100000), without delay
-- PostgreSQL is measured, too, when it is installed.
local cli = require "dnp.cli"
local child = require "spec.support.child"
local clock = require("dnp").clock
local command = require "spec.support.command"
local database = require "dnp.cli.import.database"
local postgresql = require "spec.support.postgresql"
local shop = require "spec.support.shop"
local stdout = require "dnp.cli.stdout"
local system = require "dnp.cli.system"

local host = shop.start "solidcp"
local folder, remove = child.folder()

local function write(name, text)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

-- Adds up the time that calls of a method take; what it calls of the same kind counts once.
local spent = { journal = 0, passwords = 0 }
local depth = 0

local function measure(object, method, kind)
  local original = object[method]
  object[method] = function(...)
    if depth > 0 then
      return original(...)
    end
    depth = depth + 1
    local began = clock()
    local results = { pcall(original, ...) }
    spent[kind] = spent[kind] + clock() - began
    depth = depth - 1
    if not results[1] then
      error(results[2], 0)
    end
    return (table.unpack or unpack)(results, 2)
  end
end

-- Imports in this process: seconds, and those of journal and passwords.
local function import(accounts, jobs, journal)
  host.server:restore(host.initial)
  local path = write("customers.csv", shop.customers(accounts))
  local secret = write("secret", "serveradmin\n")
  os.execute("chmod 600 " .. secret .. "; rm -f " .. folder .. "/*.journal* " .. folder .. "/passwords.csv")
  spent.journal, spent.passwords = 0, 0
  local began = clock()
  local status = cli.main {
    "import", path, "--jobs", tostring(jobs), "--passwords-out", folder .. "/passwords.csv", "--url", host.server.url,
    "--username", "serveradmin", "--password-file", secret, "--dialect", "solidcp", "--journal", journal or path
      .. ".journal", "--fresh", "--json",
  }
  assert(status == 0, "the import failed")
  return clock() - began, spent.journal, spent.passwords
end

local function show(name, accounts, seconds, journal, secrets)
  print(("%-24s %6d accounts %8.1f s %8.1f/s   journal %4.1f %%, passwords %4.1f %%"):format(name, accounts, seconds,
    accounts / seconds, journal / seconds * 100, secrets / seconds * 100))
end

local function measure_time(milliseconds, accounts)
  local Database = getmetatable(database.new { name = "" })
  measure(Database, "query", "journal")
  measure(system, "sync", "passwords")
  stdout.write = function() end -- what the command says
  host.server:misbehave { action = "delay", seconds = milliseconds / 1000, rate = 1 }
  print(("a panel that takes %g ms for a call"):format(milliseconds))
  local few = math.ceil(accounts / 10)
  local one, journal, secrets = import(few, 1)
  show("1 job", few, one, journal, secrets)
  local many
  many, journal, secrets = import(accounts, 16)
  show("16 jobs", accounts, many, journal, secrets)
  if not postgresql.missing() then
    local server = postgresql.start { durable = true }
    local shared
    shared, journal, secrets = import(accounts, 16, server.url())
    show("16 jobs, PostgreSQL", accounts, shared, journal, secrets)
    server.stop()
  end
  print(("16 jobs are %.1f times as fast as one"):format(accounts / many / (few / one)))
end

-- Of a process of its own: its greatest resident set.
local function measure_memory(rows)
  host.server:restore(host.initial)
  local file = assert(io.open(folder .. "/rows.csv", "wb"))
  file:write "Username,FirstName,LastName,Email,Owner,Plan,Zip\n"
  for number = 1, rows do
    file:write(("c%06d,Ann,Lee %d,c%d@example.com,shop,Starter,0%d\n"):format(number, number, number, number))
  end
  file:close()
  local line = command.line(host, ("import %s/rows.csv --passwords-out %s/made-%d.csv --fresh"):format(folder, folder,
    rows))
  local status, output, errors = child.run(("%s & pid=$!; while kill -0 $pid 2>/dev/null; do "
    .. "sed -n 's/^VmHWM: *//p' /proc/$pid/status >%s/peak.new 2>/dev/null && [ -s %s/peak.new ] "
    .. "&& mv %s/peak.new %s/peak; sleep 1; done; wait $pid"):format(line, folder, folder, folder, folder), 7200)
  assert(status == 0, output .. errors)
  print(("%7d rows: %s at most"):format(rows, child.read(folder .. "/peak"):match "[^\n]*"))
end

if arg[1] == "memory" then
  for index = 2, math.max(#arg, 3) do
    measure_memory(tonumber(arg[index]) or ({ 10000, 100000 })[index - 1])
  end
else
  measure_time(tonumber(arg[1]) or 20, tonumber(arg[2]) or 640)
end
host.server:stop()
remove()
