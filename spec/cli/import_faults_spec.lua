-- `dnp import` when something is wrong: with the file, with the disk, with the panel, or with who uses it.
local child = require "spec.support.child"
local cjson = require "cjson"
local command = require "spec.support.command"
local process = require "spec.support.process"
local scratch = require "spec.support.scratch"
local shop = require "spec.support.shop"

local host, dnp, done

-- Starts an import that is slow enough for something to happen meanwhile.
local function start(path, options, seconds)
  host.server:misbehave { action = "delay", seconds = seconds or 0.05, rate = 1 }
  local running = process.start(command.line(host, ("import %s %s"):format(path, options or "")),
    scratch.path .. "/import")
  process.await("an account", function()
    return host.server:call_count "AddUser" > 0
  end)
  return running
end

local function utf16(text)
  return "\255\254" .. text:gsub(".", "%0\0")
end

local HEADER = shop.HEADER
local ROW = "a%d,A,A,a@example.com,secret,shop,Starter\n"

describe("dnp import, when something is wrong,", function()
  shop.provide(function(...)
    host, dnp, done = ...
  end)

  it("says what is wrong with a file, once", function()
    for name, case in pairs {
      ["utf16.csv"] = { utf16(HEADER .. ROW:format(1)), ":1: it is UTF-16; save it as UTF-8" },
      ["bare16.csv"] = { utf16(HEADER):sub(3), ":1: it is UTF-16; save it as UTF-8" },
      ["utf16.jsonl"] = { utf16 '{"Username":"a1"}\n', ":1: it is UTF-16; save it as UTF-8" },
      ["latin1.csv"] = { HEADER .. ROW:format(1) .. ("b,J\252rgen,M\252ller,a@example.com,x,shop,Starter\n"):rep(3),
        ":3: it is not UTF-8, but maybe Latin-1 or Windows-1252; save the file as UTF-8" },
      ["latin1.jsonl"] = { ('{"Username":"J\252rgen"}\n'):rep(3),
        ":1: it is not UTF-8, but maybe Latin-1 or Windows-1252; save the file as UTF-8" },
      ["book.csv"] = { "PK\3\4\20\0\0\0", ":1: it is a spreadsheet or an archive; save it as CSV in UTF-8" },
      ["list.jsonl"] = { '[{"Username":"a1"}]\n', ":1: it is not a JSON object, but an array" },
      ["open.csv"] = { HEADER .. 'a1,"A,A,a@example.com,secret,shop,Starter\n' .. ROW:format(2),
        ":2: the quote of line 2 has no end" },
      ["long.csv"] = { HEADER .. 'a1,"A,A,a@example.com,secret,shop,Starter\n' .. ROW:format(2):rep(40000),
        ":2: the quote of line 2 has no end within 1 MiB" },
      ["huge.csv"] = { HEADER .. "a1," .. ("x"):rep(2000000) .. "\n", ":2: line 2: a cell is longer than 1 MiB" },
      ["middle.csv"] = { HEADER .. 'a1,"A"x,A,a@example.com,secret,shop,Starter\n' .. ROW:format(2),
        ":2: line 2: a quote ends in the middle of a cell" },
      ["twice.csv"] = { "Username,Email,Email\n", ":1: Email: there are two columns of this name" },
      ["nul.csv"] = { HEADER .. "a1,A\0B,A,a@example.com,secret,shop,Starter\n",
        ":2: FirstName: holds a control character, which XML cannot carry (byte 2)" },
      ["empty.csv"] = { "", ":1: it is empty" },
    } do
      local path = scratch.write(name, case[1])
      local status, output, errors = dnp("import " .. path)
      assert.are.same({ 2, "" }, { status, output }, name)
      assert.matches(path .. case[2], errors, 1, true)
      assert.matches("1 error; nothing was done", errors, 1, true)
    end
    for name, case in pairs {
      ["utf16.json"] = { utf16 '[{"user":{"Username":"a1"}}]', ":1: it is UTF-16; save it as UTF-8" },
      ["latin1.json"] = { '[{"user":\n{"Username":"J\252rgen"}}]', ":2: it is not UTF-8, but maybe Latin-1" },
      ["latin1.yaml"] = { '- user:\n    Username: J\252rgen\n', ":2: it is not UTF-8, but maybe Latin-1" },
    } do
      local status, output, errors = dnp("diff " .. scratch.write(name, case[1]))
      assert.are.same({ 2, "" }, { status, output }, name)
      assert.matches(name .. case[2], errors, 1, true)
    end
    local status, _, errors = dnp("import " .. scratch.write("unknown.csv", "Usrname,FirstNam,LastName\n"))
    assert.are.equal(2, status)
    assert.matches("Usrname: there is no such column; did you mean 'Username'?", errors, 1, true)
    assert.matches("FirstNam: there is no such column; did you mean 'FirstName'?", errors, 1, true)
    assert.are.equal(0, host.server:call_count "AddUser")
  end)

  it("wants the rows of one account side by side, in whatever case its name is", function()
    local path = scratch.write("c.csv", HEADER .. ROW:format(1) .. ROW:format(2) .. ROW:format(1)
      .. ROW:format(2):upper():gsub("SHOP,STARTER", "shop,Starter"))
    local status, _, errors = dnp("import " .. path)
    assert.are.equal(2, status)
    assert.matches(":4: Username: is that of line 2, too; rows of one account stand one after the", errors, 1, true)
    assert.matches(":5: Username: is that of line 3, too", errors, 1, true)
    path = scratch.write("d.csv", HEADER .. ROW:gsub("a%%d", "m\195\188ller") .. ROW:gsub("a%%d", "M\195\156LLER"))
    assert.matches(":3: Username: is that of line 2, too", select(3, dnp("import " .. path)), 1, true)
  end)

  it("reads what spreadsheets write", function()
    local path = scratch.write("c.csv", "\239\187\191sep=;\r\n" .. (HEADER:gsub(",", ";"):gsub("\n", "\r\n"))
      .. 'q1;"A, B\nC";"""Q"";";q@example.com;"s;e""c";shop;Starter\r\n;;;;;;\r\n\r\n')
    assert.are.equal("1 of 1 done, 0 failed\n", done("import " .. path))
    assert.are.equal(1, host:count [[SELECT 1 FROM Users WHERE Username = 'q1' AND FirstName = 'A, B' || char(10) || 'C'
      AND LastName = '"Q";' AND Password = 's;e"c']])
    local old = scratch.write("e.csv", (HEADER .. ROW:format(7)):gsub("\n", "\r"))
    assert.are.equal("1 of 1 done, 0 failed\n", done("import " .. old))
  end)

  it("reads its file more than once, so it takes no standard input", function()
    local status, _, errors = dnp("import -", nil, "echo x")
    assert.are.equal(2, status)
    assert.matches("it cannot be standard input", errors, 1, true)
    status, _, errors = dnp(("import %s/none.csv"):format(scratch.path))
    assert.are.equal(2, status)
    assert.matches("none.csv: No such file", errors, 1, true)
    assert.are_not.equal(0, (child.run(("test -e %s/none.csv.journal"):format(scratch.path))))
  end)

  it("stops when its file is changed meanwhile", function()
    -- Larger than what is read at once.
    local text = HEADER:gsub("\n", ",Status,Comments\n")
    for number = 1, 60 do
      text = text .. ("c%04d,A,A,a@example.com,secret,shop,Starter,Active,%s\n"):format(number, ("x"):rep(3000))
    end
    for _, case in ipairs {
      { "c00", "d00", "c00%d%d is not at line %d+ any more, so %d+ were" },
      { "Active", "Aktive", "line %d+: expected one of 'Active'.*, so %d+ were" },
    } do
      host:reset()
      local path = scratch.write("c.csv", text)
      local running = start(path, "--jobs 2 --fresh", 0.02)
      scratch.write("c.csv", (text:gsub(case[1], case[2])))
      assert.are.equal(1, running:await())
      assert.matches("c.csv was changed while it was imported: " .. case[3], running:output())
      assert.are.equal(0, host:count "SELECT 1 FROM Users WHERE Username LIKE 'd____'")
      host.server:behave()
      scratch.write("c.csv", text)
      assert.are.equal("60 of 60 done, 0 failed\n", done("import " .. path))
    end
  end)

  it("does not begin with a file that is changed while it is checked", function()
    local text = HEADER .. ROW:format(1) .. ROW:format(2)
    local path = scratch.write("c.csv", text)
    host.server:misbehave { action = "delay", seconds = 25, operation = "GetHostingPlans", when = "before" }
    local running = process.start(command.line(host, "import " .. path), scratch.path .. "/import")
    process.await("the check of plans", function()
      return host.server:call_count "GetHostingPlans" > 0
    end)
    scratch.write("c.csv", text .. ROW:format(3))
    host.server:behave()
    assert.are.equal(2, running:await(), running:output())
    assert.matches("c.csv was changed while it was checked; nothing was done", running:output(), 1, true)
    assert.are.same({}, host:changes())
  end)

  it("loses nothing when the disk is full", function()
    local path = scratch.write("c.csv", shop.customers(60))
    local line = ("import %s --passwords-out %s/p.csv"):format(path, scratch.path)
    local stopped = 0
    -- The greatest size of a file takes the place of a full disk; the journal grows first.
    for blocks = 8, 200, 24 do
      local status, output, errors = child.run(("trap '' XFSZ; ulimit -f %d; exec %s"):format(blocks,
        command.line(host, line)))
      assert.is_true(status == 0 or status == 1, output .. errors)
      if status == 1 then
        stopped = stopped + 1
        assert.is_truthy(errors:find "journal: [%a /]+; nothing was done\n$"
          or output:find "journal: [%a /]+, so %d+ were not tried; the same command goes on", errors .. output)
      end
    end
    assert.is_true(stopped > 2)
    assert.are.equal("60 of 60 done, 0 failed\n", done(line))
    assert.are.same({}, shop.faults(host, 60))
    local passwords = child.read(scratch.path .. "/p.csv")
    for _, user in ipairs(host.server:query "SELECT Username, Password FROM Users WHERE Username LIKE 'c____'") do
      assert.is_truthy(passwords:find(("%s,%s\n"):format(user.Username, user.Password), 1, true), user.Username)
    end
  end)

  it("makes no account whose password cannot be written", function()
    local path = scratch.write("c.csv", shop.customers(3))
    local status, _, errors = dnp(("import %s --passwords-out %s/none/p.csv"):format(path, scratch.path))
    assert.are.equal(2, status)
    assert.matches("none/p.csv: No such file or directory", errors, 1, true)
    -- A file that is as large as files may be: nothing fits behind what is there.
    local limit = 130 * 512
    local text = "Username,Password\n" .. ("other,secret00\n"):rep(limit / 16)
    scratch.write("p.csv", text .. "last," .. ("x"):rep(limit - #text - 7) .. "\n")
    os.execute(("chmod 600 %s/p.csv"):format(scratch.path))
    local output
    status, output, errors = child.run("trap '' XFSZ; ulimit -f 130; exec " .. command.line(host,
      ("import %s --passwords-out %s/p.csv"):format(path, scratch.path)))
    assert.are.equal(1, status, output .. errors)
    assert.matches("p.csv[^\n]*: File too large, so 3 were not tried; the same command goes on", output)
    assert.are.equal(0, host.server:call_count "AddUser")
  end)

  it("goes on without a file of failures that cannot be written, and says so", function()
    local path = scratch.write("c.csv", HEADER .. ROW:format(1) .. ROW:format(2))
    host.server:misbehave { action = "refuse", code = -305, operation = "AddPackage", nth = 1 }
    local line = ("import %s --jobs 1 --failures %s/none/f.csv"):format(path, scratch.path)
    local status, output, errors = dnp(line)
    assert.are.equal(1, status)
    assert.matches("1 of 2 done, 1 failed; the file of failures cannot be written: .*none/f.csv: No such file", output)
    assert.matches("ERROR_PACKAGE_QUOTA_EXCEED", errors, 1, true)
    assert.are.equal("2 of 2 done, 0 failed\n", done(line))
  end)

  it("does not write over what it reads, nor over another's file", function()
    local text = HEADER .. ROW:format(1)
    local path = scratch.write("c.csv", text)
    os.execute(("ln -s c.csv %s/link"):format(scratch.path))
    for _, option in ipairs { "--failures", "--passwords-out", "--journal", "--log" } do
      for _, place in ipairs { path, scratch.path .. "/link" } do
        local status, _, errors = dnp(("import %s %s %s"):format(path, option, place))
        assert.are.equal(2, status, errors)
        assert.matches(("dnp: the file and %s are both %s\n"):format(option, place), errors, 1, true)
        assert.are.equal(text, child.read(path))
      end
    end
    local notes = scratch.write("notes.txt", "No failures here.\n")
    local status, _, errors = dnp(("import %s --failures %s"):format(path, notes))
    assert.are.equal(2, status)
    assert.matches("notes.txt is there and is not a file of failures", errors, 1, true)
    assert.are.equal("No failures here.\n", child.read(notes))
    os.execute(("mkdir %s/empty; mkfifo %s/pipe"):format(scratch.path, scratch.path))
    for _, option in ipairs { "--failures", "--passwords-out" } do
      for _, name in ipairs { "empty", "pipe" } do
        status, _, errors = dnp(("import %s %s %s/%s"):format(path, option, scratch.path, name))
        assert.are.equal(2, status)
        assert.matches(("%s is not a file"):format(name), errors, 1, true)
      end
    end
    assert.are.equal(0, (child.run(("test -d %s/empty -a -p %s/pipe"):format(scratch.path, scratch.path))))
    assert.are.equal(0, host.server:call_count "AddUser")
    local earlier = scratch.write("f.csv", "Username,Error\nx,y\n")
    assert.are.equal("1 of 1 done, 0 failed\n", done(("import %s --failures %s"):format(path, earlier)))
    assert.is_nil(io.open(earlier))
  end)

  it("writes a failure's lists as lists", function()
    local path = scratch.write("c.jsonl", '{"user":{"Username":"a1","FirstName":"A","LastName":"B","Password":"secret",'
      .. '"Email":"a@example.com","Owner":"shop"},"spaces":[{"name":"www","plan":"Starter","addons":[]}]}\n')
    host.server:misbehave { action = "refuse", code = -305, operation = "AddPackage", nth = 1 }
    assert.are.equal(1, (dnp("import " .. path)))
    local failures = scratch.path .. "/c.failures.jsonl"
    assert.matches('"spaces":[{"addons":[],', child.read(failures), 1, true)
    assert.are.equal("1 of 1 done, 0 failed\n", done("import " .. failures))
  end)

  it("says that lines of its log are missing, and goes on", function()
    local path = scratch.write("c.csv", HEADER .. ROW:format(1) .. ROW:format(2))
    local status, output, errors = dnp(("import %s --log /dev/full"):format(path))
    assert.are.same({ 0, "2 of 2 done, 0 failed\n" }, { status, output })
    assert.are.equal("dnp: note: --log: /dev/full cannot be written, so lines are missing: No space left on device\n",
      errors)
  end)

  it("takes nothing for a journal that is not one", function()
    local path = scratch.write("c.csv", HEADER .. ROW:format(1))
    local other = scratch.write("notes.txt", ("Not a database.\n"):rep(200))
    local status, _, errors = dnp(("import %s --journal %s"):format(path, other))
    assert.are.equal(2, status)
    assert.matches("notes.txt is there and is not a journal", errors, 1, true)
    assert.are.equal(("Not a database.\n"):rep(200), child.read(other))
    status, _, errors = dnp(("import %s --journal %s"):format(path, scratch.path))
    assert.are.equal(1, status)
    assert.matches("unable to open database file; nothing was done", errors, 1, true)
    status, _, errors = dnp(("import %s --journal-password-file %s"):format(path, other))
    assert.are.equal(2, status)
    assert.matches("--journal-password-file is for a journal in PostgreSQL", errors, 1, true)
  end)

  it("names the package that has a missing driver", function()
    local path = scratch.write("c.csv", HEADER .. ROW:format(1))
    os.execute(("mkdir %s/dbd"):format(scratch.path))
    for driver, place in pairs { sqlite3 = "", postgresql = "--journal postgresql://dnp@127.0.0.1:1/postgres" } do
      scratch.write(("dbd/%s.lua"):format(driver), "error 'it is not installed'")
      local status, _, errors = dnp(("import %s %s"):format(path, place),
        ("LUA_PATH=%s"):format(child.quote(scratch.path .. "/?.lua;" .. os.getenv "LUA_PATH")))
      assert.are.equal(2, status)
      assert.matches(("(Debian: lua-dbi-%s; LuaRocks: luadbi-%s)"):format(driver, driver), errors, 1, true)
      os.remove(("%s/dbd/%s.lua"):format(scratch.path, driver))
    end
    assert.are.equal(0, #host.server:calls())
  end)

  it("does not go on otherwise than it began", function()
    local path = scratch.write("c.csv", shop.customers(2))
    local line = ("import %s --passwords-out %s/p.csv"):format(path, scratch.path)
    done(line)
    local status, _, errors = dnp("import " .. path)
    assert.are.equal(2, status)
    assert.matches("is the journal of an import with --passwords-out", errors, 1, true)
    status, _, errors = dnp(line .. " --owner reseller")
    assert.are.equal(2, status)
    assert.matches("is the journal of an import with --owner serveradmin", errors, 1, true)
    assert.are.equal("2 of 2 done, 0 failed\n", done(line))
  end)

  it("writes passwords of those accounts only that it works on", function()
    local path = scratch.write("c.csv", shop.customers(4))
    host.server:misbehave { action = "refuse", code = -305, operation = "AddPackage", nth = 1 }
    assert.are.equal(1, (dnp(("import %s --passwords-out %s/p.csv --jobs 1"):format(path, scratch.path))))
    done(("import %s --passwords-out %s/q.csv"):format(path, scratch.path))
    local _, lines = child.read(scratch.path .. "/q.csv"):gsub("\n", "")
    assert.are.equal(2, lines)
  end)

  it("is not begun anew, nor run twice, while it runs", function()
    local path = scratch.write("c.csv", shop.customers(30):gsub("Zip", "Password"))
    local running = start(path, "--jobs 1")
    for _, option in ipairs { "", "--fresh" } do
      local status, _, errors = dnp(("import %s %s"):format(path, option))
      assert.are.equal(1, status)
      assert.matches("another import of this file is running", errors, 1, true)
    end
    assert.is_nil(running:status())
    running:kill()
    host.server:behave()
    assert.are.equal("30 of 30 done, 0 failed\n", done("import " .. path))
  end)

  it("leaves accounts open that a panel did not answer for", function()
    local path = scratch.write("c.csv", shop.customers(60):gsub("Zip", "Password"))
    local running = start(path, "--jobs 4")
    host.server:behave()
    host.server:misbehave { action = "html", status = 503, rate = 1 }
    local status = running:await()
    assert.is_true(status == 1 or status == 3)
    local output = running:output()
    assert.matches("the panel does not answer", output, 1, true)
    local done_before, failed, left = output:match
      "\n(%d+) of 60 done, (%d+) failed[^\n]* so (%d+) were not tried; the same command goes on from here"
    assert.are.equal(60, done_before + failed + left, output)
    -- At most those that were being made when it went down.
    assert.is_true(tonumber(failed) <= 4, output)
    host.server:behave()
    assert.are.equal("60 of 60 done, 0 failed\n", done("import " .. path))
    assert.are.equal(60, host:count "SELECT 1 FROM Users WHERE Username LIKE 'c____'")
  end)

  it("says that the panel is down before it begins", function()
    local path = scratch.write("c.csv", HEADER .. ROW:format(1))
    local status, output, errors = dnp("import " .. path, "DNP_URL=http://127.0.0.1:1 DNP_TIMEOUT=1")
    assert.are.same({ 1, "" }, { status, output })
    assert.matches("cannot connect to 127.0.0.1:1", errors, 1, true)
    assert.are.equal("1 of 1 done, 0 failed\n", done("import " .. path))
  end)

  it("finishes what is under way when it is interrupted", function()
    local path = scratch.write("c.csv", shop.customers(60):gsub("Zip", "Password"))
    local running = start(path, "--jobs 2")
    running:signal "INT"
    assert.are.equal(130, running:await(), running:output())
    local output = running:output()
    assert.matches("interrupted; what is under way is brought to its end", output, 1, true)
    local made = output:match "\n(%d+) of 60 done, 0 failed. The same command goes on from here"
    assert.are.equal(tonumber(made), host:count "SELECT 1 FROM Users WHERE Username LIKE 'c____'", output)
    host.server:behave()
    assert.are.equal("60 of 60 done, 0 failed\n", done("import " .. path))
  end)

  it("ends at once when it is interrupted twice, and says before what is unknown then", function()
    local path = scratch.write("c.csv", shop.customers(60):gsub("Zip", "Password"))
    local running = start(path, "--jobs 2", 2)
    running:signal "INT"
    process.await("the answer to the first", function()
      return running:output():find("Interrupted again, nobody knows what became of: c0001, c0002", 1, true)
    end)
    running:signal "INT"
    assert.are.equal(130, running:await(), running:output())
    assert.is_nil(running:output():find "of 60 done")
    host.server:behave()
    assert.are.equal("60 of 60 done, 0 failed\n", done("import " .. path))
    assert.are.equal(60, host:count "SELECT 1 FROM Users WHERE Username LIKE 'c____'")
  end)

  it("tells programs in JSON, errors on standard error", function()
    local path = scratch.write("c.csv", HEADER .. ROW:format(1) .. ROW:format(2))
    host.server:misbehave { action = "refuse", code = -305, operation = "AddPackage", nth = 1 }
    local status, output, errors = dnp(("import %s --jobs 1 --json"):format(path))
    assert.are.equal(1, status)
    assert.are.same({ done = 1, failed = 1, left = 0, accounts = 2, failures = scratch.path .. "/c.failures.csv" },
      cjson.decode(output))
    local err = cjson.decode(errors).error
    assert.are.same({ -305, "a1 (line 2)", "refused", "not_done" }, { err.code, err.subject, err.kind, err.outcome })
    assert.are.same({ done = 2, failed = 0, left = 0, accounts = 2 }, cjson.decode((done(("import %s --json")
      :format(path)))))
  end)
end)
