-- Usage errors: each raises, names method, argument and field, and sends nothing.
local dnp = require "dnp"
local fake = require "spec.support.fake"

local calls = 0
local panels = require("spec.support.nowhere").panels(function()
  calls = calls + 1
end)

local function user(changes)
  local record = fake.user(changes)
  for field, value in pairs(record) do
    if value == "nil" then
      record[field] = nil
    end
  end
  return record
end

-- What a call raises, without the position, which must be the caller's line.
local function message(dialect, method, ...)
  local panel = panels[dialect]
  local before = calls
  local good, text = pcall(function(...)
    local result = panel[method](panel, ...)
    return result
  end, ...)
  assert.is_false(good, "nothing was raised")
  assert.are.equal(before, calls, "something was sent")
  local bare, count = text:gsub("^.-spec/wire/arguments_spec%.lua:%d+: ", "")
  assert.are.equal(1, count, text)
  return bare
end

local function raises(expected, method, ...)
  assert.are.equal(expected, message("dotnetpanel", method, ...))
end

describe("a record argument", function()
  it("must be a table", function()
    raises("add_user: argument 1 (user): expected table, got string", "add_user", "jdoe", true)
    raises("add_user: argument 1 (user) is missing", "add_user")
    raises("update_package: argument 1 (package): expected table, got boolean", "update_package", false)
  end)

  it("must not have a field that the panel does not know", function()
    raises("add_user: argument 1 (user): field 'Usrname' is unknown; did you mean 'Username'?", "add_user",
      user { Usrname = "x" }, true)
    raises("add_user: argument 1 (user): field 'email' is unknown; did you mean 'Email'?", "add_user",
      user { email = "x" }, true)
    raises("add_user: argument 1 (user): field 'Shoesize' is unknown", "add_user", user { Shoesize = 44 }, true)
    raises("add_package_addon: argument 1 (addon): field 'Quantiyt' is unknown; did you mean 'Quantity'?",
      "add_package_addon", { Quantiyt = 1 })
  end)

  it("must not have a field of another dialect", function()
    raises("add_user: argument 1 (user): field 'MfaMode' is unknown", "add_user", user { MfaMode = 1 }, true)
    assert.is_table(panels.solidcp:request("AddUser", user { MfaMode = 1 }, true))
    raises("add_user: argument 1 (user): field 'SubscriberNumber' is unknown", "add_user",
      user { SubscriberNumber = "7" }, true)
    assert.is_table(panels.websitepanel:request("AddUser", user { SubscriberNumber = "7" }, true))
    assert.are.equal("add_user: argument 1 (user): field 'MfaMode' is unknown",
      message("websitepanel", "add_user", user { MfaMode = 1 }, true))
  end)

  it("may have what the newest of its dialect's family takes", function()
    for dialect, host_name in pairs { websitepanel = "www", solidcp = "www" } do
      local request = assert(panels[dialect]:request("AddPackageWithResources", 1, 1, "Space", 1, false, true,
        "example.com", false, true, false, nil, false, host_name))
      assert.matches("<hostName>www</hostName></AddPackageWithResources>", request.body, 1, true)
      request = assert(panels[dialect]:request("CreateUserWizard", 1, "jdoe", "s3cret", 3, "John", "Doe", "j@x.y", nil,
        false, false, true, 1, false, "example.com", false, true, false, nil, false, host_name, true))
      assert.matches("<hostName>www</hostName><createZoneRecord>true</createZoneRecord></CreateUserWizard>",
        request.body, 1, true)
    end
    raises("add_package_with_resources: expected 12 arguments, got 13", "add_package_with_resources", 1, 1, "Space", 1,
      false, true, "example.com", false, true, false, nil, false, "www")
  end)

  it("must have names as keys", function()
    raises("add_user: argument 1 (user): expected field names as keys, got a number", "add_user", user { "jdoe" }, true)
    raises("add_user: argument 1 (user): expected field names as keys, got a boolean", "add_user",
      user { [true] = 1 }, true)
  end)

  it("shows strange keys harmlessly and not at any length", function()
    raises("add_user: argument 1 (user): field 'a?b' is unknown", "add_user", user { ["a\27b"] = 1 }, true)
    raises("add_user: argument 1 (user): field '" .. ("x"):rep(60) .. "...' is unknown", "add_user",
      user { [("x"):rep(5000)] = 1 }, true)
  end)

  it("must have what the operation requires", function()
    for _, field in ipairs { "OwnerId", "RoleId", "StatusId", "IsDemo", "IsPeer", "Username", "Password", "FirstName",
      "LastName", "Email" } do
      raises("add_user: argument 1 (user): field '" .. field .. "' is missing", "add_user",
        user { [field] = "nil" }, true)
    end
    raises("add_package_addon: argument 1 (addon): field 'PurchaseDate' is missing", "add_package_addon",
      { PackageId = 1, PlanId = 2, Quantity = 1, StatusId = 1 })
    raises("update_user: argument 1 (user): field 'UserId' is missing", "update_user", user())
    assert.are.equal("add_user: argument 1 (user): field 'Password' is missing",
      message("solidcp", "add_user", user { Password = "nil" }, true))
  end)

  it("is read without its metatable", function()
    local touched = false
    local record = setmetatable(user { Email = "nil" }, {
      __index = function()
        touched = true
        return "jdoe@example.com"
      end,
    })
    raises("add_user: argument 1 (user): field 'Email' is missing", "add_user", record, true)
    assert.is_false(touched)
  end)

  it("checks what is not sent as well", function()
    raises("add_user: argument 1 (user): field 'Role': "
      .. "expected one of 'Administrator', 'Reseller', 'User', got 'Usr'; did you mean 'User'?",
      "add_user", user { Role = "Usr" }, true)
    assert.are.equal("update_user: argument 1 (user): field 'Password': expected string, got number",
      message("solidcp", "update_user", user { UserId = 7, Password = 5 }))
  end)

  it("carries unknown elements as XML text only", function()
    raises("update_user: argument 1 (user): field '_unknown': expected string, got table", "update_user",
      user { UserId = 7, _unknown = {} })
    for _, text in ipairs { "<a><b></a>", "<a>", "</user>", "<!DOCTYPE a><a/>", "<a>&b;</a>",
      "<?xml version='1.0'?>" } do
      assert.matches("^update_user: a field '_unknown' is not XML %(",
        message("dotnetpanel", "update_user", user { UserId = 7, _unknown = text }))
    end
  end)
end)

