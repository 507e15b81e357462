-- What is wrong with a connection, the first thing first.
local dnp = require "dnp"
local fake = require "spec.support.fake"
local sandbox = require "dnp.sandbox"
local test_connection = require("dnp.provisioning.workflows.connection").test_connection

local function panel_that(response)
  return fake.panel { get_user_by_username = { response } }
end

describe("test_connection", function()
  it("names what a call fails with", function()
    local cases = {
      { "transport", { name = "host_not_found" }, "host_not_found" },
      { "transport", { name = "unreachable" }, "unreachable" },
      { "transport", { name = "certificate" }, "certificate" },
      { "transport", { name = "proxy" }, "proxy" },
      { "transport", {}, "transport" },
      { "timeout", { name = "connect_timeout" }, "timeout" },
      { "http", { http_status = 401 }, "credentials", true },
      { "http", { http_status = 403 }, "forbidden", true },
      { "http", { http_status = 404 }, "not_a_panel", true },
      { "http", { http_status = 405 }, "not_a_panel", true },
      { "http", { http_status = 302 }, "not_a_panel", true },
      { "http", { http_status = 500 }, "panel_failed", true },
      { "http", { http_status = 503 }, "panel_failed", true },
      { "protocol", {}, "not_a_panel", true },
      { "fault", { name = "Client" }, "wrong_dialect", true },
      { "fault", { name = "Server" }, "panel_failed", true },
      { "absent", {}, "account_hidden", true },
      { "limit", {}, "panel_failed", true },
    }
    for _, case in ipairs(cases) do
      local cause = fake.failure(case[1], case[2])
      local report, err = test_connection(panel_that(cause))
      assert.is_nil(report)
      assert.equal(case[3], err.name)
      assert.equal(case[1], err.kind)
      assert.equal(cause, err.cause)
      assert.equal("not_done", err.outcome)
      assert.equal(case[4] or false, err.report.reachable)
      assert.matches("^test_connection: ", tostring(err))
    end
  end)

  it("does not take what is not the caller's own record for a panel", function()
    for _, case in ipairs {
      { {}, "test_connection: the response is not a user's record; if this is a panel, its dialect is not dotnetpanel: "
        .. "try websitepanel or solidcp" },
      { { UserId = 1 }, "the response is not a user's record" },
      { { Username = "admin", UserId = 0 }, "the response is not a user's record" },
      { { Username = "other", UserId = 7 }, "the response is the record of 'other', not of 'admin', who asked" },
    } do
      local report, err = test_connection(panel_that(case[1]))
      assert.is_nil(report)
      assert.same({ "not_a_panel", "protocol", true, false }, { err.name, err.kind, err.report.reachable,
        err.report.panel })
      assert.matches(case[2], err.message, 1, true)
    end
  end)

  it("thinks of another dialect where the response is of another namespace, and not where it is not XML", function()
    local _, err = test_connection(panel_that(fake.failure("protocol", { message = "holds <X> in the namespace y" })))
    assert.matches("if this is a panel, its dialect is not dotnetpanel: try websitepanel or solidcp", err.message, 1,
      true)
    _, err = test_connection(panel_that(fake.failure("protocol", { message = "the XML is not well-formed" })))
    assert.equal("test_connection: the XML is not well-formed", err.message)
  end)

  it("asks once unless a policy says otherwise", function()
    local panel = panel_that(fake.failure "timeout")
    test_connection(panel)
    assert.equal(1, #panel.calls)
    panel = panel_that(fake.failure "timeout")
    test_connection(panel, { policy = fake.time({ attempts = 3 }).options })
    assert.equal(3, #panel.calls)
  end)

  it("measures with the policy's clock", function()
    local time = fake.time()
    local panel = fake.panel {
      get_user_by_username = function()
        time.now = time.now + 0.25
        return { UserId = 1, Username = "Admin", Role = "Administrator", Status = "Active", IsDemo = false }
      end,
    }
    assert.equal(0.25, assert(test_connection(panel, { policy = time.options })).round_trip)
  end)

  it("refuses unknown options", function()
    local _, message = pcall(function()
      test_connection(fake.panel {}, { sesion = {} })
    end)
    assert.matches("test_connection: option 'sesion' is unknown; did you mean 'session'?", message, 1, true)
    local panel = panel_that {}
    _, message = pcall(function()
      test_connection(panel, { session = { ulr = "http://127.0.0.1" } })
    end)
    assert.matches("connection_spec.lua:", message, 1, true)
    assert.matches("test_connection: session: option 'ulr' is unknown; did you mean 'url'?", message, 1, true)
    assert.same({}, panel.calls)
    assert.matches("connection_spec.lua:", message, 1, true)
  end)

  it("reports that nothing listens", function()
    local panel = assert(dnp.session { url = "http://127.0.0.1:1", username = "admin", password = "x" })
    local report, err = test_connection(panel)
    assert.is_nil(report)
    assert.equal("connection_refused", err.name)
    assert.is_false(err.report.reachable)
    assert.equal("http://127.0.0.1:1", err.report.url)
  end)
end)

for _, dialect in ipairs(dnp.dialects) do
  describe("test_connection to a panel, " .. dialect, function()
    local server

    setup(function()
      server = assert(sandbox.start { dialect = dialect })
    end)
    teardown(function()
      server:stop()
    end)
    before_each(function()
      server:behave()
      server:clear_calls()
    end)

    local function options(username, changes)
      local all = { url = server.url, username = username, password = username, dialect = dialect }
      for name, value in pairs(changes or {}) do
        all[name] = value
      end
      return all
    end
    local function try(username, changes, test_options)
      return test_connection(assert(dnp.session(options(username, changes))), test_options)
    end

    it("reports who one is", function()
      local report = assert(try "serveradmin")
      assert.is_true(report.reachable and report.panel and report.authenticated)
      assert.is_false(report.tls)
      assert.equal(dialect, report.dialect)
      assert.equal(server.url, report.url)
      assert.is_true(report.round_trip >= 0)
      assert.same({
        UserId = 1,
        Username = "serveradmin",
        OwnerId = 0,
        Role = "Administrator",
        Status = "Active",
        IsDemo = false,
      }, report.user)
      assert.equal("User", assert(try("jdoe", { password = "secret" })).user.Role)
      assert.equal(2, server:call_count "GetUserByUsername")
      assert.equal(2, server:call_count())
    end)

    it("reports an account that can do nothing", function()
      for _, name in ipairs { "suspended", "cancelled", "pending", "demo" } do
        local report, err = try(name)
        assert.is_nil(report)
        assert.equal("account_" .. name, err.name)
        assert.equal("refused", err.kind)
        assert.is_true(err.report.authenticated)
        assert.equal(name, err.report.user.Username)
        assert.matches("'" .. name .. "'", tostring(err), 1, true)
      end
    end)

    it("reports wrong credentials, and those that the panel mangles", function()
      local _, err = try("serveradmin", { password = "wrong" })
      assert.equal("credentials", err.name)
      assert.is_true(err.report.reachable)
      assert.is_false(err.report.authenticated)
      assert.not_matches("wrong", tostring(err), 1, true)
      _, err = try("serveradmin", { password = "server:admin" })
      assert.equal("credentials", err.name)
      assert.matches("colon", tostring(err), 1, true)
    end)

    it("reports another dialect, and which when it may try", function()
      for _, other in ipairs(dnp.dialects) do
        if other ~= dialect then
          local report, err = try("serveradmin", { dialect = other })
          assert.is_nil(report)
          assert.equal("wrong_dialect", err.name)
          assert.is_nil(err.dialect)
          assert.matches(dialect, tostring(err), 1, true)
          local _, fault = assert(dnp.session(options("serveradmin", { dialect = other }))):user_exists "jdoe"
          assert.matches("(is the panel's dialect another than " .. other .. "?)", tostring(fault), 1, true)
          server:clear_calls()
          _, err = try("serveradmin", { dialect = other }, { session = options "serveradmin" })
          assert.equal(dialect, err.dialect)
          assert.equal(("test_connection: the panel's dialect is %s, not %s"):format(dialect, other), tostring(err))
          assert.equal(1, server:call_count "UserExists")
        end
      end
    end)

    it("reports what is not a panel, or one that is ill", function()
      local cases = {
        { { action = "html", status = 200 }, "not_a_panel" },
        { { action = "html", status = 404 }, "not_a_panel" },
        { { action = "html", status = 502 }, "panel_failed" },
        { { action = "fault" }, "panel_failed" },
        { { action = "drop" }, "connection_lost" },
      }
      for _, case in ipairs(cases) do
        server:misbehave(case[1])
        local report, err = try "serveradmin"
        assert.is_nil(report)
        assert.equal(case[2], err.name)
      end
    end)

    it("reports that TLS is not spoken", function()
      -- The authorities of the system are read within the time to connect, which takes long under valgrind.
      local report, err = try("serveradmin", { url = server.url:gsub("^http:", "https:"), connect_timeout = 60 })
      assert.is_nil(report)
      assert.equal("tls", err.name)
      assert.is_true(err.report.tls)
    end)
  end)
end
