-- Accounts brought to what a spec says: what is done, in which order, and what is left alone.
local dnp = require "dnp"
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local mary, options = specs.mary, specs.options

local host, panel
local function use(...)
  host, panel = ...
end

local function ensure(spec, more)
  return provisioning.ensure_account(panel, spec, options(more))
end

local function states(steps)
  local list = {}
  for index, step in ipairs(steps) do
    list[index] = step.state
  end
  return list
end

local function row(sql, ...)
  return assert(host.server:query(sql, ...))[1]
end

-- Twice: the second time nothing must be left to do.
local function settles(spec)
  local plan, err = ensure(spec)
  assert.is_truthy(plan, tostring(err))
  host.server:clear_calls()
  local again
  again, err = ensure(spec)
  assert.is_truthy(again, tostring(err))
  assert.are.equal("ensure_account '" .. again.username .. "': nothing to do", tostring(again))
  assert.is_false(again.changed)
  assert.are.same({}, host:changes())
  return plan
end

for _, dialect in ipairs(dnp.dialects) do
  describe("ensure_account on " .. dialect, function()
    fixture.provide(dialect, use)

    it("makes a whole account, and nothing more when it is there", function()
      local plan = settles(mary {
        spaces = {
          {
            name = "www", plan = "shared small", comments = "first", purchase_date = "2024-01-02T03:04:05.678",
            addons = {
              { plan = "Extra Mailboxes", quantity = 2, comments = "two" }, { plan = 21, status = "Suspended" },
            },
          },
          { name = "shop", plan = 20, status = "Suspended" },
        },
      })
      assert.are.same({ "done", "done", "done", "done", "done" }, states(plan.steps))
      assert.is_true(plan.changed)
      local user = row("SELECT UserID, OwnerID, RoleID, StatusID, Password FROM Users WHERE Username = 'mary'")
      assert.are.same({ UserID = plan.user_id, OwnerID = 2, RoleID = 3, StatusID = 1, Password = "s3cret-pw" }, user)
      local www = row("SELECT * FROM Packages WHERE PackageName = 'www'")
      assert.are.same({ plan.spaces[1].id, 2, 1, "first" },
        { www.PackageID, www.PlanID, www.StatusID, www.PackageComments })
      assert.are.equal(2, row("SELECT StatusID FROM Packages WHERE PackageID = ?", plan.spaces[2].id).StatusID)
      assert.are.same({ PlanID = 4, Quantity = 2, StatusID = 1, Comments = "two" },
        row("SELECT PlanID, Quantity, StatusID, Comments FROM PackageAddons WHERE PackageID = ? AND PlanID = 4",
          www.PackageID))
      assert.are.same({ PlanID = 21, Quantity = 1, StatusID = 2 },
        row("SELECT PlanID, Quantity, StatusID FROM PackageAddons WHERE PackageID = ? AND PlanID = 21", www.PackageID))
    end)

    it("changes what differs and leaves the rest as it is", function()
      host.server:query(
        "UPDATE Users SET Address = 'Elm St 1', CompanyName = 'Doe & Sons' WHERE Username = 'jdoe'")
      if dialect == "solidcp" then
        host.server:query("UPDATE Users SET MfaMode = 1, AdditionalParams = 'x=1' WHERE Username = 'jdoe'")
      end
      local before = host:state()
      local plan = settles {
        user = { Username = "JDOE", City = "Bonn", HtmlMail = true },
        spaces = { { name = "john's <SPACE>", comments = "renewed" } },
      }
      assert.are.equal(2, #plan.steps)
      assert.are.equal("change user 'jdoe': City '' -> 'Bonn', HtmlMail false -> true", plan.steps[1].text)
      assert.are.equal("change space 'John's <space>': PackageComments nothing -> 'renewed'", plan.steps[2].text)
      local after = host:state()
      for _, user in ipairs(before[1]) do
        if user.Username == "jdoe" then
          user.City, user.HtmlMail = "Bonn", 1
        end
      end
      for _, space in ipairs(before[2]) do
        if space.Username == "jdoe" then
          space.PackageComments = "renewed"
        end
      end
      assert.are.same(before, after)
    end)

    it("adds before it changes, and changes before it removes", function()
      host.server:seed {
        packages = { { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "old" } },
      }
      host.server:clear_calls()
      local plan = assert(ensure {
        user = { Username = "jdoe", City = "Ulm" },
        spaces = { { id = 3, plan = 20, addons = { { plan = 21 } } }, { name = "new", plan = 2 } },
        spaces_complete = true,
      })
      assert.are.same({ "AddPackageAddon", "AddPackage", "UpdateUser", "UpdatePackage", "DeletePackageAddon",
        "DeletePackage" }, host:changes())
      assert.are.equal("new", plan.spaces[2].name)
    end)

    it("gives an account a status, with its spaces, but for those with their own", function()
      settles(mary { status = "Suspended", spaces = { { name = "a", plan = 2 }, { name = "b", plan = 2 } } })
      assert.are.equal(2, host:count "SELECT 1 FROM Packages WHERE PackageName IN ('a', 'b') AND StatusID = 2")
      settles { user = { Username = "mary" }, status = 1, spaces = { { name = "b", status = "Cancelled" } } }
      assert.are.equal(1, row("SELECT StatusID FROM Packages WHERE PackageName = 'a'").StatusID)
      assert.are.equal(3, row("SELECT StatusID FROM Packages WHERE PackageName = 'b'").StatusID)
      settles { user = { Username = "mary" }, status = "Suspended", spaces = { { name = "c", plan = 2, status = 1 } } }
      assert.are.equal(1, row("SELECT StatusID FROM Packages WHERE PackageName = 'c'").StatusID)
      -- What was cancelled before the suspension is so after it.
      settles { user = { Username = "mary" }, status = "Active" }
      assert.are.equal(3, row("SELECT StatusID FROM Packages WHERE PackageName = 'b'").StatusID)
    end)
  end)
end

describe("ensure_account", function()
  fixture.provide("solidcp", use)

  it("only tells what it would do in a dry run", function()
    local before = host:state()
    local plan = assert(ensure(mary {
      spaces = { { name = "www", plan = 2, addons = { { plan = 4, quantity = 3 } } } },
    }, { dry_run = true }))
    assert.are.equal([[
ensure_account 'mary': 3 steps, planned only
  1. add user 'mary' (owner 2, User, Active)
  2. add space 'www' to user 'mary' (plan 2 'Shared Small', Active)
  3. add add-on 4 'Extra Mailboxes' x 3 to space 'www' (Active)
     not checked: whether the quotas of plan 2 'Shared Small' fit into what is left of the space above
     not checked: whether the quotas of plan 4 'Extra Mailboxes' fit into what is left of the space above
     not checked: whether the servers behind the panel carry out what it asks of them]], tostring(plan))
    assert.is_true(plan.dry_run)
    assert.is_false(plan.changed)
    assert.are.same({ "not_done", "not_done", "not_done" }, states(plan.steps))
    assert.are.same({}, host:changes())
    assert.are.same(before, host:state())
  end)

  it("is shown without what a terminal would obey", function()
    host.server:query("UPDATE Users SET Username = 'j' || char(27) || '[31m' || char(10, 155) || 'dö' WHERE UserID = 3")
    assert.are.equal("ensure_account 'j?[31m??dö': nothing to do", tostring(assert(ensure { user = { UserId = 3 } })))
  end)

  it("shows ids and states of what it did", function()
    local plan = assert(ensure(mary()))
    assert.are.equal("ensure_account 'mary': 1 step\n  1. add user 'mary' (owner 2, User, Active) - done, id "
      .. plan.user_id, tostring(plan))
  end)

  it("settles whatever form a value has", function()
    settles {
      user = {
        Username = "jdoe", Comments = "", Address = "line 1\r\nline 2", Fax = "", RoleId = 3, LoginStatus = "Enabled",
      },
      spaces = {
        { name = "John's <space>", comments = "", purchase_date = os.time { year = 2024, month = 5, day = 6 } },
      },
    }
    for _, date in ipairs {
      "2024-02-29", "2024-02-29T23:59:59.9", "2024-02-29T12:00:00.123456", "2024-02-29T12:00:00Z",
    } do
      settles { user = { Username = "jdoe" }, spaces = { { name = "John's <space>", purchase_date = date } } }
    end
    settles {
      user = { Username = "unicode", City = "  two spaces  ", Address = "日本語 😀 & <tag> \"quoted\" 'apos'" },
    }
    settles { user = { Username = "jdoe", Vlans = {} } }
    settles {
      user = { Username = "jdoe" }, spaces = { { name = "two\r\nlines", plan = 2 }, { name = "old\rMac", plan = 2 } },
    }
  end)

  it("does not take a list of records without their numbers", function()
    local good, message = pcall(ensure, { user = { Username = "jdoe", Vlans = { { Comment = "x" } } } })
    assert.is_false(good)
    assert.matches("spec.user.Vlans[1].VLanID: is missing", message, 1, true)
  end)

  it("does not need the password again, and cannot change it", function()
    assert(ensure(mary()))
    local spec = mary()
    spec.user.Password = "another"
    host.server:clear_calls()
    assert.are.equal(0, #assert(ensure(spec)).steps)
    assert.are.equal("s3cret-pw", row("SELECT Password FROM Users WHERE Username = 'mary'").Password)
  end)

  it("keeps own quotas of a space whose plan it changes", function()
    host.server:seed {
      packages = {
        {
          PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "own",
          quotas = { ["Web.Sites"] = 2, ["Mail.Accounts"] = 7 },
        },
      },
    }
    settles { user = { Username = "jdoe" }, spaces = { { name = "own", plan = 20, purchase_date = "2024-01-01" } } }
    assert.are.equal(2, host:count("SELECT 1 FROM PackageQuotas WHERE PackageID = 30"))
    assert.are.equal(1, row("SELECT OverrideQuotas FROM Packages WHERE PackageID = 30").OverrideQuotas)
  end)

  it("takes several add-ons of one plan for what they are", function()
    local function addons(...)
      local list = {}
      for index, quantity in ipairs { ... } do
        list[index] = { plan = 4, quantity = quantity }
      end
      return { user = { Username = "jdoe" }, spaces = { { id = 3, addons = list } } }
    end
    local function quantities()
      local list = {}
      for index, addon in ipairs(host.server:query(
        "SELECT Quantity FROM PackageAddons WHERE PackageID = 3 ORDER BY Quantity")) do
        list[index] = addon.Quantity
      end
      return list
    end
    settles(addons(1, 2, 2))
    assert.are.same({ 1, 2, 2 }, quantities())
    settles(addons(2, 5))
    assert.are.same({ 2, 5 }, quantities())
    assert.are.equal(0, #assert(ensure {
      user = { Username = "jdoe" }, spaces = { { id = 3, addons = { { plan = 4 }, { plan = 4, quantity = 5 } } } },
    }).steps)
    host.server:clear_calls()
    assert.are.equal(0, #assert(ensure(addons(5, 2))).steps)
    settles(addons())
    assert.are.same({}, quantities())
  end)

  it("renames a space that it knows by its id", function()
    settles { user = { UserId = 3 }, spaces = { { id = 3, name = "renamed" } } }
    assert.are.equal("renamed", row("SELECT PackageName FROM Packages WHERE PackageID = 3").PackageName)
  end)

  it("removes a space after those that are nested in it", function()
    host.server:seed {
      users = { { UserId = 40, OwnerId = 2, Username = "nester", Password = "x", RoleId = 2 } },
      packages = {
        { PackageID = 40, ParentPackageID = 2, UserID = 40, PlanID = 2, PackageName = "outer" },
        { PackageID = 41, ParentPackageID = 40, UserID = 40, PlanID = 2, PackageName = "inner" },
      },
    }
    settles { user = { Username = "nester" }, spaces = {}, spaces_complete = true }
    assert.are.equal(0, host:count("SELECT 1 FROM Packages WHERE UserID = 40"))
  end)

  it("gives a new space its status once, whatever happens to others", function()
    host.server:clear_calls()
    settles {
      user = { Username = "reseller" },
      spaces = { { id = 2, status = "Suspended" }, { name = "new", plan = 1, status = "Cancelled" } },
    }
    assert.are.equal(3, row("SELECT StatusID FROM Packages WHERE PackageName = 'new'").StatusID)
  end)

  it("does not suspend or cancel the account that calls, nor the panel's own", function()
    local before = host:state()
    for _, status in ipairs { "Suspended", "Cancelled" } do
      local plan, err = ensure { user = { Username = "serveradmin" }, status = status }
      assert.is_nil(plan)
      assert.are.equal("conflict", err.kind)
      assert.matches("spec.status: user 1 is the panel itself", err.message, 1, true)
    end
    assert.are.equal(0, #assert(ensure { user = { Username = "serveradmin" }, status = "Active" }).steps)
    assert.are.same(before, host:state())
  end)

  it("puts the status of nested spaces back when it undoes", function()
    host.server:query("UPDATE Packages SET StatusID = 3 WHERE PackageID = 3")
    local before = host:state()
    host.server:misbehave { action = "refuse", code = -106, operation = "DeletePackageAddon" }
    host.server:seed { addons = { { PackageAddonID = 50, PackageID = 2, PlanID = 4, Quantity = 1 } } }
    local with_addon = host:state()
    local plan, err = ensure {
      user = { Username = "reseller" },
      spaces = { { id = 2, status = "Suspended", addons = {} } },
    }
    assert.is_nil(plan)
    -- What was cancelled stays so: that is put right before the next step fails.
    assert.are.same({ "undone", "undone", "not_done" }, states(err.steps))
    assert.are.same(with_addon, host:state())
    assert.are_not.same(before, with_addon)
  end)

  describe("of a customer with nested spaces", function()
    before_each(function()
      host.server:seed {
        packages = {
          { PackageID = 30, ParentPackageID = 3, UserID = 3, PlanID = 2, PackageName = "blog" },
          { PackageID = 31, ParentPackageID = 30, UserID = 3, PlanID = 2, PackageName = "nested" },
          { PackageID = 32, ParentPackageID = 30, UserID = 3, PlanID = 2, PackageName = "cancelled", StatusID = 3 },
        },
      }
    end)

    local spaces = { { name = "blog", status = "Suspended" }, { name = "nested", status = "Active" } }

    it("gives those the status that is wanted, in whatever order they are named", function()
      assert(ensure { user = { Username = "jdoe" }, spaces = { spaces[2], spaces[1] } })
      assert.are.equal(2, host.server:query("SELECT StatusID FROM Packages WHERE PackageID = 30")[1].StatusID)
      assert.are.equal(1, host.server:query("SELECT StatusID FROM Packages WHERE PackageID = 31")[1].StatusID)
      assert.are.equal(0, #assert(ensure { user = { Username = "jdoe" }, spaces = spaces }).steps)
    end)

    it("puts their status back when it undoes", function()
      local before = host:state()
      host.server:misbehave { action = "refuse", code = -106, operation = "ChangePackageStatus", nth = 2 }
      local _, err = ensure { user = { Username = "jdoe" }, spaces = spaces }
      -- The last would have put right what the first fell on.
      assert.are.same({ "undone", "not_done", "not_done" }, states(err.steps))
      assert.are.same(before, host:state())
    end)
  end)

  local REFUSED = {
    {
      "an account of another owner",
      { user = { Username = "jdoe", OwnerId = 1 } },
      "conflict", "user 'jdoe' belongs to owner 2, not to 1, and the panel cannot move it",
    },
    {
      "an id that is another user's",
      { user = { UserId = 3, Username = "mary" } },
      "conflict", "user 3 is 'jdoe', not 'mary'",
    },
    {
      "a new account without what it needs",
      { user = { Username = "mary", OwnerId = 2, Password = "x", FirstName = "Mary", LastName = "Moe" } },
      "absent", "there is no user 'mary', and to make it spec.user.Email is missing",
    },
    {
      "an id that nobody has",
      { user = { UserId = 999 } },
      "absent", "there is no user 999, or this account may not see it",
    },
    {
      "a new space without a plan",
      { user = { Username = "jdoe" }, spaces = { { name = "new" } } },
      "absent", "spec.spaces[1].plan is missing, and user 'jdoe' has no space 'new' yet",
    },
    {
      "a plan that nobody sells",
      { user = { Username = "jdoe" }, spaces = { { id = 3 }, { name = "new", plan = "Gold" } } },
      "absent", "spec.spaces[2].plan: owner 2 has no hosting plan called 'Gold'; there are 'Shared Huge', "
        .. "'Shared Medium', 'Shared Small'",
    },
    {
      "a plan id that is none",
      { user = { Username = "jdoe" }, spaces = { { name = "new", plan = 777 } } },
      "absent", "spec.spaces[1].plan: there is no hosting plan 777; there are 'Shared Huge', 'Shared Medium', "
        .. "'Shared Small'",
    },
    {
      "an id that is given as a text",
      { user = { Username = "jdoe" }, spaces = { { name = "new", plan = "20" } } },
      "absent", "spec.spaces[1].plan: owner 2 has no hosting plan called '20' (a text is a name; an id is a number: 20 "
        .. "without quotes); there are 'Shared Huge', 'Shared Medium', 'Shared Small'",
    },
    {
      "a plan whose name is misspelt",
      { user = { Username = "jdoe" }, spaces = { { name = "new", plan = "Shared Smal" } } },
      "absent", "spec.spaces[1].plan: owner 2 has no hosting plan called 'Shared Smal'; did you mean 'Shared Small'? "
        .. "There are 'Shared Huge', 'Shared Medium', 'Shared Small'",
    },
    {
      "an owner that is not there",
      { user = { Username = "jdoe", OwnerId = "nobody" } },
      "absent", "spec.user.OwnerId: there is no user 'nobody', or this account may not see it",
    },
    {
      "an add-on plan as hosting plan",
      { user = { Username = "jdoe" }, spaces = { { name = "new", plan = 4 } } },
      "conflict", "spec.spaces[1].plan: plan 4 'Extra Mailboxes' is an add-on plan",
    },
    {
      "a hosting plan as add-on",
      { user = { Username = "jdoe" }, spaces = { { id = 3, addons = { { plan = 20 } } } } },
      "conflict", "spec.spaces[1].addons[1].plan: plan 20 'Shared Medium' is a hosting plan",
    },
    {
      "a space that is somebody else's",
      { user = { Username = "jdoe" }, spaces = { { id = 2 } } },
      "absent", "spec.spaces[1].id: user 'jdoe' has no space 2",
    },
    {
      "the same space twice",
      { user = { Username = "jdoe" }, spaces = { { id = 3 }, { name = "John's <space>" } } },
      "conflict", "spec.spaces[1] and spec.spaces[2] are the same space, 3",
    },
  }
  for _, case in ipairs(REFUSED) do
    it("refuses " .. case[1] .. " before it changes anything", function()
      local plan, err = ensure(case[2])
      assert.is_nil(plan)
      assert.are.same({ case[3], case[4], "not_done" }, { err.kind, err.message, err.outcome })
      assert.are.same({}, host:changes())
    end)
  end

  it("does not guess which of several spaces of one name is meant", function()
    host.server:seed {
      packages = {
        { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "twin" },
        { PackageID = 31, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "Twin" },
        { PackageID = 32, ParentPackageID = 2, UserID = 3, PlanID = 20, PackageName = "Twin" },
      },
    }
    local _, err = ensure { user = { Username = "jdoe" }, spaces = { { name = "Twin", comments = "x" } } }
    assert.are.equal("conflict", err.kind)
    assert.are.equal("user 'jdoe' has several spaces called 'Twin' (31, 32); they were made by different orders; "
      .. "name one by its id", err.message)
    -- One of that very name is meant, although others differ in case only.
    settles { user = { Username = "jdoe" }, spaces = { { name = "twin", comments = "x" } } }
    assert.are.equal("x", row("SELECT PackageComments FROM Packages WHERE PackageID = 30").PackageComments)
  end)
end)

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
    { nil, "spec: table expected, got nil" },
    { "jdoe", "spec: table expected, got string" },
    { {}, "spec.user: is missing" },
    { { user = jdoe, space = {} }, "spec: has no field 'space'; did you mean 'spaces'?" },
    { { user = jdoe, [1] = {} }, "spec: has no field 1" },
    { { user = {} }, "spec.user.Username: is missing" },
    { { user = { Username = "" } }, "spec.user.Username: must not be empty" },
    { { user = { Username = "a|b" } }, "spec.user.Username: must not hold |" },
    { { user = { Username = 7 } }, "spec.user.Username: string expected, got number" },
    { { user = { Usrname = "x" } }, "spec.user: has no field 'Usrname'; did you mean 'Username'?" },
    { { user = { Username = "jdoe", MfaMode = 1 } }, "spec.user: has no field 'MfaMode'" },
    { { user = { Username = "jdoe", City = false } }, "spec.user.City: string expected, got boolean" },
    { { user = { Username = "jdoe", City = "a\0b" } }, "spec.user.City: holds a control character (byte 2)" },
    { { user = { Username = "jdoe", City = "\255" } }, "spec.user.City: is not UTF-8 (byte 1)" },
    { { user = { Username = ("n"):rep(51) } }, "spec.user.Username: has 51 characters, of which the panel keeps 50" },
    { { user = { Username = "jdoe", City = ("\240\159\148\180"):rep(25) .. "x" } },
      "spec.user.City: has 51 characters, of which the panel keeps 50" },
    { { user = { Username = "jdoe", Password = ("p"):rep(72) } },
      "spec.user.Password: has 72 characters, of which the panel keeps 71" },
    { { user = { Username = "jdoe", Fax = "+49 – €5 ü\209\141" } },
      "spec.user.Fax: holds a character that the panel keeps as a question mark (byte 16)" },
    { { user = { Username = "jdoe", City = "K\195" } }, "spec.user.City: is not UTF-8 (byte 2)" },
    { { user = { Username = "jdoe", City = "a\237\160\128" } },
      "spec.user.City: holds a character that cannot be sent (byte 2)" },
    { { user = { Username = "jdoe", City = "\239\191\190" } },
      "spec.user.City: holds a character that cannot be sent (byte 1)" },
    { { user = { Username = "jdoe", HtmlMail = 1 } }, "spec.user.HtmlMail: boolean expected, got number" },
    { { user = { Username = "jdoe", OwnerId = "" } }, "spec.user.OwnerId: must not be empty" },
    { { user = { Username = "jdoe", Owner = false } },
      "spec.user.Owner: id or user name of an owner expected, got boolean" },
    { { user = { Username = "jdoe", Owner = "x", OwnerId = 2 } },
      "spec.user: Owner and OwnerId are the same; one is enough" },
    { { user = { Username = "jdoe", OwnerId = 0 } }, "spec.user.OwnerId: must be at least 1, got 0" },
    { { user = { Username = "jdoe", OwnerId = 1.5 } }, "spec.user.OwnerId: integer expected, got 1.5" },
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
    { { user = jdoe, status = true }, "spec.status: number or name of a UserStatus expected, got boolean" },
    { { user = jdoe, spaces = "www" }, "spec.spaces: list expected, got string" },
    { { user = jdoe, spaces = { name = "www" } }, "spec.spaces: list expected, got a table with the key 'name'" },
    { { user = jdoe, spaces = { [2] = { name = "www" } } }, "spec.spaces: list expected, got a table with holes" },
    { { user = jdoe, spaces_complete = true }, "spec.spaces_complete: is true, but spec.spaces is missing" },
    { spaces { }, "spec.spaces[2].name: is missing" },
    { spaces { name = "" }, "spec.spaces[2].name: must not be empty" },
    { spaces { name = "A" }, "spec.spaces[2].name: is that of spec.spaces[1] too" },
    { { user = jdoe, spaces = { { id = 3 }, { id = 3 } } }, "spec.spaces[2].id: is that of spec.spaces[1] too" },
    { spaces { id = 0 }, "spec.spaces[2].id: must be at least 1, got 0" },
    { spaces { name = "b", plan = {} }, "spec.spaces[2].plan: id or name of a plan expected, got table" },
    { spaces { name = "b", plan = 0 }, "spec.spaces[2].plan: must be at least 1, got 0" },
    { spaces { name = "b", status = "Pending" },
      "spec.spaces[2].status: expected one of 'Active', 'Suspended', 'Cancelled', 'New', got 'Pending'" },
    { spaces { name = "b", comment = "x" }, "spec.spaces[2]: has no field 'comment'; did you mean 'comments'?" },
    { spaces { name = "b", purchase_date = "01/02/2024" },
      "spec.spaces[2].purchase_date: '01/02/2024' is not a date such as '2024-01-31' or '2024-01-31T12:00:00'; an "
      .. "offset is not taken, because the panel would convert it to its own time" },
    { spaces { name = "b", purchase_date = "1752-12-31" }, "spec.spaces[2].purchase_date: must not be before 1753" },
    { spaces { name = "b", purchase_date = 1.5 },
      "spec.spaces[2].purchase_date: time in whole seconds expected, got 1.5" },
    { spaces { name = "b", purchase_date = {} },
      "spec.spaces[2].purchase_date: date as string or os.time() number expected, "
      .. "got table" },
    { addon { quantity = 1 }, "spec.spaces[2].addons[1].plan: is missing" },
    { addon { plan = 4, quantity = 0 }, "spec.spaces[2].addons[1].quantity: must be at least 1, got 0" },
    { addon { plan = 4, quantity = "2" }, "spec.spaces[2].addons[1].quantity: integer expected, got a number in "
      .. "a string" },
    { addon { plan = 4, qty = 1 }, "spec.spaces[2].addons[1]: has no field 'qty'" },
  }

  -- Dates that look like dates.
  for _, date in ipairs {
    "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-00", "2024-01-31T24:00:00", "2024-01-31T12:60:00",
    "2024-01-31T12:00:60", "2024-01-31T12:00:00.", "2024-01-31T12:00:0012",
  } do
    CASES[#CASES + 1] = { spaces { name = "b", purchase_date = date },
      ("spec.spaces[2].purchase_date: '%s' is not a date such as '2024-01-31' or '2024-01-31T12:00:00'; an offset "
        .. "is not taken, because the panel would convert it to its own time"):format(date) }
  end

  -- What a function raises, which must be at the line that called it.
  local function message(call)
    host.server:clear_calls()
    local good, text = pcall(call)
    assert.is_false(good, "nothing was raised")
    assert.are.same({}, host:operations(), text)
    local bare, count = text:gsub("^.-spec/provisioning/account_spec%.lua:%d+: ", "")
    assert.are.equal(1, count, text)
    return bare
  end

  it("is refused with path and reason before anything is sent", function()
    for index = 1, #CASES do
      local spec, expected = CASES[index][1], CASES[index][2]
      assert.are.equal("ensure_account: " .. expected, message(function()
        local plan = provisioning.ensure_account(panel, spec)
        return plan
      end))
    end
  end)

  it("is refused when it is a time of another era", function()
    for _, time in ipairs { 1e15, 1e18, -1e18 } do
      assert.matches("^ensure_account: spec%.spaces%[2%]%.purchase_date: .- is not a date such as", message(function()
        local plan = provisioning.ensure_account(panel, spaces { name = "b", purchase_date = time })
        return plan
      end))
    end
  end)

  it("of create_account must be complete", function()
    local function create(spec)
      return message(function()
        local plan = provisioning.create_account(panel, spec)
        return plan
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
        local plan = provisioning[name](panel, unpack(arguments, 1, count))
        return plan
      end))
    end
    raises("edit_user: changes.UserId: says which account, and cannot be changed", "edit_user", 3, { UserId = 4 })
    raises("edit_user: changes.Password: is changed by change_password, not here", "edit_user", 3, { Password = "x" })
    raises("edit_user: changes.StatusId: is changed by suspend and unsuspend, or by ensure_account's spec.status",
      "edit_user", 3, { Status = nil, StatusId = 2 })
    raises("edit_user: changes: has no field 'city'; did you mean 'City'?", "edit_user", 3, { city = "x" })
    raises("edit_user: changes: table expected, got nil", "edit_user", 3)
    raises("edit_user: argument 2 (who): id or user name expected, got nil", "edit_user", nil, {})
    raises("change_password: argument 3 (password): must not be empty", "change_password", 3, "")
    raises("change_password: argument 3 (password): string expected, got nil", "change_password", 3)
    raises("change_plan: plan: id or name of a plan expected, got nil", "change_plan", 3)
    raises("change_plan: addons[1].quantity: must be at least 1, got -1", "change_plan", 3, 2,
      { addons = { { plan = 4, quantity = -1 } } })
    raises("set_addons: addons: list expected, got nil", "set_addons", 3)
    raises("suspend: unknown option 'reason'", "suspend", 3, { reason = "unpaid" })
    raises("suspend: argument 2 (who): must be at least 1, got 0", "suspend", 0)
    -- The second is what JSON makes of ids, the others are not statuses.
    for _, remembered in ipairs {
      {}, { users = {}, spaces = { ["3"] = 2 } }, { users = { [3] = 5 }, spaces = {} },
      { users = {}, spaces = { [3] = "Suspended" } }, { users = "none", spaces = {} },
    } do
      raises("unsuspend: option 'remembered': what suspend told as 'remembered' expected: { users = ..., "
        .. "spaces = ... }, each with statuses by id, all numbers", "unsuspend", 3, { remembered = remembered })
    end
    raises("terminate: option 'children': boolean expected, got string", "terminate", 3, { children = "yes" })
    raises("ensure_account: option 'on_failure': expected one of 'undo', 'keep', got 'kepp'; did you mean 'keep'?",
      "ensure_account", mary(), { on_failure = "kepp" })
    raises("ensure_account: unknown option 'dryrun'; did you mean 'dry_run'?", "ensure_account", mary(),
      { dryrun = true })
    raises("find_user: argument 2 (who): must not be empty", "find_user", "")
  end)
end)
