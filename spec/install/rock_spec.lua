-- The rock is built and installed by LuaRocks for each Lua, as README says, and needs nothing but Lua of other rocks.
local child = require "spec.support.child"
local tree = require "spec.support.tree"

describe("the rock #install", function()
  local folder, remove

  setup(function()
    folder, remove = tree.copy()
  end)

  teardown(function()
    remove()
  end)

  it("has rockspecs that LuaRocks finds nothing wrong with", function()
    for name in tree.run(folder, "ls *.rockspec"):gmatch "[^\n]+" do
      assert.are.equal("", tree.run(folder, "luarocks lint " .. name))
    end
  end)

  for _, version in ipairs { "5.1", "5.3", "5.4" } do
    local lua = "lua" .. version
    it("works on Lua " .. version, function()
      if not tree.has(lua) then
        return pending(lua .. " is not installed")
      end
      local root = folder .. "/rocks-" .. version
      tree.run(folder, ("rm -rf build.luarocks && luarocks --lua-version %s --tree %s make"):format(version,
        child.quote(root)))
      tree.try(lua, root, root .. "/lib/lua/" .. version)
      local shared, libraries = ("%s/share/lua/%s"):format(root, version), ("%s/lib/lua/%s"):format(root, version)
      tree.try_workflows(lua, ("-u LUA_INIT no_proxy=127.0.0.1 LUA_PATH=%s LUA_CPATH=%s"):format(
        child.quote(("%s/?.lua;%s/?/init.lua;./?.lua;;"):format(shared, shared)), child.quote(libraries .. "/?.so;;")))
      assert.matches("Usage: dnp", tree.run(folder, child.quote(root .. "/bin/dnp") .. " --help"), 1, true)
      assert.are.equal("scm-1\n", tree.run(folder, ("luarocks --lua-version %s --tree %s show --mversion lua-dnp")
        :format(version, child.quote(root))))
    end)
  end
end)
