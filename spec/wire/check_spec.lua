-- What Lua asks the core about values: whether the contract takes them, what dates mean, which name was meant.

local core = require "dnp.core"

-- The path to what is wrong and the reason, as callers join them.
local function problem(value, path, reason)
  assert.is_nil(value)
  return "value" .. path .. ": " .. reason
end

local function of_record(type_name, value, dialect)
  return problem(core.check_record(dialect or "solidcp", type_name, value))
end

local function of_field(type_name, field, value, dialect)
  return problem(core.check_field(dialect or "solidcp", type_name, field, value))
end

describe("core.check_record", function()
  it("gives a copy with members of enumerations as numbers", function()
    local user = {
      Username = "jdoe", Role = "Reseller", StatusId = 2, LoginStatus = "Disabled", IsPeer = false, Password = "pa55",
      Vlans = { { VLanID = 7, Comment = "a" }, { VLanID = 8 } }, Created = "2024-01-31", Comments = "",
    }
    local copy = core.check_record("websitepanel", "UserInfo", user)
    assert.are.same({
      Username = "jdoe", RoleId = 2, StatusId = 2, LoginStatusId = 1, IsPeer = false, Password = "pa55",
      Vlans = { { VLanID = 7, Comment = "a" }, { VLanID = 8 } }, Created = "2024-01-31", Comments = "",
    }, copy)
    assert.are_not.equal(user.Vlans, copy.Vlans)
    assert.are.equal("Reseller", user.Role)
    assert.are.same({ RoleId = 3 }, core.check_record("solidcp", "UserInfo", { RoleId = "User", Role = 3 }))
    assert.are.same({ Created = 86400 }, core.check_record("solidcp", "UserInfo", { Created = 86400 }))
  end)

  it("takes every field that a dialect's records have, and no other", function()
    local of_kind = { string = "a", int = 1, boolean = true, dateTime = "2024-01-31T12:00:00", unsignedShort = 5 }
    for _, dialect in ipairs(core.dialects) do
      local types = core.contract(dialect).types
      for _, field in ipairs(types.UserInfo.fields) do
        local value = of_kind[field.type]
        local enum = types[field.enum or field.type]
        if enum and enum.kind == "enum" then
          value = enum.values[1].name
        elseif types[field.type].kind == "array" then
          value = {}
        end
        assert.is_table(core.check_record(dialect, "UserInfo", { [field.name] = value }), dialect .. field.name)
        local name = field.name .. "x"
        assert.are.equal(("value.%s: is unknown; did you mean '%s'?"):format(name, field.name),
          of_record("UserInfo", { [name] = value }, dialect))
      end
    end
    assert.are.equal("value.Vlans: is unknown", of_record("UserInfo", { Vlans = {} }, "dotnetpanel"))
    assert.are.equal("value._unknown: is unknown", of_record("UserInfo", { _unknown = "<a />" }))
  end)

  it("says where and what is wrong in the words of method arguments", function()
    for value, expected in pairs {
      [5] = ": expected table, got number",
      [{ [1] = "a" }] = ": expected field names as keys, got a number",
      [{ FirstName = 5 }] = ".FirstName: expected string, got number",
      [{ FirstName = "a\1" }] = ".FirstName: holds a control character, which XML cannot carry (byte 2)",
      [{ FirstName = "a\255" }] = ".FirstName: is not UTF-8 (byte 2)",
      [{ FirstName = ("a"):rep(51) }] = ".FirstName: must be at most 50 characters, got 51",
      [{ Zip = "\208\150" }] = ".Zip: holds U+0416, which the panel keeps as a question mark (byte 1)",
      [{ Username = "jdoe " }] = ".Username: must not begin or end with a blank",
      [{ Status = "Asleep" }] = ".Status: expected one of 'Active', 'Suspended', 'Cancelled', 'Pending', got 'Asleep'",
      [{ StatusId = 9 }] = ".StatusId: expected one of 1 (Active), 2 (Suspended), 3 (Cancelled), 4 (Pending), got 9",
      [{ OwnerId = 2147483648 }] = ".OwnerId: must be at most 2147483647, got 2147483648",
      [{ OwnerId = -3e9 }] = ".OwnerId: must be at least -2147483648, got -3000000000",
      [{ OwnerId = 1.5 }] = ".OwnerId: expected integer, got 1.5",
      [{ OwnerId = "5" }] = ".OwnerId: expected integer, got a number in a string",
      [{ IsPeer = 1 }] = ".IsPeer: expected boolean, got number",
      [{ Role = "User", RoleId = 2 }] = ": Role and RoleId contradict each other; one is enough",
      [{ Role = "User", RoleId = 99 }] = ".RoleId: expected one of 1 (Administrator), 2 (Reseller), 3 (User), "
        .. "4 (ResellerCSR), 5 (PlatformCSR), 6 (ResellerHelpdesk), 7 (PlatformHelpdesk), got 99",
      [{ Vlans = "a" }] = ".Vlans: expected list, got string",
      [{ Vlans = { a = 1 } }] = ".Vlans: expected list, got a table with other keys",
      [{ Vlans = { [2] = {} } }] = ".Vlans: expected list, got a table with holes",
      [{ Vlans = { { VLanID = 1 }, {} } }] = ".Vlans[2].VLanID: is missing",
      [{ Vlans = { { VLanID = 65536 } } }] = ".Vlans[1].VLanID: must be at most 65535, got 65536",
      [{ Vlans = { 5 } }] = ".Vlans[1]: expected table, got number",
      [{ Created = "2024-02-30" }] = ".Created: '2024-02-30' is not a date such as '2010-07-16T12:53:06'",
      [{ Created = "2024-01-31T12:00:00+01:00" }] = ".Created: must not have an offset, by which the panel would "
        .. "convert it to its own time",
      [{ Created = "1752-12-31T23:59:59" }] = ".Created: must not be before 1753",
      [{ Created = 1.5 }] = ".Created: expected time in whole seconds, got 1.5",
      [{ Created = true }] = ".Created: expected date as string or os.time() number, got boolean",
    } do
      assert.are.equal("value" .. expected, of_record("UserInfo", value))
    end
    assert.are.equal("value: is missing", of_record("UserInfo", nil))
  end)
end)

