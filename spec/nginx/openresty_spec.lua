-- The provisioning API of examples/openresty, and lua-resty-http as an engine.
-- luacheck: std max+busted+ngx_lua
local child = require "spec.support.child"
local http = require "socket.http"
local json = require "cjson"
local ltn12 = require "ltn12"
local nginx = require "spec.support.nginx.server"
local support = require "spec.support.sandbox"
local sandboxes = require "dnp.sandbox"
local it = nginx.tests(it, pending)

local PASSWORD, TOKENS = "s3cretOfJane", { shop = "tokenOfShop", billing = "tokenOfBilling" }

describe("the API of examples/openresty #nginx", function()
  local sandbox, frozen, server, environment
  local keys = 0

  setup(function()
    if nginx.missing then
      return
    end
    sandbox = assert(sandboxes.start {})
    frozen = sandbox:freeze()
    local path = "examples/openresty/?.lua;" .. package.path
    environment = ("LUA_PATH=%s LUA_CPATH=%s DNP_URL=%s DNP_PASSWORD='Res3ller!' API_TOKENS=shop:%s,billing:%s"):format(
      child.quote(path), child.quote(package.cpath), sandbox.url, TOKENS.shop, TOKENS.billing)
    server = nginx.start_configured("examples/openresty/nginx.conf", environment,
      { PASSWORD, "Res3ller", TOKENS.shop, TOKENS.billing })
  end)

  teardown(function()
    if server then
      server:stop()
      sandbox:stop()
    end
  end)

  before_each(function()
    if server then
      support.reset(sandbox, frozen)
    end
  end)

  local function new_key()
    keys = keys + 1
    return "key-" .. keys
  end

  local function account(changes)
    local body = { password = PASSWORD, first_name = "Jane", last_name = "Doe", email = "jane@example.com" }
    for name, value in pairs(changes or {}) do
      body[name] = value or nil
    end
    return json.encode(body)
  end

  local function ask(method, path, body, key, token)
    local status, text, headers = server:ask(method, path, body, {
      Authorization = "Bearer " .. (token or TOKENS.shop), ["Idempotency-Key"] = key,
    })
    local good, response = pcall(json.decode, text)
    return status, good and response or text, headers
  end

  local function headers_of(key)
    return ("Authorization: Bearer %s\r\nIdempotency-Key: %s\r\n"):format(TOKENS.shop, key)
  end

  -- Begins to make the account jane, and returns what waits for the response, once the panel has been asked.
  local function begin_jane(key)
    local finish = server:begin("PUT", "/accounts/jane", account(), headers_of(key))
    assert.is_true(nginx.wait_until(function()
      return sandbox:call_count "AddUser" == 1
    end))
    return finish
  end

  local function whole(name)
    return #sandbox:query("SELECT 1 FROM Users WHERE Username = ?", name),
      #sandbox:query("SELECT 1 FROM Packages WHERE PackageName = ?", name)
  end

  it("makes, shows, suspends and deletes accounts", function()
    local status, response = ask("PUT", "/accounts/jane", account(), new_key())
    local spaces = { { name = "jane", id = 4 } }
    assert.are.same({ 201, { username = "jane", user_id = 10, changed = true, spaces = spaces } }, { status, response })
    status, response = ask("GET", "/accounts/jane")
    local shown = { username = "jane", user_id = 10, status = "Active", spaces = spaces }
    assert.are.same({ 200, shown }, { status, response })
    assert.are.equal(200, (ask("POST", "/accounts/jane/suspend", "")))
    assert.are.equal("Suspended", select(2, ask("GET", "/accounts/jane")).status)
    assert.are.equal(200, (ask("POST", "/accounts/jane/unsuspend", "", new_key())))
    assert.are.equal("Active", select(2, ask("GET", "/accounts/jane")).status)
    status, response = ask("PUT", "/accounts/jane", account { first_name = "Joan" }, new_key())
    assert.are.same({ 200, true }, { status, response.changed })
    assert.are.equal(200, (ask("DELETE", "/accounts/jane")))
    status, response = ask("GET", "/accounts/jane")
    assert.are.same({ 404, "absent" }, { status, response.error.kind })
    assert.are.equal(404, (ask("DELETE", "/accounts/jane")))
  end)

  it("takes no orders from strangers", function()
    for _, authorization in ipairs { "Bearer wrong", "Bearer " .. TOKENS.shop .. "x", "Basic " .. TOKENS.shop, "" } do
      local status, _, headers = server:ask("DELETE", "/accounts/jdoe", nil, { Authorization = authorization })
      assert.are.same({ 401, "Bearer" }, { status, headers["www-authenticate"] })
    end
    assert.are.equal(401, (server:ask("GET", "/accounts/jdoe")))
    assert.are.equal(0, sandbox:call_count())
    assert.are.equal(200, (server:ask("GET", "/alive")))
  end)

  it("says what is wrong with a request, and asks the panel for nothing", function()
    local function refused(expected, message, ...)
      local status, response = ask(...)
      assert.are.equal(expected, status)
      assert.is_truthy(response.error.message:find(message, 1, true), response.error.message)
    end
    refused(400, "must be a JSON object", "PUT", "/accounts/jane", "name=jane", new_key())
    refused(400, "must be a JSON object", "PUT", "/accounts/jane", "7", new_key())
    refused(400, "must be a JSON object", "PUT", "/accounts/jane", "", new_key())
    refused(400, "unknown field 'owner'", "PUT", "/accounts/jane", account { owner = "me" }, new_key())
    refused(400, "email must be a string", "PUT", "/accounts/jane", account { email = 7 }, new_key())
    refused(400, "Idempotency-Key is missing", "PUT", "/accounts/jane", account())
    refused(400, "Idempotency-Key must be", "PUT", "/accounts/jane", account(), "a b")
    refused(400, "Idempotency-Key must be", "DELETE", "/accounts/jane", nil, ("x"):rep(129))
    refused(405, "PUT, GET or DELETE", "POST", "/accounts/jane", "")
    refused(405, "PUT, GET or DELETE", "PUT", "/accounts/jane/suspend", account(), new_key())
    assert.are.equal(413, (ask("PUT", "/accounts/jane", account { first_name = ("x"):rep(9000) }, new_key())))
    assert.are.equal(404, (ask("GET", "/accounts/../etc")))
    assert.are.equal(0, sandbox:call_count())
    refused(400, "ensure_account: spec.user.Password", "PUT", "/accounts/jane", account { password = "" }, new_key())
    assert.are.same({}, sandbox:query "SELECT 1 FROM Users WHERE Username = 'jane'")
  end)

  it("does once what has one key", function()
    local key = new_key()
    local first = { ask("PUT", "/accounts/jane", account(), key) }
    local again = { ask("PUT", "/accounts/jane", account(), key) }
    assert.are.same({ 201, first[2] }, { again[1], again[2] })
    assert.are.same({ nil, "true" }, { first[3]["idempotency-replayed"], again[3]["idempotency-replayed"] })
    assert.are.equal(1, sandbox:call_count "AddUser")
    local calls = sandbox:call_count()
    for _, other in ipairs { { "PUT", "/accounts/jane", account { email = "j@example.com" } },
      { "PUT", "/accounts/joan", account() }, { "DELETE", "/accounts/jane", account() } } do
      other[4] = key
      local status, response = ask(unpack(other))
      assert.are.same({ 422, "key_reused" }, { status, response.error.name })
    end
    assert.are.equal(calls, sandbox:call_count())
    assert.are.equal(200, (ask("PUT", "/accounts/jane", account(), key, TOKENS.billing))) -- a key of its own
  end)

  it("says that the first with a key is still running", function()
    sandbox:misbehave { action = "delay", operation = "AddUser", seconds = 1 }
    local key = new_key()
    local finish = begin_jane(key)
    local status, response, headers = ask("PUT", "/accounts/jane", account(), key)
    assert.are.same({ 409, "still_running", "1" }, { status, response.error.name, headers["retry-after"] })
    assert.are.equal(201, (finish()))
    assert.are.equal(201, (ask("PUT", "/accounts/jane", account(), key)))
    assert.are.same({ 1, 1 }, { whole "jane" })
  end)

  it("keeps what the panel refused, and forgets that it was not in order", function()
    local key = new_key()
    sandbox:misbehave { action = "refuse", operation = "AddPackage", code = -305 }
    local status, response = ask("PUT", "/accounts/jane", account(), key)
    assert.are.same({ 409, "refused", "not_done" }, { status, response.error.kind, response.error.outcome })
    assert.are.equal(409, (ask("PUT", "/accounts/jane", account(), key)))
    assert.are.same({ 0, 0 }, { whole "jane" })
    key = new_key()
    sandbox:misbehave { action = "fault", operation = "AddPackage", times = math.huge }
    assert.are.equal(502, (ask("PUT", "/accounts/jane", account(), key)))
    sandbox:behave()
    assert.are.equal(201, (ask("PUT", "/accounts/jane", account(), key)))
    assert.are.same({ 1, 1 }, { whole "jane" })
  end)

  it("makes the same account when it has forgotten the key", function()
    local key = new_key()
    assert.are.equal(201, (ask("PUT", "/accounts/jane", account(), key)))
    server:restart(environment)
    local status, response = ask("PUT", "/accounts/jane", account(), key)
    assert.are.same({ 200, false, 10 }, { status, response.changed, response.user_id })
    assert.are.equal(1, sandbox:call_count "AddUser")
  end)

  it("leaves no half account when the client leaves", function()
    for number, operation in ipairs { "AddUser", "GetHostingPlans", "AddPackage" } do
      local name = "leaver" .. number
      sandbox:clear_calls()
      sandbox:misbehave { action = "delay", operation = operation, seconds = 0.5 }
      local _, connection = server:begin("PUT", "/accounts/" .. name, account(), headers_of(new_key()))
      assert.is_true(nginx.wait_until(function()
        return sandbox:call_count(operation) >= 1
      end), operation)
      connection:close()
      assert.is_true(nginx.wait_until(function()
        local users, spaces = whole(name)
        return users == 1 and spaces == 1
      end), operation)
    end
  end)

  it("comes to the end of what it does across a reload, which keeps the keys", function()
    sandbox:misbehave { action = "delay", operation = "AddUser", seconds = 0.5 }
    local key = new_key()
    local finish = begin_jane(key)
    server:signal "HUP"
    assert.are.equal(201, (finish()))
    local status, _, headers = ask("PUT", "/accounts/jane", account(), key)
    assert.are.same({ 201, "true" }, { status, headers["idempotency-replayed"] })
  end)

  it("serves others while the panel takes its time", function()
    sandbox:misbehave { action = "delay", operation = "AddUser", seconds = 25, times = math.huge }
    local finish = {}
    for number = 1, 10 do
      finish[number] = server:begin("PUT", "/accounts/slow" .. number, account(), headers_of(new_key()))
    end
    assert.is_true(nginx.wait_until(function()
      return sandbox:call_count "AddUser" == 10
    end))
    assert.are.equal("Active", select(2, ask("GET", "/accounts/jdoe")).status)
    sandbox:behave()
    for number = 1, 10 do
      assert.are.equal(201, (finish[number]()))
      assert.are.same({ 1, 1 }, { whole("slow" .. number) })
    end
  end)

  it("logs what went wrong", function()
    sandbox:misbehave { action = "refuse", operation = "AddPackage", code = -305 }
    assert.are.equal(409, (ask("PUT", "/accounts/unlucky", account(), new_key())))
    assert.is_truthy(server:log():find("shop: create_account: add space 'unlucky'", 1, true)
      or server:log():find("shop: ensure_account: add space 'unlucky'", 1, true))
  end)
end)

