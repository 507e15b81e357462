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

-- Twice: the second time nothing must be left to do.
local function ensure_twice(spec)
  local report, err = ensure(spec)
  assert.is_truthy(report, tostring(err))
  host.server:clear_calls()
  local again
  again, err = ensure(spec)
  assert.is_truthy(again, tostring(err))
  assert.are.equal("ensure_account '" .. again.username .. "': nothing to do", tostring(again))
  assert.is_false(again.changed)
  assert.are.same({}, host:changes())
  return report
end

for _, dialect in ipairs(dnp.dialects) do
  describe("ensure_account on " .. dialect, function()
    fixture.provide(dialect, use)

    it("makes a whole account, and nothing more when it is there", function()
      local report = ensure_twice(mary {
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
      assert.are.same({ "done", "done", "done", "done", "done" }, states(report.steps))
      assert.is_true(report.changed)
      local user = host:row("SELECT UserID, OwnerID, RoleID, StatusID, Password FROM Users WHERE Username = 'mary'")
      assert.are.same({ UserID = report.user_id, OwnerID = 2, RoleID = 3, StatusID = 1, Password = "s3cret-pw" }, user)
      local www = host:row("SELECT * FROM Packages WHERE PackageName = 'www'")
      assert.are.same({ report.spaces[1].id, 2, 1, "first" },
        { www.PackageID, www.PlanID, www.StatusID, www.PackageComments })
      assert.are.equal(2, host:row("SELECT StatusID FROM Packages WHERE PackageID = ?", report.spaces[2].id).StatusID)
      assert.are.same({ PlanID = 4, Quantity = 2, StatusID = 1, Comments = "two" },
        host:row("SELECT PlanID, Quantity, StatusID, Comments FROM PackageAddons WHERE PackageID = ? AND PlanID = 4",
          www.PackageID))
      assert.are.same({ PlanID = 21, Quantity = 1, StatusID = 2 },
        host:row("SELECT PlanID, Quantity, StatusID FROM PackageAddons WHERE PackageID = ? AND PlanID = 21",
          www.PackageID))
    end)

    it("changes what differs and leaves the rest as it is", function()
      host.server:query(
        "UPDATE Users SET Address = 'Elm St 1', CompanyName = 'Doe & Sons' WHERE Username = 'jdoe'")
      if dialect == "solidcp" then
        host.server:query("UPDATE Users SET MfaMode = 1, AdditionalParams = 'x=1' WHERE Username = 'jdoe'")
      end
      local before = host:state()
      local report = ensure_twice {
        user = { Username = "JDOE", City = "Bonn", HtmlMail = true },
        spaces = { { name = "john's <SPACE>", comments = "renewed" } },
      }
      assert.are.equal(2, #report.steps)
      assert.are.equal("change user 'jdoe': City '' -> 'Bonn', HtmlMail false -> true", report.steps[1].text)
      assert.are.equal("change space 'John's <space>': PackageComments nothing -> 'renewed'", report.steps[2].text)
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
      local report = assert(ensure {
        user = { Username = "jdoe", City = "Ulm" },
        spaces = { { id = 3, plan = 20, addons = { { plan = 21 } } }, { name = "new", plan = 2 } },
        spaces_complete = true,
      })
      assert.are.same({ "AddPackageAddon", "AddPackage", "UpdateUser", "UpdatePackage", "DeletePackageAddon",
        "DeletePackage" }, host:changes())
      assert.are.equal("new", report.spaces[2].name)
    end)

    it("gives an account a status, with its spaces, but for those with their own", function()
      ensure_twice(mary { status = "Suspended", spaces = { { name = "a", plan = 2 }, { name = "b", plan = 2 } } })
      assert.are.equal(2, host:count "SELECT 1 FROM Packages WHERE PackageName IN ('a', 'b') AND StatusID = 2")
      ensure_twice { user = { Username = "mary" }, status = 1, spaces = { { name = "b", status = "Cancelled" } } }
      assert.are.equal(1, host:row("SELECT StatusID FROM Packages WHERE PackageName = 'a'").StatusID)
      assert.are.equal(3, host:row("SELECT StatusID FROM Packages WHERE PackageName = 'b'").StatusID)
      ensure_twice {
        user = { Username = "mary" }, status = "Suspended", spaces = { { name = "c", plan = 2, status = 1 } },
      }
      assert.are.equal(1, host:row("SELECT StatusID FROM Packages WHERE PackageName = 'c'").StatusID)
      -- What was cancelled before the suspension is so after it.
      ensure_twice { user = { Username = "mary" }, status = "Active" }
      assert.are.equal(3, host:row("SELECT StatusID FROM Packages WHERE PackageName = 'b'").StatusID)
    end)
  end)
end

describe("ensure_account", function()
  fixture.provide("solidcp", use)

  it("only reports what it would do in a dry run", function()
    local before = host:state()
    local report = assert(ensure(mary {
      spaces = { { name = "www", plan = 2, addons = { { plan = 4, quantity = 3 } } } },
    }, { dry_run = true }))
    assert.are.equal([[
ensure_account 'mary': 3 steps, planned only
  1. add user 'mary' (owner 2, User, Active)
  2. add space 'www' to user 'mary' (plan 2 'Shared Small', Active)
  3. add add-on 4 'Extra Mailboxes' x 3 to space 'www' (Active)
     not checked: whether the quotas of plan 2 'Shared Small' fit into what is left of the space above
     not checked: whether the quotas of plan 4 'Extra Mailboxes' fit into what is left of the space above
     not checked: whether the servers behind the panel carry out what it asks of them]], tostring(report))
    assert.is_true(report.dry_run)
    assert.is_false(report.changed)
    assert.are.same({ "not_done", "not_done", "not_done" }, states(report.steps))
    assert.are.same({}, host:changes())
    assert.are.same(before, host:state())
  end)

  it("is shown without what a terminal would obey", function()
    host.server:query("UPDATE Users SET Username = 'j' || char(27) || '[31m' || char(10, 155) || 'dö' WHERE UserID = 3")
    assert.are.equal("ensure_account 'j?[31m???dö': nothing to do", tostring(assert(ensure { user = { UserId = 3 } })))
  end)

  it("shows ids and states of what it did", function()
    local report = assert(ensure(mary()))
    assert.are.equal("ensure_account 'mary': 1 step\n  1. add user 'mary' (owner 2, User, Active) - done, id "
      .. report.user_id, tostring(report))
  end)

  it("changes nothing the second time, whatever form a value has", function()
    ensure_twice {
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
      ensure_twice { user = { Username = "jdoe" }, spaces = { { name = "John's <space>", purchase_date = date } } }
    end
    ensure_twice {
      user = { Username = "unicode", City = "  two spaces  ", Address = "日本語 😀 & <tag> \"quoted\" 'apos'" },
    }
    ensure_twice { user = { Username = "jdoe", Vlans = {} } }
    ensure_twice {
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
    assert.are.equal("s3cret-pw", host:row("SELECT Password FROM Users WHERE Username = 'mary'").Password)
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
    ensure_twice {
      user = { Username = "jdoe" }, spaces = { { name = "own", plan = 20, purchase_date = "2024-01-01" } },
    }
    assert.are.equal(2, host:count("SELECT 1 FROM PackageQuotas WHERE PackageID = 30"))
    assert.are.equal(1, host:row("SELECT OverrideQuotas FROM Packages WHERE PackageID = 30").OverrideQuotas)
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
    ensure_twice(addons(1, 2, 2))
    assert.are.same({ 1, 2, 2 }, quantities())
    ensure_twice(addons(2, 5))
    assert.are.same({ 2, 5 }, quantities())
    assert.are.equal(0, #assert(ensure {
      user = { Username = "jdoe" }, spaces = { { id = 3, addons = { { plan = 4 }, { plan = 4, quantity = 5 } } } },
    }).steps)
    host.server:clear_calls()
    assert.are.equal(0, #assert(ensure(addons(5, 2))).steps)
    ensure_twice(addons())
    assert.are.same({}, quantities())
  end)

  it("renames a space that it knows by its id", function()
    ensure_twice { user = { UserId = 3 }, spaces = { { id = 3, name = "renamed" } } }
    assert.are.equal("renamed", host:row("SELECT PackageName FROM Packages WHERE PackageID = 3").PackageName)
  end)

  it("removes a space after those that are nested in it", function()
    host.server:seed {
      users = { { UserId = 40, OwnerId = 2, Username = "nester", Password = "x", RoleId = 2 } },
      packages = {
        { PackageID = 40, ParentPackageID = 2, UserID = 40, PlanID = 2, PackageName = "outer" },
        { PackageID = 41, ParentPackageID = 40, UserID = 40, PlanID = 2, PackageName = "inner" },
      },
    }
    ensure_twice { user = { Username = "nester" }, spaces = {}, spaces_complete = true }
    assert.are.equal(0, host:count("SELECT 1 FROM Packages WHERE UserID = 40"))
  end)

  it("gives a new space its status once, whatever happens to others", function()
    host.server:clear_calls()
    ensure_twice {
      user = { Username = "reseller" },
      spaces = { { id = 2, status = "Suspended" }, { name = "new", plan = 1, status = "Cancelled" } },
    }
    assert.are.equal(3, host:row("SELECT StatusID FROM Packages WHERE PackageName = 'new'").StatusID)
  end)

  it("does not suspend or cancel the account that calls, nor the panel's own", function()
    local before = host:state()
    for _, status in ipairs { "Suspended", "Cancelled" } do
      local report, err = ensure { user = { Username = "serveradmin" }, status = status }
      assert.is_nil(report)
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
    local report, err = ensure {
      user = { Username = "reseller" },
      spaces = { { id = 2, status = "Suspended", addons = {} } },
    }
    assert.is_nil(report)
    -- What was cancelled stays so: that is put right before the next step fails.
    assert.are.same({ "undone", "undone", "not_done" }, states(err.steps))
    assert.are.equal(err.report, err.plan) -- its name in 0.1
    assert.are.equal(err.report.steps, err.steps)
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

    it("gives those the status that is desired, in whatever order they are named", function()
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
      "absent", "there is no user 'mary', and to create it spec.user.Email is missing",
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
      local report, err = ensure(case[2])
      assert.is_nil(report)
      assert.are.same({ case[3], case[4], "not_done" }, { err.kind, err.message, err.outcome })
      assert.are.same({}, host:changes())
    end)
  end

  it("does not guess which of several spaces of one name is meant", function()
    host.server:seed {
      packages = {
        { PackageID = 30, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "duplicate" },
        { PackageID = 31, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = "Twin" },
        { PackageID = 32, ParentPackageID = 2, UserID = 3, PlanID = 20, PackageName = "Twin" },
      },
    }
    local _, err = ensure { user = { Username = "jdoe" }, spaces = { { name = "Twin", comments = "x" } } }
    assert.are.equal("conflict", err.kind)
    assert.are.equal("user 'jdoe' has several spaces called 'Twin' (31, 32); they were made by different orders; "
      .. "name one by its id", err.message)
    -- One of that very name is meant, although others differ in case only.
    ensure_twice { user = { Username = "jdoe" }, spaces = { { name = "duplicate", comments = "x" } } }
    assert.are.equal("x", host:row("SELECT PackageComments FROM Packages WHERE PackageID = 30").PackageComments)
  end)
end)