describe("an integer", function()
  local function id(value)
    return message("dotnetpanel", "get_user_by_id", value)
  end

  it("must be a number", function()
    for _, text in ipairs { "7", "57", " 7 ", "7.0", "0x7", "1e3" } do
      assert.are.equal("get_user_by_id: argument 1 (user_id): expected integer, got a number in a string", id(text))
    end
    for _, text in ipairs { "", "seven", "7a" } do
      assert.are.equal("get_user_by_id: argument 1 (user_id): expected integer, got string", id(text))
    end
    assert.are.equal("get_user_by_id: argument 1 (user_id): expected integer, got table", id({}))
    assert.are.equal("get_user_by_id: argument 1 (user_id) is missing", id(nil))
  end)

  it("must fit into 32 bits", function()
    assert.are.equal("get_user_by_id: argument 1 (user_id) must be at most 2147483647, got 2147483648", id(2147483648))
    assert.are.equal("get_user_by_id: argument 1 (user_id) must be at most 2147483647, got 1e+300", id(1e300))
    assert.is_table(panels.dotnetpanel:request("GetUserById", 2147483647))
  end)

  it("may be a float only when it is integral", function()
    assert.are.equal("get_user_by_id: argument 1 (user_id): expected integer, got 1.5", id(1.5))
    assert.are.equal("get_user_by_id: argument 1 (user_id): expected integer, got inf", id(math.huge))
    assert.matches("^get_user_by_id: argument 1 %(user_id%): expected integer, got %-?nan$", id(0 / 0))
    assert.matches("<userId>7</userId>", panels.dotnetpanel:request("GetUserById", 7.0).body, 1, true)
  end)

  it("must be 1 or more where it is an id or a quantity", function()
    assert.are.equal("get_user_by_id: argument 1 (user_id) must be at least 1, got 0", id(0))
    assert.are.equal("get_user_by_id: argument 1 (user_id) must be at least 1, got -3", id(-3))
    raises("add_user: argument 1 (user): field 'OwnerId' must be at least 1, got 0", "add_user",
      user { OwnerId = 0 }, true)
    raises("add_package_addon: argument 1 (addon): field 'Quantity' must be at least 1, got 0",
      "add_package_addon", { PackageId = 1, PlanId = 2, Quantity = 0, StatusId = 1, PurchaseDate = "2010-01-01" })
  end)

  it("may be 0 where the record's field is not required", function()
    assert.is_table(panels.dotnetpanel:request("AddUser", user { UserId = 0 }, true))
  end)

  it("has its own width in each field", function()
    assert.are.equal(
      "add_user: argument 1 (user): field 'Vlans[2].VLanID' must be at most 65535, got 65536",
      message("solidcp", "add_user", user { Vlans = { { VLanID = 1 }, { VLanID = 65536 } } }, true))
  end)
end)

