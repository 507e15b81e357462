--- A first script: one customer account with a hosting space, straight through the API.
-- usage: ./dev lua examples/first_account.lua [URL [DIALECT]]
local dnp = require "dnp"

if (arg[1] or ""):find "^%-" then
  local asked = arg[1] == "--help"
  local stream = asked and io.stdout or io.stderr
  stream:write "usage: ./dev lua examples/first_account.lua [URL [DIALECT]]\n"
  os.exit(asked and 0 or 2)
end

local panel = assert(dnp.session {
  url = arg[1] or "http://127.0.0.1:9002",
  username = "serveradmin",
  password = "serveradmin",
  dialect = arg[2] or "dotnetpanel",
})

local reseller = assert(panel:get_user_by_username("reseller"))
local user_id = assert(panel:add_user({
  OwnerId = reseller.UserId,
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

-- The plans come sorted by name. One that the reseller has not enough left for is refused, and says of what.
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
