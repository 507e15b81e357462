--- What has to work on every Lua: workflows over both kinds of engine, one after the other and many at once.
-- A program: lua spec/support/every_lua.lua. It prints a line for each way, and ends with an error when one fails.
local dnp = require "dnp"
local engine = require "spec.support.socket_engine"
local provisioning = require "dnp.provisioning"
local server = assert(require("dnp.sandbox").start {})

local COUNT = 6
local initial = server:freeze()

local function count(sql)
  return server:query("SELECT count(*) AS Number FROM " .. sql)[1].Number
end

local function check(value, expected, what)
  if value ~= expected then
    error(("%s: expected %s, got %s"):format(what, tostring(expected), tostring(value)), 2)
  end
end

local function spec_of(index)
  return {
    user = {
      Username = "mary" .. index, Password = "s3cret-pw", OwnerId = 2, FirstName = "Mary", LastName = "Moe",
      Email = "mary@example.com",
    },
    spaces = { { name = "www" .. index, plan = "Shared Small", addons = { { plan = 4, quantity = 2 } } } },
  }
end

local function options()
  return { policy = { base_delay = 0.001, max_delay = 0.01 } }
end

-- One account through its life.
local function live(panel, index)
  local name = "mary" .. index
  check(#assert(provisioning.ensure_account(panel, spec_of(index), options())).steps, 3, "steps")
  check(#assert(provisioning.ensure_account(panel, spec_of(index), options())).steps, 0, "steps of a second run")
  assert(provisioning.suspend(panel, name, options()))
  check(assert(provisioning.find_user(panel, name, options())).StatusId, dnp.UserStatus.Suspended, "status")
  assert(provisioning.unsuspend(panel, name, options()))
  check(#assert(provisioning.all_packages(panel, { user = name })), 1, "spaces")
  for what, next_user in pairs {
    ["the list"] = provisioning.users(panel, { owner = 2, page_size = 3 }), each = panel:each("GetUsers", 2, false),
  } do
    local names = {}
    local user = next_user() -- a `for` loop could not wait on Lua 5.1
    while user do
      names[user.Username] = true
      user = next_user()
    end
    check(names[name], true, what .. " has " .. name)
  end
  assert(provisioning.terminate(panel, name, options()))
  return name
end

-- What does not go well: found out by reading, by the panel's refusal, and by what raises.
local function fail(panel, index)
  local spec = spec_of("x" .. index)
  spec.spaces[1].plan = "Shared Smal"
  local _, err = provisioning.ensure_account(panel, spec, options())
  check(err.kind, "absent", "kind without a plan")
  spec = spec_of("y" .. index)
  spec.spaces[1].addons[1].quantity = 9999
  _, err = provisioning.ensure_account(panel, spec, options())
  check(err.kind .. " " .. err.outcome, "refused not_done", "kind and outcome of too many")
  _, err = provisioning.edit_user(panel, "jdoe", { Zip = "12345" }, options())
  check(err.kind .. " " .. err.outcome, "conflict not_done", "kind and outcome of what cannot be written")
  return err.kind
end

local function start(before)
  server:restore(initial)
  server:behave()
  server:query "UPDATE Users SET City = 'a' || char(1) WHERE UserID = 3"
  if before then
    before()
  end
end

local function lose_some()
  for _, when in ipairs { "before", "after" } do
    server:misbehave { action = "drop", when = when, nth = 5, times = 2 }
    server:misbehave { action = "fault", when = when, nth = 20, times = 2 }
  end
end

local function all(panel, run, many, own)
  local items = {}
  for index = 1, COUNT do
    items[index] = index
  end
  if not many then
    for _, index in ipairs(items) do
      run(panel, index)
    end
    return
  end
  local results, failures = dnp.parallel(items, function(index)
    return run(panel, index)
  end, { limit = 3, engine = own })
  local _, failed = next(failures)
  check(failed and tostring(failed), nil, "a failure")
  check(#results, COUNT, "results")
end

local function try(name, own, many)
  local panel = assert(dnp.session {
    url = server.url, username = "serveradmin", password = "serveradmin", engine = own,
  })
  for _, run in ipairs { live, fail } do
    for _, before in ipairs { false, run == live and lose_some or nil } do
      start(before)
      all(panel, run, many, own)
      check(count "Users WHERE Username LIKE 'mary%'", 0, "accounts left by " .. name)
      check(count "Packages WHERE PackageName LIKE 'www%'", 0, "spaces left by " .. name)
    end
  end
  panel:close()
  print(name)
end

try("libcurl, one after the other", nil, false)
try("libcurl, many at once", nil, true)
engine.run(function()
  try("an engine of one's own, one after the other", engine, false)
  try("an engine of one's own, many at once", engine, true)
end)
assert(engine.exchanges > 100)
server:stop()
