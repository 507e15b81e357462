-- What the panel would cut or change without a word raises before anything is sent; what it gave itself goes back.
local dnp = require "dnp"
local sandboxes = require "dnp.sandbox"

local ASTRAL = "\240\159\148\180"

local panels = require("spec.support.nowhere").panels()

-- A value that a field may have.
local function sample(types, field)
  local kind = types[field.type].kind
  if field.enum or kind == "enum" then
    return types[field.enum or field.type].values[1].name
  elseif kind == "record" then
    local record = {}
    for _, member in ipairs(types[field.type].fields) do
      if not member.alias_of and types[member.type].kind ~= "dataset" then
        record[member.name] = sample(types, member)
      end
    end
    return record
  elseif kind == "array" then
    return {}
  end
  return ({ int = 1, unsignedShort = 1, boolean = true, string = "x", dateTime = "2010-01-01T00:00:00" })[field.type]
end

local function arguments_of(operation, types)
  local arguments, count = {}, 0
  for _, parameter in ipairs(operation.parameters) do
    if parameter.argument then
      count = count + 1
      arguments[count] = sample(types, parameter)
    end
  end
  return arguments, count
end

-- Calls body(try, where, field, operation, dialect) for each text of each operation that the caller gives; try(value)
-- makes the request with that value there.
local function each_text(body)
  local count = 0
  for _, dialect in ipairs(dnp.dialects) do
    local contract = dnp.contract(dialect)
    for _, operation in ipairs(contract.operations) do
      local position = 0
      for _, parameter in ipairs(operation.parameters) do
        position = position + (parameter.argument and 1 or 0)
        local at = position
        local fields = contract.types[parameter.type].fields or { parameter }
        for _, field in ipairs(parameter.argument and fields or {}) do
          local where = ("%s: argument %d (%s)%s"):format(operation.method, at, parameter.argument,
            field ~= parameter and (": field '%s'"):format(field.name) or "")
          if field.type == "string" and not field.alias_of then
            count = count + 1
            body(function(value)
              local arguments, given = arguments_of(operation, contract.types)
              if field == parameter then
                arguments[at] = value
              else
                arguments[at][field.name] = value
              end
              local good, message = pcall(panels[dialect].request, panels[dialect], operation.name,
                (table.unpack or unpack)(arguments, 1, given)) -- luacheck: ignore 143
              return good, not good and tostring(message):gsub("^.-:%d+: ", "") or nil
            end, where, field, operation, dialect)
          end
        end
      end
    end
  end
  assert.is_true(count > 200, count)
end

describe("a text that the panel keeps in so many characters", function()
  it("may be as long and no longer, in every operation", function()
    local limited = 0
    each_text(function(try, where, field)
      if field.length then
        limited = limited + 1
        assert.are.same({ true }, { try(("x"):rep(field.length)) }, where)
        assert.are.same({ false, ("%s must be at most %d characters, got %d"):format(where, field.length,
          field.length + 1) }, { try(("x"):rep(field.length + 1)) })
      else
        assert.are.same({ true }, { try(("x"):rep(20000)) }, where)
      end
    end)
    assert.is_true(limited > 100, limited)
  end)

  it("is counted as the panel counts: in UTF-16 units", function()
    each_text(function(try, where, field)
      if field.length and not field.narrow then
        local pairs_of_units = math.floor(field.length / 2)
        local odd = field.length % 2 == 1 and "x" or ""
        assert.are.same({ true }, { try("\195\188" .. ("\226\130\172"):rep(field.length - 1)) }, where)
        assert.are.same({ true }, { try(ASTRAL:rep(pairs_of_units) .. odd) }, where)
        local good, message = try(ASTRAL:rep(pairs_of_units) .. odd .. "x")
        assert.is_false(good)
        assert.is_truthy(message:find(("got %d"):format(field.length + 1), 1, true), message)
      end
    end)
  end)

  it("has the length of its column", function()
    local lengths = {}
    for _, field in ipairs(dnp.contract("solidcp").types.UserInfo.fields) do
      lengths[field.name] = field.length
    end
    assert.are.same({ Username = 50, Password = 71, FirstName = 50, LastName = 50, Email = 255, SecondaryEmail = 255,
      Address = 200, City = 50, State = 50, Country = 50, Zip = 20, PrimaryPhone = 30, SecondaryPhone = 30, Fax = 30,
      InstantMessenger = 100, CompanyName = 100, SubscriberNumber = 32 }, lengths)
  end)
end)

describe("a text for a column of one byte a character", function()
  it("holds what code page 1252 has, where it is given and not read", function()
    local narrow = 0
    each_text(function(try, where, field, operation)
      if not field.narrow then
        return
      end
      narrow = narrow + 1
      assert.are.same({ true }, { try "\195\188 \226\130\172 \226\128\147 +49" }, where)
      for text, problem in pairs {
        ["12\209\141"] = " holds U+044D, which the panel keeps as a question mark (byte 3)",
        [ASTRAL] = " holds U+1F534, which the panel keeps as a question mark (byte 1)",
        ["\194\129"] = " holds U+0081, which the panel keeps as a question mark (byte 1)",
      } do
        local expected = operation.name == "UpdateUser" and { true } or { false, where .. problem }
        assert.are.same(expected, { try(text) })
      end
    end)
    assert.is_true(narrow >= 3 * 5 * 4, narrow)
  end)
end)

describe("a name that is made", function()
  it("has no blank at an end", function()
    local seen = {}
    each_text(function(try, where, field, operation)
      if field.name ~= "Username" and field.name ~= "username" then
        return
      end
      local adds = operation.name:find "^Add" or operation.name == "CreateUserWizard"
      for _, text in ipairs { " jdoe", "jdoe ", "jdoe\t", "\njdoe", "jdoe\194\160", "\227\128\128jdoe", " " } do
        assert.are.same(adds and { false, where .. " must not begin or end with a blank" } or { true }, { try(text) })
      end
      assert.are.same({ true }, { try "j doe" })
      seen[operation.name] = true
    end)
    for _, name in ipairs { "AddUser", "AddUserLiteral", "CreateUserWizard", "UpdateUser", "GetUserByUsername",
      "AuthenticateUser" } do
      assert.is_true(seen[name], name)
    end
  end)
end)

describe("what the panel gave", function()
  for _, dialect in ipairs(dnp.dialects) do
    it("goes back as it is in " .. dialect, function()
      local sandbox = assert(sandboxes.start { dialect = dialect })
      local panel = assert(dnp.session { url = sandbox.url, username = "serveradmin", password = "serveradmin",
        dialect = dialect })
      local user = { OwnerId = 1, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false, Password = "s3cret" }
      for _, field in ipairs(dnp.contract(dialect).types.UserInfo.fields) do
        if field.length and field.name ~= "Password" then
          user[field.name] = ("x"):rep(field.length)
        end
      end
      local id = assert(panel:add_user(user, false))
      local record = assert(panel:get_user_by_id(id))
      assert.are.equal(("x"):rep(50), record.Username)
      assert.is_true(panel:update_user(record))
      -- A panel whose columns have another code page keeps other characters too.
      record.Fax = "\209\141"
      assert.is_true(panel:update_user(record))
      local space = assert(panel:add_package(id, 2, ("y"):rep(300), nil, 1, "2010-01-01T00:00:00"))
      assert.is_true(panel:update_package(assert(panel:get_package(space))))
      panel:close()
      sandbox:stop()
    end)
  end
end)
