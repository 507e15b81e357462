-- lua/dnp.d.lua is made from the contract, and is what the contract says now.
local annotations = require "tools.annotations"
local dnp = require "dnp"

describe("the annotations", function()
  it("are fresh", function()
    assert.is_true(annotations.fresh("lua/dnp.d.lua"), "run ./dev lua tools/annotations.lua")
  end)

  it("are stale when they differ or are not there", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(annotations.text(), "\n")
    file:close()
    assert.is_false(annotations.fresh(path))
    os.remove(path)
    assert.is_false(annotations.fresh(path))
  end)

  it("are Lua", function()
    assert.is_function(loadfile("lua/dnp.d.lua"))
  end)

  it("tell of every method, type of record, constant and option", function()
    local text = annotations.text()
    for _, dialect in ipairs(dnp.dialects) do
      for _, operation in ipairs(dnp.contract(dialect).operations) do
        assert.matches("\nfunction session:" .. operation.method .. "(", text, 1, true)
      end
    end
    for name in pairs(dnp) do
      local told = text:find("\nfunction dnp." .. name .. "(", 1, true) or text:find("\ndnp." .. name .. " = ", 1, true)
        or text:find("\n---@field " .. name .. " ", 1, true)
      assert.is_truthy(told, name)
    end
    for _, option in ipairs(dnp.options) do
      assert.matches("\n%-%-%-@field " .. option .. "%?? ", text)
    end
    for _, method in ipairs { "close", "info", "request", "receive", "response", "each" } do
      assert.matches("\nfunction session:" .. method .. "(", text, 1, true)
    end
  end)
end)
