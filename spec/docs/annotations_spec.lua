-- lua/dnp.d.lua is made from the contract, and is what the contract says now.
local annotations = require "tools.annotations"
local child = require "spec.support.child"
local dnp = require "dnp"
local provisioning = require "dnp.provisioning"

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

  it("have every method, type of record, constant and option", function()
    local text = annotations.text()
    for _, dialect in ipairs(dnp.dialects) do
      for _, operation in ipairs(dnp.contract(dialect).operations) do
        assert.matches("\nfunction session:" .. operation.method .. "(", text, 1, true)
      end
    end
    for name in pairs(dnp) do
      local annotated = text:find("\nfunction dnp." .. name .. "(", 1, true)
        or text:find("\ndnp." .. name .. " = ", 1, true) or text:find("\n---@field " .. name .. " ", 1, true)
      assert.is_truthy(annotated, name)
    end
    for _, option in ipairs(dnp.options) do
      assert.matches("\n%-%-%-@field " .. option .. "%?? ", text)
    end
    for _, method in ipairs { "close", "info", "request", "receive", "response", "each" } do
      assert.matches("\nfunction session:" .. method .. "(", text, 1, true)
    end
  end)

  -- Every annotation of lua/dnp and lua/dnp.d.lua: the file, and the line.
  local function each_annotation(visit)
    local _, files = child.run "find lua -name '*.lua'"
    for path in files:gmatch "[^\n]+" do
      for line in child.read(path):gmatch "[^\n]+" do
        if line:find "^%s*%-%-%-@" then
          visit(path, line)
        end
      end
    end
  end

  it("name no type that there is not, and have no table over several lines, which editors cut", function()
    local known, count = {}, 0
    each_annotation(function(_, line)
      local name = line:match "@class%s+([%w_.]+)" or line:match "@alias%s+([%w_.]+)"
      if name then
        known[name] = true
      end
    end)
    each_annotation(function(path, line)
      local types = line:gsub("`[^`]*`", ""):gsub('"[^"]*"', "")
      for name in types:gmatch "%f[%w_.]dnp%.[%w_.]*%w" do
        if name:find "^dnp%.%u" or name:find "^dnp%.%l+%.%u" then
          count = count + 1
          assert.is_true(known[name], ("%s: %s in %s"):format(path, name, line))
        end
      end
      local _, opened = types:gsub("{", "")
      local _, closed = types:gsub("}", "")
      assert.are.equal(opened, closed, path .. ": " .. line)
    end)
    assert.is_true(count > 300)
  end)

  -- The lines of text below an annotation, and what follows them.
  local function each_text_below(visit)
    local _, files = child.run "find lua -name '*.lua'"
    for path in files:gmatch "[^\n]+" do
      local number, annotated, text, place = 0, false, nil, nil
      for line in (child.read(path) .. "\n"):gmatch "(.-)\n" do
        number = number + 1
        local annotation = line:match "^%s*%-%-%-@(%w+)"
        local said = not annotation and line:match "^%s*%-%-%-%s*([^%s|%-].*)"
        if said and annotated then
          text, place = said, path .. ":" .. number
        elseif not said and text then
          visit(text, annotation, place)
          text = nil
        end
        annotated = annotation ~= nil
      end
    end
  end

  it("have a text in their line, or above a field in sentences of its own: editors cut it elsewhere", function()
    local count = 0
    each_text_below(function(text, annotation, place)
      count = count + 1
      assert.are.equal("field", annotation, place)
      assert.matches('^[%u`"]', text, place)
    end)
    assert.is_true(count > 10)
  end)

  it("have the fields of a user that a spec may have, and no others", function()
    local types = dnp.contract("solidcp").types
    local values = { boolean = true, string = "a@b", dateTime = "2024-01-01" }
    local class = annotations.text():match "%-%-%-@class dnp%.provisioning%.UserSpec\n(.-)\n\n"
    for _, field in ipairs(types.UserInfo.fields) do
      local definition = types[field.type]
      local value = values[field.type] or definition.kind == "array" and {}
        or definition.kind == "enum" and definition.values[1].name or 1
      local accepted = provisioning.check_spec({ user = { Username = "jane", [field.name] = value } }, "solidcp")
      assert.are.equal(accepted == true, class:find("@field " .. field.name .. "? ", 1, true) ~= nil, field.name)
    end
  end)

  it("have the fields that rows of lists have", function()
    local server = assert(require("dnp.sandbox").start { dialect = "solidcp" })
    local panel = assert(dnp.session {
      url = server.url, username = "serveradmin", password = "serveradmin", dialect = "solidcp",
    })
    local text = annotations.text()
    for class, rows in pairs {
      UserRow = assert(provisioning.all_users(panel, { owner = 2 })),
      PackageRow = assert(provisioning.all_packages(panel, { owner = 2 })),
      AddonRow = assert(provisioning.all_addons(panel, { package = 3 })),
    } do
      local annotated = text:match("%-%-%-@class dnp%.provisioning%." .. class .. "[^\n]*\n(.-)\n\n")
      for field in pairs(rows[1]) do
        assert.is_truthy(annotated:find("@field " .. field .. "? ", 1, true), class .. "." .. field)
      end
    end
    panel:close()
    server:stop()
  end)
end)
