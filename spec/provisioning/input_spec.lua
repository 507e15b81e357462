-- What workflows do not accept: refused with path and reason before anything is sent.
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local mary = specs.mary

local host, panel
local function use(...)
  host, panel = ...
end

describe("bad input", function()
  fixture.provide("dotnetpanel", use)

  local jdoe = { Username = "jdoe" }
  local function spaces(space)
    return { user = jdoe, spaces = { { name = "a" }, space } }
  end
  local function addon(fields)
    return spaces { name = "b", addons = { fields } }
  end

  local CASES = {
    { nil, "spec: expected table, got nil" },
    { "jdoe", "spec: expected table, got string" },
    { {}, "spec.user: is missing" },
    { { user = jdoe, space = {} }, "spec.space: is unknown; did you mean 'spaces'?" },
    { { user = jdoe, [1] = {} }, "spec: expected field names as keys, got a number" },
    { { user = {} }, "spec.user.Username: is missing" },
    { { user = { Username = "" } }, "spec.user.Username: must not be empty" },
    { { user = { Username = "a|b" } }, "spec.user.Username: must not hold |" },
    { { user = { Username = 7 } }, "spec.user.Username: expected string, got number" },
    { { user = { Usrname = "x" } }, "spec.user.Usrname: is unknown; did you mean 'Username'?" },
    { { user = { Username = "jdoe", MfaMode = 1 } }, "spec.user.MfaMode: is unknown" },
    { { user = { Username = "jdoe", City = false } }, "spec.user.City: expected string, got boolean" },
    { { user = { Username = "jdoe", City = "a\0b" } },
      "spec.user.City: holds a control character, which XML cannot carry (byte 2)" },
    { { user = { Username = "jdoe", City = "\255" } }, "spec.user.City: is not UTF-8 (byte 1)" },
    { { user = { Username = ("n"):rep(51) } }, "spec.user.Username: must be at most 50 characters, got 51" },
    { { user = { Username = "jdoe", City = ("\240\159\148\180"):rep(25) .. "x" } },
      "spec.user.City: must be at most 50 characters, got 51" },
    { { user = { Username = "jdoe", Password = ("p"):rep(72) } },
      "spec.user.Password: must be at most 71 characters, got 72" },
    { { user = { Username = "jdoe", Fax = "+49 – €5 ü\209\141" } },
      "spec.user.Fax: holds U+044D, which the panel keeps as a question mark (byte 16)" },
    { { user = { Username = "jdoe", City = "K\195" } }, "spec.user.City: is not UTF-8 (byte 2)" },
    { { user = { Username = "jdoe", City = "a\237\160\128" } }, "spec.user.City: is not UTF-8 (byte 2)" },
    { { user = { Username = "jdoe", City = "\239\191\190" } },
      "spec.user.City: holds U+FFFE or U+FFFF, which XML cannot carry (byte 1)" },
    { { user = { Username = "jdoe", HtmlMail = 1 } }, "spec.user.HtmlMail: expected boolean, got number" },
    { { user = { Username = "jdoe", OwnerId = "" } }, "spec.user.OwnerId: must not be empty" },
    { { user = { Username = "jdoe", Owner = false } },
      "spec.user.Owner: expected id or user name of an owner, got boolean" },
    { { user = { Username = "jdoe", Owner = "x", OwnerId = 2 } },
      "spec.user: Owner and OwnerId are the same; one is enough" },
    { { user = { Username = "jdoe", OwnerId = 0 } }, "spec.user.OwnerId: must be at least 1, got 0" },
    { { user = { Username = "jdoe", OwnerId = 1.5 } }, "spec.user.OwnerId: expected integer, got 1.5" },
    { { user = { Username = "jdoe", OwnerId = 2 ^ 31 } },
      "spec.user.OwnerId: must be at most 2147483647, got 2147483648" },
    { { user = { Username = "jdoe", Password = "" } }, "spec.user.Password: must not be empty" },
    { { user = { Username = "jdoe", Status = "Active" } }, "spec.user.Status: use spec.status" },
    { { user = { Username = "jdoe", StatusId = 1 } }, "spec.user.StatusId: use spec.status" },
    { { user = { Username = "jdoe", Changed = "2024-01-01" } }, "spec.user.Changed: is set by the panel" },
    { { user = { Username = "jdoe", Role = "Usr" } },
      "spec.user.Role: expected one of 'Administrator', 'Reseller', 'User', got 'Usr'; did you mean 'User'?" },
    { { user = { Username = "jdoe", Role = "PlatformHelpdesk" } },
      "spec.user.Role: expected one of 'Administrator', 'Reseller', 'User', got 'PlatformHelpdesk'" },
    { { user = { Username = "jdoe", RoleId = 7 } },
      "spec.user.RoleId: expected one of 1 (Administrator), 2 (Reseller), 3 (User), got 7" },
    { { user = { Username = "jdoe", Role = "User", RoleId = 2 } },
      "spec.user: Role and RoleId contradict each other; one is enough" },
    { { user = jdoe, status = "Asleep" },
      "spec.status: expected one of 'Active', 'Suspended', 'Cancelled', 'Pending', got 'Asleep'" },
    { { user = jdoe, status = 5 },
      "spec.status: expected one of 1 (Active), 2 (Suspended), 3 (Cancelled), 4 (Pending), got 5" },
    { { user = jdoe, status = true }, "spec.status: expected number or name of a UserStatus, got boolean" },
    { { user = jdoe, spaces = "www" }, "spec.spaces: expected list, got string" },
    { { user = jdoe, spaces = { name = "www" } }, "spec.spaces: expected list, got a table with other keys" },
    { { user = jdoe, spaces = { [2] = { name = "www" } } }, "spec.spaces: expected list, got a table with holes" },
    { { user = jdoe, spaces_complete = true }, "spec.spaces_complete: is true, but spec.spaces is missing" },
    { spaces { }, "spec.spaces[2].name: is missing" },
    { spaces { name = "" }, "spec.spaces[2].name: must not be empty" },
    { spaces { name = "A" }, "spec.spaces[2].name: is that of spec.spaces[1] too" },
    { { user = jdoe, spaces = { { id = 3 }, { id = 3 } } }, "spec.spaces[2].id: is that of spec.spaces[1] too" },
    { spaces { id = 0 }, "spec.spaces[2].id: must be at least 1, got 0" },
    { spaces { name = "b", plan = {} }, "spec.spaces[2].plan: expected id or name of a plan, got table" },
    { spaces { name = "b", plan = 0 }, "spec.spaces[2].plan: must be at least 1, got 0" },
    { spaces { name = "b", status = "Pending" },
      "spec.spaces[2].status: expected one of 'Active', 'Suspended', 'Cancelled', 'New', got 'Pending'" },
    { spaces { name = "b", comment = "x" }, "spec.spaces[2].comment: is unknown; did you mean 'comments'?" },
    { spaces { name = "b", purchase_date = "01/02/2024" },
      "spec.spaces[2].purchase_date: '01/02/2024' is not a date such as '2010-07-16T12:53:06'" },
    { spaces { name = "b", purchase_date = "2024-01-31T12:00:00+02:00" },
      "spec.spaces[2].purchase_date: must not have an offset, by which the panel would convert it to its own time" },
    { spaces { name = "b", purchase_date = "1752-12-31" }, "spec.spaces[2].purchase_date: must not be before 1753" },
    { spaces { name = "b", purchase_date = 1.5 },
      "spec.spaces[2].purchase_date: expected time in whole seconds, got 1.5" },
    { spaces { name = "b", purchase_date = {} },
      "spec.spaces[2].purchase_date: expected date as string or os.time() number, "
      .. "got table" },
    { addon { quantity = 1 }, "spec.spaces[2].addons[1].plan: is missing" },
    { addon { plan = 4, quantity = 0 }, "spec.spaces[2].addons[1].quantity: must be at least 1, got 0" },
    { addon { plan = 4, quantity = "2" }, "spec.spaces[2].addons[1].quantity: expected integer, got a number in "
      .. "a string" },
    { addon { plan = 4, qty = 1 }, "spec.spaces[2].addons[1].qty: is unknown" },
  }

  -- Dates that look like dates.
  for _, date in ipairs {
    "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-00", "2024-01-31T24:00:00", "2024-01-31T12:60:00",
    "2024-01-31T12:00:60", "2024-01-31T12:00:00.", "2024-01-31T12:00:0012",
  } do
    CASES[#CASES + 1] = { spaces { name = "b", purchase_date = date },
      ("spec.spaces[2].purchase_date: '%s' is not a date such as '2010-07-16T12:53:06'"):format(date) }
  end

  -- What a function raises, which must be at the line that called it.
  local function message(call)
    host.server:clear_calls()
    local good, text = pcall(call)
    assert.is_false(good, "nothing was raised")
    assert.are.same({}, host:operations(), text)
    local bare, count = text:gsub("^.-spec/provisioning/input_spec%.lua:%d+: ", "")
    assert.are.equal(1, count, text)
    return bare
  end

  it("is refused with path and reason before anything is sent", function()
    for index = 1, #CASES do
      local spec, expected = CASES[index][1], CASES[index][2]
      assert.are.equal("ensure_account: " .. expected, message(function()
        local report = provisioning.ensure_account(panel, spec)
        return report
      end))
    end
  end)

  it("is refused when it is a time of another era", function()
    for _, time in ipairs { 1e15, 1e18, -1e18 } do
      local text = message(function()
        local report = provisioning.ensure_account(panel, spaces { name = "b", purchase_date = time })
        return report
      end)
      assert.matches("^ensure_account: spec%.spaces%[2%]%.purchase_date: the time .- is outside the years 1 to 9999",
        text)
    end
  end)

  it("of create_account must be complete", function()
    local function create(spec)
      return message(function()
        local report = provisioning.create_account(panel, spec)
        return report
      end)
    end
    for _, field in ipairs { "Username", "Password", "OwnerId", "FirstName", "LastName", "Email" } do
      local spec = mary()
      spec.user[field] = nil
      assert.are.equal(("create_account: spec.user.%s: is missing"):format(field), create(spec))
    end
    assert.are.equal("create_account: spec.user.UserId: is chosen by the panel", create { user = { UserId = 7 } })
    assert.are.equal("create_account: spec.spaces[1].plan: is missing", create(mary { spaces = { { name = "a" } } }))
    assert.are.equal("create_account: spec.spaces[1].id: is chosen by the panel",
      create(mary { spaces = { { id = 1, plan = 2 } } }))
  end)

  it("of the other workflows is refused as well", function()
    local function raises(expected, name, ...)
      local arguments, count = { ... }, select("#", ...)
      local unpack = table.unpack or unpack
      assert.are.equal(expected, message(function()
        local report = provisioning[name](panel, unpack(arguments, 1, count))
        return report
      end))
    end
    raises("edit_user: changes.UserId: says which account, and cannot be changed", "edit_user", 3, { UserId = 4 })
    raises("edit_user: changes.Password: is changed by change_password, not here", "edit_user", 3, { Password = "x" })
    raises("edit_user: changes.StatusId: is changed by suspend and unsuspend, or by ensure_account's spec.status",
      "edit_user", 3, { Status = nil, StatusId = 2 })
    raises("edit_user: changes.city: is unknown; did you mean 'City'?", "edit_user", 3, { city = "x" })
    raises("edit_user: changes: expected table, got nil", "edit_user", 3)
    raises("edit_user: argument 2 (who): expected id or user name, got nil", "edit_user", nil, {})
    raises("change_password: argument 3 (password) must not be empty", "change_password", 3, "")
    raises("change_password: argument 3 (password) is missing", "change_password", 3)
    raises("change_plan: plan: expected id or name of a plan, got nil", "change_plan", 3)
    raises("change_plan: addons[1].quantity: must be at least 1, got -1", "change_plan", 3, 2,
      { addons = { { plan = 4, quantity = -1 } } })
    raises("set_addons: addons: expected list, got nil", "set_addons", 3)
    raises("suspend: option 'reason' is unknown", "suspend", 3, { reason = "unpaid" })
    raises("suspend: argument 2 (who) must be at least 1, got 0", "suspend", 0)
    -- The second is what JSON makes of ids, the others are not statuses.
    for _, remembered in ipairs {
      {}, { users = {}, spaces = { ["3"] = 2 } }, { users = { [3] = 5 }, spaces = {} },
      { users = {}, spaces = { [3] = "Suspended" } }, { users = "none", spaces = {} },
    } do
      raises("unsuspend: option 'remembered': expected 'remembered' of a report of suspend: { users = ..., "
        .. "spaces = ... }, each with statuses by id, all numbers", "unsuspend", 3, { remembered = remembered })
    end
    raises("terminate: option 'children': expected boolean, got string", "terminate", 3, { children = "yes" })
    raises("ensure_account: option 'on_failure': expected one of 'undo', 'keep', got 'kepp'; did you mean 'keep'?",
      "ensure_account", mary(), { on_failure = "kepp" })
    raises("ensure_account: option 'dryrun' is unknown; did you mean 'dry_run'?", "ensure_account", mary(),
      { dryrun = true })
    raises("find_user: argument 2 (who) must not be empty", "find_user", "")
  end)
end)
