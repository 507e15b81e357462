-- What editors learn from .luarc.json: JSON, files that are there, and the words of busted.
local child = require "spec.support.child"
local cjson = require "cjson"

local function exists(path)
  local file = io.open(path)
  return file ~= nil and file:close() and true
end

describe(".luarc.json", function()
  local settings

  setup(function()
    settings = cjson.decode(child.read ".luarc.json")
  end)

  it("finds modules and specs where they are", function()
    for module, path in pairs {
      dnp = "lua/dnp/init.lua", ["dnp.provisioning"] = "lua/dnp/provisioning.lua",
      ["spec.support.child"] = "spec/support/child.lua",
    } do
      local found
      for _, pattern in ipairs(settings["runtime.path"]) do
        local candidate = pattern:gsub("%?", (module:gsub("%.", "/")))
        found = found or exists(candidate) and candidate or nil
      end
      assert.are.equal(path, found)
    end
  end)

  it("has the annotations among its libraries, and nothing that is not there", function()
    local annotated = false
    for _, folder in ipairs(settings["workspace.library"]) do
      -- ${3rd} is the language server's own folder.
      assert.is_true(folder:find("^%${3rd}/%w+/library$") ~= nil or child.run("test -d " .. child.quote(folder)) == 0,
        folder)
      annotated = annotated or exists(folder .. "/dnp.d.lua")
    end
    assert.is_true(annotated)
  end)

  it("leaves out what is built, and knows the words of specs", function()
    local left_out, words = {}, {}
    for _, folder in ipairs(settings["workspace.ignoreDir"]) do
      left_out[folder] = true
    end
    assert.is_true(left_out.build and left_out["build.luarocks"])
    for _, word in ipairs(settings["diagnostics.globals"]) do
      words[word] = true
    end
    for _, word in ipairs { "describe", "it", "pending", "setup", "teardown", "before_each", "after_each" } do
      assert.is_true(words[word], word)
    end
  end)

  it("is of a version that the module runs on", function()
    assert.matches("^Lua 5%.[1-4]$", settings["runtime.version"])
  end)
end)

describe("the page about editors", function()
  it("has settings that are JSON, and names the file and both editors", function()
    local page = child.read "docs/editors.md"
    local count = 0
    for text in page:gmatch "```json\n(.-)\n```" do
      local settings = cjson.decode(text)
      assert.is_table(settings["workspace.library"])
      count = count + 1
    end
    assert.are.equal(1, count)
    for _, word in ipairs { ".luarc.json", "\n## VS Code\n", "sumneko.lua", "\n## Neovim\n", "lua-language-server" } do
      assert.matches(word, page, 1, true)
    end
  end)
end)