describe("core.check_field", function()
  it("checks one value", function()
    assert.are.equal(4, core.check_field("dotnetpanel", "PackageInfo", "StatusId", "New"))
    assert.are.equal("a", core.check_field("dotnetpanel", "PackageInfo", "PackageName", "a"))
    assert.are.equal("2024-01-31", core.check_field("dotnetpanel", "PackageAddonInfo", "PurchaseDate", "2024-01-31"))
    assert.are.same({ { VLanID = 1 } }, core.check_field("solidcp", "UserInfo", "Vlans", { { VLanID = 1 } }))
    assert.are.equal("value: must be at most 300 characters, got 301",
      of_field("PackageInfo", "PackageName", ("a"):rep(301)))
    assert.are.equal("value: must be at least 1, got 0", of_field("PackageAddonInfo", "Quantity", 0))
    assert.are.equal("value[1].VLanID: is missing", of_field("UserInfo", "Vlans", { {} }))
    assert.are.equal("value: is missing", of_field("UserInfo", "Password", nil))
  end)

  it("knows the contract's names alone", function()
    assert.has_error(function()
      core.check_field("cpanel", "UserInfo", "Username", "a")
    end, "bad argument #1 to 'check_field' (not a dialect)")
    assert.has_error(function()
      core.check_record("solidcp", "ArrayOfUserInfo", {})
    end, "bad argument #2 to 'check_record' (not a type of records)")
    assert.has_error(function()
      core.check_field("dotnetpanel", "UserInfo", "Vlans", {})
    end, "bad argument #3 to 'check_field' (not a field of the type)")
  end)
end)

