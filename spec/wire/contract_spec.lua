-- dnp.contract has the rows of operations and types.

local dnp = require "dnp"

local function by_name(list)
  local named = {}
  for _, entry in ipairs(list) do
    named[entry.name] = entry
  end
  return named
end

describe("dnp.contract", function()
  for _, dialect in ipairs { "dotnetpanel", "websitepanel", "solidcp" } do
    it("says which operations of " .. dialect .. " change something, by its earlier name too", function()
      local operations = by_name(dnp.contract(dialect).operations)
      assert.is_true(operations.DeleteUser.mutates)
      assert.is_false(operations.GetUsers.mutates)
      for name, operation in pairs(operations) do
        assert.are.equal(operation.mutates, operation.changes, name)
      end
    end)

    it("says which number a field of " .. dialect .. " shows by its name", function()
      local aliases = 0
      for name, type in pairs(dnp.contract(dialect).types) do
        local fields = by_name(type.fields or {})
        for _, field in ipairs(type.fields or {}) do
          if field.alias_of then
            aliases = aliases + 1
            assert.are.equal(field.type, fields[field.alias_of].enum, name .. "." .. field.name)
          end
          assert.are.equal(field.alias_of ~= nil, field.face == true, name .. "." .. field.name)
          assert.are.equal(field.hoisted, field.elsewhere, name .. "." .. field.name)
        end
      end
      assert.are.equal(dialect == "dotnetpanel" and 2 or 3, aliases)
    end)
  end

  it("says which field travels as a parameter", function()
    local password = by_name(dnp.contract("solidcp").types.UserInfo.fields).Password
    assert.is_true(password.hoisted)
    assert.are.equal("Password", by_name(by_name(dnp.contract("solidcp").operations).AddUser.parameters).password.from)
  end)
end)
