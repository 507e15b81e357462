--- LuaSOAP. See ../client.lua for the tasks and what is printed. It brings a tree of what an answer holds; the tables
-- that callers want are made of it here, with types by the names of the fields.
local mark = require "bench_mark"
local soap = require "soap"
local task = require "task"

local NAMESPACE = "http://officepark/dotnetpanel/enterpriseserver"

local function field(name, value)
  return { tag = name, tostring(value) }
end

local USER = {
  tag = "user",
  field("RoleId", 3), field("Role", "User"), field("StatusId", 1), field("Status", "Active"), field("UserId", 0),
  field("OwnerId", 2), field("IsPeer", false), field("Created", "0001-01-01T00:00:00"),
  field("Changed", "0001-01-01T00:00:00"), field("IsDemo", false), field("LastName", "Doe"), field("Username", "jdoe"),
  field("Password", "s3cret"), field("FirstName", "John"), field("Email", "jdoe@example.com"), field("Country", "DE"),
  field("City", "Berlin"), field("HtmlMail", true), field("CompanyName", "Doe & Sons"),
  field("EcommerceEnabled", false),
}
local ENTRIES = {
  AddUser = { USER, field("sendLetter", false) },
  UserExists = { field("username", "jdoe") },
  GetUsers = { field("ownerId", 1), field("recursive", true) },
}

local INTEGERS = {
  RoleId = true, StatusId = true, UserId = true, OwnerId = true, RoleID = true, StatusID = true, UserID = true,
  OwnerID = true, PackagesNumber = true,
}
local BOOLEANS = { IsPeer = true, IsDemo = true, HtmlMail = true, EcommerceEnabled = true }

-- Other prefixes are not distinguished.
local function local_name(tag)
  return tag:match "([^:]*)$"
end

local function record(element)
  local made = {}
  for _, child in ipairs(element) do
    if type(child) == "table" then
      local name = local_name(child.tag)
      local text = table.concat(child)
      if INTEGERS[name] then
        made[name] = tonumber(text)
      elseif BOOLEANS[name] then
        made[name] = text == "true"
      else
        made[name] = text
      end
    end
  end
  return made
end

local function records(element, tag)
  local made = {}
  for _, child in ipairs(element) do
    if type(child) == "table" and local_name(child.tag) == tag then
      made[#made + 1] = record(child)
    end
  end
  return made
end

-- The child that is an element of a name, or the first.
local function child_of(element, name)
  for _, child in ipairs(element) do
    if type(child) == "table" and (not name or local_name(child.tag) == name) then
      return child
    end
  end
end

local RESULTS = {
  GetUsers = function(result)
    return records(result, "UserInfo")
  end,
  GetUsersPaged = function(result)
    return records(child_of(child_of(result, "diffgram"), "NewDataSet"), "Table1")
  end,
  GetUserById = record,
  UserExists = function(result)
    return result[1] == "true"
  end,
  AddUser = function(result)
    return tonumber(result[1])
  end,
}

local function take(operation, entries)
  return RESULTS[operation](child_of(entries))
end

local function decode(operation, body)
  local _, _, entries = soap.decode(body)
  return take(operation, entries)
end

local function digest(result)
  if type(result) ~= "table" then
    return 1, result == true and 1 or tonumber(result)
  end
  return task.sum_of_ids(result.UserId and { result } or result)
end

local tasks = {}

function tasks.decode(operation, path, times, warm_path, warm_times)
  local body, warm = task.read_file(path), task.read_file(warm_path)
  for _ = 1, tonumber(warm_times) do
    decode(operation, warm)
  end
  local result
  task.start()
  for _ = 1, tonumber(times) do
    result = decode(operation, body)
  end
  mark.stop()
  mark.print(digest(result))
end

function tasks.encode(operation, times, warm_times)
  local last
  local function run(count)
    for _ = 1, count do
      last = soap.encode { namespace = NAMESPACE, method = operation, entries = ENTRIES[operation] }
    end
  end
  run(tonumber(warm_times))
  task.start()
  run(tonumber(times))
  mark.stop()
  mark.print(1, 1)
  io.write(last)
end

-- Each call has a connection of its own: LuaSocket keeps none.
function tasks.call(operation, url, times, warm_times)
  local client = require "soap.client"
  client.https = url:find "^https" and require "ssl.https"
  local authorization = "Basic " .. require("mime").b64 "bench:bench"
  local function run(name, count)
    local found, sum = 0, 0
    for _ = 1, count do
      local _, _, entries = client.call {
        url = url, soapaction = NAMESPACE .. "/" .. name, namespace = NAMESPACE, method = name,
        entries = ENTRIES[name], headers = { Authorization = authorization },
      }
      local more, value = digest(take(name, entries))
      found, sum = found + more, sum + value
    end
    return found, sum
  end
  run(arg[1] == "list" and "UserExists" or operation, tonumber(warm_times))
  task.start()
  local found, sum = run(operation, tonumber(times))
  mark.stop()
  mark.print(found, sum)
end

tasks.list = tasks.call

assert(tasks[arg[1]], "which task?")((table.unpack or unpack)(arg, 2)) -- luacheck: ignore 143
os.exit(0)