describe("core.date_seconds", function()
  it("gives what a clock without zones shows, in seconds", function()
    assert.are.equal(0, core.date_seconds "1970-01-01")
    assert.are.equal(86399.5, core.date_seconds "1970-01-01T23:59:59.5")
    assert.are.equal(951782400, core.date_seconds "2000-02-29T00:00:00Z")
    assert.are.equal(-62135596800, core.date_seconds "0001-01-01")
    assert.are.equal(253402300799, core.date_seconds "9999-12-31T23:59:59")
    local now = os.time()
    assert.are.equal(core.date_seconds(os.date("%Y-%m-%dT%H:%M:%S", now)), core.date_seconds(now))
  end)

  it("gives nil for what is not such a date", function()
    for _, date in ipairs {
      "", "2024", "2023-02-29", "2024-13-01", "2024-01-01T24:00:00", "2024-01-01T00:00:00+01:00", "24-01-01",
      "0000-01-01", "2024-01-01x", 1e300, -1e300, 0 / 0, false, {},
    } do
      assert.is_nil(core.date_seconds(date))
    end
  end)
end)

describe("core.days_in_month", function()
  it("knows leap years", function()
    local days = {}
    for month = 1, 12 do
      days[month] = core.days_in_month(2023, month)
    end
    assert.are.same({ 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }, days)
    assert.are.equal(29, core.days_in_month(2000, 2))
    assert.are.equal(28, core.days_in_month(1900, 2))
    assert.are.equal(29, core.days_in_month(2024, 2))
  end)
end)

describe("core.quote", function()
  it("shows a text on a line, as far as it goes", function()
    assert.are.equal("'jdoe'", core.quote "jdoe")
    assert.are.equal("'a?b?[31m??c?'", core.quote "a\nb\27[31m\194\155c\127")
    assert.are.equal("'" .. ("x"):rep(60) .. "...'", core.quote(("x"):rep(61)))
    assert.are.equal("'" .. ("x"):rep(59) .. "...'", core.quote(("x"):rep(59) .. "\195\164" .. "x"))
    assert.are.equal("''", core.quote "")
  end)
end)

describe("core.did_you_mean", function()
  it("finds the nearest name in an array or among keys", function()
    assert.are.equal("; did you mean 'FirstName'?", core.did_you_mean("FristName", { "LastName", "FirstName" }))
    assert.are.equal("; did you mean 'FirstName'?", core.did_you_mean("firstname", { LastName = 1, FirstName = {} }))
    assert.are.equal("; did you mean 'aac'?", core.did_you_mean("aab", { "aad", "aac", "aae" }))
  end)

  it("finds none where none is near", function()
    for _, wanted in ipairs { "x", "", 5, false, ("a"):rep(64) } do
      assert.are.equal("", core.did_you_mean(wanted, { "FirstName", "LastName" }))
    end
  end)
end)

describe("what Lua asks about text", function()
  it("folds texts of any length, and bytes that are not UTF-8", function()
    assert.are.equal("", core.fold "")
    for _, count in ipairs { 1, 64, 127, 128, 129, 4000 } do
      assert.are.equal(("ä "):rep(count), core.fold(("Ä\227\128\128"):rep(count)), count)
    end
    for _, broken in ipairs { "\195", "\226\130", "a\240\159\152", "\255\255\255\255", ("\128"):rep(300) } do
      assert.is_string(core.fold(broken))
    end
  end)

  it("takes a text apart into characters and the room that each takes", function()
    assert.are.same({ { "a", "ä", "€", "😀" }, { 1, 1, 1, 2 } }, { core.characters "aä€😀" })
    assert.are.same({ {}, {} }, { core.characters "" })
    assert.are.same({ { "ä", "\195" }, { 1, 1 } }, { core.characters "ä\195" })
  end)

  it("says why XML cannot carry a text", function()
    assert.is_nil(core.text_problem "aä€😀\t\r\n")
    assert.are.equal("is not UTF-8 (byte 3)", core.text_problem "ä\195")
    assert.are.equal("holds a control character, which XML cannot carry (byte 2)", core.text_problem "a\0")
  end)
end)
