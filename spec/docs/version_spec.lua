-- The version is decided in CMakeLists.txt; whatever else names one names the same.
local child = require "spec.support.child"
local dnp = require "dnp"

local version = assert(child.read("CMakeLists.txt"):match "project%(lua%-dnp%s+VERSION (%d+%.%d+%.%d+)%s")
local RELEASED = ("lua-dnp-%s-1.rockspec"):format(version)

-- What a rockspec says, as LuaRocks reads it: the globals that it sets.
local function rockspec(path)
  local chunk, said = child.read(path), {}
  local load_text = rawget(_G, "loadstring") or load
  local run = assert(load_text(chunk, "@" .. path, "t", said))
  if rawget(_G, "setfenv") then
    rawget(_G, "setfenv")(run, said)
  end
  run()
  return said
end

describe("the version", function()
  it("is that of the Lua files and of the C modules", function()
    assert.are.equal("lua-dnp " .. version, dnp._VERSION)
    assert.are.equal(version, require("dnp.core").version)
  end)

  it("is that of the annotations", function()
    local named = child.read("lua/dnp.d.lua"):match "%-%-%-@field _VERSION string \"lua%-dnp ([^\"]*)\"\n"
    assert.are.equal(version, named, "run ./dev lua tools/annotations.lua")
  end)

  it("has a rockspec", function()
    local pipe = assert(io.popen "ls *.rockspec")
    local files = pipe:read "*a"
    pipe:close()
    assert.are.equal(RELEASED .. "\nlua-dnp-scm-1.rockspec\n", files)
    local released = rockspec(RELEASED)
    assert.are.equal(version .. "-1", released.version)
    assert.are.equal("v" .. version, released.source.tag)
  end)

  it("is all that its rockspec and the one of the main branch differ in", function()
    local released, main = rockspec(RELEASED), rockspec "lua-dnp-scm-1.rockspec"
    assert.are.equal("scm-1", main.version)
    released.version, released.source.tag = main.version, nil
    assert.are.same(main, released)
    assert.are.same({ "lua >= 5.1, < 5.5" }, main.dependencies)
  end)

  it("begins the history, or comes after what is not released yet", function()
    local first, second = child.read("CHANGELOG.md"):match "\n## ([^\n]*)\n.-\n## ([^\n]*)\n"
    assert.are.equal(version, (first == "Unreleased" and second or first):match "^%S+")
  end)
end)
