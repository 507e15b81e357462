--- Runs clients and takes what they measured: wall time and processor time in turns, so that all meet the same machine,
--- and instructions under callgrind, which does not mind what else the machine does.
local clients = require "bench.clients"
local dnp = require "dnp"

local quote = clients.shell_quote

local measure = {}

-- A client that takes longer than this is broken.
local MOST_SECONDS = 600

-- What counts instructions from `bench_start` to `bench_stop`; where they were spent goes to a file.
local function callgrind(path)
  return "valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file=" .. quote(path)
end

measure.CALLGRIND = callgrind "/dev/null"

--- What a file holds, which is removed.
---@param path string
---@return string
function measure.take_file(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  os.remove(path)
  return text
end

---- data and servers ----

--- Writes what is decoded and sent into a folder.
---@param folder string
---@param size table
function measure.write_data(folder, size)
  local answers = require "bench.answers"
  local function write(name, writer, ...)
    local file = assert(io.open(("%s/%s.xml"):format(folder, name), "wb"))
    writer(function(...)
      file:write(...)
    end, ...)
    file:close()
  end
  for _, form in ipairs(answers.forms) do
    write(form, answers.users, size.users, form)
    write(form .. "-sample", answers.users, size.sample, form)
    write(form .. "-slow", answers.users, size.slow_sample, form)
    write(form .. "-warm", answers.users, 10, form)
  end
  write("dataset", answers.dataset, size.users)
  write("dataset-sample", answers.dataset, size.sample)
  write("dataset-slow", answers.dataset, size.slow_sample)
  write("dataset-warm", answers.dataset, 10)
  write("user", answers.user)
  write("bool", answers.value, "UserExists", "true")
  write("added", answers.value, "AddUser", "42")
  local panel = assert(dnp.session { url = "http://127.0.0.1:9002", username = "bench", password = "bench" })
  local function request(operation, ...)
    local file = assert(io.open(("%s/%s.request"):format(folder, operation), "wb"))
    file:write(panel:request(operation, ...).body)
    file:close()
  end
  request("UserExists", "jdoe")
  request("GetUsers", 1, true)
  request("AddUser", {
    OwnerId = 2, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false, Username = "jdoe", Password = "s3cret",
    FirstName = "John", LastName = "Doe", Email = "jdoe@example.com", Country = "DE", City = "Berlin",
    CompanyName = "Doe & Sons", HtmlMail = true, EcommerceEnabled = false,
  }, false)
end

--- Makes a certificate of 127.0.0.1 in a folder.
---@param folder string
function measure.write_certificate(folder)
  assert(os.execute(("cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
    .. "-keyout key.pem -out certificate.pem -days 2 -subj /CN=localhost "
    .. "-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' 2>/dev/null"):format(quote(folder))))
end

--- Waits until a program has written something into a file.
---@param path string
---@param pattern string
---@return string ... its captures
function measure.wait_for(path, pattern)
  local last = dnp.clock() + MOST_SECONDS
  while dnp.clock() < last do
    local file = assert(io.open(path))
    local found = { file:read "*a":match(pattern) }
    file:close()
    if found[1] then
      return table.unpack(found)
    end
    dnp.sleep(0.01)
  end
  error("a program that others need has not started", 0)
end

--- Starts the server of canned answers; it ends when the returned function is called, or with this process.
---@param root string
---@param folder string
---@param options string
---@return string url
---@return fun() stop
function measure.start_server(root, folder, options)
  local url_file = os.tmpname()
  local files = "UserExists=bool.xml AddUser=added.xml GetUsers=plain.xml"
  local command = ("cd %s && exec %s/build/bench/server %s %s >%s"):format(quote(folder), quote(root), options, files,
    url_file)
  local pipe = assert(io.popen(command, "w"))
  local url = measure.wait_for(url_file, "^(%S+)\n")
  os.remove(url_file)
  return url, function()
    pipe:close()
  end
end

---- one run ----

--- What a client is asked to do.
---@param row bench.Row
---@param client bench.Client
---@param context table folder, size, urls
---@param counting boolean under callgrind
---@return string arguments
---@return number factor what the figures have to be multiplied with
---@return integer times how often it is done
---@return number share of the records that it has to find
local function arguments_of(row, client, context, counting)
  local size, folder = context.size, context.folder
  local kind = client.slow and "slow_" or client.install and "peer_" or ""
  local times, warm = size[kind .. "counted"], size[kind .. "warm"]
  if not counting then
    times = client.slow and size.slow_times or row.task == "call" and size.call_times or size.times
  end
  if row.task == "decode" or row.task == "decoder" then
    local file, share = row.file, 1
    if row.sample then
      times, warm = row.again and (client.slow and size.slow_again or size.again) or 1, 5
      if counting and client.install then
        file = file .. (client.slow and "-slow" or "-sample")
        share = (client.slow and size.slow_sample or size.sample) / size.users
      end
    end
    return ("decode %s %s/%s.xml %d %s/%s.xml %d"):format(row.operation, quote(folder), file, times, quote(folder),
      row.warm, warm), 1 / times / share, times, share
  elseif row.task == "encode" then
    return ("encode %s %d %d"):format(row.operation, times, warm), 1 / times, times, 1
  end
  local url = context.urls[row.server] .. "/esUsers.asmx"
  local request = (client.id == "libcurl" or client.id == "transport")
    and (" %s/%s.request"):format(quote(folder), row.operation) or ""
  local certificate = row.server == "https" and (" %s/certificate.pem"):format(quote(folder)) or ""
  if row.task == "parallel" then
    return ("parallel %s %s %d %d%s"):format(row.operation, url, size.calls, row.at_once, request), 1, size.calls, 1
  elseif row.task == "each" then
    local task = client.tasks.each and "each" or "list"
    return ("%s %s %s 1 2%s"):format(task, row.operation, url, request), 1, 1, 1
  end
  return ("call %s %s %d %d%s%s"):format(row.operation, url, times, warm, request, certificate), 1 / times, times, 1
end

--- Whether a client has this row.
---@param row bench.Row
---@param client bench.Client
---@return boolean
function measure.can(row, client)
  if row.operation == "GetUsersPaged" and client.rows == false then
    return false
  end
  return client.tasks[row.task] or row.task == "each" and client.tasks.list or false
end

local FIELDS = { "Username", "Password", "FirstName", "LastName", "Email", "Country", "City", "CompanyName", "OwnerId" }
local VALUES = {
  Username = "jdoe", Password = "s3cret", FirstName = "John", LastName = "Doe", Email = "jdoe@example.com",
  Country = "DE", City = "Berlin", CompanyName = "Doe &amp; Sons", OwnerId = "2",
}

-- What was encoded has all that was asked for.
local function check_message(message, who)
  for _, name in ipairs(FIELDS) do
    local value = message:match(("<[%%w:]*%s>([^<]*)</"):format(name))
    assert(value == VALUES[name], ("%s sends %s as %s"):format(who, name, tostring(value)))
  end
end

-- Whether the client brought what the row holds.
local function check(row, client, rest, times, share, users)
  local count, sum, message = rest:match "^(%d+) (%-?%d+)\n(.*)$"
  local expected_count, expected_sum = row.count, row.sum
  if row.task == "call" or row.task == "parallel" then
    expected_count, expected_sum = times * row.count, times * row.sum
  elseif row.sample then
    expected_count = math.floor(users * share + 0.5)
    expected_sum = expected_count * (expected_count + 1) / 2
  elseif row.task == "each" and client.id == "libcurl" then
    expected_sum = 0
  end
  if tonumber(count) ~= expected_count or tonumber(sum) ~= expected_sum then
    error(("%s, %s: %s answers with the sum %s, not %d with %d"):format(row.name, client.name, tostring(count),
      tostring(sum), expected_count, expected_sum), 0)
  end
  if row.task == "encode" then
    check_message(message, client.name)
  end
end

local function begin(row, client, context, counting)
  local arguments, factor, times, share = arguments_of(row, client, context, counting)
  local errors = os.tmpname()
  local tool = ""
  if counting then
    tool = context.profiles and callgrind(("%s/%s-%s"):format(context.profiles, row.name, client.id))
      or measure.CALLGRIND
  end
  local pipe = assert(io.popen(("%s %s timeout %d %s %s %s 2>%s"):format(context.environment,
    client.environment or "", MOST_SECONDS, tool, client.command, arguments, errors)))
  return {
    row = row, client = client, pipe = pipe, errors = errors, factor = factor, times = times, share = share,
    users = context.size.users,
  }
end

local function finish(run)
  local output = run.pipe:read "*a"
  local good = run.pipe:close()
  local errors = measure.take_file(run.errors)
  local wall, cpu, peak, rest = output:match "^([%d.]+) ([%d.]+) (%-?%d+) (.*)$"
  if not good or not wall then
    error(("%s, %s failed:\n%s%s"):format(run.row.name, run.client.name, output, errors), 0)
  end
  check(run.row, run.client, rest, run.times, run.share, run.users)
  return {
    wall = wall * run.factor, cpu = cpu * run.factor, peak = math.max(0, tonumber(peak)),
    instructions = (tonumber(errors:match "Collected : (%d+)") or 0) * run.factor,
  }
end

---- a row ----

local function median(list, field)
  local values = {}
  for index, entry in ipairs(list) do
    values[index] = entry[field]
  end
  table.sort(values)
  local middle = (#values + 1) / 2
  return (values[math.floor(middle)] + values[math.ceil(middle)]) / 2
end

-- Whether a run came to its end. Of lua-dnp and the yardsticks a failure is an error; of another stack it is noted,
-- and the row is without it.
local function attempt(run, failed, context)
  local good, result = pcall(finish, run)
  if good then
    return result
  elseif not run.client.install then
    error(result, 0)
  elseif not failed[run.client] then
    failed[run.client] = true
    table.insert(context.failures, result)
  end
  return nil
end

-- Times, in turns.
local function take_times(row, able, failed, context)
  local runs = {}
  for round = 1, context.size.rounds do
    for _, client in ipairs(able) do
      if not failed[client] and round <= (client.slow and context.size.slow_rounds or context.size.rounds) then
        context.progress(row, client, "round " .. round)
        runs[client] = runs[client] or {}
        table.insert(runs[client], attempt(begin(row, client, context, false), failed, context))
      end
    end
  end
  return runs
end

-- Instructions, as many clients at once as there are processors.
local function take_counts(row, able, failed, context)
  local counts, waiting = {}, {}
  local function finish_all()
    for _, run in ipairs(waiting) do
      counts[run.client] = (attempt(run, failed, context) or {}).instructions
    end
    waiting = {}
  end
  for _, client in ipairs(context.counted ~= false and able or {}) do
    -- A whole list over HTTP would take slow ones minutes.
    local skipped = client.uncounted or client.slow and row.task == "each"
    if not skipped and not failed[client] then
      context.progress(row, client, "instructions")
      waiting[#waiting + 1] = begin(row, client, context, true)
      if #waiting == context.processors then
        finish_all()
      end
    end
  end
  finish_all()
  return counts
end

--- Measures a row with all clients that have it.
---@param row bench.Row
---@param there bench.Client[]
---@param context table
---@return table[] results in the order of the clients
function measure.row(row, there, context)
  local able, results, failed = {}, {}, {}
  for _, client in ipairs(there) do
    able[#able + 1] = measure.can(row, client) and client or nil
  end
  local runs = take_times(row, able, failed, context)
  local counts = take_counts(row, able, failed, context)
  for _, client in ipairs(able) do
    if not failed[client] then
      results[#results + 1] = {
        client = client, wall = median(runs[client], "wall"), cpu = median(runs[client], "cpu"),
        peak = median(runs[client], "peak"), instructions = counts[client],
      }
    end
  end
  return results
end

return measure
