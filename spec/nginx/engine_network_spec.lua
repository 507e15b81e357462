-- The engine on cosockets by itself: names, certificates, addresses, descriptors.
-- luacheck: std max+busted+ngx_lua
local certificates = require "spec.support.certificates"
local child = require "spec.support.child"
local nginx = require "spec.support.nginx.server"
local took = require "spec.support.nginx.took"
local it = nginx.tests(it, pending)

local NAMES = { "known", "selfmade", "elsewhere", "ancient" }

describe("the engine for nginx on the network #nginx", function()
  local made, server, stop_names, ports

  local function tls_server(name)
    return ([[
    server {
        listen 127.0.0.1:%d ssl;
        ssl_certificate %s.pem;
        ssl_certificate_key %s.key;
        location / { content_by_lua_block { require("spec.support.nginx.panel").serve() } }
    }
]]):format(ports[name], made:path(name), made:path(name))
  end

  setup(function()
    if nginx.missing then
      return
    end
    made = certificates.new()
    made:make("ca", "Test CA", "basicConstraints = critical, CA:TRUE")
    made:make("known", "panel", "subjectAltName = DNS:panel.test, IP:127.0.0.1", "ca")
    made:make("elsewhere", "other", "subjectAltName = DNS:other.test", "ca")
    made:make("selfmade", "panel.test", "subjectAltName = DNS:panel.test")
    made:make("ancient", "panel.test", "subjectAltName = DNS:other.test", "ca") -- the subject does not count
    ports = { names = nginx.free_port(), plain = nginx.free_port(), six = nginx.free_port() }
    local http = ("resolver 127.0.0.1:%d ipv6=off valid=1s;\nresolver_timeout 1s;\n"):format(ports.names)
      .. "lua_ssl_verify_depth 2;\nlua_ssl_trusted_certificate " .. made:path "ca.pem" .. ";\n"
      .. ([[
    server {
        listen 127.0.0.1:%d;
        listen [::1]:%d;
        location / { content_by_lua_block { require("spec.support.nginx.panel").serve() } }
    }
]]):format(ports.plain, ports.six)
    for _, name in ipairs(NAMES) do
      ports[name] = nginx.free_port()
      http = http .. tls_server(name)
    end
    local log = made:path "names.log"
    stop_names = child.start(("%s spec/support/nginx/names.lua %d"):format(child.lua, ports.names), log)
    server = nginx.start { http = http }
  end)

  teardown(function()
    if server then
      server:stop()
      stop_names()
      made.remove()
    end
  end)

  -- One exchange, with a panel that answers "fine"; what it failed with, else the body. Then how many requests came.
  local function ask(scheme, host, port, options)
    return server:run(function(scheme, host, port, options) -- luacheck: ignore
      local panel = require "spec.support.nginx.panel"
      local clock = require("dnp").clock
      local fine = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
      local engine = options.fresh == false and require "dnp.engines.nginx"
        or panel.script({ fine, "next", fine, "next", fine, 1 }, { fine, "next", fine, "next", fine, 1 })
      local began = clock()
      local status, failure, body = engine.exchange({ scheme = scheme, host = host, port = port, path = "/",
        method = "POST", headers = {}, body = "x" },
        { timeout = options.timeout or 5, connect_timeout = options.connect_timeout, verify = options.verify })
      body = status and body()
      return status and body or failure, #panel.requests, clock() - began, panel.requests[1]
    end, scheme, host, port, options or {})
  end

  local function assert_refused(name, reason, ...)
    local failure, requests = ask(...)
    assert.is_table(failure)
    assert.are.same({ name, false, 0 }, { failure.name, failure.sent, requests }, failure.reason)
    assert.matches(reason, failure.reason or "")
  end

  it("finds hosts by name", function()
    local body, count, _, request = ask("http", "panel.test", ports.plain)
    assert.are.same({ "fine", 1 }, { body, count })
    assert.matches("\r\nHost: panel%.test:" .. ports.plain .. "\r\n", request.head)
  end)

  it("does not find every name", function()
    assert_refused("host_not_found", "Host not found", "http", "absent.test", ports.plain)
  end)

  it("bounds the search for a name by the time to connect", function()
    for _, options in ipairs { { connect_timeout = 0.3 }, { timeout = 0.3 }, { timeout = 0.3, connect_timeout = 3 } } do
      local failure, requests, seconds = ask("http", "mute.test", ports.plain, options)
      assert.are.same({ name = "connect_timeout", timeout = 0.3, sent = false }, failure)
      assert.are.equal(0, requests)
      took(seconds, 0.3)
    end
  end)

  it("outlives a response about a name that comes late", function()
    local names = server:run(function(port)
      local engine, names = require "dnp.engines.nginx", {}
      for number = 1, 8 do
        local _, failure = engine.exchange({ scheme = "http", host = ("mute%d.test"):format(number), port = port,
          path = "/", method = "POST", headers = {}, body = "x" }, { timeout = 0.05 })
        names[number] = failure.name
      end
      ngx.sleep(1.5)
      collectgarbage()
      return names
    end, ports.plain)
    for number = 1, 8 do
      assert.are.equal("connect_timeout", names[number])
    end
  end)

  it("leaves nothing behind when it cannot connect", function()
    local function kept()
      return server:run(function(port)
        local engine = require "dnp.engines.nginx"
        for number = 1, 3000 do -- not an address; nobody there
          local host = number % 2 == 0 and "::z" or "127.0.0.1"
          local _, failure = engine.exchange({ scheme = "http", host = host, port = port, path = "/",
            method = "POST", headers = {}, body = "x" }, { timeout = 5 })
          assert(failure.sent == false and failure.name == (host == "127.0.0.1" and "connection_refused" or nil))
        end
        collectgarbage()
        collectgarbage()
        return collectgarbage "count"
      end, nginx.free_port())
    end
    kept()
    local before = kept()
    local after = kept()
    assert.is_true(after - before < 100, (after - before) .. " KiB of 3000 calls")
  end)

  it("speaks with addresses of IPv6", function()
    local body, _, _, request = ask("http", "::1", ports.six)
    assert.are.equal("fine", body)
    assert.matches("\r\nHost: %[::1%]:" .. ports.six .. "\r\n", request.head)
  end)

  it("trusts whom nginx is configured to trust, by name", function()
    local body, count = ask("https", "panel.test", ports.known)
    assert.are.same({ "fine", 1 }, { body, count })
  end)

  -- lua-resty-core raises for some of them; which ones depends on when the packets come.
  it("trusts nobody else, however often it tries", function()
    for _ = 1, 20 do
      assert_refused("certificate", "self%-signed certificate", "https", "panel.test", ports.selfmade)
      assert_refused("certificate", "host mismatch", "https", "panel.test", ports.elsewhere)
      assert_refused("certificate", "host mismatch", "https", "panel.test", ports.ancient)
    end
  end)

  it("says why it does not when lua-resty-core raises instead", function()
    for reason, name in pairs {
      ["CA signature digest algorithm too weak"] = "certificate", ["self-signed certificate"] = "certificate",
      ["handshake failed"] = "tls",
    } do
      local failure = server:run(function(words)
        local engine, tcp = require "dnp.engines.nginx", ngx.socket.tcp
        local ffi, message = require "ffi", require("resty.core.base").get_errmsg_ptr()
        local text = ffi.new("unsigned char[?]", #words + 1, words)
        ngx.socket.tcp = function() -- luacheck: ignore 122
          return {
            settimeout = function() end, close = function() end, getreusedtimes = function() return 0 end,
            connect = function() return true end,
            sslhandshake = function()
              message[0] = text
              assert(false)
            end,
          }
        end
        local _, failure = engine.exchange({ scheme = "https", host = "127.0.0.1", port = 80, path = "/",
          method = "POST", headers = {}, body = "x" }, { timeout = 5 })
        ngx.socket.tcp = tcp -- luacheck: ignore 122
        return failure
      end, reason)
      assert.are.same({ name = name, reason = reason, sent = false }, failure)
    end
  end)

  it("does not trust a certificate for an address, which nginx cannot compare", function()
    assert_refused("certificate", "host mismatch", "https", "127.0.0.1", ports.known)
  end)

  it("trusts anybody without verification", function()
    for _, name in ipairs(NAMES) do
      assert.are.equal("fine", (ask("https", "127.0.0.1", ports[name], { verify = false })))
    end
  end)

  it("keeps connections apart that were not verified", function()
    assert.are.equal("fine", (ask("https", "panel.test", ports.selfmade, { verify = false })))
    local failure = ask("https", "panel.test", ports.selfmade, { fresh = false })
    assert.are.equal("certificate", failure.name)
    local body, count = ask("https", "panel.test", ports.selfmade, { verify = false, fresh = false })
    assert.are.same({ "fine", 2 }, { body, count })
  end)

  it("uses a connection again without another handshake", function()
    local _, _, _, first = ask("https", "panel.test", ports.known)
    local connections = server:run(function(port)
      local panel, engine = require "spec.support.nginx.panel", require "dnp.engines.nginx"
      local _, _, body = engine.exchange({ scheme = "https", host = "panel.test", port = port, path = "/",
        method = "POST", headers = {}, body = "x", mutates = true }, { timeout = 5 })
      assert(body() == "fine")
      return panel.connections
    end, ports.known)
    assert.are.same({ 1, 1 }, { first.connection, connections })
  end)

  it("does not agree with a server that speaks plainly, and the other way round", function()
    assert_refused("tls", "handshake failed", "https", "panel.test", ports.plain)
    local failure = ask("http", "panel.test", ports.known) -- nginx answers 400 in plain HTTP
    assert.is_string(failure)
  end)

  it("does not wait for a handshake beyond the time to connect", function()
    local failure, seconds = server:run(function()
      local clock = require("dnp").clock
      local listener = require("socket").bind("127.0.0.1", 0)
      local _, port = listener:getsockname()
      local began = clock()
      local _, failure = require("dnp.engines.nginx").exchange({ scheme = "https", host = "127.0.0.1",
        port = tonumber(port), path = "/", method = "POST", headers = {}, body = "x" },
        { timeout = 5, connect_timeout = 0.3 })
      listener:close()
      return failure, clock() - began
    end)
    assert.are.same({ "connect_timeout", false }, { failure.name, failure.sent })
    took(seconds, 0.3)
  end)

  it("says when no descriptor is left", function()
    local poor = nginx.start { main = "worker_rlimit_nofile 40;", connections = 200, expected = "Too many open files" }
    local names = poor:run(function()
      require "dnp" -- while there are some
      local engine, socket = require "dnp.engines.nginx", require "socket"
      local held, names = {}, {}
      repeat
        local one = socket.udp4() -- with a descriptor from the start
        held[#held + 1] = one
      until not one or #held > 100
      local _, failure = engine.exchange({ scheme = "http", host = "127.0.0.1", port = 1, path = "/",
        method = "POST", headers = {}, body = "x" }, { timeout = 5 })
      names[1] = failure
      for _, one in ipairs(held) do
        one:close()
      end
      collectgarbage()
      collectgarbage()
      local _, later = engine.exchange({ scheme = "http", host = "127.0.0.1", port = 1, path = "/",
        method = "POST", headers = {}, body = "x" }, { timeout = 5 })
      names[2] = later
      return names
    end)
    poor:stop()
    assert.are.same({ "no_descriptors", false }, { names[1].name, names[1].sent }, names[1].reason)
    assert.are.equal("connection_refused", names[2].name)
  end)
end)