describe("a status or role", function()
  it("must exist by its name", function()
    raises("change_user_status: argument 2 (status): "
      .. "expected one of 'Active', 'Suspended', 'Cancelled', 'Pending', got 'suspended'; did you mean 'Suspended'?",
      "change_user_status", 3, "suspended")
    raises("change_user_status: argument 2 (status): "
      .. "expected one of 'Active', 'Suspended', 'Cancelled', 'Pending', got 'New'", "change_user_status", 3, "New")
    raises("change_package_status: argument 2 (status): "
      .. "expected one of 'Active', 'Suspended', 'Cancelled', 'New', got 'Pending'",
      "change_package_status", 3, "Pending")
  end)

  it("must exist by its number", function()
    raises("change_user_status: argument 2 (status): "
      .. "expected one of 1 (Active), 2 (Suspended), 3 (Cancelled), 4 (Pending), got 9", "change_user_status", 3, 9)
    raises("add_package: argument 5 (status_id): "
      .. "expected one of 1 (Active), 2 (Suspended), 3 (Cancelled), 4 (New), got 0",
      "add_package", 3, 1, "n", "", 0, "2010-01-01")
    raises("add_user: argument 1 (user): field 'RoleId': "
      .. "expected one of 1 (Administrator), 2 (Reseller), 3 (User), got 4", "add_user", user { RoleId = 4 }, true)
    assert.is_table(panels.solidcp:request("AddUser", user { RoleId = 4 }, true))
  end)

  it("must be a number or a name", function()
    raises("change_user_status: argument 2 (status): expected number or name of a UserStatus, got boolean",
      "change_user_status", 3, true)
    raises("change_user_status: argument 2 (status): expected number or name of a UserStatus, got a number in a string",
      "change_user_status", 3, "1")
    raises("add_user: argument 1 (user): field 'RoleId': expected number or name of a UserRole, got a number in"
      .. " a string", "add_user", user { RoleId = "3" }, true)
    raises("change_user_status: argument 2 (status): expected integer, got 1.5", "change_user_status", 3, 1.5)
    raises("change_user_status: argument 2 (status) is missing", "change_user_status", 3)
  end)
end)

