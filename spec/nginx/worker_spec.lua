-- What lives longer than a request, or is none: the worker, each phase of nginx, a reload.
-- luacheck: std max+busted+ngx_lua
local certificates = require "spec.support.certificates"
local dnp = require "dnp"
local nginx = require "spec.support.nginx.server"
local sandboxes = require "dnp.sandbox"

local it = nginx.tests(it, pending)

describe("a worker of nginx #nginx", function()
  it("holds no descriptor when all connections are over, well or badly", function()
    local sandbox = assert(sandboxes.start {})
    local server = nginx.start {}
    local function descriptors()
      return server:run(function()
        local pipe, count = io.popen("ls /proc/" .. ngx.worker.pid() .. "/fd"), 0
        for _ in pipe:lines() do
          count = count + 1
        end
        pipe:close()
        return count
      end)
    end
    server:run(function()
      require("dnp.provisioning")
    end)
    local before = descriptors()
    sandbox:misbehave { action = "drop", operation = "GetUserById", times = math.huge }
    sandbox:misbehave { action = "cut", bytes = 100, operation = "GetUserParents", times = math.huge }
    sandbox:misbehave { action = "hang", operation = "GetUsers", times = math.huge }
    server:run(function(url, nobody)
      local items = {}
      local function session(where, timeout)
        return require("dnp").session {
          url = where, username = "serveradmin", password = "serveradmin", timeout = timeout,
        }
      end
      local panel, hasty, dead = session(url), session(url, 0.1), session("http://127.0.0.1:" .. nobody)
      local secure = session((url:gsub("^http:", "https:"))) -- nobody speaks TLS there
      for number = 1, 60 do
        items[number] = number
      end
      require("dnp").parallel(items, function(number)
        assert(panel:user_exists "jdoe")
        assert(not panel:get_user_by_id(3))
        assert(not panel:get_user_parents(3))
        assert(not dead:user_exists "jdoe")
        assert(not secure:user_exists "jdoe")
        assert(number > 5 or not hasty:get_users(1, true))
        return true
      end, { limit = 20 })
    end, sandbox.url, nginx.free_port())
    assert.is_true(descriptors() <= before + 21) -- connections that may be used again
    sandbox:stop()
    assert.is_true(nginx.wait_until(function()
      return descriptors() == before
    end))
    server:stop()
  end)
end)

describe("each phase of nginx #nginx", function()
  local server, sandbox, made

  local NOTE = [[
    local panel = package.loaded.made
    local function note(phase)
        local good, value, err = pcall(panel.user_exists, panel, "jdoe")
        local text = not good and "raised " .. tostring(value)
            or err and ("%s %s %s: %s"):format(err.kind, err.name, err.outcome, tostring(err)) or tostring(value)
        package.loaded.notes[phase] = text
        if ngx.get_phase() ~= "init" then
            ngx.shared.notes:set(phase, text)
        end
    end
    package.loaded.note = note
]]

  setup(function()
    if nginx.missing then
      return
    end
    sandbox = assert(sandboxes.start {})
    made = certificates.new()
    made:make("any", "localhost", "subjectAltName = DNS:localhost")
    local port = nginx.free_port()
    server = nginx.start {
      http = ([[
    lua_shared_dict notes 1m;
    init_by_lua_block {
        package.loaded.notes = {}
        package.loaded.made = assert(require("dnp").session {
            url = "%s", username = "serveradmin", password = "serveradmin" })
%s
        note "init"
        package.loaded.notes_of_init = package.loaded.notes.init
    }
    init_worker_by_lua_block {
        ngx.shared.notes:set("init", package.loaded.notes_of_init)
        require "note" "init_worker"
        ngx.timer.at(0, function() require "note" "timer" end)
    }
    upstream balanced {
        server 0.0.0.1;
        balancer_by_lua_block {
            require "note" "balancer"
            require("ngx.balancer").set_current_peer("127.0.0.1", %d)
        }
    }
    server {
        listen 127.0.0.1:%d ssl;
        ssl_certificate %s;
        ssl_certificate_key %s;
        ssl_certificate_by_lua_block { require "note" "ssl_cert" }
        location / { return 200; }
    }
]]):format(sandbox.url, NOTE, port, port, made:path "any.pem", made:path "any.key"),
      server = [[
        location = /all {
            set_by_lua_block $set { require "note" "set" return "" }
            rewrite_by_lua_block { require "note" "rewrite" }
            access_by_lua_block { require "note" "access" }
            content_by_lua_block { require "note" "content" ngx.say "fine" }
            header_filter_by_lua_block { require "note" "header_filter" }
            body_filter_by_lua_block { require "note" "body_filter" }
            log_by_lua_block { require "note" "log" }
        }
        location = /balanced { proxy_pass https://balanced; }
]],
    }
  end)

  teardown(function()
    if server then
      server:stop()
      sandbox:stop()
      made.remove()
    end
  end)

  local function notes()
    return server:run(function()
      local found = {}
      for _, phase in ipairs(ngx.shared.notes:get_keys()) do
        found[phase] = ngx.shared.notes:get(phase)
      end
      return found
    end)
  end

  it("either waits for the response, or says at once that it cannot", function()
    assert.are.equal("fine\n", select(2, server:ask("GET", "/all")))
    assert.are.equal(200, (server:ask("GET", "/balanced")))
    local found
    nginx.wait_until(function()
      found = notes()
      return found.log and found.timer
    end)
    for _, phase in ipairs { "rewrite", "access", "content", "timer", "ssl_cert" } do
      assert.are.equal("true", found[phase], phase)
    end
    for _, phase in ipairs { "init", "init_worker", "set", "header_filter", "body_filter", "log", "balancer" } do
      assert.matches("^transport phase not_done: UserExists: .*phase " .. phase .. ";.* ngx%.timer%.at", found[phase],
        nil, phase)
    end
    assert.are.equal(5, sandbox:call_count "UserExists")
  end)
end)

describe("a reload of nginx #nginx", function()
  it("loses no call, and no account is made twice or by half", function()
    local sandbox = assert(sandboxes.start {})
    sandbox:misbehave { action = "delay", seconds = 0.05, times = math.huge }
    local server = nginx.start { http = ([[
    init_by_lua_block {
        package.loaded.made = assert(require("dnp").session {
            url = "%s", username = "serveradmin", password = "serveradmin" })
    }
]]):format(sandbox.url) }
    local function begin(number)
      return server:begin_run(function(username)
        local report, err = require("dnp.provisioning").create_account(require "made", {
          user = { OwnerId = 2, Username = username, Password = "s3cret", FirstName = "F", LastName = "L",
            Email = "e@example.com" },
          spaces = { { name = username, plan = "Shared Small" } },
        })
        return report and tostring(report:outcome()) or tostring(err)
      end, "reloaded" .. number)
    end
    local workers, finish = server:workers(), {}
    for number = 1, 40 do
      finish[number] = begin(number)
      if number == 15 or number == 30 then
        server:signal "HUP"
      end
      dnp.sleep(0.01)
    end
    for number = 1, 40 do
      assert.are.equal("done", finish[number]())
    end
    assert.are.equal(40, sandbox:call_count "AddUser")
    assert.are.equal(40, sandbox:call_count "AddPackage")
    assert.is_true(nginx.wait_until(function()
      local now = server:workers()
      return #now == 1 and now[1] ~= workers[1]
    end))
    server:stop()
    sandbox:stop()
  end)
end)