describe("examples/openresty/start.lua #nginx", function()
  it("starts the API and a sandbox, and ends both", function()
    local folder, remove = child.folder()
    assert.are.equal(0, (child.run(("mkdir %s/logs && chmod 755 %s"):format(folder, folder))))
    local port = nginx.free_port()
    local path = child.quote("examples/openresty/?.lua;" .. package.path)
    local stop = child.start(("env LUA_PATH=%s LUA_CPATH=%s %s examples/openresty/start.lua %s %d")
      :format(path, child.quote(package.cpath), child.lua, folder, port), folder .. "/log")
    local function get(location)
      local body = {}
      local _, status = http.request {
        url = ("http://127.0.0.1:%d%s"):format(port, location), headers = { authorization = "Bearer only-for-trials" },
        sink = ltn12.sink.table(body),
      }
      return status, table.concat(body)
    end
    local status, body
    local is_answering = nginx.wait_until(function()
      status, body = get "/accounts/jdoe"
      return status == 200
    end)
    stop()
    local log = child.read(folder .. "/log")
    assert.is_true(is_answering, ("%s: %s\n%s"):format(status, body, log))
    assert.are.equal("jdoe", json.decode(body).username)
    assert.is_truthy(log:find("curl -X PUT", 1, true))
    assert.is_true(nginx.wait_until(function()
      return get "/alive" == "connection refused"
    end))
    remove()
  end)
end)