describe("a string", function()
  it("must be a string", function()
    raises("user_exists: argument 1 (username): expected string, got number", "user_exists", 7)
    raises("user_exists: argument 1 (username) is missing", "user_exists")
    raises("add_user: argument 1 (user): field 'Zip': expected string, got number", "add_user",
      user { Zip = 12345 }, true)
  end)

  it("must be UTF-8", function()
    raises("user_exists: argument 1 (username) is not UTF-8 (byte 3)", "user_exists", "ab\255")
    raises("user_exists: argument 1 (username) is not UTF-8 (byte 1)", "user_exists", "\237\160\128")
    raises("user_exists: argument 1 (username) is not UTF-8 (byte 1)", "user_exists", "\192\128")
    raises("add_user: argument 1 (user): field 'City' is not UTF-8 (byte 1)", "add_user",
      user { City = "\196" }, true)
  end)

  it("must hold what XML can carry", function()
    raises("user_exists: argument 1 (username) holds a control character, which XML cannot carry (byte 2)",
      "user_exists", "a\0b")
    raises("user_exists: argument 1 (username) holds a control character, which XML cannot carry (byte 1)",
      "user_exists", "\27[0m")
    raises("user_exists: argument 1 (username) holds U+FFFE or U+FFFF, which XML cannot carry (byte 1)",
      "user_exists", "\239\191\190")
    assert.is_table(panels.dotnetpanel:request("UserExists", "tab\t, newline\n, return\r, \240\159\152\128"))
  end)

  -- Texts are looked at in blocks.
  it("is found bad at every place of every length", function()
    local bad = {
      ["\0"] = "holds a control character, which XML cannot carry",
      ["\31"] = "holds a control character, which XML cannot carry",
      ["\128"] = "is not UTF-8", ["\255"] = "is not UTF-8",
    }
    for length = 1, 34 do
      for at = 1, length do
        local before, behind = ("a"):rep(at - 1), ("b"):rep(length - at)
        for byte, reason in pairs(bad) do
          raises(("user_exists: argument 1 (username) %s (byte %d)"):format(reason, at), "user_exists",
            before .. byte .. behind)
        end
        for _, good in ipairs { " ", "~", "\127", "\t", "\n", "\195\169" } do
          local request = panels.dotnetpanel:request("UserExists", before .. good .. behind)
          assert.matches("<username>" .. before .. good .. behind .. "</username>", request.body, 1, true)
        end
      end
    end
  end)
end)

describe("a boolean", function()
  it("must be one", function()
    raises("add_user: argument 2 (send_letter): expected boolean, got number", "add_user", user(), 1)
    raises("add_user: argument 2 (send_letter): expected boolean, got string", "add_user", user(), "true")
    raises("add_user: argument 2 (send_letter) is missing", "add_user", user())
    raises("add_user: argument 1 (user): field 'IsDemo': expected boolean, got number", "add_user",
      user { IsDemo = 0 }, true)
  end)
end)

describe("a date", function()
  local function date(value)
    return message("dotnetpanel", "add_package", 3, 1, "name", nil, 1, value)
  end
  local where = "add_package: argument 6 (purchase_date)"

  it("must be there", function()
    assert.are.equal(where .. " is missing", date(nil))
  end)

  it("must be a string as on the wire or a time", function()
    assert.are.equal(where .. ": expected date as string or os.time() number, got table", date(os.date("*t")))
    assert.are.equal(where .. ": '16.07.2010' is not a date such as '2010-07-16T12:53:06'", date("16.07.2010"))
    assert.are.equal(where .. ": '2010-02-30T00:00:00' is not a date such as '2010-07-16T12:53:06'",
      date("2010-02-30T00:00:00"))
    assert.are.equal(where .. ": '' is not a date such as '2010-07-16T12:53:06'", date(""))
  end)

  it("must be a time that has a year of four digits", function()
    assert.are.equal(where .. ": expected time in whole seconds, got 1.5", date(1.5))
    assert.are.equal(where .. ": the time 1e+15 is outside the years 1 to 9999", date(1e15))
  end)
end)

describe("a list", function()
  local function notes(value)
    return message("solidcp", "add_user", user(), true, value)
  end

  it("must be an array", function()
    assert.are.equal("add_user: argument 3 (notes): expected list, got string", notes("note"))
    assert.are.equal("add_user: argument 3 (notes): expected list, got a table with other keys", notes { a = "b" })
    assert.are.equal("add_user: argument 3 (notes): expected list, got a table with other keys",
      notes { [0] = "b" })
    assert.are.equal("add_user: argument 3 (notes): expected list, got a table with holes",
      notes { "a", nil, nil, nil, "b" })
  end)

  it("must have items of its type", function()
    assert.are.equal("add_user: argument 3 (notes): element '[2]': expected string, got number", notes { "a", 2 })
    assert.are.equal("add_user: argument 3 (notes): element '[1]' is not UTF-8 (byte 1)", notes { "\255" })
    raises("update_user_settings: argument 1 (settings): field 'SettingsArray[2][1]': expected string, got boolean",
      "update_user_settings",
      { UserId = 1, SettingsName = "Theme", SettingsArray = { { "a", "b" }, { true } } })
    raises("update_user_settings: argument 1 (settings): field 'SettingsArray[1]': expected list, got string",
      "update_user_settings", { UserId = 1, SettingsName = "Theme", SettingsArray = { "a" } })
  end)

  it("of records names the field of the item", function()
    assert.are.equal("add_user: argument 1 (user): field 'Vlans[1].Coment' is unknown; did you mean 'Comment'?",
      message("solidcp", "add_user", user { Vlans = { { Coment = "x" } } }, true))
    assert.are.equal("add_user: argument 1 (user): field 'Vlans[1]': expected table, got string",
      message("solidcp", "add_user", user { Vlans = { "x" } }, true))
  end)
end)

