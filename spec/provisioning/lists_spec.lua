-- Lists over pages that are off by one: no record twice, none left out.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local fixture = require "spec.support.panel"
local filter = require "dnp.provisioning.read.filter"
local lists = require "dnp.provisioning.read.lists"
local policy = require "dnp.provisioning.retry.policy"

-- How servers read startRow and maximumRows: the first and last row of a page, counted from 0.
local styles = {
  users = function(start, rows)
    return start, start + rows
  end,
  packages = function(start, rows)
    return start - 1, start + rows - 1
  end,
  exact = function(start, rows)
    return start, start + rows - 1
  end,
}

-- A panel with users of the given ids. `between(page, users)` may change them before a page is read. Rows come in
-- the opposite order, since the real statement promises none.
local function panel_of(ids, style, between)
  local users = {}
  for index, id in ipairs(ids) do
    users[index] = { UserID = id, StatusID = 1, RoleID = 3, Username = "user" .. id }
  end
  local page_number = 0
  return fake.panel {
    get_users_paged = function(_, _, _, _, _, _, start, rows)
      page_number = page_number + 1
      if between then
        between(page_number, users)
      end
      table.sort(users, function(a, b)
        return a.UserID < b.UserID
      end)
      local first, last = styles[style](start, rows)
      local page = {}
      for index = last, first, -1 do
        page[#page + 1] = users[index + 1]
      end
      return fake.dataset({ { Column1 = #users } }, page)
    end,
  }
end

local function up_to(last)
  local ids = {}
  for id = 1, last do
    ids[id] = id
  end
  return ids
end

local function ids_of(panel, options)
  local ids = {}
  options.owner = 1
  options.policy = fake.time().options
  for user in lists.users(panel, options) do
    ids[#ids + 1] = user.UserId
  end
  return ids
end

local function remove(users, id)
  for index, user in ipairs(users) do
    if user.UserID == id then
      table.remove(users, index)
    end
  end
end

describe("a paged list", function()
  it("comes whole, each record once, however the server counts", function()
    for style in pairs(styles) do
      for count = 0, 13 do
        for page_size = 1, 6 do
          local ids = ids_of(panel_of(up_to(count), style), { page_size = page_size })
          assert.same(up_to(count), ids, ("%s, %d in pages of %d"):format(style, count, page_size))
        end
      end
    end
  end)

  it("steps by the rows that it asks for", function()
    local panel = panel_of(up_to(10), "users")
    ids_of(panel, { page_size = 4 })
    assert.same({
      { "get_users_paged", 1, "", "", 0, 0, "UserID", 0, 4 },
      { "get_users_paged", 1, "", "", 0, 0, "UserID", 4, 4 },
      { "get_users_paged", 1, "", "", 0, 0, "UserID", 8, 4 },
    }, panel.calls)
  end)

  it("comes in about ten pages when it is long, unless a size is chosen", function()
    local function sizes_of(count, style)
      local sizes = {}
      local panel = fake.panel {
        get_users_paged = function(_, _, _, _, _, _, start, rows)
          sizes[#sizes + 1] = rows
          local first, last = styles[style](start, rows)
          local page = {}
          for id = math.max(first, 0) + 1, math.min(last + 1, count) do
            page[#page + 1] = { UserID = id }
          end
          return fake.dataset({ { Column1 = count } }, page)
        end,
      }
      local found = 0
      for user in lists.users(panel, { owner = 1 }) do
        found = found + 1
        assert(user.UserId == found)
      end
      assert.equal(count, found)
      return sizes
    end
    local function times(size, count)
      local sizes = { 1000 }
      for index = 1, count do
        sizes[index + 1] = size
      end
      return sizes
    end
    assert.same({ 1000 }, sizes_of(900, "users"))
    assert.same(times(1000, 9), sizes_of(10000, "users"))
    assert.same(times(2500, 10), sizes_of(25000, "users"))
    for style in pairs(styles) do
      assert.is_true(#sizes_of(25000, style) <= 13, style) -- where pages do not overlap, some are asked for twice
    end
    assert.same(times(10000, 11), sizes_of(110000, "users"))
  end)

  it("has what is added meanwhile at its end", function()
    for style in pairs(styles) do
      local panel = panel_of(up_to(9), style, function(page, users)
        if page == 2 or page == 3 then
          users[#users + 1] = { UserID = 100 + page, StatusID = 1, RoleID = 3 }
        end
      end)
      local ids = up_to(9)
      ids[10], ids[11] = 102, 103
      assert.same(ids, ids_of(panel, { page_size = 3 }), style)
    end
  end)

  it("skips nothing when records go meanwhile and the rest moves up", function()
    for style in pairs(styles) do
      for gone = 1, 9 do
        local panel = panel_of(up_to(20), style, function(page, users)
          if page == 3 then
            for id = 1, gone do
              remove(users, id)
            end
          end
        end)
        local ids = ids_of(panel, { page_size = 3 })
        local seen = {}
        for _, id in ipairs(ids) do
          assert.is_nil(seen[id], "twice: " .. id)
          seen[id] = true
        end
        for id = gone + 1, 20 do
          assert.is_true(seen[id], ("%s: %d is left out after %d went"):format(style, id, gone))
        end
      end
    end
  end)

  it("finds what begins to belong to it behind its back", function()
    local panel = panel_of({ 2, 4, 6, 8, 10, 12 }, "users", function(page, users)
      if page == 2 then
        users[#users + 1] = { UserID = 1, StatusID = 1, RoleID = 3 }
      end
    end)
    local ids = ids_of(panel, { page_size = 2 })
    table.sort(ids)
    assert.same({ 1, 2, 4, 6, 8, 10, 12 }, ids)
  end)

  it("survives random comings and goings", function()
    local random = policy.new().random
    for _ = 1, 200 do
      local always, next_id = {}, 1000
      local panel = panel_of(up_to(40), "users", function(_, users)
        for _ = 1, math.floor(random() * 6) do
          if random() < 0.5 then
            -- Multiples of 5 stay, so that it is known what must come.
            local victim = users[1 + math.floor(random() * #users)]
            if victim and victim.UserID % 5 ~= 0 then
              remove(users, victim.UserID)
            end
          else
            next_id = next_id + 1
            users[#users + 1] = { UserID = next_id, StatusID = 1, RoleID = 3 }
          end
        end
      end)
      for id = 5, 40, 5 do
        always[id] = true
      end
      local seen = {}
      for _, id in ipairs(ids_of(panel, { page_size = 1 + math.floor(random() * 12) })) do
        assert.is_nil(seen[id])
        seen[id] = true
        always[id] = nil
      end
      assert.is_nil(next(always))
    end
  end)

  it("keeps little of a long list", function()
    local COUNT, PAGE = 200000, 1000
    local panel = {
      info = function()
        return { url = "http://127.0.0.1:9002", username = "admin", dialect = "dotnetpanel" }
      end,
      get_users_paged = function(_, _, _, _, _, _, _, from, rows)
        local page = {}
        for id = from + 1, math.min(from + rows + 1, COUNT) do
          page[#page + 1] = { UserID = id, Username = "u" .. id }
        end
        return fake.dataset({ { Column1 = COUNT } }, page)
      end,
    }
    local count, most = 0, 0
    collectgarbage()
    local before = collectgarbage "count"
    for user in lists.users(panel, { owner = 1, page_size = PAGE }) do
      count = count + 1
      assert(user.UserId == count)
      if count % 20000 == 0 then
        collectgarbage()
        most = math.max(most, collectgarbage "count" - before)
      end
    end
    assert.equal(COUNT, count)
    -- A few pages, in KiB. The ids alone would be several times as much.
    assert.is_true(most < 2000, most .. " KiB")
  end)

  it("fails when records stay missing, instead of ending as if all were there", function()
    local panel = fake.panel {
      get_users_paged = { fake.dataset({ { Column1 = 3 } }, { { UserID = 1 }, { UserID = 2 } }) },
    }
    local users, err = lists.all_users(panel, { owner = 1 })
    assert.is_nil(users)
    assert.equal("incomplete", err.name)
    assert.equal("get_users_paged: 2 of 3 records came, although the list was read several times", tostring(err))
    assert.equal(3, #panel.calls)
  end)

  it("fails on answers that are not a page", function()
    local answers = {
      fake.dataset {},
      fake.dataset({}, {}),
      fake.dataset({ { Column1 = "many" } }, {}),
      fake.dataset({ { Column1 = 1 } }, { { Username = "nobody" } }),
    }
    for _, answer in ipairs(answers) do
      local users, err = lists.all_users(fake.panel { get_users_paged = { answer } }, { owner = 1 })
      assert.is_nil(users)
      assert.equal("protocol", err.kind)
    end
  end)

  it("repeats a page after a transient failure, and raises the error when that does not help", function()
    local page = fake.dataset({ { Column1 = 1 } }, { { UserID = 1 } })
    local options = { owner = 1, policy = fake.time().options }
    local panel = fake.panel { get_users_paged = { fake.failure "timeout", page } }
    assert.equal(1, #assert(lists.all_users(panel, options)))

    local refused = fake.failure("http", { http_status = 401 })
    local good, raised = pcall(function()
      for _ in lists.users(fake.panel { get_users_paged = { refused } }, options) do
        error "a user of nobody"
      end
    end)
    assert.is_false(good)
    assert.equal(refused, raised)
    local users, err = lists.all_users(fake.panel { get_users_paged = { refused } }, options)
    assert.is_nil(users)
    assert.equal(refused, err)
  end)

  it("gives a loop's body its time, unless a policy is handed over", function()
    local time = fake.time { deadline = 10 }
    local function walk(retry_policy)
      local panel = panel_of(up_to(9), "users")
      for _ in lists.users(panel, { owner = 1, page_size = 3, policy = retry_policy }) do
        time.now = time.now + 8
      end
    end
    walk(time.options)
    local good, err = pcall(walk, policy.new(time.options))
    assert.is_false(good)
    assert.equal("deadline", err.name)
  end)

  it("asks for the caller's own when no owner is named", function()
    local panel = panel_of({ 5 }, "users")
    panel.get_user_by_username = function(_, name)
      assert.equal("admin", name)
      return { UserId = 77, Username = name }
    end
    assert.equal(5, lists.all_users(panel)[1].UserId)
    assert.equal(77, panel.calls[1][2])
  end)
end)

describe("the options of lists", function()
  it("are checked before anything is asked", function()
    local panel = fake.panel {}
    local cases = {
      { lists.users, { onwer = 1 }, "users: option 'onwer' is unknown; did you mean 'owner'?" },
      { lists.users, { owner = 0 }, "users: option 'owner' must be at least 1, got 0" },
      { lists.users, { status = "Deleted" }, "users: option 'status': expected one of 'Active'," },
      { lists.users, { status = 9 }, "users: option 'status': expected one of 1 (Active), 2 (Suspended), "
        .. "3 (Cancelled), 4 (Pending), got 9" },
      { lists.users, { page_size = 0 }, "users: option 'page_size' must be at least 1, got 0" },
      { lists.users, { policy = { attemps = 1 } }, "policy: option 'attemps' is unknown; did you mean 'attempts'?" },
      { lists.users, { filter = { column = "Email" } }, "option 'filter': expected exactly one of "
        .. "'equals', 'begins', 'ends', 'contains', got 0" },
      { lists.users, { filter = { column = "Mail", equals = "" } }, "got 'Mail'; did you mean 'Email'?" },
      { lists.users, { filter = { column = "Email", begins = "a\237\160\128" } },
        "users: option 'filter': option 'begins' is not UTF-8 (byte 2)" },
      { lists.users, { filter = { column = "Email", equals = "a\1" } },
        "option 'equals' holds a control character, which XML cannot carry (byte 2)" },
      { lists.users, { filter = { equals = "x" } }, "users: option 'filter': option 'column' is missing" },
      { lists.packages, { user = 1, owner = 2 }, "packages: options 'user' and 'owner' cannot be combined" },
      { lists.packages, { filter = { column = "Packagename", equals = "1" } }, "did you mean 'PackageName'?" },
      { lists.addons, nil, "addons: option 'space' or 'user' is missing" },
      { lists.addons, { space = 1, package = 1 }, "addons: options 'space' and 'package' are the same; one is enough" },
      { lists.spaces, { onwer = 1 }, "spaces: option 'onwer' is unknown; did you mean 'owner'?" },
      { lists.addons, { package = "www" }, "addons: option 'package' is a name, so option 'user' is needed, too" },
      { lists.addons, { user = "" }, "addons: option 'user' must not be empty" },
      { lists.users, { page_size = "10" }, "users: option 'page_size': expected integer, got a number in a string" },
      { lists.packages, { owner = 1.5 }, "packages: option 'owner': expected integer or string, got 1.5" },
      { lists.all_users, { filter = 5 }, "users: option 'filter': expected table, got number" },
      { lists.all_packages, "all", "packages: expected table of options, got string" },
    }
    for _, case in ipairs(cases) do
      local good, message = pcall(function()
        local _ = case[1](panel, case[2])
      end)
      assert.is_false(good)
      assert.matches(case[3], message, 1, true)
      assert.matches("lists_spec.lua:", message, 1, true)
    end
    assert.same({}, panel.calls)
  end)
end)

describe("the names of 0.1", function()
  it("are those of the same functions and fields", function()
    local provisioning = require "dnp.provisioning"
    assert.are.equal(provisioning.is_transient, provisioning.is_passing)
    local asked = {}
    local panel = fake.panel {
      get_my_packages = function(id)
        asked[#asked + 1] = id
        return { { PackageId = 3, StatusId = 1 } }
      end,
      get_package_addons = function(id)
        asked[#asked + 1] = id
        return { {} }
      end,
    }
    assert.are.same(assert(lists.all_spaces(panel, { user = 5 })), assert(lists.all_packages(panel, { user = 5 })))
    assert(lists.all_addons(panel, { space = 3 }))
    assert(lists.all_addons(panel, { package = 3 }))
    assert.are.same({ 5, 5, 3, 3 }, asked)
  end)
end)

describe("a filter", function()
  local function pattern(kind, text)
    return filter.pattern { column = "Email", [kind] = text }
  end

  it("becomes a pattern in which only its own wildcards count", function()
    assert.equal("jdoe", pattern("equals", "jdoe"))
    assert.equal("jdoe%", pattern("begins", "jdoe"))
    assert.equal("%jdoe", pattern("ends", "jdoe"))
    assert.equal("%jdoe%", pattern("contains", "jdoe"))
    assert.equal("100[%][_]a[[]b]", pattern("equals", "100%_a[b]"))
    assert.equal("O_Brien", pattern("equals", "O'Brien"))
    assert.is_nil(pattern("equals", ""))
  end)

  it("never becomes longer than the panel's 50 characters, nor narrower for it", function()
    local long = ("x"):rep(60)
    assert.equal(("x"):rep(50), pattern("equals", ("x"):rep(50)))
    assert.equal(("x"):rep(49) .. "%", pattern("equals", long))
    assert.equal(("x"):rep(49) .. "%", pattern("begins", long))
    assert.equal("%" .. ("x"):rep(49), pattern("ends", long))
    assert.equal("%" .. ("x"):rep(48) .. "%", pattern("contains", long))
    assert.equal("%" .. ("[%]"):rep(16), pattern("ends", ("%"):rep(30)))
    -- 24 characters beyond the basic plane are 48 of the panel's.
    assert.equal("%" .. ("😀"):rep(24) .. "%", pattern("contains", ("😀"):rep(60)))
    assert.equal(("é"):rep(50), pattern("equals", ("é"):rep(50)))
  end)

  it("compares what comes exactly, case aside", function()
    local function matches(kind, text, value)
      return filter.matches({ Email = value }, { column = "Email", [kind] = text })
    end
    assert.is_true(matches("equals", "Jdoe", "jDOE"))
    assert.is_false(matches("equals", "jdoe", "jdoe2"))
    assert.is_true(matches("begins", "jd", "jdoe"))
    assert.is_false(matches("begins", "oe", "jdoe"))
    assert.is_true(matches("ends", "oe", "jdoe"))
    assert.is_false(matches("ends", "jjdoe", "jdoe"))
    assert.is_true(matches("contains", "%d", "j%doe"))
    assert.is_false(matches("contains", ".", "jdoe"))
    assert.is_true(matches("equals", "JÜRGEN", "jürgen"))
    assert.is_false(matches("equals", "jurgen", "jürgen"))
    assert.is_true(matches("contains", "ГОР", "Новгород"))
    assert.is_true(matches("begins", "jd", "ＪＤＯＥ"))
    assert.is_true(matches("equals", "", nil))
    assert.is_false(matches("equals", "x", nil))
  end)
end)

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

    it("are read through bad answers", function()
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
