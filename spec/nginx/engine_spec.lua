-- The engine on cosockets by itself, inside a real nginx: every way a response can come, break off or hang.
-- luacheck: std max+busted+ngx_lua
local nginx = require "spec.support.nginx.server"
local took = require "spec.support.nginx.took"
local it = nginx.tests(it, pending)

local PANEL_PORT, DEAD_PORT

local function panel_server(port, more)
  return ([[
    server {
        listen 127.0.0.1:%d %s;
        location / { content_by_lua_block { require("spec.support.nginx.panel").serve() } }
    }
]]):format(port, more or "")
end

describe("the engine for nginx #nginx", function()
  local server

  setup(function()
    if nginx.missing then
      return
    end
    PANEL_PORT, DEAD_PORT = nginx.free_port(), nginx.free_port()
    server = nginx.start { http = panel_server(PANEL_PORT) }
  end)

  teardown(function()
    if server then
      server:stop()
    end
  end)

  -- Gives the panel what to send on its next connections, then exchanges so often with it. Of each exchange a table:
  -- status, headers, body (its pieces as one) and pieces (how many), or failure; seconds that it took.
  local function exchange(scripts, options)
    options = options or {}
    return server:run(function(given, options, port) -- luacheck: ignore
      local panel = require "spec.support.nginx.panel"
      local clock = require("dnp").clock
      local engine = panel.script(unpack(given))
      local results = {}
      for number = 1, options.times or 1 do
        if options.pause and number > 1 then
          ngx.sleep(options.pause)
        end
        local began = clock()
        local status, headers, body, close = engine.exchange({
          scheme = "http", host = options.host or "127.0.0.1", port = options.port or port, path = "/es/x.asmx",
          method = "POST", headers = options.headers or { Authorization = "Basic S3cretOfHeaders" },
          body = options.body or "S3cretOfBody", mutates = options.mutates and options.mutates[number],
        }, { timeout = options.timeout or 5, connect_timeout = options.connect_timeout, verify = true,
          streams = options.streams })
        local result = { status = status, headers = status and headers or nil, failure = not status and headers or nil }
        if status then
          local pieces = {}
          while type(body) == "function" and #pieces < (options.most or math.huge) do
            local piece, failure = body()
            result.failure = failure
            if not piece then
              break
            end
            pieces[#pieces + 1] = piece
          end
          if options.most then
            close()
            result.again = { body() }
          end
          result.body = type(body) == "string" and body or table.concat(pieces)
          result.pieces = #pieces
        end
        result.seconds = clock() - began
        results[number] = result
      end
      return results, panel.requests, panel.connections
    end, scripts, options, PANEL_PORT)
  end

  local function failure_of(script, options)
    local results, requests = exchange({ script }, options)
    assert.is_table(results[1].failure)
    return results[1].failure, results[1], requests
  end

  local function response(body, more)
    return ("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n%sContent-Length: %d\r\n\r\n%s")
      :format(more or "", #body, body)
  end

  it("sends one POST", function()
    local results, requests = exchange({ { response "fine" } }, {
      headers = { Authorization = "Basic S3cretOfHeaders", SOAPAction = '"x"', ["Accept-Encoding"] = "gzip",
        ["content-length"] = "77", ["Transfer-Encoding"] = "chunked", Expect = "100-continue", Host = "other" },
    })
    assert.are.same({ 200, "fine", "text/xml" },
      { results[1].status, results[1].body, results[1].headers["content-type"] })
    assert.are.equal(1, #requests)
    assert.are.equal("S3cretOfBody", requests[1].body)
    local lines = {}
    for line in requests[1].head:gmatch "[^\r\n]+" do
      lines[#lines + 1] = line
    end
    assert.are.equal("POST /es/x.asmx HTTP/1.1", table.remove(lines, 1))
    table.sort(lines)
    assert.are.same({ "Authorization: Basic S3cretOfHeaders", "Content-Length: 12",
      "Host: 127.0.0.1:" .. PANEL_PORT, 'SOAPAction: "x"' }, lines)
  end)

  it("sends nothing that would end a header's line", function()
    for _, headers in ipairs { { ["X-A"] = "b\r\nX-C: d" }, { ["X-A\n"] = "b" }, { ["X-A"] = "b\0" } } do
      local failure, _, requests = failure_of({ response "fine" }, { headers = headers })
      assert.are.same({ name = "sending_failed", reason = "a header holds a control character", sent = false }, failure)
      assert.are.same({}, requests)
    end
  end)

  it("sends a body of several megabytes", function()
    local body = ("0123456789abcdef"):rep(2 ^ 18)
    local _, requests = exchange({ { response "fine" } }, { body = body })
    assert.is_true(requests[1].body == body)
  end)

  it("reads bodies of every framing", function()
    for _, script in ipairs {
      { response "one and two" },
      { "HTTP/1.1 200 OK\r\n\r\none", 0.01, " and two" },
      { "HTTP/1.1 200 OK\r\ntransfer-ENCODING: Chunked\r\n\r\n3\r\none\r\n8;x=y\r\n and two\r\n0\r\nX-T: 1\r\n\r\n" },
      { "HTTP/1.0 200 OK\n\none and two" },
      { "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" .. response "one and two" },
      { "HTTP/1.1 200 OK\r\nContent-Length: 11\r\ncontent-length: 11\r\n\r\none and two" },
      { "HTTP/1.1 200\r\nContent-Length: 11, 11\r\n\r\none and two" },
    } do
      local results = exchange { script }
      assert.is_nil(results[1].failure)
      assert.are.same({ 200, "one and two" }, { results[1].status, results[1].body })
      local split = {}
      for _, step in ipairs(script) do
        for byte in (type(step) == "string" and step or ""):gmatch "." do
          split[#split + 1] = byte
          split[#split + 1] = 0
        end
      end
      results = exchange { split }
      assert.are.same({ 200, "one and two" }, { results[1].status, results[1].body })
    end
  end)

  it("reads no body where there is none", function()
    for _, script in ipairs {
      { "HTTP/1.1 204 No Content\r\n\r\n", "next", response "second" },
      { "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "next", response "second" },
      { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "next", response "second" },
      { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "next", response "second" },
    } do
      local results, _, connections = exchange({ script }, { times = 2 })
      assert.are.same({ "", "second", 1 }, { results[1].body, results[2].body, connections })
    end
  end)

  it("gives a header that came several times as a list", function()
    local results = exchange { { "HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\nX-One:  a b \r\n"
      .. "www-authenticate: Basic realm=x\r\nWww-Authenticate:\r\nwithout colon\r\nContent-Length: 0\r\n\r\n" } }
    assert.are.same({ ["www-authenticate"] = { "NTLM", "Basic realm=x", "" }, ["x-one"] = "a b",
      ["content-length"] = "0" }, results[1].headers)
  end)

  it("hands pieces over as they come", function()
    local results = exchange({ { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "one", 0.05, "two", 5, "six" } },
      { most = 2 })
    assert.are.same({ "onetwo", 2 }, { results[1].body, results[1].pieces })
    assert.is_true(results[1].seconds < 4)
    assert.are.same({}, results[1].again) -- it was closed
  end)

  it("keeps nothing of a body beyond a piece", function()
    local kept = server:run(function(port)
      local panel = require "spec.support.nginx.panel"
      local megabyte = ("x"):rep(2 ^ 20)
      local script = { ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"):format(64 * #megabyte) }
      for i = 1, 64 do
        script[i + 1] = megabyte
      end
      local engine = panel.script(script)
      local _, _, body = engine.exchange({ scheme = "http", host = "127.0.0.1", port = port, path = "/",
        method = "POST", headers = {}, body = "x" }, { timeout = 20 })
      collectgarbage()
      local before, most, sum = collectgarbage "count", 0, 0
      for piece in body do
        assert(#piece <= 65536)
        sum = sum + #piece
        if sum % 64 == 0 then
          most = math.max(most, collectgarbage "count")
        end
      end
      assert(sum == 64 * #megabyte)
      return most - before
    end, PANEL_PORT)
    assert.is_true(kept < 8 * 1024, kept .. " KiB")
  end)

  describe("reports what went wrong:", function()
    local lost = { name = "connection_lost", reason = "closed", sent = true }

    for what, script in pairs {
      ["no response"] = {},
      ["half a status line"] = { "HTTP/1.1 2" },
      ["half a head"] = { "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n" },
      ["half a body"] = { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf" },
      ["half a chunk"] = { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf" },
      ["a chunk without its end"] = { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf" },
      ["no last chunk"] = { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n" },
      ["no end of the trailers"] = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\nX: y\r\n",
      },
    } do
      it(what, function()
        assert.are.same(lost, (failure_of(script)))
      end)
    end

    for what, case in pairs {
      ["another protocol"] = { { "SSH-2.0-OpenSSH\r\n", 5 }, "another protocol" },
      ["a response of HTTP/0.9"] = { { "<html>", 5 }, "another protocol" },
      ["a status that is not one"] = { { "HTTP/1.1 20x OK\r\n\r\n" }, "another status line" },
      ["a status of four digits"] = { { "HTTP/1.1 2000 OK\r\n\r\n" }, "another status line" },
      ["a protocol nobody asked for"] = { { "HTTP/1.1 101 Switching\r\n\r\n", 5 }, "another status line" },
      ["lengths at odds"] = { { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 8\r\n\r\n", 5 },
        "an unreadable Content-Length" },
      ["a negative length"] = { { "HTTP/1.1 200 OK\r\nContent-Length: -9\r\n\r\n", 5 },
        "an unreadable Content-Length" },
      ["a length beyond all sense"] = { { "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999\r\n\r\n", 5 },
        "an unreadable Content-Length" },
      ["a chunk without length"] = { { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 5 },
        "the chunks of the response are damaged" },
      ["a chunk beyond all sense"] = { { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffff\r\n", 5 },
        "the chunks of the response are damaged" },
      ["a chunk that is longer than it says"] = {
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfour\r\n0\r\n\r\n", 5 },
        "the chunks of the response are damaged" },
      ["a chunk's line without end"] = {
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;" .. ("x"):rep(20000), 5 },
        "the chunks of the response are damaged" },
    } do
      it(what, function()
        local failure, result = failure_of(case[1])
        assert.are.same({ name = "no_http", reason = case[2], sent = true }, failure)
        assert.is_true(result.seconds < 4)
      end)
    end

    for what, case in pairs {
      ["a packed response"] = { "Content-Encoding: gzip", "packed, although nobody asked for it" },
      ["a response packed twice"] = { "Content-Encoding: identity\r\nContent-Encoding: gzip",
        "packed, although nobody asked for it" },
      ["chunks that are packed"] = { "Transfer-Encoding: gzip, chunked", "an unknown Transfer-Encoding" },
    } do
      it(what, function()
        local failure = failure_of { ("HTTP/1.1 200 OK\r\n%s\r\nContent-Length: 4\r\n\r\npack"):format(case[1]), 5 }
        assert.are.same({ name = "bad_encoding", reason = case[2], sent = true }, failure)
      end)
    end

    it("a head without end, by lines, in one line, or by interim responses", function()
      for _, text in ipairs { ("X-Y: z\r\n"):rep(1000), ("x"):rep(8000), ("\r\nHTTP/1.1 100 Continue\r\n"):rep(400) } do
        local script = { "HTTP/1.1 200 OK\r\n" }
        if text:find "^\r" then
          script = { "HTTP/1.1 100 Continue\r\n" }
        end
        for i = 1, 60 do
          script[i + 1] = text
        end
        script[#script + 1] = 5
        local failure, result = failure_of(script)
        assert.are.same({ name = "too_large", reason = "a head of more than 262144 bytes", sent = true }, failure)
        assert.is_true(result.seconds < 4)
      end
    end)

    it("a panel that does not respond", function()
      local failure, result = failure_of({ 3 }, { timeout = 0.2 })
      assert.are.same({ name = "timeout", timeout = 0.2, sent = true }, failure)
      took(result.seconds, 0.2)
    end)

    it("a panel that drips, in the head and in the body", function()
      for _, start in ipairs { "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" } do
        local script = { start }
        for i = 2, 60, 2 do
          script[i], script[i + 1] = 0.05, "x"
        end
        local failure, result = failure_of(script, { timeout = 0.3 })
        assert.are.same({ name = "timeout", timeout = 0.3, sent = true }, failure)
        took(result.seconds, 0.3)
      end
    end)

    it("a panel that does not read", function()
      local failure, result = server:run(function()
        local clock = require("dnp").clock
        local listener = require("socket").bind("127.0.0.1", 0)
        local _, port = listener:getsockname()
        local began = clock()
        local _, failure = require("dnp.engines.nginx").exchange({ scheme = "http", host = "127.0.0.1",
          port = tonumber(port), path = "/", method = "POST", headers = {}, body = ("x"):rep(2 ^ 25) },
          { timeout = 0.3 })
        listener:close()
        return failure, clock() - began
      end)
      assert.are.same({ name = "timeout", timeout = 0.3, sent = false }, failure)
      took(result, 0.3)
    end)

    it("a panel that is down", function()
      assert.are.same({ name = "connection_refused", reason = "connection refused", sent = false },
        (failure_of({}, { port = DEAD_PORT })))
    end)

    for reason, name in pairs {
      ["network is unreachable"] = "unreachable", ["no route to host"] = "unreachable",
      ["host is down"] = "unreachable", ["connection refused"] = "connection_refused",
      ["too many open files"] = "no_descriptors", ["too many open files in system"] = "no_descriptors",
      ["panel could not be resolved (3: Host not found)"] = "host_not_found",
    } do
      it("what nginx reports as '" .. reason .. "'", function()
        local failure = server:run(function(words)
          local engine, tcp = require "dnp.engines.nginx", ngx.socket.tcp
          ngx.socket.tcp = function() -- luacheck: ignore 122
            return { settimeout = function() end, close = function() end, connect = function()
              return nil, words
            end }
          end
          local _, failure = engine.exchange({ scheme = "http", host = "127.0.0.1", port = 80, path = "/",
            method = "POST", headers = {}, body = "x" }, { timeout = 5 })
          ngx.socket.tcp = tcp -- luacheck: ignore 122
          return failure
        end, reason)
        assert.are.same({ name = name, reason = reason, sent = false }, failure)
      end)
    end

    it("a name without a resolver", function()
      local failure = failure_of({}, { host = "panel.example.com" })
      assert.are.same({ "host_not_found", false }, { failure.name, failure.sent })
      assert.matches("no resolver defined", failure.reason)
    end)

    it("the same failure however often one asks", function()
      local first, second = server:run(function(port)
        local panel = require "spec.support.nginx.panel"
        local engine = panel.script { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf" }
        local _, _, body, close = engine.exchange({ scheme = "http", host = "127.0.0.1", port = port, path = "/",
          method = "POST", headers = {}, body = "x" }, { timeout = 5 })
        assert(body() == "half")
        local _, first = body()
        local _, second = body()
        close()
        return first, second
      end, PANEL_PORT)
      assert.are.same(lost, first)
      assert.are.same(first, second)
    end)
  end)

  it("bounds each piece of a body that is streamed", function()
    local script = { "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n" }
    for i = 2, 16, 2 do
      script[i], script[i + 1] = 0.1, "x"
    end
    local results = exchange({ script }, { timeout = 1.5, streams = true })
    assert.are.same({ "xxxxxxxx", 8 }, { results[1].body, results[1].pieces })
    script[4] = 5
    assert.are.same({ name = "timeout", timeout = 1.5, sent = true },
      (failure_of(script, { timeout = 1.5, streams = true })))
  end)

  it("does not count the time that the reader takes for itself", function()
    local sum = server:run(function(port)
      local panel = require "spec.support.nginx.panel"
      local engine = panel.script { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "one", 0.3, "two", 0.3, "six" }
      local _, _, body = engine.exchange({ scheme = "http", host = "127.0.0.1", port = port, path = "/",
        method = "POST", headers = {}, body = "x" }, { timeout = 2 })
      local text = ""
      for piece in body do
        text = text .. piece
        ngx.sleep(0.8)
      end
      return text
    end, PANEL_PORT)
    assert.are.equal("onetwosix", sum)
  end)

  describe("uses a connection again", function()
    local function connections_of(requests)
      local numbers = {}
      for i, request in ipairs(requests) do
        numbers[i] = request.connection
      end
      return numbers
    end

    it("after an exchange that ended well", function()
      for _, first in ipairs { response "fine",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 4\r\n\r\nfine" } do
        local results, requests, connections = exchange({ { first, "next", first, "next", first, 1 } },
          { times = 3, mutates = { true, false, true } })
        assert.are.same({ "fine", "fine", "fine" }, { results[1].body, results[2].body, results[3].body })
        assert.are.same({ { 1, 1, 1 }, 1 }, { connections_of(requests), connections })
      end
    end)

    it("after no other", function()
      for _, first in ipairs {
        response("fine", "Connection: close\r\n"),
        response("fine", "Connection: x, Close\r\n"),
        "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfine",
        response "fine" .. "beyond",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n4\r\nfine\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n0\r\n\r\nbeyond",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nfine",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfine",
      } do
        local results, requests = exchange({ { first, "next", response "stolen" }, { response "own" } },
          { times = 2, timeout = 1.5 })
        assert.are.equal("own", results[2].body, first)
        assert.are.same({ 1, 2 }, connections_of(requests))
      end
    end)

    it("not when its body was not read to the end", function()
      local results, requests = exchange({ { "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n", "fine", 0.05, "more",
        "next", response "stolen" }, { response "own", 1 } }, { times = 2, most = 1 })
      assert.are.same({ "fine", "own" }, { results[1].body, results[2].body })
      assert.are.same({ 1, 2 }, connections_of(requests))
    end)

    it("for a change only when it was in use a moment ago", function()
      local script = { response "old", "next", response "old", 1 }
      local _, requests = exchange({ script, { response "new", 1 } },
        { times = 2, mutates = { false, true }, pause = 2.5 })
      assert.are.same({ 1, 2 }, connections_of(requests))
      _, requests = exchange({ script }, { times = 2, mutates = { true, false }, pause = 2.5 })
      assert.are.same({ 1, 1 }, connections_of(requests))
      _, requests = exchange({ script }, { times = 2, mutates = { false, true }, pause = 0.5 })
      assert.are.same({ 1, 1 }, connections_of(requests))
    end)

    it("not when the panel has closed it", function()
      local results, requests = exchange({ { response "fine" }, { response "fine" } }, { times = 2, pause = 0.1 })
      assert.are.same({ 1, 2 }, connections_of(requests))
      assert.is_nil(results[2].failure)
    end)

    it("and says when it was dead, once, and sends nothing again", function()
      for _, mutates in ipairs { false, true } do
        local results, requests = exchange({ { response "fine", "next" }, { response "new" } },
          { times = 3, mutates = { mutates, mutates, mutates } })
        assert.are.same({ name = "connection_lost", reason = "closed", sent = true, stale = true }, results[2].failure)
        assert.are.equal("new", results[3].body)
        assert.are.same({ 1, 1, 2 }, connections_of(requests))
      end
    end)

    it("and does not call it dead when its response began, or is late", function()
      local results = exchange({ { response "fine", "next", "HTTP/1.1 2" } }, { times = 2 })
      assert.are.same({ name = "connection_lost", reason = "closed", sent = true }, results[2].failure)
      results = exchange({ { response "fine", "next", 5 } }, { times = 2, timeout = 1 })
      assert.are.same({ name = "timeout", timeout = 1, sent = true }, results[2].failure)
    end)

    it("as many as there were exchanges at once, and never one for two", function()
      local connections, bodies = server:run(function(port)
        local panel = require "spec.support.nginx.panel"
        local scripts = {}
        for number = 1, 20 do
          scripts[number] = { 0.1, ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%02d"):format(number), "next", 0.1,
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%02d"):format(number), 1 }
        end
        local engine = panel.script(unpack(scripts))
        local bodies, tasks = {}, {}
        for number = 1, 40 do
          tasks[number] = function()
            local _, _, body = engine.exchange({ scheme = "http", host = "127.0.0.1", port = port, path = "/",
              method = "POST", headers = {}, body = "x" }, { timeout = 5 })
            bodies[#bodies + 1] = body()
          end
        end
        engine.parallel(tasks, 20)
        return panel.connections, bodies
      end, PANEL_PORT)
      assert.are.equal(20, connections)
      table.sort(bodies)
      for number = 1, 20 do
        local expected = ("%02d"):format(number)
        assert.are.same({ expected, expected }, { bodies[2 * number - 1], bodies[2 * number] })
      end
    end)
  end)

  describe("has threads:", function()
    it("so many at once, and waits for all", function()
      local most, sum = server:run(function()
        local engine = require "dnp.engines.nginx"
        local now, most, sum, tasks = 0, 0, 0, {}
        for number = 1, 12 do
          tasks[number] = function()
            now = now + 1
            most = math.max(most, now)
            engine.sleep(number % 2 == 0 and 0.5 or 0.05)
            now, sum = now - 1, sum + number
          end
        end
        engine.parallel(tasks, 4)
        return most, sum
      end)
      assert.are.same({ 4, 78 }, { most, sum })
    end)

    it("an error in one does not end the others", function()
      local good, err, sum = server:run(function()
        local engine, sum, tasks = require "dnp.engines.nginx", 0, {}
        for number = 1, 6 do
          tasks[number] = function()
            engine.sleep(0.01)
            if number % 3 == 0 then
              error("task " .. number, 0)
            end
            sum = sum + number
          end
        end
        local good, err = pcall(engine.parallel, tasks, 2)
        return good, err, sum
      end)
      assert.are.same({ false, "task 3", 12 }, { good, err, sum })
    end)

    it("others have their turn when one yields", function()
      local order = server:run(function()
        local engine, order = require "dnp.engines.nginx", {}
        local function task(name)
          return function()
            for i = 1, 3 do
              order[#order + 1] = name .. i
              engine.yield()
            end
          end
        end
        engine.parallel({ task "a", task "b" }, 2)
        return table.concat(order, " ")
      end)
      assert.are.equal("a1 b1 a2 b2 a3 b3", order)
    end)
  end)
end)