describe("the number of arguments", function()
  it("must not be too large", function()
    raises("user_exists: expected 1 argument, got 2", "user_exists", "jdoe", true)
    raises("add_user: expected 2 arguments, got 4", "add_user", user(), true, nil, "note")
    assert.are.equal("add_user: expected 3 arguments, got 4", message("solidcp", "add_user", user(), true, {}, 1))
  end)

  it("does not count nils at the end", function()
    assert.is_table(panels.dotnetpanel:request("UserExists", "jdoe", nil, nil))
  end)

  it("may leave out what is optional", function()
    assert.is_table(panels.solidcp:request("AddUser", user(), true))
    assert.is_table(panels.dotnetpanel:request("UpdatePackageName", 1, "name"))
    raises("update_package_name: argument 2 (package_name) is missing", "update_package_name", 1)
  end)
end)

describe("every method of a session", function()
  it("refuses to be called without one", function()
    for _, operation in ipairs(dnp.contract("dotnetpanel").operations) do
      local good, text = pcall(panels.dotnetpanel[operation.method], {})
      assert.is_false(good)
      assert.are.equal(operation.method .. ": expected session, got table; it is called with a colon, session:"
        .. operation.method .. "(...)", text)
    end
  end)

  it("raises for arguments of no use and sends nothing", function()
    for dialect, panel in pairs(panels) do
      for _, operation in ipairs(dnp.contract(dialect).operations) do
        assert.is_function(panel[operation.method])
        for _, useless in ipairs { print, coroutine.create(print), io.stdout } do
          assert.matches("^" .. operation.method .. ": argument 1 ", message(dialect, operation.method, useless))
        end
      end
    end
  end)

  it("shows no secret in a message", function()
    for _, value in ipairs { "s3cret\255", "s3cret\1" } do
      assert.is_nil(message("dotnetpanel", "change_user_password", 3, value):find("s3cret", 1, true))
      assert.is_nil(message("solidcp", "add_user", user { Password = value }, true):find("s3cret", 1, true))
    end
  end)
end)

describe("the name of an operation", function()
  it("must be the API's or the method's", function()
    raises("request: argument 1 (operation): 'AddUsr' is not an operation; did you mean 'AddUser'?", "request",
      "AddUsr")
    raises("request: argument 1 (operation): expected string, got no value", "request")
    raises("response: argument 1 (operation): 'Frobnicate' is not an operation", "response", "Frobnicate", 200, nil, "")
    raises("request: argument 1 (operation): 'AddUser?' is not an operation; did you mean 'AddUser'?", "request",
      "AddUser\0")
    assert.are.same(panels.dotnetpanel:request("UserExists", "jdoe"),
      panels.dotnetpanel:request("user_exists", "jdoe"))
  end)

  it("comes with a response that makes sense", function()
    raises("response: argument 2 (status): expected HTTP status, got string", "response", "AddUser", "200", nil, "")
    raises("response: argument 2 (status): expected HTTP status, got another number", "response", "AddUser", 0, nil, "")
    raises("response: argument 3 (headers): expected table, got string", "response", "AddUser", 200, "text/xml", "")
    raises("response: argument 4 (body): expected string, got nil", "response", "AddUser", 200, nil, nil)
    raises("response: argument 4 (body): expected string, got more arguments", "response", "AddUser", 200, nil, "", 1)
  end)
end)