describe("examples/openresty/resty_http.lua #nginx", function()
  local sandbox, server

  setup(function()
    if nginx.missing then
      return
    end
    sandbox = assert(sandboxes.start {})
    server = nginx.start { secrets = { PASSWORD } }
  end)

  teardown(function()
    if server then
      server:stop()
      sandbox:stop()
    end
  end)

  local function both(rule)
    return server:run(function(url, given)
      package.loaded["resty.http"] = require "spec.support.nginx.resty_http"
      local dnp, results = require "dnp", {}
      for number, engine in ipairs { require "examples.openresty.resty_http", "nginx" } do
        local panel = dnp.session { url = url, username = "serveradmin", password = "serveradmin", engine = engine,
          timeout = 20 }
        local value, err = panel:change_user_password(given and 999 or 3, "s3cretOfJane")
        results[number] = err and { err.kind, err.name, err.outcome } or { value, panel:user_exists "jdoe" }
      end
      return results
    end, rule and rule.url or sandbox.url, rule and true or false)
  end

  it("makes calls", function()
    local results = both()
    assert.are.same({ true, true }, results[2])
    assert.are.same(results[2], results[1])
  end)

  it("fails with the same errors, but does not know what was sent", function()
    local results = both { url = "http://127.0.0.1:" .. nginx.free_port() }
    assert.are.same({ "transport", "connection_refused", "not_done" }, results[2])
    assert.are.same({ "transport", "transport", "not_done" }, results[1])
    sandbox:misbehave { action = "drop", operation = "ChangeUserPassword", times = 2 }
    results = both {}
    assert.are.same({ "transport", "connection_lost", "unknown" }, results[2])
    assert.are.same({ "transport", "transport", "unknown" }, results[1])
  end)
end)
