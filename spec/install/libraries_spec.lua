-- A library that is too old is named when the build is configured, not by an error of the compiler.
local child = require "spec.support.child"

-- Library, its oldest version, one before that, and what is left out without it (nil: the build is refused).
local LIBRARIES = {
  { module = "libxml-2.0", least = "2.9.13", old = "2.9.12" },
  { module = "libcurl", least = "7.81", old = "7.80.9" },
  { module = "libmicrohttpd", least = "0.9.75", old = "0.9.74", optional = true },
  { module = "sqlite3", least = "3.36", old = "3.35.5", optional = true },
  { module = "libcrypto", least = "1.1.1", old = "1.1.0", optional = true },
}

describe("the least versions #install", function()
  local folder, remove

  before_each(function()
    folder, remove = child.folder()
  end)

  after_each(function()
    remove()
  end)

  -- Configures a build for which pkg-config knows a library of some version.
  local function configure(module, version, options)
    local file = assert(io.open(("%s/%s.pc"):format(folder, module), "wb"))
    assert(file:write(("Name: x\nDescription: x\nVersion: %s\n"):format(version)))
    assert(file:close())
    local status, output, errors = child.run(("PKG_CONFIG_PATH=%s cmake -S . -B %s/build -DDNP_LUA=lua5.4 %s"):format(
      folder, folder, options or ""))
    return status, (output .. errors):gsub("%s+", " ")
  end

  for _, library in ipairs(LIBRARIES) do
    local problem = ("%s %s is too old: %s or newer is needed"):format(library.module, library.old, library.least)

    it(("are reported: %s %s"):format(library.module, library.least), function()
      local status, output = configure(library.module, library.old)
      assert.matches(problem, output, 1, true)
      assert.are.equal(library.optional or false, status == 0, output)
      status = configure(library.module, library.least)
      assert.are.equal(0, status)
    end)

    if library.optional then
      it(("are insisted upon where the sandbox is: %s"):format(library.module), function()
        local status, output = configure(library.module, library.old, "-DDNP_SANDBOX=ON")
        assert.are_not.equal(0, status)
        assert.matches(problem, output, 1, true)
      end)
    end
  end

  it("do not hide a Lua that is not there", function()
    local status, output = configure("unrelated", "1.0", "-DDNP_LUA=lua5.9")
    assert.are_not.equal(0, status)
    assert.matches("pkg-config does not know 'lua5.9'", output, 1, true)
    status, output = configure("unrelated", "1.0", "-DLUA_INCDIR=" .. folder)
    assert.are_not.equal(0, status)
    assert.matches("There is no lua.h in " .. folder, output, 1, true)
  end)

  it("are those of the pages", function()
    local page = child.read "docs/building-and-packaging.md"
    for _, library in ipairs(LIBRARIES) do
      assert.matches("(" .. library.least, page:gsub(" or newer%)", ")"), 1, true)
    end
  end)
end)
