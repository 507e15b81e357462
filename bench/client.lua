--- lua-dnp as the benchmarks measure it, on the Lua that runs this file.
-- usage: client.lua decode OPERATION FILE TIMES WARM_FILE WARM_TIMES
--        client.lua encode OPERATION TIMES WARM_TIMES
--        client.lua call OPERATION URL TIMES WARM_TIMES [CA_FILE]
--        client.lua parallel OPERATION URL TIMES AT_ONCE
--        client.lua each|list OPERATION URL TIMES WARM_TIMES
-- Prints one line, see mark.h; after that of `encode` comes what was encoded.
local dnp = require "dnp"
local mark = require "bench_mark"
local task = require "task"

local HEADERS = { ["Content-Type"] = "text/xml; charset=utf-8" }

-- What AddUser is given; the peers send the same.
local USER = {
  OwnerId = 2, RoleId = dnp.UserRole.User, StatusId = dnp.UserStatus.Active, IsDemo = false, IsPeer = false,
  Username = "jdoe", Password = "s3cret", FirstName = "John", LastName = "Doe", Email = "jdoe@example.com",
  Country = "DE", City = "Berlin", CompanyName = "Doe & Sons", HtmlMail = true, EcommerceEnabled = false,
}

local ARGUMENTS = {
  AddUser = { USER, false },
  UserExists = { "jdoe" },
}

local unpack = table.unpack or unpack

local function session(url, options)
  url = url:gsub("/esUsers%.asmx$", "")
  options.url, options.username, options.password = url, "bench", "bench"
  return assert(dnp.session(options))
end

-- How many records, and the sum of their ids; of a value, 1 and the value.
local function digest(result)
  if type(result) ~= "table" then
    return 1, result == true and 1 or tonumber(result)
  end
  local rows = result[2] and result[2].name and result[2] or result.UserId and { result } or result
  return task.sum_of_ids(rows)
end

local tasks = {}

function tasks.decode(operation, path, times, warm_path, warm_times)
  local panel = session("http://127.0.0.1:9002", {})
  local body, warm = task.read_file(path), task.read_file(warm_path)
  for _ = 1, tonumber(warm_times) do
    assert(panel:response(operation, 200, HEADERS, warm))
  end
  local result
  times = tonumber(times)
  task.start()
  for _ = 1, times do
    result = assert(panel:response(operation, 200, HEADERS, body))
  end
  mark.stop()
  mark.print(digest(result))
end

function tasks.encode(operation, times, warm_times)
  local panel = session("http://127.0.0.1:9002", {})
  local user, last = ARGUMENTS[operation][1], nil
  for _ = 1, tonumber(warm_times) do
    last = panel:request(operation, user, false)
  end
  times = tonumber(times)
  task.start()
  for _ = 1, times do
    last = panel:request(operation, user, false)
  end
  mark.stop()
  mark.print(1, 1)
  io.write(last.body)
end

function tasks.call(operation, url, times, warm_times, ca_file)
  local panel = session(url, { ca_file = ca_file })
  local method = operation == "AddUser" and panel.add_user or panel.user_exists
  local arguments = ARGUMENTS[operation]
  local function run(count)
    local good, sum = 0, 0
    for _ = 1, count do
      local _, value = digest(assert(method(panel, unpack(arguments))))
      good, sum = good + 1, sum + value
    end
    return good, sum
  end
  run(tonumber(warm_times))
  task.start()
  local good, sum = run(tonumber(times))
  mark.stop()
  mark.print(good, sum)
end

function tasks.parallel(_, url, times, at_once)
  local limit, left = tonumber(at_once), tonumber(times)
  local panel = session(url, { max_connections = limit })
  require "dnp.curl" -- what a program does once is not measured
  local good, sum = 0, 0
  task.start()
  dnp.parallel(function()
    left = left - 1
    return left >= 0 and "jdoe" or nil
  end, function(name)
    return panel:user_exists(name)
  end, { limit = limit, on_result = function(_, _, value)
    good, sum = good + 1, sum + (value and 1 or 0)
  end })
  mark.stop()
  mark.print(good, sum)
end

-- A list over HTTP: record by record, or as a whole.
local function receive(url, warm_times, run)
  local panel = session(url, { timeout = 600 })
  for _ = 1, tonumber(warm_times) do
    assert(panel:user_exists "jdoe" ~= nil)
  end
  task.start()
  local count, sum = run(panel)
  mark.stop()
  mark.print(count, sum)
end

function tasks.each(operation, url, _, warm_times)
  receive(url, warm_times, function(panel)
    local count, sum = 0, 0
    for user in panel:each(operation, 1, true) do
      count, sum = count + 1, sum + user.UserId
    end
    return count, sum
  end)
end

function tasks.list(_, url, _, warm_times)
  receive(url, warm_times, function(panel)
    return digest(assert(panel:get_users(1, true)))
  end)
end

local run = assert(tasks[arg[1]], "usage: client.lua decode|encode|call|parallel|each|list OPERATION ...")
run(unpack(arg, 2))
os.exit(0)
