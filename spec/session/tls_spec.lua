-- https: whom a session trusts, and what it sends before it trusts.
local certificates = require "spec.support.certificates"
local dnp = require "dnp"
local fake = require "spec.support.fake"
local sandbox = require "dnp.sandbox"

local user = fake.user

local password = "only for the right server"

local made = certificates.new()
local folder = made.folder

local here = "subjectAltName = IP:127.0.0.1"

describe("a session over https", function()
  local servers = {}

  -- A sandbox with the certificate of that name, and options for sessions with it.
  local function serve(name)
    servers[name] = servers[name] or assert(sandbox.start {
      certificate = made:pair(name).certificate, private_key = made:pair(name).private_key,
      seed = { users = { { Username = "caller", Password = password, RoleId = 1, IsPeer = true, OwnerId = 1 } } },
    })
    servers[name]:clear_calls()
    return servers[name]
  end

  local function session(server, options)
    options.url, options.username, options.password = server.url, "caller", password
    return assert(dnp.session(options))
  end

  -- A change that is refused before anything was sent to the server.
  local function assert_distrusted(server, options)
    local texts = {}
    options.trace = function(event)
      texts[#texts + 1] = tostring(event.body) .. tostring(event.error)
    end
    local value, err = session(server, options):add_user(user(), false)
    assert.is_nil(value)
    assert.are.equal("transport", err.kind)
    assert.are.equal("certificate", err.name)
    assert.are.equal("not_done", err.outcome)
    assert.is_nil(err.http_status)
    assert.are.equal(0, server:call_count())
    assert.is_nil((table.concat(texts) .. tostring(err)):find(password, 1, true))
    return tostring(err)
  end

  setup(function()
    made:make("ca", "Test CA", "basicConstraints = critical, CA:TRUE")
    made:make("other-ca", "Other CA", "basicConstraints = critical, CA:TRUE")
    made:make("known", "panel.example.com", here, "ca")
    made:make("elsewhere", "panel.example.com", "subjectAltName = DNS:panel.example.com", "ca")
    made:make("selfmade", "127.0.0.1", here)
  end)

  teardown(function()
    for _, server in pairs(servers) do
      server:stop()
    end
    made.remove()
  end)

  it("trusts nobody whom the system does not know", function()
    assert.matches("^AddUser: cannot trust the certificate of 127%.0%.0%.1:%d+ ", assert_distrusted(serve "known", {}))
    assert_distrusted(serve "selfmade", {})
  end)

  it("trusts whom the ca_file knows, for reads and changes", function()
    local server = serve "known"
    local panel = session(server, { ca_file = folder .. "/ca.pem" })
    assert.is_false(panel:user_exists "jdoe")
    assert.is_number(panel:add_user(user(), false))
    assert.is_true(panel:user_exists "jdoe")
    assert.are.equal(3, server:call_count())
    local own = session(serve "selfmade", { ca_file = folder .. "/selfmade.pem" })
    assert.is_true(own:user_exists "caller")
  end)

  it("trusts nobody else then", function()
    assert_distrusted(serve "known", { ca_file = folder .. "/other-ca.pem" })
    assert_distrusted(serve "selfmade", { ca_file = folder .. "/ca.pem" })
  end)

  it("wants the certificate to be for the host it calls", function()
    assert_distrusted(serve "elsewhere", { ca_file = folder .. "/ca.pem" })
  end)

  it("trusts anybody without verification", function()
    for _, name in ipairs { "known", "elsewhere", "selfmade" } do
      assert.is_true(session(serve(name), { verify = false }):user_exists "caller")
      assert.is_true(session(serve(name), { verify = false, ca_file = folder .. "/other-ca.pem" }):user_exists "caller")
    end
  end)

  it("reports that it cannot read the ca_file", function()
    made:write("empty.pem", "no certificate\n")
    for _, path in ipairs { "/nonexistent/ca.pem", folder .. "/empty.pem", folder } do
      local text = assert_distrusted(serve "known", { ca_file = path })
      assert.matches("cannot read the ca_file", text, 1, true)
      assert.matches(path, text, 1, true)
    end
  end)

  it("fails with a server that speaks plainly, and the other way round", function()
    local plain = assert(sandbox.start {})
    local value, err = assert(dnp.session { url = plain.url:gsub("^http:", "https:"), username = "caller",
      password = password }):add_user(user(), false)
    assert.is_nil(value)
    assert.are.equal("transport", err.kind)
    assert.are.equal("tls", err.name)
    assert.matches("; does it speak https there?", tostring(err), 1, true)
    assert.are.equal("not_done", err.outcome)
    assert.are.equal(0, plain:call_count())
    plain:stop()
    local server = serve "known"
    value, err = assert(dnp.session { url = server.url:gsub("^https:", "http:"), username = "caller",
      password = password }):user_exists "jdoe"
    assert.is_nil(value)
    assert.is_true(err.kind == "protocol" or err.kind == "transport" or err.kind == "http", err.kind)
    assert.matches("should begin with https:", tostring(err), 1, true)
    assert.are.equal(0, server:call_count())
  end)
end)
