-- The command's files: YAML, JSON, JSON Lines and CSV; export, diff and apply.
local child = require "spec.support.child"
local cjson = require "cjson"
local command = require "spec.support.command"
local csv = require "dnp.cli.csv"
local fixture = require "spec.support.panel"
local prng = require "spec.support.prng"

local host, dnp, done
local has_yaml = pcall(require, "yaml")
local scratch = require "spec.support.scratch"

local function need_yaml()
  if not has_yaml then
    pending "lua-yaml is not installed"
  end
  return has_yaml
end

local function user(name)
  return host.server:query("SELECT * FROM Users WHERE Username = ?", name)[1]
end

-- All rows of a text, read in pieces of a few bytes.
local function rows_of(text, piece)
  local position = 1
  local file = {
    read = function(_, size)
      size = position == 1 and size or piece
      local part = text:sub(position, position + size - 1)
      position = position + #part
      return part ~= "" and part or nil
    end,
  }
  local reader, message = csv.reader(file)
  if not reader then
    return nil, message
  end
  local rows = {}
  while true do
    local row, wrong = reader:row()
    if wrong then
      return nil, wrong
    elseif not row then
      return rows
    end
    rows[#rows + 1] = row
  end
end

describe("CSV", function()
  it("is read as spreadsheets write it", function()
    for text, expected in pairs {
      ["a,b\n1,2\n"] = { { "a", "b" }, { "1", "2" } },
      ["\239\187\191a;b\r\n1,5;2\r\n"] = { { "a", "b" }, { "1,5", "2" } },
      ["a\tb\r1\t2"] = { { "a", "b" }, { "1", "2" } },
      ['a,b\n"x,""y""\nz",\n\n,\n" q ",r\n'] = { { "a", "b" }, { 'x,"y"\nz', "" }, { " q ", "r" } },
      ["sep=;\r\na,b;c\r\n"] = { { "a,b", "c" } },
      [""] = {},
      ["a"] = { { "a" } },
    } do
      assert.are.same(expected, rows_of(text, 70000), text)
    end
  end)

  it("says what is wrong", function()
    assert.are.same({ nil, "the quote of line 2 has no end" }, { rows_of('a,b\n"x,y\n', 70000) })
    assert.are.same({ nil, "line 1: a quote ends in the middle of a cell" }, { rows_of('"a"b,c\n', 70000) })
    assert.matches("UTF%-16", select(2, rows_of("\255\254a\0", 70000)))
  end)

  it("reads back what it writes, however it comes in pieces", function()
    local cells = { "", "a,b", 'q"q', "two\nlines", " blank ", "\r", "ü" }
    local rows, texts = {}, {}
    for number = 1, 4000 do
      rows[number] = { tostring(number) }
      for column = 2, 6 do
        rows[number][column] = cells[(number * column * 7 + column) % #cells + 1]
      end
      texts[number] = csv.line(rows[number], 6)
    end
    local text = table.concat(texts)
    assert.is_true(#text > 70000)
    for _, piece in ipairs { 1, 3, 1000, 65536 } do
      assert.are.same(rows, rows_of(text, piece))
    end
  end)
end)

describe("YAML", function()
  it("takes scalars for texts and reads back what it writes", function()
    if not need_yaml() then
      return
    end
    local yaml = require "dnp.cli.files.yaml"
    local texts = {
      "NO", "yes", "null", "Null", "~", "01234", "1e5", "0x10", "12:30:45", "2024-01-31", ".inf", "", " ", " lead",
      "a: b", "a #b", "- x", "[x]", "{x}", "*x", "&x", "!x", "%x", "@x", "`x", "'", '"', "\\", "two\nlines",
      "trail ", "\ttab", "\1", "ümläut", "Иванов", "long " .. ("word "):rep(60),
      "key:", "?", "|", ">", "=", "<<", "\r", "\n", "a\n\nb\n",
    }
    for _, text in ipairs(texts) do
      local written = yaml.write({ { user = { City = text }, spaces = { { name = text } } } }, {})
      local read = assert(yaml.read(written))
      assert.are.same({ { { user = { City = text }, spaces = { { name = text } } } } }, read.value, written)
    end
    assert.are.same({ { Country = "NO", Zip = "01234", Username = "1e5", Name = "null" } },
      assert(yaml.read "Country: NO\nZip: 01234\nUsername: 1e5\nName: null\nNothing: ~\nEmpty:\n").value)
  end)

  it("reads back whatever it writes", function()
    if not need_yaml() then
      return
    end
    local yaml = require "dnp.cli.files.yaml"
    local pieces = {
      " ", "  ", "\n", "\t", "\r", "#", " #", ":", ": ", "-", "- ", "'", '"', "\\", "~", "0", "01", "1e5", "NO", "null",
      "a", "Z", "\195\188", "\208\152", "\240\159\152\128", "\194\133", "\226\128\168", "\239\187\191", "\127", "\27",
      "&", "*", "!", "!!str", "%", "@", "`", "|", ">", "[", "]", "{", "}", ",", "?", "---", "...", "<<", "=",
      ("x"):rep(90),
    }
    prng.rounds(400, function(random)
      local specs = {}
      for number = 1, random:integer(1, 3) do
        local fields = {}
        for index, name in ipairs { "City", "Comments", "Zip", "LastName" } do
          local parts = {}
          for part = 1, random:integer(0, 6) do
            parts[part] = random:of(pieces)
          end
          fields[name] = index < 4 and table.concat(parts) or parts[1]
        end
        specs[number] = { user = fields }
      end
      local written = yaml.write(specs, { "user" })
      for _, text in ipairs { written, "\239\187\191" .. written, (written:gsub("\n", "\r\n")) } do
        local read, err = yaml.read(text)
        assert.are.same({ specs }, read and read.value, ("%s\n%s"):format(err and err.reason or "", text))
      end
    end)
  end)

  it("has no traps", function()
    if not need_yaml() then
      return
    end
    local yaml = require "dnp.cli.files.yaml"
    for text, expected in pairs {
      ["\239\187\191a: NO\r\nb: |\r\n  one\r\n  two\r\n"] = { { a = "NO", b = "one\ntwo\n" } },
      ["---\na: 1\n---\n- b\n...\n"] = { { a = "1" }, { "b" } },
      ["%YAML 1.1\n---\na: on\n"] = { { a = "on" } },
      ["a:\tNO\n"] = { { a = "NO" } },
      ["a: !!str 5\nb: &x 08\n"] = { { a = "5", b = "08" } },
      ["a: '~'\nb: ~\nc:\n"] = { { a = "~" } },
      ["# nothing\n"] = {},
      [""] = {},
    } do
      assert.are.same(expected, assert(yaml.read(text)).value, text)
    end
    for text, row in pairs {
      ["a:\n\tb: 1\n"] = 2, ["a: 1\nb: !!int 5\n"] = 2, ["a: !!binary aGk=\n"] = 1, ["<<: {a: 1}\n"] = 1,
      ["? [a]\n: b\n"] = 1, ["a: 1\n  b: 2\n"] = 2, ["a: 'x"] = 1, ["a: \233\n"] = 1, ["a: \0\n"] = 1,
    } do
      local read, err = yaml.read(text)
      assert.is_nil(read)
      assert.are.equal(row, err.row, text)
    end
  end)

  it("says what is wrong and where", function()
    if not need_yaml() then
      return
    end
    local yaml = require "dnp.cli.files.yaml"
    for text, expected in pairs {
      ["a: 1\nb: 2\na: 3\n"] = { 3, "'a' is there twice" },
      ["a: &x 1\nb: *x\n"] = { 2, "aliases (*name) are not supported" },
      ["a:\n- ~\n"] = { 2, "an entry of a list is empty" },
      [("["):rep(30)] = { 1, "this is nested too deep" },
    } do
      local _, err = yaml.read(text)
      assert.are.same({ row = expected[1], reason = expected[2] }, err)
    end
    local _, err = yaml.read "a: [1\nb: 2\n"
    assert.is_number(err.row)
  end)
end)

describe("export, diff and apply", function()
  scratch.provide()
  fixture.provide("solidcp", function(started)
    host, dnp = started, command.runner(started)
    done = command.done(dnp)
  end)

  it("find no difference in what was exported, and tell one by status 4", function()
    for _, form in ipairs { "", "--json" } do
      if form ~= "" or has_yaml then
        host:reset()
        local path = scratch.write("accounts", done("export " .. form))
        assert.are.equal("", done("diff " .. path))
        done "user edit jdoe City=NO Zip=01234"
        local status, output = dnp("diff " .. path)
        assert.are.same({ 0, "" }, { status, output }) -- what a spec does not name may be anything
        path = scratch.write("accounts", done("export jdoe " .. form))
        done "user edit jdoe City=Bonn"
        status, output = dnp("diff " .. path)
        assert.are.equal(4, status)
        assert.matches("City 'Bonn' -> 'NO'", output, 1, true)
        done("apply " .. path)
        assert.are.same({ "NO", "01234" }, { user("jdoe").City, user("jdoe").Zip })
        assert.are.equal("", done("diff " .. path))
      end
    end
  end)

  it("carry odd values there and back", function()
    local values = {
      City = { "NO", "01234", "1e5", "null", "  two  ", "a: b #c", "'\"\\", "- x", "Иванов", "line\nline\n",
        "~" },
      Comments = { "\ttab\n\n# no comment\n", "---", "key: value\n- item", "%d", "&x *x !x", "|", "", "0x10",
        "12:30:45", "\240\159\152\128", "yes" },
    }
    for index, city in ipairs(values.City) do
      host.server:query("UPDATE Users SET City = ?, Comments = ? WHERE Username = 'jdoe'", city, values.Comments[index])
      for _, form in ipairs(has_yaml and { "", "--json" } or { "--json" }) do
        local path = scratch.write("odd", done("export jdoe " .. form))
        assert.are.equal("", done("diff " .. path), city)
        -- As an editor of another system saves it.
        scratch.write("odd", "\239\187\191" .. child.read(path):gsub("\n", "\r\n"))
        assert.are.equal("", done("diff " .. path), city)
        host.server:query "UPDATE Users SET City = 'x', Comments = 'y' WHERE Username = 'jdoe'"
        done("apply " .. path)
        assert.are.same({ city, values.Comments[index] ~= "" and values.Comments[index] or "y" },
          { user("jdoe").City, user("jdoe").Comments })
      end
    end
  end)

  it("bring a panel to what another had, owners first, with passwords made", function()
    local before = host:state()
    local path = scratch.write("accounts.json", done "export --owner reseller --json")
    done "user terminate jdoe unicode --yes"
    local status, _, errors = dnp("apply " .. path)
    assert.are.equal(2, status)
    assert.matches("2 new accounts are without a password (jdoe, unicode)", errors, 1, true)
    local out = scratch.path .. "/new.csv"
    local output = done(("apply %s --passwords-out %s"):format(path, out))
    assert.matches("add user 'jdoe'", output, 1, true)
    local passwords = {}
    for name, password in child.read(out):gmatch "([^\n,]+),([^\n]+)\n" do
      passwords[name] = password
    end
    for _, name in ipairs { "jdoe", "unicode" } do
      assert.are.equal(16, #passwords[name])
      assert.are.equal(passwords[name], user(name).Password)
      host.server:query("UPDATE Users SET Password = 'same' WHERE Username = ?", name)
    end
    local _, listing = child.run("ls -l " .. out)
    assert.matches("^%-rw%-%-%-%-%-%-%-", listing)
    local after = host:state()
    for _, state in ipairs { before, after } do
      for _, row in ipairs(state[1]) do
        row.Password = nil
      end
    end
    assert.are.same(before, after)
  end)

  it("make owners before what they own", function()
    local names = '"FirstName":"B","LastName":"B","Email":"b@example.com","Password":"secret1"}\n'
    local path = scratch.write("a.jsonl", '{"Username":"below","Owner":"above",' .. names
      .. '{"Username":"above","Owner":"serveradmin","Role":"Reseller",' .. names)
    done("apply " .. path)
    assert.are.equal(user("above").UserID, user("below").OwnerID)
    scratch.write("a.jsonl", '{"Username":"x","Owner":"y"}\n{"Username":"y","Owner":"x"}\n')
    local status, _, errors = dnp("apply " .. path)
    assert.are.equal(2, status)
    assert.matches("circle", errors, 1, true)
  end)

  it("map plans by name", function()
    local path = scratch.write("a.json", done "export jdoe --json")
    local status, output = dnp("diff " .. path .. " --map-plan 'shared small=Shared Medium'")
    assert.are.equal(4, status)
    assert.matches("Shared Medium", output, 1, true)
  end)

  it("do nothing when something cannot work, and say it before", function()
    local before = host:state()
    local path = scratch.write("a.json", [=[[{"user":{"Username":"jdoe","City":"Bonn"}},
      {"user":{"Username":"unicode"},"spaces":[{"name":"x","plan":"No Such Plan"}]}]]=])
    local status, _, errors = dnp("apply " .. path)
    assert.are.equal(1, status)
    assert.matches("No Such Plan", errors, 1, true)
    assert.are.same(before, host:state())
  end)

  it("delete only when told", function()
    local path = scratch.write("a.json", '{"user":{"Username":"jdoe"},"absent":true}')
    assert.are.equal(4, (dnp("diff " .. path)))
    assert.are.equal(2, (dnp("apply " .. path)))
    assert.is_table(user "jdoe")
    done("apply " .. path .. " --yes")
    assert.is_nil(user "jdoe")
    assert.are.equal("ensure_account 'jdoe': nothing to do\n", done("apply " .. path .. " --yes"))
  end)

  it("tell all errors of a file at once, with row and column", function()
    local path = scratch.write("a.csv", "\239\187\191Username;FirstName;Zip;HtmlMail;Plan;Space;Addons;Status\r\n"
      .. "mary;" .. ("x"):rep(51) .. ";" .. ("1"):rep(21) .. ";;2;www;4:2;\r\n"
      .. "mary;other;;;2;WWW;;\r\n"
      .. "zoe;\255;;maybe;;;;Asleep\r\n"
      .. "jdoe;;;;;;\"4:0\";\r\n"
      .. "mary;;;;;;;\r\n"
      .. ";;;true;;;;\r\n")
    local status, output, errors = dnp("diff " .. path .. " --json")
    assert.are.same({ 2, "" }, { status, output })
    local found = {}
    for line in errors:gmatch "[^\n]+" do
      local err = cjson.decode(line).error
      if err.row then
        found[#found + 1] = ("%d %s"):format(err.row, err.column or "-")
      end
    end
    table.sort(found)
    assert.are.same({ "3 FirstName", "4 -", "4 HtmlMail", "5 Addons", "6 Username", "7 Username" }, found)
    scratch.write("a.csv", "Username;FirstName;Zip;Plan;Space;Status\nmary;" .. ("x"):rep(51) .. ";" .. ("1"):rep(21)
      .. ";2;www;Asleep\nmary;;;2;WWW;\n")
    status, output, errors = dnp("diff " .. path)
    assert.are.same({ 2, "" }, { status, output })
    for _, place in ipairs { ":2: FirstName: ", ":2: Zip: ", ":2: Status: ", ":3: Space: " } do
      assert.matches(place, errors, 1, true)
    end
    assert.matches("4 errors; nothing was sent", errors, 1, true)
    assert.are.equal(0, #host.server:calls())
  end)

  it("know the formats by their beginnings, and name unknown columns", function()
    for _, text in ipairs {
      "Username,City\njdoe,Bonn\n", '{"Username":"jdoe","City":"Bonn"}\n',
      '[{"user":{"Username":"jdoe","City":"Bonn"}}]',
      has_yaml and "user: {Username: jdoe, City: Bonn}\n" or nil,
    } do
      host:reset()
      done("apply -", nil, "cat " .. scratch.write("any", text))
      assert.are.equal("Bonn", user("jdoe").City, text)
    end
    local status, _, errors = dnp("diff " .. scratch.write("a.csv", "Username,Cty,UserId\njdoe,Bonn,3\n"))
    assert.are.equal(2, status)
    assert.matches("Cty: there is no such column; did you mean 'City'?", errors, 1, true)
    assert.matches("UserId: there is no such column", errors, 1, true)
  end)
end)
