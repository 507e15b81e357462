--- A first script: one customer account with a hosting space, straight through the API.
local dnp = require "dnp"

local HELP = [=[
usage: ./dev lua examples/first_account.lua [URL [DIALECT]]

Makes a user below the account that calls, and a hosting space on the first of its plans that fits. The panel is named
by DNP_URL, DNP_DIALECT, DNP_USERNAME and DNP_PASSWORD; without them it is the reseller of a sandbox on port 9002.
]=]

if (arg[1] or ""):find "^%-" then
  local asked = arg[1] == "--help"
  local stream = asked and io.stdout or io.stderr
  stream:write(HELP)
  os.exit(asked and 0 or 2)
end

local username = os.getenv "DNP_USERNAME" or "reseller"
local panel = assert(dnp.session {
  url = arg[1] or os.getenv "DNP_URL" or "http://127.0.0.1:9002",
  username = username,
  password = os.getenv "DNP_PASSWORD" or "Res3ller!",
  dialect = arg[2] or os.getenv "DNP_DIALECT",
})

local me = assert(panel:get_user_by_username(username))
local user_id = assert(panel:add_user({
  OwnerId = me.UserId,
  RoleId = dnp.UserRole.User,
  StatusId = dnp.UserStatus.Active,
  IsDemo = false,
  IsPeer = false,
  Username = "first.customer",
  Password = "s3cret",
  FirstName = "First",
  LastName = "Customer",
  Email = "first.customer@example.com",
}, false))
print("user " .. user_id)

-- The plans are sorted by name. One for which too little is left is refused, and the error says of what.
for _, plan in ipairs(assert(panel:get_user_available_hosting_plans(user_id))) do
  local space_id, err = panel:add_package(user_id, plan.PlanId, "First space", "", "Active", os.time())
  if space_id then
    print(("space %d on plan '%s'"):format(space_id, plan.PlanName))
    os.exit(0)
  end
  print(err)
  for _, quota in ipairs(err.exceeding_quotas or {}) do
    print("  over quota: " .. quota.QuotaName)
  end
end
error("no plan fits", 0)
