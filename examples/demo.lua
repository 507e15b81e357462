--- Provisions a customer on the sandbox server and shows each step: ./dev demo [DIALECT]
-- It also shows what a user meets when things go wrong: a taken name, an exceeded quota, a lost response.
local dnp = require "dnp"
local provisioning = require "dnp.provisioning"
local sandboxes = require "dnp.sandbox"

local function is_terminal()
  local ok = os.execute("test -t 1")
  return ok == true or ok == 0
end

local colour = is_terminal() and (os.getenv("NO_COLOR") or "") == ""

local function paint(code, text)
  return colour and ("\27[%sm%s\27[0m"):format(code, text) or text
end

local function step(text, ...)
  print("\n" .. paint("1", text:format(...)))
end

local function show(text)
  print("  " .. tostring(text):gsub("\n", "\n  "))
end

-- A failure that belongs to the demonstration: shows what the caller gets.
local function show_failure(result, err)
  assert(result == nil, "this should have failed")
  show(paint("31", tostring(err)))
  for _, quota in ipairs(err.exceeding_quotas or {}) do
    show(("  %s is exceeded, value %d"):format(quota.QuotaName, quota.QuotaValue))
  end
  if err.steps then
    for _, one in ipairs(err.steps) do
      show(("  %-8s %s"):format(one.state, one.text))
    end
  end
end

local package_status = {}
for name, number in pairs(dnp.PackageStatus) do
  package_status[number] = name
end

local function show_account(panel, name)
  local user = assert(panel:get_user_by_username(name))
  show(("user %d %s (%s %s) is %s"):format(user.UserId, user.Username, user.FirstName, user.LastName, user.Status))
  for _, space in ipairs(assert(panel:get_my_packages(user.UserId))) do
    local plan = assert(panel:get_hosting_plan(space.PlanId))
    show(("  space %d '%s' on plan '%s' is %s"):format(space.PackageId, space.PackageName, plan.PlanName,
      package_status[space.StatusId]))
    for addon in provisioning.addons(panel, { package = space.PackageId }) do
      show(("    add-on '%s' x %d"):format(addon.PlanName, addon.Quantity))
    end
  end
end

local dialect = arg and arg[1] or "dotnetpanel"
local dialects = table.concat(dnp.dialects, ", ")
if dialect == "--help" then
  print("usage: ./dev demo [DIALECT]: " .. dialects)
  os.exit(0)
elseif not pcall(dnp.contract, dialect) then
  io.stderr:write(("demo: expected one of %s, got '%s'\n"):format(dialects, dialect))
  os.exit(2)
end
local sandbox = assert(sandboxes.start { dialect = dialect })

step("1. A %s Enterprise Server is running at %s", dialect, sandbox.url)
local panel = assert(dnp.session {
  url = sandbox.url, username = "serveradmin", password = "serveradmin", dialect = dialect,
})
local report = assert(provisioning.test_connection(panel))
show(("%s answers as %s in %.1f ms"):format(tostring(panel), report.user.Role, report.round_trip * 1000))

local reseller = assert(panel:get_user_by_username("reseller"))
local customer = {
  user = {
    Username = "jane.doe", Password = "s3cret", OwnerId = reseller.UserId, Role = "User",
    FirstName = "Jane", LastName = "Doe", Email = "jane.doe@example.com", CompanyName = "Doe & Daughters",
  },
  spaces = {
    { name = "jane's space", plan = "Shared Small", addons = { { plan = "Extra Mailboxes", quantity = 2 } } },
  },
}

step("2. What it takes to create a customer of %s (a dry run: nothing is sent that changes anything)",
  reseller.Username)
show(assert(provisioning.ensure_account(panel, customer, { dry_run = true })))

step("3. Creating it")
show(assert(provisioning.create_account(panel, customer)))

step("4. What the panel holds now")
show_account(panel, "jane.doe")

step("5. The same wish once more changes nothing")
show(assert(provisioning.ensure_account(panel, customer)))

step("6. Suspending the account, with all its spaces")
show(assert(provisioning.suspend(panel, "jane.doe")))
show_account(panel, "jane.doe")

step("7. And resuming it")
show(assert(provisioning.unsuspend(panel, "jane.doe")))
show_account(panel, "jane.doe")

step("8. A typical failure: the name is taken")
show_failure(panel:add_user({
  OwnerId = reseller.UserId, RoleId = "User", StatusId = "Active", IsDemo = false, IsPeer = false,
  Username = "jane.doe", Password = "other", FirstName = "Jane", LastName = "Doe", Email = "jane@example.com",
}, false))

step("9. Another: a plan that is larger than what the reseller has left")
show_failure(provisioning.change_plan(panel, "jane.doe", "Shared Huge"))

step("10. A bad day: the connection breaks after the panel has made an account, so the response is lost")
local calls = sandbox:call_count("AddUser")
sandbox:misbehave { operation = "AddUser", action = "drop", when = "after" }
show(assert(provisioning.create_account(panel, {
  user = {
    Username = "john.doe", Password = "s3cret", OwnerId = reseller.UserId, Role = "User",
    FirstName = "John", LastName = "Doe", Email = "john.doe@example.com",
  },
})))
show(("settled by asking, not by trying again: AddUser was called %d time"):format(
  sandbox:call_count("AddUser") - calls))

step("11. Removing both accounts, and waiting until they are gone")
for _, name in ipairs { "jane.doe", "john.doe" } do
  show(assert(provisioning.terminate(panel, name)))
  assert(not panel:user_exists(name))
end

step("Done: %d calls in all", sandbox:call_count())
print [[

To go on, in one terminal and in another:

  ./dev dnp sandbox
  ./dev dnp user list]]
panel:close()
sandbox:stop()
