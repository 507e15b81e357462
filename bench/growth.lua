--- How cost grows: with the length of a list that is streamed, and with the number of accounts below a reseller.
local clients = require "bench.clients"
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

local EACH = "each"
-- In this order: what is suspended is what can be unsuspended.
local TASKS = { "users", "usage", "suspend", "unsuspend" }

growth.names = { EACH, "users", "usage", "suspend", "unsuspend" }

-- Runs a client: what it measured, and what it found.
local function run(client, file, arguments, context, counting)
  local errors = os.tmpname()
  local command = ("%s %s timeout 3600 %s %s %s/bench/%s %s 2>%s"):format(context.environment, client.environment,
    counting and measure.CALLGRIND or "", client.id, quote(context.root), file, arguments, errors)
  local pipe = assert(io.popen(command))
  local output = pipe:read "*a"
  local good = pipe:close()
  local output_of_errors = measure.take_file(errors)
  local wall, cpu, peak, count, sum = output:match "^([%d.]+) ([%d.]+) (%-?%d+) (%d+) (%-?%d+)\n$"
  if not good or not wall then
    error(("%s failed: %s%s"):format(arguments, output, output_of_errors), 0)
  end
  return {
    wall = tonumber(wall), cpu = tonumber(cpu), peak = math.max(0, tonumber(peak)),
    instructions = tonumber(output_of_errors:match "Collected : (%d+)"),
  }, tonumber(count), tonumber(sum)
end

---- a list that is streamed ----

local function stream(client, users, context, counting)
  local url, stop = measure.start_server(context.root, context.folder, "--repeat " .. users // BLOCK)
  local good, result, count, sum = pcall(run, client, "client.lua", ("each GetUsers %s 1 2"):format(url), context,
    counting)
  stop()
  if not good then
    error(result, 0)
  end
  assert(count == users and sum == users // BLOCK * BLOCK * (BLOCK + 1) // 2, "not all users came")
  result.calls, result.size = 1, users
  return result
end

---- accounts below a reseller ----

-- A sandbox in a process of its own: its URL, what says how many calls it responded to since the last time and with how
-- many milliseconds of processor time, and what ends it.
local function start_panel(client, accounts, context)
  local output = os.tmpname()
  local pipe = assert(io.popen(("exec env %s lua5.4 %s/bench/growth_panel.lua %d >%s"):format(client.environment,
    quote(context.root), accounts, output), "w"))
  local url = measure.wait_for(output, "^(%S+)\n")
  local spent = 0
  local function take()
    os.remove(output)
    assert(io.open(output, "w")):close()
    pipe:write(output, "\n")
    pipe:flush()
    local calls, cpu = measure.wait_for(output, "^(%d+) ([%d.]+) done\n")
    local more = tonumber(cpu) - spent
    spent = tonumber(cpu)
    return tonumber(calls), more
  end
  return url, take, function()
    pipe:close()
    os.remove(output)
  end
end

-- One workflow on all accounts.
local function work(client, task, accounts, panel, context, counting)
  panel.take()
  local result, count, right = run(client, "growth_client.lua", ("%s %s %d"):format(task, panel.url, accounts), context,
    counting)
  if count ~= accounts or right ~= accounts then
    error(("%s: %d of %d accounts are right"):format(task, right, accounts), 0)
  end
  result.calls, result.panel = panel.take()
  -- How they are was asked for after that.
  result.calls, result.size = result.calls - (task:find "suspend" and 1 or 0), accounts
  return result
end

-- All workflows on so many accounts; once more under callgrind, where instructions are counted.
local function work_all(client, accounts, context, results)
  local url, take, stop = start_panel(context.lua54, accounts, context)
  local good, err = pcall(function()
    for _, counting in ipairs { false, context.counted ~= false or nil } do
      for _, task in ipairs(TASKS) do
        if results[task] then
          context.progress({ name = task }, client, rows.thousands(accounts) .. " accounts")
          local result = work(client, task, accounts, { url = url, take = take }, context, counting)
          if counting then
            results[task][#results[task]].instructions = result.instructions
          else
            table.insert(results[task], result)
          end
        end
      end
    end
  end)
  stop()
  if not good then
    error(err, 0)
  end
end

--- Measures all of it, or what is named, with one client.
---@param client bench.Client
---@param size { lists: integer[], accounts: integer[] }
---@param names string[]
---@param context table
---@return { title: string, results: table[] }[]
function growth.measure(client, size, names, context)
  local results, list = {}, {}
  for _, name in ipairs(names) do
    results[name] = {}
  end
  if results.unsuspend and not results.suspend or results.suspend and not results.unsuspend then
    results.suspend, results.unsuspend = {}, {}
  end
  for _, users in ipairs(results[EACH] and size.lists or {}) do
    context.progress({ name = EACH }, client, rows.thousands(users) .. " users")
    local result = stream(client, users, context, false)
    result.instructions = context.counted ~= false and stream(client, users, context, true).instructions or nil
    table.insert(results[EACH], result)
  end
  local has_accounts = results.users or results.usage or results.suspend
  for _, accounts in ipairs(has_accounts and size.accounts or {}) do
    work_all(client, accounts, context, results)
  end
  for _, name in ipairs(growth.names) do
    if results[name] then
      local title = name == EACH and "session:each, a list as it arrives" or "provisioning." .. name
      list[#list + 1] = { title = title, results = results[name] }
    end
  end
  return list
end

---- the table ----

local COLUMNS = { "records", "calls", "CPU", "of each", "instructions of each", "memory", "wall", "CPU of sandbox" }

local function cells(result)
  return {
    rows.thousands(result.size), rows.thousands(result.calls), report.time(result.cpu),
    report.time(result.cpu / result.size), report.count(result.instructions and result.instructions / result.size),
    report.memory(result.peak), report.time(result.wall),
    result.panel and report.time(result.panel) or "–",
  }
end

local WIDTHS = { 12, 10, 10, 10, 22, 11, 10, 16 }

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
        peak_kib = result.peak, instructions = result.instructions, sandbox_cpu_ms = result.panel,
      }
    end
    list[index] = { title = entry.title, sizes = sizes }
  end
  return require("cjson").encode { about = about, growth = list } .. "\n"
end

return growth
