-- The whole module inside a real nginx: what holds outside holds there, and nobody waits for the panel.
-- luacheck: std max+busted+ngx_lua
local certificates = require "spec.support.certificates"
local child = require "spec.support.child"
local dnp = require "dnp"
local everything = require "spec.support.nginx.everything"
local json = require "cjson"
local nginx = require "spec.support.nginx.server"
local sandboxes = require "dnp.sandbox"
local took = require "spec.support.nginx.took"
local support = require "spec.support.sandbox"

local it = nginx.tests(it, pending)

local SECRETS = { "s3cretOf", "serveradminOfSpec", "c2VydmVyYWRtaW46", "TopS3cret" } -- as Basic sends them, too

-- As it is after JSON.
local function plain(value)
  return json.decode(json.encode(value))
end

describe("the module inside nginx #nginx", function()
  local made, server, sandbox, frozen, secure, stop_names, ports

  -- Sessions are made while nginx starts, in its master process.
  local function http_block()
    return ([[
    resolver 127.0.0.1:%d ipv6=off;
    resolver_timeout 2s;
    lua_ssl_trusted_certificate %s;
    lua_ssl_verify_depth 2;
    server {
        listen 127.0.0.1:%d;
        location / { content_by_lua_block { require("spec.support.nginx.panel").serve() } }
    }
    init_by_lua_block {
        local dnp = require "resty.dnp"
        local function session(url, more)
            local options = { url = url, username = "serveradmin", password = "serveradminOfSpec" }
            for name, value in pairs(more or {}) do
                options[name] = value
            end
            return assert(dnp.session(options))
        end
        package.loaded["made"] = {
            panel = session "%s",
            hasty = session("%s", { timeout = 0.6 }),
            nobody = session "http://127.0.0.1:%d",
            known = session "%s",
            other = session "%s",
            session = session,
        }
    }
]]):format(ports.names, made:path "ca.pem", ports.drip, sandbox.url, sandbox.url, ports.nobody,
      secure.known.url:gsub("127%.0%.0%.1", "panel.test"), secure.other.url:gsub("127%.0%.0%.1", "panel.test"))
  end

  local function start_sandbox(options)
    local started = assert(sandboxes.start(options))
    local panel = dnp.session { url = started.url, username = "serveradmin", password = "serveradmin", verify = false }
    assert(panel:change_user_password(1, "serveradminOfSpec"))
    return started
  end

  setup(function()
    if nginx.missing then
      return
    end
    made = certificates.new()
    made:make("ca", "Test CA", "basicConstraints = critical, CA:TRUE")
    made:make("known", "panel", "subjectAltName = DNS:panel.test", "ca")
    made:make("elsewhere", "panel.test", "subjectAltName = DNS:other.test", "ca")
    made:make("selfmade", "panel.test", "subjectAltName = DNS:panel.test")
    ports = { names = nginx.free_port(), nobody = nginx.free_port(), drip = nginx.free_port() }
    secure = {
      known = start_sandbox(made:pair "known"), other = start_sandbox(made:pair "elsewhere"),
      selfmade = start_sandbox(made:pair "selfmade"),
    }
    sandbox = start_sandbox {}
    frozen = sandbox:freeze()
    stop_names = child.start(("%s spec/support/nginx/names.lua %d"):format(child.lua, ports.names),
      made:path "names.log")
    server = nginx.start {
      http = http_block(), level = "debug", secrets = SECRETS,
      server = 'location = /ping { return 200 "pong"; }\n',
    }
  end)

  teardown(function()
    if server then
      server:stop()
      stop_names()
      sandbox:stop()
      for _, one in pairs(secure) do
        one:stop()
      end
      made.remove()
    end
  end)

  before_each(function()
    if server then
      support.reset(sandbox, frozen)
    end
  end)

  local function outside(changes)
    local options = { url = sandbox.url, username = "serveradmin", password = "serveradminOfSpec" }
    for name, value in pairs(changes or {}) do
      options[name] = value
    end
    return assert(dnp.session(options))
  end

  -- What an operation gives inside and outside.
  local function both(name)
    local inside = server:run(function(operation)
      return require("spec.support.nginx.everything").call(require("made").panel, operation)
    end, name)
    sandbox:restore(frozen)
    return inside, plain(everything.call(outside(), name))
  end

  it("makes every call as it is made outside", function()
    for _, operation in ipairs(dnp.contract("dotnetpanel").operations) do
      sandbox:clear_calls()
      local inside, without = both(operation.name)
      assert.are.same(without, inside, operation.name)
      assert.are.equal(2, sandbox:call_count(operation.name), operation.name)
      sandbox:restore(frozen)
    end
  end)

  it("carries out every workflow as it is carried out outside", function()
    local inside = server:run(function()
      return require("spec.support.nginx.everything").workflows(require("made").panel)
    end)
    sandbox:restore(frozen)
    assert.are.same(plain(everything.workflows(outside())), inside)
  end)

  it("fails as it fails outside", function()
    for _, rule in ipairs {
      { action = "drop" }, { action = "drop", when = "after" }, { action = "cut", bytes = 0 },
      { action = "cut", bytes = 300 }, { action = "html", status = 502 }, { action = "html", status = 200 },
      { action = "html", status = 404, text = "<h1>Not here: s3cretOfOperations</h1>" }, { action = "fault" },
      { action = "refuse", code = -100 }, { action = "hang" }, { action = "hang", when = "after" },
    } do
      for _, operation in ipairs { "AddUser", "ChangeUserPassword", rule.code and "DeleteUser" or "GetUserById" } do
        sandbox:restore(frozen)
        sandbox:clear_calls()
        rule.operation = operation
        sandbox:misbehave(rule)
        local is_hanging = rule.action == "hang"
        local inside = server:run(function(name, session)
          return require("spec.support.nginx.everything").call(require("made")[session], name)
        end, operation, is_hanging and "hasty" or "panel")
        local arrived = sandbox:call_count(operation)
        sandbox:behave()
        sandbox:misbehave(rule)
        local without = plain(everything.call(outside { timeout = is_hanging and 0.6 or nil }, operation))
        without.message, inside.message = without.message:gsub(" %(.*$", ""), inside.message:gsub(" %(.*$", "")
        local what = ("%s of %s, %s"):format(rule.action, operation, rule.when or "")
        if without.code ~= rule.code then
          without.code = nil -- libcurl's own
        end
        assert.are.same(without, inside, what)
        assert.are.equal(1, arrived, what)
        sandbox:behave()
      end
    end
  end)

  it("says who is not there", function()
    local err = server:run(function()
      local made, everything = require "made", require "spec.support.nginx.everything" -- luacheck: ignore
      return everything.call(made.nobody, "AddUser")
    end)
    assert.are.same({ "transport", "connection_refused", "not_done" }, { err.kind, err.name, err.outcome })
    assert.matches("^AddUser: cannot connect to HOST", err.message)
  end)

  it("waits for a panel that is slow no longer than its time limit", function()
    sandbox:misbehave { action = "delay", seconds = 20, operation = "UserExists", times = math.huge }
    local err, seconds = server:run(function()
      local clock = require("dnp").clock
      local began = clock()
      return require("spec.support.nginx.everything").call(require("made").hasty, "UserExists"), clock() - began
    end)
    assert.are.same({ "timeout", "timeout", "not_done" }, { err.kind, err.name, err.outcome })
    took(seconds, 0.6)
  end)

  it("signs and encrypts with WSE 3.0 as it does outside", function()
    local strict = assert(sandboxes.start { auth = "wse" })
    local exists, refused, streamed = server:run(function(url)
      local options = { auth = "wse", password = "serveradmin" }
      local panel = require("made").session(url, options)
      options.username = "nobody"
      local _, err = require("made").session(url, options):user_exists("serveradmin")
      local count = 0
      for _ in panel:each("GetUsers", 1, true) do
        count = count + 1
      end
      return panel:user_exists("serveradmin"), { err.kind, err.name, err.outcome }, count
    end, strict.url)
    assert.is_true(exists)
    assert.are.same({ "fault", "FailedAuthentication", "not_done" }, refused)
    assert.is_true(streamed > 2)
    assert.are.equal("serveradmin", strict:calls("UserExists")[1].caller)
    strict:stop()
  end)

  it("waits for a panel that drips no longer than its time limit, and knows what may have been done", function()
    local errors, seconds = server:run(function(port)
      local panel, dnp = require "spec.support.nginx.panel", require "dnp" -- luacheck: ignore 431
      local drip = { "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: 999\r\n\r\n<" }
      for step = 2, 60, 2 do
        drip[step], drip[step + 1] = 0.05, " "
      end
      panel.script(drip, drip)
      local session = dnp.session { url = "http://127.0.0.1:" .. port, username = "d", password = "d", timeout = 0.3 }
      local began = dnp.clock()
      local _, read = session:get_user_by_id(3)
      local _, change = session:delete_user(3)
      return { { read.name, read.outcome }, { change.name, change.outcome } }, dnp.clock() - began
    end, ports.drip)
    assert.are.same({ { "timeout", "not_done" }, { "timeout", "unknown" } }, errors)
    took(seconds, 0.6)
  end)

  it("signs and encrypts with WSE 3.0", function()
    local inside = server:run(function(url)
      local everything = require "spec.support.nginx.everything" -- luacheck: ignore 431
      local session = require("made").session(url, { auth = "wse" })
      return { everything.call(session, "ChangeUserPassword"), everything.call(session, "GetUserById") }
    end, sandbox.url)
    assert.are.same({ value = true }, inside[1])
    assert.are.equal("jdoe", inside[2].value.Username)
  end)

  it("makes a read again that a dead connection lost, once, and never a change", function()
    local results = server:run(function(port)
      local panel, dnp, results = require "spec.support.nginx.panel", require "dnp", {} -- luacheck: ignore 431
      local body = require("spec.support.envelope").result("UserExists", "true")
      local response = ("HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s")
        :format(#body, body)
      local session = dnp.session { url = "http://127.0.0.1:" .. port, username = "d", password = "d" }
      local function try(name, method, scripts)
        panel.script(unpack(scripts))
        assert(session:user_exists "jdoe")
        local value, err = session[method](session, method == "delete_user" and 3 or "jdoe")
        results[name] = { value = value, name = err and err.name, outcome = err and err.outcome,
          requests = #panel.requests }
      end
      try("read", "user_exists", { { response, "next" }, { response } })
      try("read that is lost again", "user_exists", { { response, "next" }, {} })
      try("change", "delete_user", { { response, "next" }, { response } })
      return results
    end, ports.drip)
    assert.are.same({
      ["read"] = { value = true, requests = 3 },
      ["read that is lost again"] = { name = "connection_lost", outcome = "not_done", requests = 3 },
      ["change"] = { name = "connection_lost", outcome = "unknown", requests = 2 },
    }, results)
  end)

  it("trusts whom nginx trusts, and sends nothing to others", function()
    for _, one in pairs(secure) do
      one:clear_calls()
    end
    assert.are.same({ value = true }, server:run(function()
      return require("spec.support.nginx.everything").call(require("made").known, "UserExists")
    end))
    local errors = server:run(function(url)
      local made, everything, errors = require "made", require "spec.support.nginx.everything", {} -- luacheck: ignore
      local selfmade = made.session(url)
      for number = 1, 20 do
        errors[2 * number - 1] = everything.call(made.other, "AddUser")
        errors[2 * number] = everything.call(selfmade, "AddUser")
      end
      return errors
    end, (secure.selfmade.url:gsub("127%.0%.0%.1", "panel.test")))
    assert.are.equal(40, #errors)
    for _, err in ipairs(errors) do
      assert.are.same({ "transport", "certificate", "not_done" }, { err.kind, err.name, err.outcome })
      assert.matches("^AddUser: cannot trust the certificate of panel.test", err.message)
    end
    assert.are.equal(0, secure.other:call_count() + secure.selfmade:call_count())
    assert.are.same({ value = true }, server:run(function(url)
      local panel = require("made").session(url, { verify = false })
      return require("spec.support.nginx.everything").call(panel, "UserExists")
    end, secure.selfmade.url))
  end)

  it("refuses options that cosockets cannot honour, with the remedy", function()
    local messages = server:run(function(url)
      local session, messages = require("made").session, {}
      for number, options in ipairs { { ca_file = "/ca.pem" }, { proxy = "http://proxy" },
        { ca_file = "/ca.pem", engine = "nginx" }, { max_connections = 8 } } do
        local good, message = pcall(session, url, options)
        messages[number] = good or message
      end
      messages[5] = pcall(session, url, { proxy = "http://proxy", max_connections = 8, engine = "curl" })
      messages[6] = pcall(session, url, { proxy = "" })
      return messages
    end, sandbox.url)
    assert.matches("'ca_file'.*lua_ssl_trusted_certificate", messages[1])
    assert.matches("'proxy'.*engine = \"curl\"", messages[2])
    assert.matches("'ca_file'.*lua_ssl_trusted_certificate", messages[3])
    assert.matches("'max_connections'.*worker_connections", messages[4])
    assert.are.same({ true, true }, { messages[5], messages[6] })
  end)

  it("names the line of the caller's usage errors", function()
    local messages = server:run(function()
      local panel, messages = require("made").panel, {}
      messages[1] = select(2, pcall(function()
        panel:get_user_by_id "seven"
      end))
      messages[2] = select(2, pcall(function()
        panel:get_usr_by_id(7)
      end))
      return messages
    end)
    assert.matches("module_spec.lua:%d+: get_user_by_id: argument 1 %(user_id%)", messages[1])
    assert.matches("module_spec.lua:%d+: .*did you mean 'get_user_by_id'", messages[2])
  end)

  it("serves others while it waits, and many calls at once", function()
    sandbox:misbehave { action = "hang", operation = "GetUserById", times = math.huge }
    local finish = {}
    for number = 1, 5 do
      finish[number] = server:begin_run(function()
        return require("spec.support.nginx.everything").call(require("made").panel, "GetUserById")
      end)
    end
    assert.is_true(nginx.wait_until(function()
      return sandbox:call_count "GetUserById" == 5
    end))
    assert.are.equal("pong", select(2, server:ask("GET", "/ping")))
    assert.are.same({ value = true }, server:run(function()
      return require("spec.support.nginx.everything").call(require("made").panel, "UserExists")
    end))
    sandbox:behave() -- what hangs is let go, without a response; a read is made again by whoever wants to
    for number = 1, 5 do
      assert.is_table(finish[number]())
    end
  end)

  it("runs dnp.parallel in light threads, and sleeps without holding the worker", function()
    sandbox:misbehave { action = "delay", seconds = 0.2, operation = "UserExists", times = math.huge }
    local results, failures, seconds, turns = server:run(function()
      local dnp, panel = require "dnp", require("made").panel -- luacheck: ignore
      local turns, over = 0, false
      ngx.thread.spawn(function()
        while not over do
          turns = turns + 1
          ngx.sleep(0.001)
        end
      end)
      local began = dnp.clock()
      local results, failures = dnp.parallel({ 1, 2, 3, 4, 5, 6, 7, 8 }, function(item)
        dnp.sleep(0.1)
        if item == 4 then
          return nil, "four"
        end
        return panel:user_exists "jdoe" and item
      end, { limit = 4 })
      over = true
      return results, failures, dnp.clock() - began, turns
    end)
    assert.are.same({ 1, 2, 3, json.null, 5, 6, 7, 8 }, results)
    assert.are.same({ json.null, json.null, json.null, "four" }, failures)
    took(seconds, 0.6)
    assert.is_true(turns > 3, turns)
  end)

  it("pauses in workflows without holding the worker", function()
    sandbox:misbehave { action = "html", status = 503, operation = "GetUserByUsername", times = 2 }
    local username, turns = server:run(function()
      local turns, over = 0, false
      ngx.thread.spawn(function()
        while not over do
          turns = turns + 1
          ngx.sleep(0.001)
        end
      end)
      local user, err = require("dnp.provisioning").find_user(require("made").panel, "jdoe", {
        policy = { random = function() return 0.5 end }, -- pauses of 0.25 and 0.5 s
      })
      over = true
      return user and user.Username or tostring(err), turns
    end)
    assert.are.equal("jdoe", username)
    assert.is_true(turns > 3, turns)
  end)

  it("hands over records while they arrive, and ends the transfer when the loop is left", function()
    local names, after = server:run(function()
      local panel, names = require("made").panel, {}
      local stream = panel:each("GetUsers", 1, true)
      for user in stream do
        names[#names + 1] = user.Username
        if #names == 2 then
          break
        end
      end
      stream:close()
      return names, panel:user_exists "jdoe"
    end)
    assert.are.same({ "reseller", "jdoe" }, names)
    assert.is_true(after)
  end)

  it("lets others have their turn while it decodes much", function()
    local count, most, turns = server:run(function()
      local dnp, body = require "dnp", {} -- luacheck: ignore 431
      for i = 1, 40000 do
        body[i] = ("<UserInfo><UserId>%d</UserId><Username>user%d</Username><Comments>%s</Comments></UserInfo>")
          :format(i, i, ("x"):rep(300))
      end
      local text = require("spec.support.envelope").result("GetUsers", table.concat(body))
      local engine = { sleep = ngx.sleep, yield = require("dnp.engines.nginx").yield }
      function engine.exchange()
        return 200, { ["Content-Type"] = "text/xml; charset=utf-8" }, text -- all at once
      end
      local over, turns, most, spent = false, 0, 0, os.clock() -- of the processor, which others use as well
      ngx.thread.spawn(function()
        while not over do
          ngx.sleep(0.001)
          turns = turns + 1
          most, spent = math.max(most, os.clock() - spent), os.clock()
        end
      end)
      local session = dnp.session { url = "http://127.0.0.1", username = "a", password = "b", engine = engine }
      local users = assert(session:get_users(1, true))
      over = true
      return #users, most, turns
    end)
    assert.are.equal(40000, count)
    assert.is_true(most < 0.05, most)
    assert.is_true(turns > 3, turns)
  end)

  it("traces without secrets", function()
    local events = server:run(function(url)
      local events = {}
      local session = require("made").session(url, { trace = function(event)
        events[#events + 1] = { event.event, event.operation, tostring(event.status), tostring(event.headers
          and event.headers.Authorization) .. event.body }
      end })
      assert(session:change_user_password(3, "TopS3cretOfTrace"))
      return events
    end, sandbox.url)
    assert.are.same({ "request", "ChangeUserPassword", "nil" }, { events[1][1], events[1][2], events[1][3] })
    assert.are.same({ "response", "ChangeUserPassword", "200" }, { events[2][1], events[2][2], events[2][3] })
    assert.is_truthy(events[1][4]:find("redacted", 1, true))
    for _, secret in ipairs(SECRETS) do
      assert.is_nil((events[1][4] .. events[2][4]):find(secret, 1, true))
    end
  end)

  it("needs no libcurl, until a call blocks", function()
    local before, after = server:run(function(url)
      local function maps()
        local file = assert(io.open "/proc/self/maps")
        local text = file:read "*a"
        file:close()
        return text:find("libcurl", 1, true) ~= nil
      end
      local sessions = require "made"
      assert(sessions.panel:user_exists "jdoe")
      local before = maps()
      assert(sessions.session(url, { engine = "curl" }):user_exists "jdoe")
      return before, maps()
    end, sandbox.url)
    assert.are.same({ false, true }, { before, after })
  end)
end)
