-- Lists of a sandbox, in every dialect: accounts, spaces and add-ons, with filters and statuses.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local fixture = require "spec.support.panel"
local lists = require "dnp.provisioning.read.lists"

for _, dialect in ipairs(dnp.dialects) do
  describe("lists of a panel, " .. dialect, function()
    local host, panel

    local function prepare(started)
      local users = {}
      for index = 1, 25 do
        users[index] = {
          UserId = 100 + index,
          OwnerId = 2,
          RoleId = 3,
          StatusId = index % 5 == 0 and 2 or 1,
          Username = ("customer%02d"):format(index),
          Password = "x",
          FirstName = "First" .. index,
          LastName = "Last",
          Email = ("c%d@example.com"):format(index),
        }
      end
      users[1].LastName = "O'Brien"
      users[2].LastName = "O_Brien"
      users[3].LastName = "100% [sic]"
      users[4].LastName = "1000 [sic]"
      users[5].LastName = ("n"):rep(49) .. "a"
      users[6].Email = ("n"):rep(60) .. "@example.org"
      users[7].Email = ("n"):rep(60) .. "@example.net"
      local packages = {}
      for index = 1, 7 do
        packages[index] = {
          PackageId = 50 + index,
          ParentPackageId = 2,
          UserId = 100 + index,
          PlanId = 2,
          StatusId = 1 + index % 2,
          PackageName = "Space " .. index,
        }
      end
      started.server:seed { users = users, packages = packages }
    end
    fixture.provide(dialect, function(...)
      host, panel = ...
    end, { prepare = prepare })

    local function names(options)
      local found = {}
      for _, user in ipairs(assert(lists.all_users(panel, options))) do
        found[#found + 1] = user.Username
      end
      return found
    end

    it("hold each user once, in the order of ids", function()
      for _, page_size in ipairs { 1, 2, 3, 7, 26, 27, 100 } do
        local users = assert(lists.all_users(panel, { owner = 2, page_size = page_size }))
        assert.equal(27, #users)
        for index = 2, #users do
          assert.is_true(users[index - 1].UserId < users[index].UserId)
        end
      end
    end)

    it("are those of the owner when a peer asks", function()
      local peer = host:session { username = "adminpeer", password = "adminpeer" }
      for _, all in ipairs { lists.all_users, lists.all_packages } do
        assert.same(assert(all(panel)), assert(all(peer)))
      end
      assert.equal(5, #lists.all_users(peer))
      peer:close()
    end)

    it("go down the tree when asked to", function()
      assert.same({ "reseller", "demo", "suspended", "cancelled", "pending" }, names())
      assert.equal(5 + 27, #names { recursive = true, page_size = 10 })
      assert.same({ "suspended" }, names { status = "Suspended" })
      assert.same({}, names { role = "User" })
    end)

    it("have records' field names, and names of roles and statuses", function()
      local user = assert(lists.all_users(panel, { owner = 2, filter = { column = "Username", equals = "jdoe" } }))[1]
      assert.equal(3, user.UserId)
      assert.equal(2, user.OwnerId)
      assert.equal("Active", user.Status)
      assert.equal("User", user.Role)
      assert.equal("John Doe", user.FullName)
      assert.is_nil(user.UserID)
    end)

    it("filter literally: apostrophes, wildcards, long texts", function()
      local function with(column, kind, text)
        return names { owner = 2, filter = { column = column, [kind] = text } }
      end
      assert.same({ "customer01" }, with("LastName", "equals", "O'Brien"))
      assert.same({ "customer01" }, with("LastName", "contains", "'"))
      assert.same({ "customer02" }, with("LastName", "contains", "_"))
      assert.same({ "customer03" }, with("LastName", "begins", "100%"))
      assert.same({ "customer03", "customer04" }, with("LastName", "ends", "[SIC]"))
      assert.same({ "customer05" }, with("LastName", "equals", ("n"):rep(49) .. "a"))
      assert.same({}, with("LastName", "equals", ("n"):rep(49)))
      assert.same({ "customer06" }, with("Email", "equals", ("n"):rep(60) .. "@example.org"))
      assert.same({ "customer07" }, with("Email", "ends", ("n"):rep(60) .. "@example.net"))
      assert.same({ "customer06", "customer07" }, with("Email", "contains", ("n"):rep(55)))
    end)

    it("notice users that come and go while they are read", function()
      local seen = {}
      for user in lists.users(panel, { owner = 2, page_size = 5 }) do
        assert.is_nil(seen[user.Username])
        seen[user.Username] = true
        if user.Username == "customer04" then
          assert(panel:delete_user(101))
          assert(panel:delete_user(102))
          assert(panel:delete_user(3))
        elseif user.Username == "customer12" then
          assert(panel:add_user({
            OwnerId = 2,
            RoleId = 3,
            StatusId = 1,
            IsDemo = false,
            IsPeer = false,
            Username = "latecomer",
            Password = "s3cret",
            FirstName = "Late",
            LastName = "Comer",
            Email = "late@example.com",
          }, false))
        end
      end
      assert.is_true(seen.latecomer)
      for index = 3, 25 do
        assert.is_true(seen[("customer%02d"):format(index)], index)
      end
    end)

    it("are read through bad responses", function()
      local before = host.server:misbehaved()
      for _, action in ipairs { "drop", "fault", "html" } do
        host.server:misbehave { action = action, operation = "GetUsersPaged", nth = 2, times = 2 }
      end
      assert.equal(27, #names { owner = 2, page_size = 4, policy = fake.time({ attempts = 10 }).options })
      assert.equal(6, host.server:misbehaved() - before)
      host.server:behave()
      host.server:misbehave { action = "html", status = 403, operation = "GetUsersPaged", nth = 3 }
      local users, err = lists.all_users(panel, { owner = 2, page_size = 4, policy = fake.time().options })
      assert.is_nil(users)
      assert.equal(403, err.http_status)
    end)

    it("hold the spaces below an owner, or those of one account", function()
      local function spaces(options)
        local found = {}
        for space in lists.packages(panel, options) do
          found[#found + 1] = space.PackageId
        end
        return found
      end
      for _, page_size in ipairs { 1, 2, 3, 8, 100 } do
        assert.same({ 3, 51, 52, 53, 54, 55, 56, 57 }, spaces { owner = 2, page_size = page_size })
        assert.same({ 2, 3, 51, 52, 53, 54, 55, 56, 57 }, spaces { page_size = page_size })
      end
      assert.same({ 51, 53, 55, 57 }, spaces { status = "Suspended" })
      assert.same({ 54 }, spaces { filter = { column = "PackageName", equals = "space 4" } })
      assert.same({ 3 }, spaces { user = 3 })
      assert.same({}, spaces { user = 3, status = "Suspended" })
      local good, err = pcall(spaces, { user = 4711 })
      assert.is_false(good)
      assert.matches("You are not allowed to access this account", err.message)
    end)

    it("hold the add-ons of a space or of an account", function()
      local addon = assert(lists.all_addons(panel, { package = 3 }))[1]
      assert.equal(1, addon.PackageAddonId)
      assert.equal(4, addon.PlanId)
      assert.equal("Extra Mailboxes", addon.PlanName)
      assert.equal("Active", addon.Status)
      assert.same({ addon }, lists.all_addons(panel, { user = 3 }))
      assert.same({}, lists.all_addons(panel, { user = 101 }))
      for found in lists.addons(panel, { package = 3 }) do
        assert.same(addon, found)
      end
      host.server:misbehave { action = "html", status = 403 }
      local good, err = pcall(function()
        for _ in lists.addons(panel, { user = 3 }) do
          error "an add-on of nobody"
        end
      end)
      assert.is_false(good)
      assert.equal(403, err.http_status)
    end)
  end)
end
