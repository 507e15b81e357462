--- How cost grows: with the length of a list that is streamed, and with the number of accounts below a reseller.
local clients = require "bench.clients"
local dnp = require "dnp"
local measure = require "bench.measure"
local report = require "bench.report"
local rows = require "bench.rows"

local quote = clients.shell_quote

local growth = {}

growth.sizes = {
  full = { lists = { 100, 1000, 10000, 100000, 1000000 }, accounts = { 100, 1000, 10000, 100000 } },
  tiny = { lists = { 50, 100 }, accounts = { 20, 40 } },
}

-- Of a list the server repeats so many records.
local BLOCK = 50

--- What the server's data are made of, see `measure.write_data`.
growth.data = { users = BLOCK, sample = 1, slow_sample = 1 }

local TASKS = {
  { name = "list", title = "provisioning.users" },
  { name = "usage", title = "provisioning.usage" },
  { name = "suspend", title = "provisioning.suspend" },
  { name = "unsuspend", title = "provisioning.unsuspend" },
}

-- Runs a client: what it measured, and what it found.
local function run(client, file, arguments, context)
  local command = ("%s %s timeout 3600 %s %s/bench/%s %s"):format(context.environment, client.environment,
    client.id, quote(context.root), file, arguments)
  local pipe = assert(io.popen(command))
  local output = pipe:read "*a"
  local good = pipe:close()
  local wall, cpu, peak, count, sum = output:match "^([%d.]+) ([%d.]+) (%-?%d+) (%d+) (%-?%d+)\n$"
  if not good or not wall then
    error(("%s failed: %s"):format(arguments, output), 0)
  end
  return { wall = tonumber(wall), cpu = tonumber(cpu), peak = math.max(0, tonumber(peak)) }, tonumber(count),
    tonumber(sum)
end

---- a list that is streamed ----

local function stream(client, users, context)
  local url, stop = measure.start_server(context.root, context.folder, "--repeat " .. users / BLOCK)
  local good, result, count, sum = pcall(run, client, "client.lua", ("each GetUsers %s 1 2"):format(url), context)
  stop()
  if not good then
    error(result, 0)
  end
  assert(count == users and sum == users / BLOCK * BLOCK * (BLOCK + 1) / 2, "not all users came")
  result.calls, result.size = 1, users
  return result
end

---- accounts below a reseller ----

local function wait_for(path, pattern)
  while true do
    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    local found = { text:match(pattern) }
    if found[1] then
      return table.unpack(found)
    end
    dnp.sleep(0.02)
  end
end

-- A sandbox in a process of its own: its URL, what tells how many calls it answered since the last time and with how
-- many milliseconds of processor time, and what ends it.
local function start_panel(client, accounts, context)
  local output = os.tmpname()
  local pipe = assert(io.popen(("exec env %s lua5.4 %s/bench/growth_panel.lua %d >%s"):format(client.environment,
    quote(context.root), accounts, output), "w"))
  local url = wait_for(output, "^(%S+)\n")
  local spent = 0
  local function take()
    os.remove(output)
    assert(io.open(output, "w")):close()
    pipe:write(output, "\n")
    pipe:flush()
    local calls, cpu = wait_for(output, "^(%d+) ([%d.]+) done\n")
    local more = tonumber(cpu) - spent
    spent = tonumber(cpu)
    return tonumber(calls), more
  end
  return url, take, function()
    pipe:close()
    os.remove(output)
  end
end

local function work(client, accounts, context, results)
  local own = context.lua54
  local url, take, stop = start_panel(own, accounts, context)
  local good, err = pcall(function()
    for _, task in ipairs(TASKS) do
      context.progress({ name = task.name }, client, rows.thousands(accounts) .. " accounts")
      take()
      local result, count, right = run(client, "growth_client.lua", ("%s %s %d"):format(task.name, url, accounts),
        context)
      assert(count == accounts and right == accounts,
        ("%s: %d of %d accounts are right"):format(task.name, right, accounts))
      result.calls, result.panel = take()
      result.calls, result.size = result.calls - (task.name:find "suspend" and 1 or 0), accounts
      table.insert(results[task.name], result)
    end
  end)
  stop()
  if not good then
    error(err, 0)
  end
end

--- Measures all of it with one client.
---@param client bench.Client
---@param size { lists: integer[], accounts: integer[] }
---@param context table
---@return { title: string, results: table[] }[]
function growth.measure(client, size, context)
  local results = { each = {} }
  for _, users in ipairs(size.lists) do
    context.progress({ name = "each" }, client, rows.thousands(users) .. " users")
    table.insert(results.each, stream(client, users, context))
  end
  for _, task in ipairs(TASKS) do
    results[task.name] = {}
  end
  for _, accounts in ipairs(size.accounts) do
    work(client, accounts, context, results)
  end
  local list = { { title = "session:each, a list as it arrives", results = results.each } }
  for _, task in ipairs(TASKS) do
    list[#list + 1] = { title = task.title, results = results[task.name] }
  end
  return list
end

---- the table ----

local COLUMNS = { "records", "calls", "CPU", "CPU of each", "memory", "wall", "CPU of the sandbox" }

local function cells(result)
  return {
    rows.thousands(result.size), rows.thousands(result.calls), report.time(result.cpu),
    report.time(result.cpu / result.size), report.memory(result.peak), report.time(result.wall),
    result.panel and report.time(result.panel) or "–",
  }
end

local WIDTHS = { 12, 10, 10, 13, 11, 10, 20 }

--- For a terminal.
function growth.text(measured)
  local lines = { report.line(COLUMNS, WIDTHS) }
  for _, entry in ipairs(measured) do
    lines[#lines + 1] = "\n" .. entry.title
    for _, result in ipairs(entry.results) do
      lines[#lines + 1] = report.line(cells(result), WIDTHS)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- For a page of the documentation.
function growth.markdown(measured)
  local lines = { "| " .. table.concat(COLUMNS, " | ") .. " |", ("|--:"):rep(#COLUMNS) .. "|" }
  for _, entry in ipairs(measured) do
    lines[#lines + 1] = ("| **%s** |%s"):format(entry.title, (" |"):rep(#COLUMNS - 1))
    for _, result in ipairs(entry.results) do
      lines[#lines + 1] = "| " .. table.concat(cells(result), " | ") .. " |"
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- The figures as they are: milliseconds, KiB.
function growth.json(measured, about)
  local list = {}
  for index, entry in ipairs(measured) do
    local sizes = {}
    for place, result in ipairs(entry.results) do
      sizes[place] = {
        records = result.size, calls = result.calls, cpu_ms = result.cpu, wall_ms = result.wall,
        peak_kib = result.peak, sandbox_cpu_ms = result.panel,
      }
    end
    list[index] = { title = entry.title, sizes = sizes }
  end
  return require("cjson").encode { about = about, growth = list } .. "\n"
end

return growth
