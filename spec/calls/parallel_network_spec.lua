-- dnp.parallel over https and through proxies: who is trusted, and which connections are kept.
local certificates = require "spec.support.certificates"
local dnp = require "dnp"
local fixture = require "spec.support.panel"
local provisioning = require "dnp.provisioning"
local relay = require "spec.support.relay"
local specs = require "spec.support.specs"

local LIMIT = 6

describe("parallel over the network", function()
  local made, plain, secure, started

  setup(function()
    made = certificates.new()
    made:make("ca", "Test CA", "basicConstraints = critical, CA:TRUE")
    made:make("other-ca", "Other CA", "basicConstraints = critical, CA:TRUE")
    made:make("panel", "panel.example.com", "subjectAltName = IP:127.0.0.1", "ca")
    plain, secure = fixture.start "solidcp", fixture.start("solidcp", made:pair "panel")
  end)
  before_each(function()
    started = {}
    plain:reset()
    secure:reset()
  end)
  after_each(function()
    for _, one in ipairs(started) do
      one:stop()
    end
  end)
  teardown(function()
    plain:stop()
    secure:stop()
    made.remove()
  end)

  local function start_relay(host)
    local one = relay.start(host and host.server.url)
    started[#started + 1] = one
    return one
  end

  local function session_with(host, options)
    options.ca_file = options.ca_file or made:path "ca.pem"
    return host:session(options)
  end

  -- Calls of all kinds of length, more than run at a time, twice, so that connections are used again.
  local function call_often(panel)
    for _ = 1, 2 do
      local items = {}
      for index = 1, 30 do
        items[index] = index % 3
      end
      local results, failures = dnp.parallel(items, function(kind)
        if kind == 0 then
          return assert(panel:user_exists "jdoe")
        elseif kind == 1 then
          return assert(panel:get_user_by_username "jdoe").UserId
        end
        return #assert(panel:get_users(1, true))
      end, { limit = LIMIT })
      assert.is_nil(next(failures), tostring(failures[next(failures)]))
      for index, kind in ipairs(items) do
        local expected = ({ [0] = true, [1] = 3 })[kind] or results[2]
        assert.are.equal(expected, results[index])
      end
      assert.is_true(results[2] > 3)
    end
  end

  it("keeps connections, and makes a handshake on each only", function()
    local relayed = start_relay(secure)
    call_often(session_with(secure, { url = "https://127.0.0.1:" .. relayed.port, proxy = "" }))
    assert.are.equal(60, secure.server:call_count())
    local connections = relayed:count "connection"
    assert.is_true(connections >= 1 and connections <= LIMIT, connections)
    assert.are.equal(connections, relayed:count "handshake")
  end)

  it("keeps connections through a proxy to a panel that speaks https", function()
    local proxy = start_relay()
    call_often(session_with(secure, { proxy = "http://127.0.0.1:" .. proxy.port }))
    assert.are.equal(60, secure.server:call_count())
    local connections = proxy:count "connection"
    assert.is_true(connections >= 1 and connections <= LIMIT, connections)
    assert.are.same({ connections, connections, 0 },
      { proxy:count "handshake", proxy:count "CONNECT 127.0.0.1:%d+ HTTP/1.1", proxy:count "POST" })
  end)

  it("keeps connections through a proxy to a panel that speaks http", function()
    local proxy = start_relay()
    call_often(session_with(plain, { proxy = "http://127.0.0.1:" .. proxy.port }))
    assert.are.equal(60, plain.server:call_count())
    local connections = proxy:count "connection"
    assert.is_true(connections >= 1 and connections <= LIMIT, connections)
    assert.are.same({ 60, 0, 0 },
      { proxy:count "POST http://127.0.0.1:%d+/esUsers.asmx", proxy:count "CONNECT", proxy:count "handshake" })
  end)

  it("makes accounts, each once", function()
    for _, host in ipairs { plain, secure } do
      local proxy = start_relay()
      local panel = session_with(host, { proxy = "http://127.0.0.1:" .. proxy.port })
      local items = {}
      for index = 1, 12 do
        items[index] = specs.mary { spaces = { { name = "www", plan = 2 } } }
        items[index].user.Username = "mary" .. index
      end
      local reports, failures = dnp.parallel(items, function(spec)
        return provisioning.ensure_account(panel, spec)
      end, { limit = LIMIT })
      assert.is_nil(next(failures), tostring(failures[next(failures)]))
      assert.are.equal(12, #reports)
      assert.are.equal(12, host:count "SELECT 1 FROM Users WHERE Username LIKE 'mary%'")
      assert.are.equal(12, host:count "SELECT 1 FROM Packages WHERE PackageName = 'www'")
      assert.is_true(proxy:count "connection" > 0)
    end
  end)

  it("trusts only whom the session trusts, in every item", function()
    local panel = session_with(secure, { ca_file = made:path "other-ca.pem" })
    local results, failures = dnp.parallel({ 1, 2, 3, 4, 5, 6, 7, 8 }, function(index)
      return panel:change_user_password(3, "pw" .. index)
    end, { limit = 4 })
    assert.is_nil(next(results))
    for index = 1, 8 do
      assert.are.same({ "transport", "certificate", "not_done" },
        { failures[index].kind, failures[index].name, failures[index].outcome })
    end
    assert.are.equal(0, secure.server:call_count())
  end)

  it("reports when the proxy does not connect to the panel, and that nothing was done", function()
    local gone = fixture.start("solidcp", made:pair "panel")
    local proxy = start_relay()
    local panel = session_with(gone, { proxy = "http://127.0.0.1:" .. proxy.port })
    gone.server:stop()
    local _, failures = dnp.parallel({ 1, 2, 3 }, function(index)
      return panel:change_user_password(3, "pw" .. index)
    end)
    for index = 1, 3 do
      assert.are.same({ "transport", "proxy", "not_done" },
        { failures[index].kind, failures[index].name, failures[index].outcome })
    end
    panel:close()
  end)
end)
