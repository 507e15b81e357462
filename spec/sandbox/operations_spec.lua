-- The sandbox answers like an Enterprise Server.
local sandboxes = require "dnp.sandbox"
local support = require "spec.support.sandbox"

local session, user, refused, failed = support.session, support.user, support.refused, support.failed

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

      it("reports what they use", function()
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
      it("reports which there are", function()
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
