-- Bugs that other clients of this API have or had, each with a spec that it would not get past.
local dnp = require "dnp"
local envelope = require "spec.support.envelope"
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local mary, options = specs.mary, specs.options

local host, panel
local function use(...)
  host, panel = ...
end

local function rows(sql, ...)
  return host:count(sql, ...)
end

local function add_spaces(...)
  local packages = {}
  for index, name in ipairs { ... } do
    packages[index] = { PackageID = 29 + index, ParentPackageID = 2, UserID = 3, PlanID = 2, PackageName = name }
  end
  host.server:seed { packages = packages }
end

-- The session, with some methods replaced.
local function with(methods)
  return setmetatable({}, {
    __index = function(_, name)
      return function(_, ...)
        if methods[name] then
          return methods[name](...)
        end
        return panel[name](panel, ...)
      end
    end,
  })
end

describe("other clients' bugs:", function()
  fixture.provide("solidcp", use)

  ---- accounts ----

  it("an account is left half-made when a later step fails", function()
    local before = host:state()
    host.server:misbehave { action = "refuse", code = -106, operation = "AddPackageAddon", nth = 2 }
    local _, err = provisioning.create_account(panel, mary {
      spaces = { { name = "www", plan = 2, addons = { { plan = 4 }, { plan = 21 } } } },
    }, options())
    assert.are.equal("not_done", err.outcome)
    assert.are.same(before, host:state())
  end)

  it("a repeated order makes a second account or space", function()
    local order = mary { spaces = { { name = "www", plan = 2 } } }
    for _ = 1, 2 do
      assert(provisioning.ensure_account(panel, order, options()))
    end
    assert.are.same({ 1, 1 }, {
      rows "SELECT 1 FROM Users WHERE Username = 'mary'", rows "SELECT 1 FROM Packages WHERE PackageName = 'www'",
    })
  end)

  it("a request whose connection died is sent again behind the caller's back", function()
    panel:user_exists("jdoe")
    host.server:misbehave { action = "drop", operation = "AddUser", when = "after" }
    local id, err = panel:add_user({
      OwnerId = 2, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false, Username = "mary", Password = "x",
      FirstName = "M", LastName = "M", Email = "m@example.com",
    }, false)
    assert.is_nil(id)
    assert.are.equal("unknown", err.outcome)
    assert.are.equal(1, host.server:call_count "AddUser")
  end)

  it("a refusal counts as success because it is not a fault", function()
    local id, err = panel:add_user({
      OwnerId = 2, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false, Username = "jdoe", Password = "x",
      FirstName = "M", LastName = "M", Email = "m@example.com",
    }, false)
    assert.is_nil(id)
    assert.are.same({ "refused", -100, "ERROR_USER_ALREADY_EXISTS" }, { err.kind, err.code, err.name })
  end)

  it("resuming an account resumes what was suspended for another reason", function()
    add_spaces "abuse"
    host.server:query("UPDATE Packages SET StatusID = 2 WHERE PackageID = 30")
    assert(provisioning.suspend(panel, "jdoe", options()))
    assert(provisioning.unsuspend(panel, "jdoe", options()))
    assert.are.equal(2, host.server:query("SELECT StatusID FROM Packages WHERE PackageID = 30")[1].StatusID)
  end)

  it("a deletion is reported done when it has begun", function()
    local slow = fixture.start("solidcp", { delete_delay = 3600 })
    local session = slow:session()
    local report, err = provisioning.terminate(session, "jdoe", options())
    assert.is_nil(report)
    assert.are.equal("unknown", err.outcome)
    slow:stop()
  end)

  it("an account deletes itself, or the panel's own", function()
    for _, who in ipairs { 0, 1, "serveradmin" } do
      assert.are.equal("conflict", select(2, provisioning.terminate(panel, who, options { children = true })).kind)
    end
    assert.are.equal(0, host.server:call_count "DeleteUser")
  end)

  it("a mistyped parameter runs the method with zeros", function()
    local good, message = pcall(function()
      panel:update_user { UserId = 3, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false, lastname = "Doe" }
    end)
    assert.is_false(good)
    assert.matches("field 'lastname' is unknown; did you mean 'LastName'?", message, 1, true)
    assert.has_error(function()
      panel:delete_user()
    end)
    assert.are.equal(0, #host.server:calls())
  end)

  it("a status is sent as a number, which the panel does not take", function()
    assert.matches("<status>Suspended</status>", panel:request("ChangeUserStatus", 3, 2).body, 1, true)
  end)

  it("making somebody a reseller changes nothing, because the old role is sent along", function()
    assert(provisioning.edit_user(panel, "jdoe", { Role = "Reseller" }, options()))
    assert.are.equal(2, host.server:query("SELECT RoleID FROM Users WHERE UserID = 3")[1].RoleID)
    assert.are.equal("Reseller", panel:get_user_by_id(3).Role)
  end)

  it("taking the reseller role from somebody with customers fails unseen", function()
    local _, err = provisioning.edit_user(panel, "reseller", { Role = "User" }, options())
    assert.are.same({ "refused", -102, "not_done" }, { err.kind, err.code, err.outcome })
  end)

  it("editing a record resets the fields of a newer panel", function()
    host.server:query("UPDATE Users SET MfaMode = 2, AdditionalParams = 'a' WHERE UserID = 3")
    assert(provisioning.edit_user(panel, "jdoe", { City = "Bonn" }, options()))
    assert.are.same({ MfaMode = 2, AdditionalParams = "a" },
      host.server:query("SELECT MfaMode, AdditionalParams FROM Users WHERE UserID = 3")[1])
  end)

  it("a field that this version does not know breaks every order, or is lost", function()
    local sent
    local function give(operation)
      return function()
        return panel:response(operation, 200, nil, envelope.result(operation,
          "<RoleId>3</RoleId><Role>User</Role><StatusId>1</StatusId><Status>Active</Status><UserId>3</UserId>"
          .. "<OwnerId>2</OwnerId><IsPeer>false</IsPeer><IsDemo>false</IsDemo><Username>jdoe</Username>"
          .. (sent and "<City>Bonn</City>" or "") .. "<Passkey><Key>k &amp; k</Key></Passkey>", "solidcp"))
      end
    end
    local newer = with {
      get_user_by_id = give "GetUserById",
      get_user_by_username = give "GetUserByUsername",
      update_user = function(user)
        sent = panel:request("UpdateUser", user).body
        return true
      end,
    }
    assert(provisioning.edit_user(newer, "jdoe", { City = "Bonn" }, options()))
    assert.matches("<Passkey[^>]*><Key>k &amp; k</Key></Passkey>", sent)
    assert.matches("<City>Bonn</City>", sent, 1, true)
  end)

  ---- spaces and add-ons ----

  it("changing the plan deletes every add-on first", function()
    local before = host:state()
    host.server:misbehave { action = "refuse", code = -106, operation = "UpdatePackage" }
    local _, err = provisioning.change_plan(panel, "jdoe", 20, options { addons = { { plan = 21 } } })
    assert.are.equal(-106, err.code)
    for _, call in ipairs(host.server:calls "DeletePackageAddon") do
      assert.are_not.equal(1, call.parameters.packageAddonId, "the add-on that was paid for")
    end
    assert.are.same(before, host:state())
  end)

  it("a failed change of the plan is reported as success, because the result is a record", function()
    local result, err = panel:update_package_literal(3, 1, 3, "2024-01-01", "x", "")
    assert.is_nil(result)
    assert.are.same({ "refused", -305 }, { err.kind, err.code })
  end)

  it("the exceeded quota that is shown is not the one that is exceeded", function()
    local _, err = provisioning.set_addons(panel, "jdoe", { { plan = 4, quantity = 2 }, { plan = 5 } }, options())
    assert.are.equal(-305, err.code)
    assert.are.equal(1, #err.exceeding_quotas)
    assert.are.same({ 13, "Web.Sites" }, { err.exceeding_quotas[1].QuotaID, err.exceeding_quotas[1].QuotaName })
  end)

  it("a list of one is taken for the one, and of several spaces any is changed", function()
    assert.are.equal(1, #panel:get_my_packages(3))
    assert.are.equal(0, #panel:get_my_packages(9))
    add_spaces "second"
    local before = host:state()
    local _, err = provisioning.change_plan(panel, "jdoe", 20, options())
    assert.are.equal("conflict", err.kind)
    assert.are.same(before, host:state())
  end)

  it("a space that is not there is changed with success", function()
    local result, err = panel:change_package_status(999, "Active")
    assert.is_nil(result)
    assert.are.equal(-1, err.code)
    result, err = provisioning.suspend(panel, "jdoe", options { space = 999 })
    assert.is_nil(result)
    assert.are.equal("absent", err.kind)
  end)

  ---- usage and lists ----

  it("the last day of the month is not billed", function()
    host.server:seed {
      bandwidth = { { PackageId = 3, GroupId = 2, LogDate = "2024-01-31T23:30:00", BytesSent = 7, BytesReceived = 0 } },
    }
    local report = assert(provisioning.usage(panel, "2024-01", { user = 3, policy = fixture.policy() }))
    assert.are.equal(7, report.total.BytesTotal)
    report = assert(provisioning.usage(panel, "2024-02", { user = 3, policy = fixture.policy() }))
    assert.are.equal(0, report.total.BytesTotal)
  end)

  it("one account that cannot be read ends the nightly run", function()
    host.server:misbehave { action = "html", status = 403, operation = "GetMyPackages" }
    local report = assert(provisioning.usage(panel, "2011-03", { groups = true, policy = fixture.policy() }))
    assert.is_false(report.complete)
    assert.are.equal(1, #report.failures)
    assert.is_true(#report.accounts > 1)
  end)

  it("an import counts accounts twice, since pages overlap", function()
    local users = {}
    for index = 1, 25 do
      users[index] = { UserID = 100 + index, OwnerID = 2, Username = "c" .. index, Password = "x" }
    end
    host.server:seed { users = users }
    local seen, count = {}, 0
    for user in provisioning.users(panel, { owner = 2, page_size = 10, policy = fixture.policy() }) do
      assert.is_nil(seen[user.UserId])
      seen[user.UserId], count = true, count + 1
    end
    assert.are.equal(27, count)
    assert.are.equal(27, rows "SELECT 1 FROM Users WHERE OwnerID = 2 AND NOT IsPeer")
  end)

  ---- reading ----

  local function user_exists(body)
    return panel:response("UserExists", 200, { ["Content-Type"] = "text/xml; charset=utf-8" }, body)
  end

  it("a response with a Header, white space or a second child is not read", function()
    local plain = envelope.result("UserExists", "true", "solidcp")
    assert.is_true(user_exists(plain))
    assert.is_true(user_exists((plain:gsub("<soap:Body>",
      '<soap:Header><a:Action xmlns:a="urn:x">y</a:Action></soap:Header>\n  <soap:Body>\n'))))
    assert.is_true(user_exists((plain:gsub("</soap:Body>", "\n<other xmlns='urn:z'/></soap:Body>\n"))))
  end)

  it("a fault with HTTP 500 hides its text", function()
    local _, err = panel:response("UserExists", 500, { ["Content-Type"] = "text/xml" },
      envelope.fault("Server", "System.Exception: the database is away\n at Somewhere"))
    assert.are.same({ "fault", 500 }, { err.kind, err.http_status })
    assert.matches("the database is away", err.message, 1, true)
    assert.is_nil(err.message:find("Somewhere", 1, true))
  end)

  it("a DataSet is handed over as XML, or fails when it is empty", function()
    local addons = panel:get_package_addons(3)
    assert.are.same({ 1, "two packs", "Extra Mailboxes" }, { #addons[1], addons[1][1].Comments, addons[1][1].PlanName })
    assert.are.equal("PackageAddonID", addons[1].columns[1].name)
    local none = panel:get_package_addons(2)
    assert.are.same({ 0, "PackageAddonID" }, { #none[1], none[1].columns[1].name })
  end)

  it("a call without a time limit hangs for ever when a server behind the panel is down", function()
    local hasty = host:session { timeout = 0.1 }
    host.server:misbehave { action = "hang", operation = "UserExists" }
    local began = dnp.clock()
    local _, err = hasty:user_exists("jdoe")
    assert.are.equal("timeout", err.kind)
    assert.is_true(dnp.clock() - began < 10)
    hasty:close()
  end)

  it("the response to a request that timed out is taken for the response to the next", function()
    local hasty = host:session { timeout = 1.5 }
    assert.is_true(hasty:user_exists("jdoe"))
    host.server:misbehave { action = "delay", seconds = 4, operation = "UserExists" }
    assert.are.equal("timeout", select(2, hasty:user_exists("jdoe")).kind)
    assert.are_not.equal(true, (hasty:user_exists("nobody")))
    hasty:close()
  end)

  ---- secrets ----

  it("passwords turn up in logs and messages", function()
    local lines = {}
    local traced = host:session({
      trace = function(text)
        lines[#lines + 1] = type(text) == "table" and (text.body or "") or tostring(text)
      end,
    })
    local report = assert(provisioning.create_account(traced, mary(), options()))
    assert(provisioning.change_password(traced, "mary", "n3w-s3cret", options()))
    lines[#lines + 1] = tostring(report)
    lines[#lines + 1] = tostring(traced)
    local all = table.concat(lines, "\n")
    assert.is_true(#lines > 4)
    for _, secret in ipairs { "s3cret%-pw", "n3w%-s3cret", "Basic [%w+/]" } do
      assert.is_nil(all:find(secret))
    end
    traced:close()
  end)

  it("a test of the connection says only that it failed", function()
    local function name_of_failure(changes)
      local session = host:session(changes)
      local _, err = provisioning.test_connection(session)
      session:close()
      return err and err.name
    end
    assert.are.equal("credentials", name_of_failure { password = "wrong" })
    assert.are.equal("wrong_dialect", name_of_failure { dialect = "dotnetpanel" })
    assert.are.equal("connection_refused", name_of_failure { url = "http://127.0.0.1:1" })
    assert.are.equal("account_suspended", name_of_failure { username = "suspended", password = "suspended" })
    assert.is_nil(name_of_failure {})
  end)
end)
