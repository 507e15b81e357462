-- Lists over pages that are off by one: no record twice, none left out.
local fake = require "spec.support.fake"
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

  it("fails on responses that are not a page", function()
    local responses = {
      fake.dataset {},
      fake.dataset({}, {}),
      fake.dataset({ { Column1 = "many" } }, {}),
      fake.dataset({ { Column1 = 1 } }, { { Username = "nobody" } }),
    }
    for _, response in ipairs(responses) do
      local users, err = lists.all_users(fake.panel { get_users_paged = { response } }, { owner = 1 })
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
