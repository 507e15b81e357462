-- The sandbox answers like an Enterprise Server, and is a fixture for tests.
local child = require "spec.support.child"
local dnp = require "dnp"
local prng = require "spec.support.prng"
local sandboxes = require "dnp.sandbox"

local function session(sandbox, username, password, changes)
  local options = { url = sandbox.url, username = username or "serveradmin", password = password or "serveradmin",
    dialect = sandbox.dialect, timeout = 20 }
  for name, value in pairs(changes or {}) do
    options[name] = value
  end
  return assert(dnp.session(options))
end

local function user(changes)
  local record = { OwnerId = 2, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false, Username = "anna",
    Password = "s3cret", FirstName = "Anna", LastName = "Öz", Email = "anna@example.com" }
  for name, value in pairs(changes or {}) do
    record[name] = value
  end
  return record
end

-- Asserts that a call was refused with a code; gives the error.
local function refused(code, value, err)
  assert.is_nil(value)
  assert.are.equal("refused", err.kind)
  assert.are.equal(code, err.code)
  return err
end

local function failed(kind, value, err)
  assert.is_nil(value)
  assert.are.equal(kind, err.kind, tostring(err))
  return err
end

for _, dialect in ipairs { "dotnetpanel", "websitepanel", "solidcp" } do
  describe("the sandbox as " .. dialect, function()
    local oldest = dialect == "dotnetpanel"
    local sandbox, start_state, panel

    local function as(username, password)
      return session(sandbox, username, password)
    end

    setup(function()
      sandbox = assert(sandboxes.start { dialect = dialect })
      sandbox.dialect = dialect
      start_state = sandbox:freeze()
      panel = session(sandbox)
    end)

    teardown(function()
      sandbox:stop()
    end)

    before_each(function()
      sandbox:restore(start_state)
      sandbox:behave()
      sandbox:clear_calls()
    end)

    describe("with users", function()
      it("adds them and gives them back", function()
        local id = assert(panel:add_user(user(), true))
        local record = assert(panel:get_user_by_id(id))
        assert.are.equal("anna", record.Username)
        assert.are.equal("Öz", record.LastName)
        assert.are.equal(2, record.OwnerId)
        assert.are.equal(oldest and "s3cret" or nil, record.Password)
        assert.is_true(panel:user_exists "ANNA")
        assert.is_true(panel:authenticate_user("anna", "s3cret", "::1"))
        assert.are.equal(id, assert(panel:get_user_by_username "anna").UserId)
        assert.are.equal(1, #sandbox:query("SELECT * FROM Letters WHERE UserID = ?", id))
      end)

      it("refuses names that are bad or taken, and owners out of reach", function()
        refused(-111, panel:add_user(user { Username = "a:b" }, false))
        refused(-111, panel:add_user(user { Username = 'a"b' }, false))
        refused(-100, panel:add_user(user { Username = "JDOE" }, false))
        refused(-2, panel:add_user(user { OwnerId = 999 }, false))
        refused(-2, as("reseller", "Res3ller!"):add_user(user { OwnerId = 1 }, false))
        assert.is_false(panel:user_exists "anna")
      end)

      it("refuses changes by demo, suspended, cancelled and pending callers", function()
        local codes = { demo = -106, suspended = -104, cancelled = -105, pending = -103 }
        for name, code in pairs(codes) do
          refused(code, as(name, name):add_package(3, 2, "x", nil, 1, "2024-01-02T00:00:00"))
          refused(code == -106 and -106 or -2, as(name, name):add_user(user(), false))
        end
        assert.are.equal("suspended", assert(as("suspended", "suspended"):get_user_by_username "suspended").Username)
      end)

      it("lets only administrators make administrators", function()
        local id = assert(as("reseller", "Res3ller!"):add_user(user { RoleId = 1 }, false))
        assert.are.equal(3, assert(panel:get_user_by_id(id)).RoleId)
        id = assert(panel:add_user(user { RoleId = 1, OwnerId = 1, Username = "root2" }, false))
        assert.are.equal(1, assert(panel:get_user_by_id(id)).RoleId)
      end)

      it("shows each caller what it may see", function()
        local reseller = as("reseller", "Res3ller!")
        assert.are.equal("jdoe", assert(reseller:get_user_by_id(3)).Username)
        -- one's own owner is seen, without the password
        assert.are.equal(oldest and "" or nil, assert(reseller:get_user_by_id(1)).Password)
        failed("absent", reseller:get_user_by_id(5))
        local jdoe = as("jdoe", "secret")
        assert.are.equal("jdoe", assert(jdoe:get_user_by_id(3)).Username)
        failed("absent", jdoe:get_user_by_id(9))
        assert.are.equal(2, assert(jdoe:get_package(2)).PackageId) -- nobody's rights are looked at
        assert.are.equal(3, assert(jdoe:get_package(3)).PackageId)
        -- a peer acts as its owner
        assert.are.equal("jdoe", assert(as("adminpeer", "adminpeer"):get_user_by_id(3)).Username)
      end)

      it("lists them with and without descendants, peers apart", function()
        local function names(list)
          local found = {}
          for _, record in ipairs(list) do
            found[#found + 1] = record.Username
          end
          return table.concat(found, " ")
        end
        assert.are.equal("reseller demo suspended cancelled pending", names(assert(panel:get_users(1, false))))
        assert.are.equal("reseller jdoe demo suspended cancelled pending unicode",
          names(assert(panel:get_users(1, true))))
        assert.are.equal("", names(assert(panel:get_users(3, true))))
        assert.are.equal("adminpeer", names(assert(panel:get_user_peers(1))))
        assert.are.equal("serveradmin reseller jdoe", names(assert(panel:get_user_parents(3))))
        assert.are.equal("reseller jdoe", names(assert(as("reseller", "Res3ller!"):get_user_parents(3))))
        -- lists fill fewer fields
        local listed = assert(panel:get_users(2, false))[1]
        assert.is_nil(listed.Password)
        assert.is_nil(listed.City)
        assert.is_false(listed.HtmlMail)
      end)

      it("updates what an update takes, and nothing else", function()
        local record = assert(panel:get_user_by_id(3))
        record.FirstName, record.Comments, record.City, record.Username = "Jack", nil, "", "other"
        assert.is_true(panel:update_user(record))
        local again = assert(panel:get_user_by_id(3))
        assert.are.equal("Jack", again.FirstName)
        assert.is_nil(again.Comments)
        assert.are.equal("", again.City)
        assert.are.equal("jdoe", again.Username)
        assert.is_true(panel:authenticate_user("jdoe", "secret", ""))
        refused(-102, panel:update_user(user { UserId = 2 }))
        failed("fault", panel:update_user(user { UserId = 999 }))
      end)

      it("has literal calls that do the same", function()
        local id = assert(panel:add_user_literal(2, 3, 1, false, false, "lit", "pw", "L", "It", "l@example.com", nil,
          nil, "Town", nil, nil, nil, nil, nil, nil, nil, true, nil, false, false))
        assert.are.equal("Town", assert(panel:get_user_by_id(id)).City)
        assert.is_true(panel:authenticate_user("lit", "pw", ""))
        assert.is_true(panel:update_user_literal(id, 3, 1, false, false, "M", "It", "l@example.com", nil, nil, nil, nil,
          nil, nil, nil, nil, nil, nil, true, nil, false))
        local record = assert(panel:get_user_by_id(id))
        assert.are.equal("M", record.FirstName)
        assert.is_nil(record.City)
      end)

      it("deletes them, but not while they have users", function()
        refused(-102, panel:delete_user(2))
        assert.is_true(panel:delete_user(3))
        assert.is_false(panel:user_exists "jdoe")
        failed("absent", panel:get_package(3))
        assert.are.equal(0, #sandbox:query "SELECT * FROM WorkerCrashes")
        assert.is_true(panel:delete_user(3))
        assert.are.equal(3, sandbox:query("SELECT * FROM WorkerCrashes")[1].UserID)
        refused(-102, as("reseller", "Res3ller!"):delete_user(1)) -- its owner, whom it knows
        assert.is_true(panel:user_exists "serveradmin")
      end)

      it("cascades a status to everyone below and to their spaces", function()
        assert.is_true(panel:change_user_status(2, "Suspended"))
        assert.are.equal(2, assert(panel:get_user_by_id(3)).StatusId)
        assert.are.equal(2, assert(panel:get_package(2)).StatusId)
        assert.are.equal(2, assert(panel:get_package(3)).StatusId)
        assert.is_true(panel:change_user_status(2, "Pending"))
        assert.are.equal(4, assert(panel:get_package(3)).StatusId)
        assert.is_true(panel:change_user_status(2, "Active"))
        assert.are.equal(1, assert(panel:get_package(3)).StatusId)
        failed("fault", panel:change_user_status(999, "Active"))
      end)

      it("checks and changes passwords", function()
        refused(-109, panel:authenticate_user("nobody", "x", ""))
        refused(-110, panel:authenticate_user("jdoe", "x", ""))
        refused(-105, panel:authenticate_user("cancelled", "cancelled", ""))
        refused(-103, panel:authenticate_user("pending", "pending", ""))
        assert.is_true(panel:authenticate_user("suspended", "suspended", ""))
        assert.is_true(panel:change_user_password(3, "n€w"))
        assert.is_true(panel:authenticate_user("jdoe", "n€w", ""))
        assert.are.equal(3, assert(panel:get_user_by_username_password("jdoe", "n€w", "")).UserId)
        failed("absent", panel:get_user_by_username_password("jdoe", "secret", ""))
        assert.is_true(panel:change_user_password_by_username("jdoe", "n€w", "x", ""))
        refused(-101, panel:change_user_password_by_username("jdoe", "n€w", "y", ""))
        refused(-101, panel:change_user_password_by_username("nobody", "n€w", "y", ""))
        failed("fault", panel:change_user_password(999, "x"))
      end)

      it("pages them with one row too many", function()
        local function page(start, size, ...)
          local tables = assert(panel:get_users_paged_recursive(1, nil, nil, 0, 0, "Username ASC", start, size))
          local names = {}
          for i, row in ipairs(tables[2]) do
            names[i] = row.Username
          end
          return tables[1][1].Column1, table.concat(names, " "), ...
        end
        assert.are.same({ 7, "cancelled demo jdoe" }, { page(0, 2) })
        assert.are.same({ 7, "jdoe pending reseller" }, { page(2, 2) })
        assert.are.same({ 7, "unicode" }, { page(6, 2) })
        local tables = assert(panel:get_users_paged(1, nil, nil, 2, 0, "", 0, 10))
        assert.are.equal("suspended", tables[2][1].Username)
        assert.are.equal(1, tables[1][1].Column1)
      end)

      it("filters pages by patterns of SQL Server", function()
        local function count(column, value)
          return assert(panel:get_users_paged_recursive(1, column, value, 0, 0, "", 0, 100))[1][1].Column1
        end
        assert.are.equal(1, count("Username", "JD%"))
        assert.are.equal(1, count("Username", "j[c-e]oe"))
        assert.are.equal(0, count("Username", "j[^c-e]oe"))
        assert.are.equal(1, count("Username", "_doe"))
        -- WebsitePanel 1 looks at the value only where a column is named
        assert.are.equal(oldest and 7 or 1, count("", "%Doe"))
        assert(panel:add_user(user { Username = "o_b", LastName = "O'Brien" }, false))
        assert.are.equal(0, count("LastName", "O'Brien")) -- the panel doubles the quote
        assert.are.equal(1, count("LastName", "O_Brien"))
        assert.are.equal(1, count("Username", "o[_]b"))
        local err = failed("fault", panel:get_users_paged(1, "Nonsense", "x", 0, 0, "", 0, 1))
        assert.is_truthy(err.message:find("Invalid column name", 1, true))
        failed("fault", panel:get_users_paged(1, "", "", 0, 0, "UserID; DROP TABLE Users", 0, 1))
      end)

      it("keeps settings, inherited from above", function()
        local settings = assert(panel:get_user_settings(3, "AccountSummaryLetter"))
        assert.are.equal(1, settings.UserId)
        assert.are.same({ "Subject", "Your account & you" }, settings.SettingsArray[2])
        assert.is_true(panel:update_user_settings { UserId = 2, SettingsName = "AccountSummaryLetter",
          SettingsArray = { { "Subject", 'a "b" \\ c' }, { "HtmlBody", "" } } })
        settings = assert(panel:get_user_settings(3, "AccountSummaryLetter"))
        assert.are.equal(2, settings.UserId)
        assert.are.same({ { "Subject", 'a "b" \\ c' }, { "HtmlBody", "" } }, settings.SettingsArray)
        assert.is_nil(assert(panel:get_user_settings(3, "Nothing")).SettingsArray)
      end)

      it("sends letters, and none where there is no text", function()
        assert.is_true(panel:update_user_settings { UserId = 1, SettingsName = "AccountSummaryLetter",
          SettingsArray = { { "TextBody", "plain" }, { "HtmlBody", "<p/>" } } })
        assert.is_true(panel:send_account_summary_letter(3, "a@example.com", "b@example.com"))
        assert.is_true(panel:send_account_summary_letter(1, "a@example.com"))
        assert.is_true(panel:send_package_summary_letter(3, "a@example.com")) -- no text for who reads no HTML
        local letters = sandbox:query "SELECT * FROM Letters ORDER BY LetterID"
        assert.are.equal(2, #letters)
        assert.are.equal("b@example.com", letters[1].CarbonCopy)
        assert.are.same({ "plain", "<p/>" }, { letters[1].Body, letters[2].Body })
        refused(-300, panel:send_package_summary_letter(999, "a@example.com"))
        refused(-101, panel:send_account_summary_letter(999, "a@example.com"))
      end)

      it("cannot read back a user without a valid role", function()
        local request = panel:request("AddUser", user { Username = "norole" }, false)
        local body = request.body:gsub("<RoleId>3</RoleId>", ""):gsub("<RoleId>.-</RoleId>", "")
        local socket = require "socket.http"
        local ltn12 = require "ltn12"
        local headers = { ["Content-Length"] = #body }
        for name, value in pairs(request.headers) do
          headers[name] = value
        end
        local _, status = socket.request { url = request.url, method = "POST", headers = headers,
          source = ltn12.source.string(body) }
        assert.are.equal(200, status)
        local err = failed("fault", panel:get_user_by_username "norole")
        assert.is_truthy(err.message:find("'0' is not a valid value for EnterpriseServer.UserRole", 1, true))
        failed("fault", panel:get_users(2, false))
      end)
    end)

    describe("with spaces", function()
      it("makes them in the space of their plan, dates as the panel keeps them", function()
        local id = assert(panel:add_package(3, 2, "New", "c", 1, "2024-01-02T03:04:05.998"))
        local package = assert(panel:get_package(id))
        assert.are.equal(2, package.ParentPackageId)
        assert.are.equal("2024-01-02T03:04:05.997", package.PurchaseDate)
        id = assert(panel:add_package(3, 2, "New", "", 1, "2024-01-02T03:04:05Z"))
        assert.are.equal("2024-01-02T03:04:05", assert(panel:get_package(id)).PurchaseDate)
        failed("fault", panel:add_package(3, 2, "New", "", 1, "1752-12-31T00:00:00"))
        failed("fault", panel:add_package(999, 2, "New", "", 1, "2024-01-02T00:00:00"))
        failed("fault", panel:add_package(3, 999, "New", "", 1, "2024-01-02T00:00:00"))
        refused(oldest and -108 or -112, as("jdoe", "secret"):add_package(3, 2, "New", "", 1, "2024-01-02T00:00:00"))
      end)

      it("refuses what does not fit into the space above, and makes nothing", function()
        local err = refused(-305, panel:add_package(3, 3, "Huge", "", 1, "2024-01-02T00:00:00"))
        assert.are.same({ { QuotaID = 11, QuotaName = "OS.Diskspace", QuotaValue = 400500 },
          { QuotaID = 13, QuotaName = "Web.Sites", QuotaValue = 951 } }, err.exceeding_quotas)
        assert.are.equal(1, #assert(panel:get_my_packages(3)))
        refused(-305, panel:update_package_literal(3, 1, 3, "2024-01-02T00:00:00", "Huge", ""))
        assert.are.equal(2, assert(panel:get_package(3)).PlanId)
      end)

      it("updates and renames them", function()
        local package = assert(panel:get_package(3))
        package.PackageName, package.StatusId = "Renamed", 2
        assert.is_true(panel:update_package(package))
        assert.are.equal("Renamed", assert(panel:get_package(3)).PackageName)
        assert.is_true(panel:update_package_name(3, "Näme & <1>", nil))
        assert.are.equal("Näme & <1>", assert(panel:get_package(3)).PackageName)
        assert.is_true(panel:update_package_name(999, "x", nil))
        package.PackageId = 999
        refused(-300, panel:update_package(package))
      end)

      it("gives a space quotas of its own", function()
        local package = assert(panel:get_package(3))
        package.OverrideQuotas = true
        package.Quotas = { { QuotaId = 13, QuotaValue = 7 } }
        package.Groups = { { GroupId = 2, Enabled = true, CalculateDiskSpace = true, CalculateBandwidth = true } }
        assert.is_true(panel:update_package(package))
        assert.are.equal(7, assert(panel:get_package_quota(3, "Web.Sites")).QuotaAllocatedValue)
        assert.are.equal(0, assert(panel:get_package_quota(3, "OS.Diskspace")).QuotaAllocatedValue)
        package.Quotas[1].QuotaValue = 51
        local err = refused(-305, panel:update_package(package))
        assert.are.equal(1, err.exceeding_quotas[1].QuotaValue)
        assert.are.equal(7, assert(panel:get_package_quota(3, "Web.Sites")).QuotaAllocatedValue)
      end)

      it("deletes them, but not with others nested in them", function()
        refused(-301, panel:delete_package(2))
        assert.is_true(panel:delete_package(3))
        failed("absent", panel:get_package(3))
        refused(-300, panel:delete_package(3))
      end)

      it("cascades a status to nested ones", function()
        assert.is_true(panel:change_package_status(2, "Cancelled"))
        assert.are.equal(3, assert(panel:get_package(3)).StatusId)
        refused(-1, panel:change_package_status(999, "Active"))
      end)

      it("lists them", function()
        assert.are.equal(oldest and 2 or 0, #assert(panel:get_packages(1)))
        assert.are.equal(1, #assert(panel:get_packages(2)))
        assert.are.equal(oldest and 3 or 2, assert(panel:get_packages(2))[1].PackageId)
        assert.are.equal(1, #assert(panel:get_my_packages(2)))
        assert.are.equal(0, #assert(panel:get_my_packages(9)))
        for i = 1, 4 do
          assert(panel:add_package(9, 2, "P" .. i, "", 1, "2024-01-02T00:00:00"))
        end
        local function page(start, size)
          local tables = assert(panel:get_packages_paged(1, nil, nil, "PackageName", start, size))
          return tables[1][1].Column1, #tables[2], (tables[2][1] or {}).PackageName
        end
        assert.are.same({ 6, 2, "John's <space>" }, { page(0, 2) })
        assert.are.same({ 6, 3, "P1" }, { page(2, 2) })
        assert.are.same({ 6, 3, "P3" }, { page(4, 2) })
      end)

      it("tells what they use", function()
        local tables = assert(panel:get_package_quotas(3))
        assert.are.equal(3, #tables[1])
        assert.are.equal(15, tables[2][5].QuotaValue)
        assert.are.equal(1000, tables[2][5].ParentQuotaValue)
        local context = assert(panel:get_package_context(3))
        assert.are.equal(3, #context.GroupsArray)
        assert.are.equal("OS.Diskspace", context.QuotasArray[1].QuotaName)
        assert.are.equal(37, context.QuotasArray[1].QuotaUsedValue)
        local bandwidth = assert(panel:get_package_bandwidth(3, "2011-01-01T00:00:00", "2011-12-31T00:00:00"))
        assert.are.equal(5381292032, bandwidth[1][1].BytesTotal)
        assert.are.equal(0, #assert(panel:get_package_bandwidth(3, "2001-01-01T00:00:00", "2001-12-31T00:00:00"))[1])
        assert.are.equal(38797312, assert(panel:get_package_diskspace(3))[1][1].DiskspaceBytes)
      end)

      it("makes an account with a space in one call", function()
        local id = assert(panel:create_user_wizard(2, "wizard", "pw", 3, "W", "Z", "w@example.com", nil, true, false,
          true, 2, false, "example.com", false, true, false, nil, false))
        local packages = assert(panel:get_my_packages(id))
        assert.are.equal("Shared Small", packages[1].PackageName)
        assert.are.equal(1, assert(panel:get_package_quota(packages[1].PackageId, "Web.Sites")).QuotaUsedValue)
        refused(-502, panel:create_user_wizard(2, "wizard3", "pw", 3, "W", "Z", "w@example.com", nil, true, false,
          true, 2, false, "EXAMPLE.com", false, true, false, nil, false))
        assert.are.equal(2, assert(panel:get_user_by_id(id)).OwnerId)
        refused(-1100, panel:create_user_wizard(2, "wizard", "pw", 3, "W", "Z", "w@example.com", nil, true, false,
          false, 0, false, nil, false, false, false, nil, false))
        refused(-305, panel:create_user_wizard(2, "wizard2", "pw", 3, "W", "Z", "w@example.com", nil, true, false,
          true, 3, false, nil, false, false, false, nil, false))
        assert.is_false(panel:user_exists "wizard2")
        assert.is_truthy(panel:add_package_with_resources(id, 2, "Second", 1, true, false, nil, false, false, false,
          nil, false))
        assert.are.equal("Second", assert(panel:get_my_packages(id))[2].PackageName)
      end)
    end)

    describe("with plans and add-ons", function()
      it("tells which there are", function()
        assert.are.equal("Shared Huge", assert(panel:get_hosting_plans(2))[1][1].PlanName)
        assert.are.equal("Extra Mailboxes", assert(panel:get_hosting_addons(2))[1][1].PlanName)
        assert.are.equal("Shared Small", assert(panel:get_hosting_plan(2)).PlanName)
        failed("absent", panel:get_hosting_plan(999))
        assert.are.equal(2, #assert(panel:get_user_available_hosting_plans(3)))
        assert.are.equal(2, #assert(panel:get_user_available_hosting_addons(3)))
      end)

      it("raises a space's quotas by active add-ons", function()
        local addon = { PackageId = 3, PlanId = 4, Quantity = 3, StatusId = 1, PurchaseDate = "2024-05-06T00:00:00" }
        local id = assert(panel:add_package_addon(addon))
        assert.are.equal(30, assert(panel:get_package_quota(3, "Mail.Accounts")).QuotaAllocatedValue)
        addon = assert(panel:get_package_addon(id))
        addon.StatusId = 2
        assert.is_true(panel:update_package_addon(addon))
        assert.are.equal(15, assert(panel:get_package_quota(3, "Mail.Accounts")).QuotaAllocatedValue)
        assert.are.equal(2, #assert(panel:get_package_addons(3))[1])
        assert.is_true(panel:delete_package_addon(id))
        if oldest then
          assert.is_true(panel:delete_package_addon(id))
        else
          failed("fault", panel:delete_package_addon(id))
        end
        failed("absent", panel:get_package_addon(id))
        addon.PackageAddonId = 999
        assert.is_true(panel:update_package_addon(addon))
        assert.is_truthy(panel:add_package_addon_by_id(3, 4, 1))
        failed("fault", panel:add_package_addon_by_id(999, 4, 1))
      end)

      it("refuses an add-on that is too much", function()
        local err = refused(-305, panel:add_package_addon { PackageId = 3, PlanId = 5, Quantity = 1, StatusId = 1,
          PurchaseDate = "2024-05-06T00:00:00" })
        assert.are.same({ { QuotaID = 13, QuotaName = "Web.Sites", QuotaValue = 11 } }, err.exceeding_quotas)
        assert.are.equal(1, #assert(panel:get_package_addons(3))[1])
      end)
    end)

    it("denies who is not known, and does not understand some who are", function()
      local err = failed("http", session(sandbox, "serveradmin", "wrong"):user_exists "x")
      assert.are.equal(401, err.http_status)
      assert.is_true(panel:change_user_password(3, "a:b"))
      assert.are.equal(401, select(2, session(sandbox, "jdoe", "a:b"):user_exists "x").http_status)
      assert.is_true(panel:change_user_password(3, "ä"))
      assert.are.equal(401, select(2, session(sandbox, "jdoe", "ä"):user_exists "x").http_status)
      assert.is_true(panel:change_user_password(3, "secret"))
      assert.is_true(session(sandbox, "JDOE", "secret"):user_exists "jdoe")
    end)
  end)
end

describe("a sandbox as a fixture", function()
  local sandbox, panel

  before_each(function()
    sandbox = assert(sandboxes.start())
    panel = session(sandbox, nil, nil, { timeout = 5 })
  end)

  after_each(function()
    sandbox:stop()
  end)

  it("starts many at a time, each on a port of its own", function()
    local other = assert(sandboxes.start { port = 0 })
    assert.are_not.equal(sandbox.url, other.url)
    assert.is_true(session(other):user_exists "serveradmin")
    other:stop()
    other:stop()
    assert.has_error(function() other:call_count() end, "this sandbox was stopped")
    failed("transport", session(other):user_exists "serveradmin")
  end)

  it("says what cannot be started", function()
    local port = tonumber(sandbox.url:match "%d+$")
    local other, message = sandboxes.start { port = port }
    assert.is_nil(other)
    assert.is_truthy(message:find("cannot be opened", 1, true))
    other, message = sandboxes.start { database = "/nonexistent/panel.db" }
    assert.is_nil(other)
    assert.is_truthy(message:find("/nonexistent/panel.db", 1, true))
    local function raises(options, expected)
      local good, text = pcall(function() return sandboxes.start(options) end)
      assert.is_false(good)
      assert.is_truthy(tostring(text):find(expected, 1, true), text)
    end
    raises({ prot = 1 }, "unknown field 'prot'")
    raises({ port = "1" }, "'port': number expected, got string")
    raises({ port = 70000 }, "'port' must be an integer from 0 to 65535")
    raises({ dialect = "plesk" }, "expected one of 'dotnetpanel', 'websitepanel', 'solidcp', got 'plesk'")
    raises({ database = "" }, "'database' must not be empty")
    raises({ certificate = "x" }, "go together")
    for _, version in ipairs { "", "x", "1.", ".1", "1..2", "1.2.3.4.5", "1.2a", "-1", "12345", "1 2" } do
      raises({ dialect = "websitepanel", version = version }, "'version' is up to four numbers")
    end
    raises({ delete_delay = -1 }, "'delete_delay' must not be negative")
    raises(7, "table expected, got number")
  end)

  describe("with a file", function()
    local file

    local function bytes(path)
      local handle = assert(io.open(path, "rb"))
      local content = handle:read "*a"
      handle:close()
      return content
    end

    -- Runs statements on a file that no sandbox has open.
    local function attached(path, ...)
      assert(sandbox:query(("ATTACH '%s' AS other"):format(path)))
      for _, statements in ipairs { ... } do
        for _, sql in ipairs(statements) do
          assert(sandbox:query(sql))
        end
      end
      assert(sandbox:query "DETACH other")
    end

    before_each(function()
      file = os.tmpname()
      os.remove(file)
    end)

    after_each(function()
      for _, suffix in ipairs { "", "-wal", "-shm", "-journal" } do
        os.remove(file .. suffix)
      end
    end)

    it("keeps its data, and its mark, in it", function()
      local first = assert(sandboxes.start { database = file })
      assert(session(first):add_user(user(), false))
      first:stop()
      assert.are.equal("dnpS", bytes(file):sub(69, 72))
      local second = assert(sandboxes.start { database = file })
      assert.is_true(session(second):user_exists "anna")
      second:stop()
    end)

    it("opens one that the first sandboxes made", function()
      local first = assert(sandboxes.start { database = file })
      local unmade = {}
      for _, row in ipairs(first:query [[SELECT 'DROP TRIGGER other.' || name AS sql FROM sqlite_schema
          WHERE type = 'trigger' AND name NOT IN ('UserAdded', 'PackageAdded')
          UNION ALL SELECT 'DROP TABLE other.' || name FROM sqlite_schema
          WHERE name IN ('WorkerCrashes', 'Domains', 'FtpAccounts', 'NestedPlans', 'NestedAddons')]]) do
        unmade[#unmade + 1] = row.sql
      end
      first:stop()
      attached(file, unmade, { "DROP INDEX other.UsersByKey", "DROP INDEX other.PackagesWithOwnQuotas",
        "ALTER TABLE other.Users DROP COLUMN UsernameKey", "ALTER TABLE other.Users DROP COLUMN OneTimePasswordState",
        "CREATE VIEW other.SeenUsers AS SELECT * FROM Users", "PRAGMA other.application_id = 0",
        "PRAGMA other.user_version = 1" })
      local second = assert(sandboxes.start { database = file })
      assert.is_true(session(second):user_exists "JDOE ")
      refused(-305, session(second):add_package(3, 3, "Huge", "", 1, "2024-01-02T00:00:00"))
      second:stop()
    end)

    it("does not touch another program's", function()
      local function foreign(...)
        attached(file, { "CREATE TABLE other.customers (name text)", ... })
      end
      local function untouched(message)
        local before = bytes(file)
        local other, reason = sandboxes.start { database = file }
        assert.is_nil(other)
        assert.are.equal(file .. message, reason)
        assert.are.equal(before, bytes(file))
        assert.is_nil(io.open(file .. "-wal"))
      end
      foreign()
      untouched " is not a database of the sandbox"
      os.remove(file)
      foreign "PRAGMA other.user_version = 1"
      untouched " is not a database of the sandbox"
      os.remove(file)
      foreign("PRAGMA other.user_version = 2", "PRAGMA other.application_id = 1234")
      untouched " is not a database of the sandbox"
      os.remove(file)
      foreign("PRAGMA other.application_id = 1684959315", "PRAGMA other.user_version = 99")
      untouched " was made by a sandbox of another version"
    end)
  end)

  it("goes back to a state that was kept", function()
    local state = sandbox:freeze()
    local id = assert(panel:add_user(user(), false))
    sandbox:restore(state)
    assert.is_false(panel:user_exists "anna")
    assert.are.equal(id, assert(panel:add_user(user(), false)))
  end)

  it("is seeded from a table", function()
    local seeded = assert(sandboxes.start { seed = {
      users = { { UserId = 50, Username = "shop", Password = "pw", RoleId = 2 },
        { UserId = 51, OwnerId = 50, Username = "customer" } },
      plans = { { PlanId = 7, UserId = 50, PackageId = 20, PlanName = "Tiny", quotas = { ["Web.Sites"] = 2 } },
        { PlanId = 8, UserId = 50, PackageId = 20, PlanName = "Site", IsAddon = true,
          quotas = { ["Web.Sites"] = 1 } } },
      packages = { { PackageId = 20, UserId = 50, PackageName = "Shop", quotas = { ["Web.Sites"] = 3 } },
        { PackageId = 21, ParentPackageId = 20, UserId = 51, PlanId = 7, usage = { ["Web.Sites"] = 1 } } },
      addons = { { PackageId = 21, PlanId = 8, Quantity = 1 } },
      bandwidth = { { PackageId = 21, GroupId = 2, LogDate = "2024-02-01T00:00:00", BytesSent = 3,
        BytesReceived = 4 } },
    } })
    local shop = session(seeded, "shop", "pw")
    assert.are.equal("customer", assert(shop:get_users(50, false))[1].Username)
    local quota = assert(shop:get_package_quota(21, "Web.Sites"))
    assert.are.same({ 3, 1 }, { quota.QuotaAllocatedValue, quota.QuotaUsedValue })
    refused(-305, shop:add_package_addon_by_id(21, 8, 1))
    assert.are.equal(7, assert(shop:get_package_bandwidth(21, "2024-01-01T00:00:00", "2024-12-31T00:00:00"))[1][1]
      .BytesTotal)
    assert.is_false(shop:user_exists "reseller")
    seeded:stop()
  end)

  -- What is kept as it changes, and what it is when it is counted.
  local KEPT = [[SELECT 'plan' AS kind, ParentPackageID, PlanID, Number FROM NestedPlans WHERE Number <> 0
    UNION ALL SELECT 'addon', ParentPackageID, PlanID, Number FROM NestedAddons WHERE Number <> 0 ORDER BY 1, 2, 3]]
  local COUNTED = [[SELECT 'plan' AS kind, ParentPackageID, PlanID, count(*) AS Number FROM Packages
      WHERE ParentPackageID IS NOT NULL AND PlanID IS NOT NULL AND NOT OverrideQuotas GROUP BY 2, 3
    UNION ALL SELECT 'addon', P.ParentPackageID, A.PlanID, sum(A.Quantity)
      FROM PackageAddons AS A JOIN Packages AS P ON P.PackageID = A.PackageID
      WHERE P.ParentPackageID IS NOT NULL AND A.StatusID = 1 GROUP BY 2, 3 ORDER BY 1, 2, 3]]

  it("knows what a space has given away, whatever was done to those in it", function()
    local numbers = prng.new(7)
    local function random(most)
      return numbers:integer(1, most)
    end
    local date = "2024-01-02T00:00:00"
    local function any(sql)
      local rows = sandbox:query(sql)
      return rows[#rows > 0 and random(#rows) or 1] or {}
    end
    sandbox:seed { plans = { { PlanId = 6, UserId = 2, PackageId = 2, PlanName = "None" } } }
    local actions = {
      function() return panel:add_package(3, 6, "x", nil, 1, date) end,
      function() return panel:add_package(9, random(6), "x", nil, 1, date) end,
      function()
        local space = any "SELECT PackageID FROM Packages WHERE PackageID > 1"
        local package = panel:get_package(space.PackageID or 3)
        if package then
          package.PlanId, package.OverrideQuotas = ({ 2, 6 })[random(2)], random(2) == 1
          return panel:update_package(package)
        end
      end,
      function()
        return panel:add_package_addon_by_id(any("SELECT PackageID FROM Packages").PackageID, 4, random(3))
      end,
      function()
        local addon = panel:get_package_addon(any("SELECT PackageAddonID AS id FROM PackageAddons").id or 1)
        if addon then
          addon.StatusId, addon.Quantity = random(2), random(4)
          return panel:update_package_addon(addon)
        end
      end,
      function() return panel:delete_package_addon(any("SELECT PackageAddonID AS id FROM PackageAddons").id or 1) end,
      function()
        return panel:delete_package(any("SELECT PackageID FROM Packages WHERE PackageID > 2").PackageID or 3)
      end,
      function() return random(20) == 1 and panel:delete_user(9) end,
    }
    for _ = 1, 400 do
      actions[random(#actions)]()
    end
    assert.are.same(sandbox:query(COUNTED), sandbox:query(KEPT))
    assert.is_true(#sandbox:query(KEPT) > 0)
  end)

  it("does not become slower with the spaces that a space has", function()
    local packages = {}
    for index = 1, 10000 do
      packages[index] = { ParentPackageId = 2, UserId = 3, PlanId = 2 }
    end
    local function cost()
      local start = os.clock()
      for _ = 1, 20 do
        refused(-305, panel:add_package(3, 3, "x", nil, 1, "2024-01-02T00:00:00"))
      end
      return os.clock() - start
    end
    cost()
    local alone = cost()
    sandbox:seed { packages = packages }
    assert.is_true(cost() < 20 * alone + 0.1)
  end)

  it("raises mistakes where they are made", function()
    local stopped = assert(sandboxes.start())
    stopped:stop()
    local function raises(expected, server, method, ...)
      local arguments = { ... }
      local good, text = pcall(function()
        server[method](server, arguments[1])
      end)
      assert.is_false(good)
      assert.matches("sandbox_spec.lua:%d+: " .. expected, text)
    end
    for _, method in ipairs { "freeze", "behave", "misbehaved", "calls", "call_count", "clear_calls" } do
      raises("this sandbox was stopped$", stopped, method)
    end
    raises("this sandbox was stopped$", stopped, "query", "SELECT 1")
    raises("this sandbox was stopped$", stopped, "seed", {})
    raises("this sandbox was stopped$", stopped, "restore", sandbox:freeze())
    raises("this sandbox was stopped$", stopped, "misbehave", { action = "drop" })
    raises("sandbox:misbehave: field 'action': expected one of 'delay', 'fault', ", sandbox, "misbehave",
      { action = "drp" })
    raises("the panel has no operation 'add_user'$", sandbox, "calls", "add_user")
    raises("sandbox:query: string expected, got nil$", sandbox, "query")
    raises("sandbox:restore: what sandbox:freeze gave expected, got nil$", sandbox, "restore")
    raises("sandbox:misbehaved: number expected, got string$", sandbox, "misbehaved", "drop")
    raises("sandbox:call_count: string expected, got table$", sandbox, "call_count", {})
    local good, text = pcall(function()
      assert(sandboxes.start { seed = { users = { { Usrname = "x" } } } })
    end)
    assert.is_false(good)
    assert.matches("sandbox_spec.lua:%d+: sandbox:seed: users%[1%]: unknown field 'Usrname'", text)
  end)

  it("is seeded whole or not at all", function()
    local function raises(seed, expected)
      local good, text = pcall(function() sandbox:seed(seed) end)
      assert.is_false(good)
      assert.is_truthy(tostring(text):find(expected, 1, true), text)
    end
    raises({ user = {} }, "unknown field 'user'; there are addons, bandwidth")
    raises({ users = { { Username = "x", Pasword = "y" } } }, "users[1]: unknown field 'Pasword'")
    raises({ users = { { Username = "x", City = {} } } }, "users[1]: 'City' cannot be a table")
    raises({ users = { "x" } }, "users[1]: table expected, got string")
    raises({ users = { Username = "x" } }, "users: list of rows expected, got a table with the key 'Username'")
    raises({ users = { { Username = "x", RoleId = "User" } } }, "users[1]: 'RoleId': number expected, got 'User'")
    raises({ users = { { Username = "x", IsDemo = "yes" } } }, "users[1]: 'IsDemo': number expected, got 'yes'")
    raises({ plans = { { PlanName = "x", quotas = { ["Web.Sites"] = 1 } } } }, "needs a PlanID")
    raises({ plans = { { PlanId = 9, PlanName = "x", quotas = { ["Web.Site"] = 1 } } } }, "unknown quota 'Web.Site'")
    raises({ users = { { Username = "x" }, { Username = "jdoe" } } }, "UNIQUE")
    assert.is_false(panel:user_exists "x")
  end)

  it("answers a query whole or not at all", function()
    local columns = {}
    for i = 1, 64 do
      columns[i] = ("%d AS c%d"):format(i, i)
    end
    local sql = "SELECT " .. table.concat(columns, ", ")
    assert.are.equal(64, sandbox:query(sql)[1].c64)
    local rows, message = sandbox:query(sql .. ", 65")
    assert.is_nil(rows)
    assert.is_truthy(message:find("at most 64 columns", 1, true), message)
  end)

  it("deletes in the background when told to", function()
    local slow = assert(sandboxes.start { delete_delay = 0.3 })
    local slow_panel = session(slow)
    assert.is_true(slow_panel:delete_package(3))
    assert.is_true(slow_panel:delete_user(9))
    assert.is_true(slow_panel:user_exists "unicode")
    local deadline = dnp.clock() + 10
    repeat
      dnp.sleep(0.02)
    until not slow_panel:user_exists "unicode" or dnp.clock() > deadline
    assert.is_false(slow_panel:user_exists "unicode")
    failed("absent", slow_panel:get_package(3))
    slow:stop()
  end)

  it("logs calls without secrets", function()
    assert(panel:add_user(user { Password = "t0psecret" }, true))
    assert.is_true(panel:change_user_password(3, "t0psecret"))
    refused(-110, panel:authenticate_user("jdoe", "t0p", "::1"))
    failed("http", session(sandbox, "x", "t0psecret"):user_exists "x")
    local calls = sandbox:calls()
    assert.are.equal(4, #calls)
    assert.are.equal(4, sandbox:call_count())
    assert.are.equal(1, sandbox:call_count "AddUser")
    assert.are.equal(0, sandbox:call_count "DeleteUser")
    local added = sandbox:calls "AddUser"[1]
    assert.are.equal("serveradmin", added.caller)
    assert.are.equal(200, added.http_status)
    assert.is_true(added.code > 0)
    assert.are.equal("anna", added.parameters.user.Username)
    assert.are.equal("[redacted]", added.parameters.user.Password)
    assert.is_false(added.parameters.user.IsPeer)
    assert.is_true(added.parameters.sendLetter)
    assert.is_nil(added.parameters.user.City)
    assert.are.equal("[redacted]", calls[2].parameters.password)
    assert.are.equal(-110, calls[3].code)
    assert.is_nil(calls[3].caller)
    assert.are.equal(401, calls[4].http_status)
    sandbox:clear_calls()
    assert.are.equal(0, sandbox:call_count())
    assert.are.same({}, sandbox:calls())
    assert.is_true(panel:update_user_settings { UserId = 3, SettingsName = "Mail", SettingsArray = {
      { "SmtpPassword", 't0p"\\secret' }, { "Server", "mail.example.com" }, { "ASecret", "t0psecret" }, {}, { "x" } } })
    assert.are.equal('[["SmtpPassword","[redacted]"],["Server","mail.example.com"],["ASecret","[redacted]"],[],["x"]]',
      sandbox:calls()[1].parameters.settings.SettingsArray)
    assert.are.equal('t0p"\\secret', assert(panel:get_user_settings(3, "Mail")).SettingsArray[1][2])
    assert.has_error(function() sandbox:calls "AddUsr" end, "the panel has no operation 'AddUsr'")
  end)

  it("is traced without the settings that are named like a password", function()
    local texts = {}
    local traced = session(sandbox, nil, nil, { trace = function(event)
      texts[#texts + 1] = event.body
    end })
    assert.is_true(traced:update_user_settings { UserId = 3, SettingsName = "Mail", SettingsArray = {
      { "Server", "visible" }, { "SmtpPassword", "t0psecret" }, { "Folder", "plain" } } })
    assert(traced:get_user_settings(3, "Mail"))
    local all = table.concat(texts, "\n")
    assert.is_nil(all:find("t0psecret", 1, true))
    for _, text in ipairs { "visible", "SmtpPassword", "[redacted]", "plain" } do
      assert.is_truthy(texts[1]:find(text, 1, true), text)
      assert.is_truthy(texts[4]:find(text, 1, true), text)
    end
  end)

  describe("misbehaves", function()
    local function check(rule, kind, done)
      local number = sandbox:misbehave(rule)
      local err = failed(kind, panel:add_user(user(), false))
      assert.are.equal(1, sandbox:misbehaved(number))
      assert.are.equal(1, sandbox:call_count "AddUser")
      assert.are.equal(done, panel:user_exists "anna")
      return err
    end

    it("by a fault before or after the change", function()
      local err = check({ action = "fault", operation = "AddUser", text = "out of order" }, "fault", false)
      assert.is_truthy(err.message:find("out of order", 1, true))
    end)

    it("by a fault after the change", function()
      check({ action = "fault", operation = "AddUser", when = "after" }, "fault", true)
    end)

    it("by a fault with any text", function()
      sandbox:misbehave { action = "fault", text = ("ä"):rep(511) }
      assert.is_truthy(failed("fault", panel:user_exists "x").fault_string:find("---> " .. ("ä"):rep(511) .. "$"))
      sandbox:misbehave { action = "fault", text = "byte \255, control \1" }
      assert.is_truthy(failed("fault", panel:user_exists "x").fault_string:find("byte ?, control ?", 1, true))
    end)

    it("by HTML with an error status", function()
      assert.are.equal(503, check({ action = "html", status = 503, operation = "AddUser" }, "http", false).http_status)
    end)

    it("by HTML with status 200", function()
      check({ action = "html", status = 200, operation = "AddUser", when = "after" }, "protocol", true)
    end)

    it("by dropping the connection before the change", function()
      assert.are.equal("unknown", check({ action = "drop", operation = "AddUser" }, "transport", false).outcome)
    end)

    it("by dropping the connection after the change", function()
      assert.are.equal("unknown",
        check({ action = "drop", operation = "AddUser", when = "after" }, "transport", true).outcome)
    end)

    it("by cutting the answer", function()
      assert.are.equal("unknown",
        check({ action = "cut", bytes = 200, operation = "AddUser" }, "transport", true).outcome)
    end)

    it("by cutting the answer at its end", function()
      check({ action = "cut", bytes = 1000000, operation = "AddUser" }, "transport", true)
    end)

    it("by refusing", function()
      local err = check({ action = "refuse", code = -999, operation = "AddUser" }, "refused", false)
      assert.are.equal(-999, err.code)
      sandbox:misbehave { action = "refuse", code = -305 }
      refused(-305, panel:add_package(3, 2, "x", nil, 1, "2024-01-02T00:00:00"))
    end)

    it("by hanging until the client gives up", function()
      local hasty = session(sandbox, nil, nil, { timeout = 0.3 })
      sandbox:misbehave { action = "hang", operation = "AddUser" }
      assert.are.equal("unknown", failed("timeout", hasty:add_user(user(), false)).outcome)
      assert.is_false(panel:user_exists "anna")
      sandbox:misbehave { action = "hang", operation = "AddUser", when = "after" }
      failed("timeout", hasty:add_user(user(), false))
      assert.is_true(panel:user_exists "anna")
      assert.are.equal(2, sandbox:call_count "AddUser")
    end)

    it("by a delay", function()
      sandbox:misbehave { action = "delay", seconds = 0.2 }
      local start = dnp.clock()
      assert.is_true(panel:user_exists "jdoe")
      assert.is_true(dnp.clock() - start >= 0.2)
      assert.is_true(panel:user_exists "jdoe")
      assert.are.equal("delay", sandbox:calls()[1].misbehaviour)
      assert.is_nil(sandbox:calls()[2].misbehaviour)
    end)

    it("by a delay that is longer than the client's timeout: the change comes late", function()
      local hasty = session(sandbox, nil, nil, { timeout = 0.3 })
      sandbox:misbehave { action = "delay", seconds = 1e6, operation = "AddUser" }
      assert.are.equal("unknown", failed("timeout", hasty:add_user(user(), false)).outcome)
      assert.is_false(panel:user_exists "anna")
      sandbox:behave()
      local deadline = dnp.clock() + 10
      repeat
        dnp.sleep(0.02)
      until panel:user_exists "anna" or dnp.clock() > deadline
      assert.is_true(panel:user_exists "anna")
    end)

    it("on the nth call, so many times", function()
      local rule = sandbox:misbehave { action = "fault", operation = "UserExists", nth = 3, times = 2 }
      local seen = {}
      for i = 1, 6 do
        seen[i] = panel:user_exists "jdoe" and "good" or "bad"
      end
      assert.are.same({ "good", "good", "bad", "bad", "good", "good" }, seen)
      assert.are.equal(2, sandbox:misbehaved(rule))
      assert.are.equal(2, sandbox:misbehaved())
      assert.are.equal("fault", sandbox:calls "UserExists"[3].misbehaviour)
      assert.is_nil(sandbox:calls "UserExists"[2].misbehaviour)
    end)

    it("at a rate, the same with the same seed", function()
      local function pattern(seed)
        sandbox:behave()
        sandbox:misbehave { action = "fault", rate = 0.5, seed = seed }
        local seen = {}
        for i = 1, 40 do
          seen[i] = panel:user_exists "jdoe" and "." or "x"
        end
        return table.concat(seen)
      end
      local first = pattern(1)
      assert.are.equal(first, pattern(1))
      assert.are_not.equal(first, pattern(2))
      local _, count = first:gsub("x", "")
      assert.is_true(count > 8 and count < 32)
    end)

    it("until told to behave", function()
      sandbox:misbehave { action = "drop", times = math.huge }
      for _ = 1, 3 do
        failed("transport", panel:user_exists "jdoe")
      end
      sandbox:behave()
      assert.is_true(panel:user_exists "jdoe")
    end)

    it("only as rules can say", function()
      local function raises(rule, expected)
        local good, text = pcall(function() sandbox:misbehave(rule) end)
        assert.is_false(good)
        assert.is_truthy(tostring(text):find(expected, 1, true), text)
      end
      raises({}, "field 'action' is missing")
      raises({ action = "explode" },
        "expected one of 'delay', 'fault', 'html', 'cut', 'drop', 'hang', 'refuse', got 'explode'")
      raises({ action = "drop", operation = "AddUsr" }, "no operation AddUsr")
      raises({ action = "drop", opration = "AddUser" }, "unknown field 'opration'")
      raises({ action = "delay" }, "'delay' needs 'seconds'")
      raises({ action = "refuse", code = 3 }, "'code' must be an integer")
      raises({ action = "refuse", code = -1, operation = "GetUsers" }, "cannot refuse")
      raises({ action = "cut", bytes = 3, when = "before" }, "only be cut after")
      raises({ action = "drop", when = "never" }, "'when' is")
      raises({ action = "drop", rate = 2 }, "a rate is from 0 to 1")
      raises({ action = "html", status = 7 }, "'status' must be")
      raises({ action = "fault", text = ("x"):rep(1024) }, "a text has less than 1024 bytes")
      raises("drop", "table expected, got string")
    end)
  end)

  it("stops while calls hang", function()
    sandbox:misbehave { action = "hang" }
    local socket = require "socket"
    local request = panel:request("UserExists", "x")
    local client = assert(socket.connect("127.0.0.1", tonumber(sandbox.url:match "%d+$")))
    local lines = { "POST /esUsers.asmx HTTP/1.1", "Host: x", "Content-Length: " .. #request.body }
    for name, value in pairs(request.headers) do
      lines[#lines + 1] = name .. ": " .. value
    end
    client:send(table.concat(lines, "\r\n") .. "\r\n\r\n" .. request.body)
    local deadline = dnp.clock() + 10
    while sandbox:call_count "UserExists" == 0 and dnp.clock() < deadline do
      dnp.sleep(0.01)
    end
    local start = dnp.clock()
    sandbox:stop()
    assert.is_true(dnp.clock() - start < 5)
    client:close()
  end)

  it("speaks https with a certificate", function()
    local pipe = assert(io.popen "mktemp -d")
    local directory = pipe:read "*l"
    pipe:close()
    local made = io.popen(("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext " ..
      "subjectAltName=IP:127.0.0.1 -keyout '%s/key' -out '%s/cert' 2>&1"):format(directory, directory)):read "*a"
    local function content(name)
      local file = assert(io.open(directory .. "/" .. name), made)
      local text = file:read "*a"
      file:close()
      return text
    end
    local secure = assert(sandboxes.start { certificate = content "cert", private_key = content "key" })
    assert.are.equal("https", secure.url:match "^%a+")
    assert.is_true(session(secure, nil, nil, { ca_file = directory .. "/cert" }):user_exists "jdoe")
    failed("transport", session(secure):user_exists "jdoe")
    secure:stop()
    local broken, message = sandboxes.start { certificate = "x", private_key = "y" }
    assert.is_nil(broken)
    assert.is_truthy(message:find("PEM", 1, true))
    os.execute("rm -rf '" .. directory .. "'")
  end)

  it("gives its port back though a program that was started then still runs", function()
    local program = assert(io.popen "echo $$; exec sleep 60")
    local id = program:read "*l"
    sandbox:stop()
    local _, err = panel:user_exists "x"
    os.execute("kill " .. id)
    program:close()
    assert.are.equal("connection_refused", err.name)
  end)

  -- What owns a sandbox may stop it when it is collected, and be collected while a method of the sandbox runs.
  it("may be stopped by a finalizer at any time", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write [[
      local sandboxes = require "dnp.sandbox"
      local function finalized(action)
        if newproxy then
          getmetatable(newproxy(true)).__gc = action
        else
          setmetatable({}, { __gc = action })
        end
      end
      local methods = {
        function(sandbox) return sandbox:query("SELECT count(*) AS n FROM Users WHERE UserID < ?", 100)[1].n == 9 end,
        function(sandbox) return sandbox:freeze() end,
        function(sandbox) return #sandbox:calls() == 0 end,
        function(sandbox) return sandbox.server:execute { { "UPDATE Users SET City = ?", "x", n = 1 } } end,
        function(sandbox) return sandbox:misbehave { action = "drop" } end,
      }
      collectgarbage("setpause", 0)
      collectgarbage("setstepmul", 1000)
      local sandbox, stopped
      for i = 1, 3000 do
        if not sandbox or stopped then
          sandbox, stopped = assert(sandboxes.start()), false
        end
        local inside = false
        finalized(function()
          if inside then
            sandbox:stop()
            stopped = true
          end
        end)
        for _ = 1, i % 41 do
          setmetatable({}, {})
        end
        inside = true
        local good, answer = pcall(methods[i % #methods + 1], sandbox)
        inside = false
        assert(good and answer or stopped, answer)
      end
    ]]
    file:close()
    local status, output, errors = child.run(child.lua .. " " .. path)
    os.remove(path)
    assert.are.same({ 0, "" }, { status, output .. errors })
  end)

  if rawget(_G, "jit") then
    it("is left alone by a process that did not start it", function()
      local ffi = require "ffi"
      ffi.cdef "int fork(void); void _exit(int); int waitpid(int, int *, int);"
      local forked = ffi.C.fork()
      if forked == 0 then
        local good, text = pcall(sandbox.call_count, sandbox)
        sandbox:stop()
        ffi.C._exit(not good and text:find("the process that started it", 1, true) and 7 or 1)
      end
      local status = ffi.new "int[1]"
      ffi.C.waitpid(forked, status, 0)
      assert.are.equal(7, bit.rshift(status[0], 8))
      assert.is_true(panel:user_exists "jdoe")
    end)
  end

  it("is stopped by the collector", function()
    local url
    do
      local forgotten = assert(sandboxes.start())
      url = forgotten.url
    end
    collectgarbage()
    collectgarbage()
    failed("transport", session { url = url }:user_exists "x")
  end)
end)
