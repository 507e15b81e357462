--- Testing your own code with the sandbox: a busted spec of a sign-up form.
--
-- It starts a panel once, puts the tests' own accounts and plans into it, brings it back to that state before every
-- test, looks at and counts the calls that it got, and makes it fail where a real one would on a bad day.
-- usage: ./dev test lua5.4 examples/signup_spec.lua; where lua-dnp is installed: busted --lua=lua5.4 signup_spec.lua
-- luacheck: std max+busted

local dnp = require "dnp"
local provisioning = require "dnp.provisioning"
local sandbox = require "dnp.sandbox"

---- the code under test; yours would be in a module of its own ----

local OWNER, PLAN = 50, "Starter"

--- Makes an account with one hosting space; the second result is a sentence for the customer.
local function sign_up(panel, customer, policy)
  local report, err = provisioning.create_account(panel, {
    user = {
      OwnerId = OWNER,
      Username = customer.name,
      Password = customer.password,
      FirstName = customer.first_name,
      LastName = customer.last_name,
      Email = customer.email,
    },
    spaces = { { name = customer.name .. "'s web", plan = PLAN } },
  }, { policy = policy })
  if report then
    return report.user_id, "Welcome, " .. customer.first_name .. "!"
  elseif err.name == "ERROR_USER_ALREADY_EXISTS" then
    return nil, "The name '" .. customer.name .. "' is taken. Please choose another."
  elseif err.exceeding_quotas then
    return nil, "We are sold out of " .. PLAN .. "."
  end
  return nil, "We could not make your account just now. Please try again later."
end

---- the panel of the tests ----

local SEED = {
  users = {
    { UserId = OWNER, Username = "shop", Password = "shop", RoleId = dnp.UserRole.Reseller },
    { UserId = 51, OwnerId = OWNER, Username = "anna", Email = "anna@example.com" },
  },
  plans = {
    { PlanId = 7, UserId = OWNER, PackageId = 20, PlanName = PLAN, quotas = { ["Web.Sites"] = 2 } },
  },
  packages = {
    { PackageId = 20, UserId = OWNER, PackageName = "Shop", quotas = { ["Web.Sites"] = 5 } },
    { PackageId = 21, UserId = 51, ParentPackageId = 20, PlanId = 7, PackageName = "anna's web" },
  },
}

local function customer(name, first_name, last_name)
  return {
    name = name, password = "s3cret", first_name = first_name, last_name = last_name, email = name .. "@example.com",
  }
end

local ANNA, MARY, PAUL = customer("anna", "Anna", "Arden"), customer("mary", "Mary", "Major"),
  customer("paul", "Paul", "Poe")

describe("signing up", function()
  local server, untouched, panel

  setup(function()
    server = assert(sandbox.start { seed = SEED })
    untouched = server:freeze()
    panel = assert(dnp.session { url = server.url, username = "shop", password = "shop" })
  end)

  teardown(function()
    panel:close()
    server:stop()
  end)

  before_each(function()
    server:behave() -- forgets what went wrong on purpose
    server:restore(untouched)
    server:clear_calls()
  end)

  -- What the panel holds, without asking through the code under test.
  local function rows(name)
    return #assert(server:query("SELECT * FROM Users WHERE Username = ?", name)),
      #assert(server:query("SELECT * FROM Packages WHERE PackageName = ?", name .. "'s web"))
  end

  -- Patience that costs a test no time.
  local function policy()
    return { sleep = function() end, attempts = 3 }
  end

  it("makes an account with a space", function()
    local id, text = sign_up(panel, MARY)
    assert.are.equal("Welcome, Mary!", text)
    assert.are.equal("mary@example.com", assert(panel:get_user_by_id(id)).Email)
    assert.are.same({ 1, 1 }, { rows "mary" })
  end)

  it("starts from the same panel in every test", function()
    assert.are.same({ 0, 0 }, { rows "mary" })
    assert.are.equal(0, server:call_count())
  end)

  it("asks for what is needed, as the shop, and shows no password", function()
    assert.is_truthy(sign_up(panel, MARY))
    local call = server:calls("AddUser")[1]
    assert.are.equal("shop", call.caller)
    assert.are.equal(200, call.http_status)
    assert.are.equal("Major", call.parameters.user.LastName)
    assert.are.equal("[redacted]", call.parameters.user.Password)
    assert.are.equal(1, server:call_count "AddPackage")
  end)

  it("reports that a name is taken, and changes nothing", function()
    local id, text = sign_up(panel, ANNA)
    assert.is_nil(id)
    assert.are.equal("The name 'anna' is taken. Please choose another.", text)
    assert.are.equal(0, server:call_count "AddUser")
  end)

  it("reports that the plan is sold out, and leaves no account without a space", function()
    assert.is_truthy(sign_up(panel, MARY))
    local id, text = sign_up(panel, PAUL)
    assert.is_nil(id)
    assert.are.equal("We are sold out of Starter.", text)
    assert.are.same({ 0, 0 }, { rows "paul" })
  end)

  it("makes one account when the response gets lost", function()
    server:misbehave { action = "drop", operation = "AddUser", when = "after" }
    assert.is_truthy(sign_up(panel, MARY, policy()))
    assert.are.equal(1, server:call_count "AddUser")
    assert.are.same({ 1, 1 }, { rows "mary" })
  end)

  it("is patient with a panel that is busy", function()
    local rule = server:misbehave { action = "html", status = 503, operation = "UserExists", times = 2 }
    assert.is_truthy(sign_up(panel, MARY, policy()))
    assert.are.equal(2, server:misbehaved(rule))
    assert.are.equal(3, server:call_count "UserExists")
  end)

  it("rolls everything back when it cannot be finished", function()
    server:misbehave { action = "refuse", code = -300, operation = "AddPackage" }
    local id, text = sign_up(panel, MARY, policy())
    assert.is_nil(id)
    assert.are.equal("We could not make your account just now. Please try again later.", text)
    assert.are.same({ 0, 0 }, { rows "mary" })
  end)

  -- Wherever the line is cut: afterwards there is a whole account or none, and the customer knows which.
  for _, moment in ipairs { "before", "after" } do
    for nth = 1, 8 do
      it(("is all or nothing when call %d fails %s the change"):format(nth, moment), function()
        server:misbehave { action = "drop", nth = nth, when = moment }
        local id = sign_up(panel, MARY, policy())
        assert.are.same(id and { 1, 1 } or { 0, 0 }, { rows "mary" })
      end)
    end
  end
end)
