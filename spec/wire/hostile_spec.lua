-- Servers that mean harm: they cost neither memory nor time without bound, learn nothing, and leave the session usable.
local child = require "spec.support.child"
local dnp = require "dnp"
local envelope = require "spec.support.envelope"
local raw_server = require "spec.support.raw_server"
local session = require("spec.support.nowhere").session

local function whole(body, headers)
  return ("HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n%s\r\n%s")
    :format(#body, headers or "", body)
end

local exists = whole(envelope.result("UserExists", "true"))

local head = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"

describe("a server", function()
  -- It does `code` to a first call, and answers a second one well.
  local function face(code, options)
    local url, finish = raw_server.start(2, ("read() if number == 1 then %s else send(%q) end"):format(code, exists))
    options.url = url
    local panel = session(options)
    local value, err = panel:user_exists "jdoe"
    assert.is_nil(value)
    assert.is_true(panel:user_exists "jdoe")
    panel:close()
    return err, finish()
  end

  local function endless(before, piece)
    return ("local piece = (%q):rep(1000) send(%q) while send(piece) do end"):format(piece, before)
  end

  it("that sends headers without end is left", function()
    for _, code in ipairs {
      endless(head, "X-Header: value\r\n"),
      endless(head .. "X-Header: ", "value"),
      endless("", "HTTP/1.1 100 Continue\r\n\r\n"),
      endless(head .. "Transfer-Encoding: chunked\r\n\r\n15\r\n<?xml version='1.0'?>\r\n0\r\n", "X-Trailer: value\r\n"),
    } do
      local err = face(code, { timeout = 20 })
      assert.are.equal("limit", err.kind, err.message)
      assert.matches("headers", err.message, 1, true)
    end
  end)

  it("that sends a body without end is left at max_response_bytes", function()
    for _, before in ipairs { "", "Transfer-Encoding: chunked\r\n" } do
      local piece = before == "" and "<Users><x/></Users>" or "13\r\n<Users><x/></Users>\r\n"
      local begin = before == "" and "<a>" or "3\r\n<a>\r\n"
      local err = face(endless(head .. before .. "\r\n" .. begin, piece),
        { timeout = 20, max_response_bytes = 1000000 })
      assert.is_true(err.kind == "limit" or err.kind == "protocol", err.kind)
    end
  end)

  it("that sends an error page without end is left soon", function()
    local err = face(endless("HTTP/1.1 403 No\r\nContent-Type: text/html\r\n\r\n", "page"), { timeout = 20 })
    assert.are.equal("http", err.kind)
    assert.are.equal(403, err.http_status)
  end)

  it("that sends one byte after the other is left in time", function()
    local started = dnp.clock()
    local err = face(("for byte in (%q):gmatch '.' do if not send(byte) then break end require'socket'.sleep(0.02) end")
      :format(exists), { timeout = 0.5 })
    assert.are.equal("timeout", err.kind)
    assert.is_true(dnp.clock() - started < 10)
  end)

  it("that packs a bomb does not make it go off", function()
    local folder, remove = child.folder()
    local command = "(printf '%%s' '<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header><b>';"
      .. " head -c %d /dev/zero | tr '\\0' x) | gzip -9 > %s/bomb"
    assert(child.run(command:format(20000000, folder)) == 0)
    local before = collectgarbage "count"
    local err = face(([[
      local file = io.open(%q, "rb")
      local bomb = file:read("*a")
      file:close()
      send(%q .. "Content-Encoding: gzip\r\nContent-Length: " .. #bomb .. "\r\n\r\n" .. bomb)
    ]]):format(folder .. "/bomb", head), { timeout = 60, max_response_bytes = 1000000 })
    remove()
    assert.are.equal("limit", err.kind)
    assert.matches("max_response_bytes", err.message, 1, true)
    assert.is_true(collectgarbage "count" - before < 1024)
    local onion = face(("send(%q)"):format(whole("x", "Content-Encoding: " .. ("gzip, "):rep(100) .. "gzip\r\n")), {})
    assert.are.equal("protocol", onion.kind)
  end)

  it("that redirects is not followed, and learns of no credentials elsewhere", function()
    for _, status in ipairs { 301, 302, 303, 307, 308 } do
      local err, requests = face(([[
        local other = assert(require "socket".bind("127.0.0.1", 0))
        send("HTTP/1.1 %d Moved\r\nLocation: http://127.0.0.1:" .. select(2, other:getsockname())
          .. "/esUsers.asmx\r\nContent-Length: 0\r\n\r\n")
        other:settimeout(0.05)
        if other:accept() then
          io.write("3\nbad")
        end
      ]]):format(status), {})
      assert.are.equal("http", err.kind)
      assert.are.equal("not_done", err.outcome)
      assert.are.equal(status, err.http_status)
      assert.are.equal(2, #requests)
    end
  end)

  it("gets no credentials where none are taken, and no more than Basic elsewhere", function()
    local response = whole(envelope.result("AuthenticateUser", "0"))
    local url, finish = raw_server.start(1, ("read() send(%q) read() send(%q)"):format(response, exists))
    local panel = session { url = url }
    assert.is_true(panel:authenticate_user("jdoe", "s3cret", "127.0.0.1"))
    assert.is_true(panel:user_exists "jdoe")
    panel:close()
    local requests = finish()
    assert.is_nil(requests[1]:lower():find("authorization:", 1, true))
    assert.matches("\nAuthorization: Basic YWRtaW46cGE1NXdvcmQ=\r?\n", requests[2])
    assert.is_nil((requests[1] .. requests[2]):find("pa55word", 1, true))
  end)

  it("cannot make a trace or message show what it echoes", function()
    local secrets = { "pa55word", "s3cret", "YWRtaW46cGE1NXdvcmQ" }
    local echo = "[pa55word] [pa%35%35word] [pa&#53;5word] [s3cret] [%73%33cret] [&#x73;3cret] [YWRtaW46cGE1NXdvcmQ=] "
    for _, bytes in ipairs {
      whole(envelope.fault("Server", (echo:gsub("&", "&amp;")))), whole("<p>" .. echo .. "</p>"),
      (whole("<p>" .. echo .. "s3cre"):gsub("text/xml", "text/html")),
      (whole("<p>" .. echo .. "</p>"):gsub("200 OK", "500 Oh"):gsub("text/xml", "text/plain")),
    } do
      local url, finish = raw_server.start(1, ("read() send(%q)"):format(bytes))
      local shown = {}
      local panel = session { url = url, trace = function(event)
        shown[#shown + 1] = tostring(event.body) .. tostring(event.error)
      end }
      local _, err = panel:change_user_password(7, "s3cret")
      panel:close()
      finish()
      shown[#shown + 1] = tostring(err) .. tostring(err.fault_string) .. tostring(err.name)
      local text = table.concat(shown, "\n")
      for _, secret in ipairs(secrets) do
        assert.is_nil(text:find(secret, 1, true), text)
      end
      assert.is_nil(text:find("%35", 1, true), text)
      assert.is_nil(text:find("#53", 1, true), text)
      assert.is_nil(text:find("s3cre", 1, true), text)
    end
  end)
end)

describe("a response", function()
  local panel = session()

  local function response(operation, body)
    return panel:response(operation, 200, nil, body)
  end

  local function assert_refused(kind, body)
    local value, err = response("GetUserById", body)
    assert.is_nil(value)
    assert.are.equal(kind, err.kind, err.message)
    assert.are.equal(7, response("AddUser", envelope.result("AddUser", "7")))
  end

  local function many(count, piece)
    local pieces = {}
    for i = 1, count do
      pieces[i] = piece:gsub("%%d", i)
    end
    return table.concat(pieces)
  end

  it("with too much of anything but values is refused", function()
    assert_refused("limit", envelope.of("<x" .. many(30000, " a%d='1'") .. "/>"))
    assert_refused("limit", envelope.of("<x" .. many(30000, " xmlns:a%d='1'") .. "/>"))
    assert_refused("limit", envelope.of("<x a='" .. (">"):rep(200000) .. "'/>"))
    assert_refused("limit", envelope.of("<!--" .. ("->"):rep(200000) .. "--><x/>"))
    assert_refused("limit", envelope.result("GetUserById", many(20000, "<x%d/>")))
    assert_refused("limit", envelope.result("GetUserById", many(20000, "<x%d y='1'> </x%d>")))
    assert_refused("limit", envelope.result("GetUserById", ("<x>"):rep(100)))
    assert_refused("protocol", envelope.of(("<x>"):rep(100)))
    assert_refused("protocol", envelope.of("<" .. ("x"):rep(60000) .. "/>"))
    assert_refused("limit", envelope.fault("Server", ("x"):rep(2000000)))
  end)

  it("may hold long values and much that is unknown", function()
    local long = ("x"):rep(5000000)
    local record = response("GetUserById", envelope.result("GetUserById", "<Comments>" .. long .. "</Comments>"))
    assert.is_true(record.Comments == long)
    record = response("GetUserById", envelope.result("GetUserById", "<Comments><![CDATA[" .. long .. "]]></Comments>"))
    assert.is_true(record.Comments == long)
    record = response("GetUserById", envelope.result("GetUserById", "<UserId>1</UserId>"
      .. ("<Newer><a>1</a><b>2</b></Newer>"):rep(100000) .. "<OwnerId>2</OwnerId>"))
    assert.are.same({ 1, 2, 3100000 }, { record.UserId, record.OwnerId, #record._unknown })
    record = response("GetUserById", envelope.result("GetUserById", ("<x xmlns='urn:x'>1</x>"):rep(100000)
      .. "<UserId>1</UserId>"))
    assert.are.same({ UserId = 1 }, record)
    local users = response("GetUsers", envelope.result("GetUsers",
      ("<UserInfo><UserId>1</UserId></UserInfo>"):rep(100000)))
    assert.are.equal(100000, #users)
  end)

  describe("with a DataSet", function()
    local function dataset(columns, rows)
      return envelope.result("GetRawUsers",
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="D"><xs:element name="T">' .. columns
          .. "</xs:element></xs:element></xs:schema>"
          .. '<d:diffgram xmlns:d="urn:schemas-microsoft-com:xml-diffgram-v1"><D xmlns="">' .. rows
          .. "</D></d:diffgram>")
    end

    it("may have a thousand columns", function()
      local tables = assert(response("GetRawUsers", dataset(many(1000, '<xs:element name="c%d" type="xs:int"/>'),
        ("<T>" .. many(1000, "<c%d>5</c%d>") .. "</T>"):rep(3))))
      assert.are.equal(1000, #tables[1].columns)
      assert.are.equal(3, #tables[1])
      assert.are.equal(5, tables[1][3].c1)
    end)

    it("may not have any number of columns, tables or undeclared rows", function()
      local function refused(kind, body)
        local value, err = response("GetRawUsers", body)
        assert.is_nil(value)
        assert.are.equal(kind, err.kind)
      end
      refused("limit", dataset(many(2000, '<xs:element name="c%d" type="xs:int"/>'), ""))
      refused("limit", dataset("</xs:element>" .. many(100, '<xs:element name="t%d"/>') .. '<xs:element name="z">', ""))
      refused("protocol", dataset('<xs:element name="c" type="xs:int"/>', "<U><c>1</c></U>"))
      refused("protocol", dataset('<xs:element name="c" type="xs:int"/>', "<T><c>x</c></T>"))
      refused("protocol", dataset('<xs:element type="xs:int"/>', ""))
      refused("protocol", dataset('<xs:element name="c"><xs:element name="d"><xs:element name="e"/></xs:element>'
        .. "</xs:element>", ""))
    end)

    it("may have two schemas, of which the last counts", function()
      local schema = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="D">'
        .. '<xs:element name="T"><xs:element name="c" type="xs:int"/></xs:element></xs:element></xs:schema>'
      local rows = '<d:diffgram xmlns:d="urn:schemas-microsoft-com:xml-diffgram-v1"><D xmlns=""><T><c>%d</c></T></D>'
        .. "</d:diffgram>"
      local tables = assert(response("GetRawUsers", envelope.result("GetRawUsers",
        schema .. rows:format(1) .. schema .. rows:format(2) .. rows:format(3))))
      assert.are.equal(1, #tables)
      assert.are.same({ { c = 2 }, { c = 3 } }, { tables[1][1], tables[1][2] })
    end)
  end)
end)

describe("sessions", function()
  it("may be many, and end in any order", function()
    local url, finish = raw_server.start(64, ("read() send(%q)"):format(exists))
    local panels = {}
    for i = 1, 64 do
      panels[i] = session { url = url }
    end
    for i = 64, 1, -1 do
      assert.is_true(panels[i]:user_exists "jdoe")
      if i % 3 == 0 then
        panels[i]:close()
      elseif i % 3 == 1 then
        panels[i] = false
        collectgarbage()
      end
    end
    assert.are.equal(64, #finish())
  end)

  it("may be called from coroutines, each with its own", function()
    local url, finish = raw_server.start(8, ("read() send(%q)"):format(exists))
    local threads, count = {}, 0
    for i = 1, 8 do
      local panel = session { url = url, trace = function()
        count = count + 1
      end }
      threads[i] = coroutine.wrap(function()
        coroutine.yield()
        local value = panel:user_exists "jdoe"
        coroutine.yield(value)
        panel:close()
      end)
      threads[i]()
    end
    for i = 1, 8 do
      assert.is_true(threads[i]())
    end
    for i = 1, 8 do
      threads[i]()
    end
    finish()
    assert.are.equal(16, count)
  end)

  local function run(code)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write([[
      local dnp = require "dnp"
      local function session(trace)
        return dnp.session { url = "http://127.0.0.1:1", username = "u", password = "pa55word", trace = trace }
      end
    ]] .. code)
    file:close()
    -- What a call holds when the process ends within it is not a leak.
    local status, output, errors = child.run("ASAN_OPTIONS=detect_leaks=0 " .. child.lua .. " " .. path)
    os.remove(path)
    return status, output .. errors
  end

  -- What owns a session may close it when it is collected, and be collected while a method of the session runs.
  it("stay open while a method runs, whatever is finalized then", function()
    assert.are.same({ 0, "" }, { run [[
      local finalized = require "spec.support.finalized"
      local methods = {
        function(panel) return panel:info().username == "u" end,
        function(panel) return tostring(panel):find("user u", 1, true) end,
        function(panel) return select(2, panel:get_user_by_id(7)).kind == "transport" end,
        function(panel)
          return panel:request("UpdatePackageName", 7, ("n"):rep(300), "").body:find("n</packageName>", 1, true)
        end,
      }
      collectgarbage("setpause", 0)
      collectgarbage("setstepmul", 1000)
      for i = 1, 1600 do
        local panel = session()
        local closed = false
        finalized(function() closed = pcall(panel.close, panel) or closed end)
        for _ = 1, i % 41 do
          setmetatable({}, {})
        end
        local good, response = pcall(methods[i % 4 + 1], panel)
        assert(good and response or closed, response)
      end
    ]] })
  end)

  it("are left to the end of the state, in the middle of a call too", function()
    assert.are.same({ 0, "" }, { run [[
      kept = {}
      for i = 1, 9 do
        kept[i] = session()
        kept[i]:request("DeleteUser", i)
      end
    ]] })
    local status, output = run "session(function() os.exit(7, true) end):user_exists 'jdoe'"
    assert.are.equal(7, status, output)
    assert.are.same({ 0, "" }, { run [[
      local other = session()
      setmetatable({}, { __gc = function() other:user_exists 'jdoe' end })
    ]] })
  end)
end)
