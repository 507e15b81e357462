-- Makefile and ./dev for those who type what they are used to.
local child = require "spec.support.child"
local dnp = require "dnp"

describe("make #install", function()
  it("has the usual targets, each a command that there is", function()
    local script = child.read "dev"
    for _, target in ipairs { "all", "install", "package", "test", "check", "lint", "bench", "docs", "clean" } do
      local status, output, errors = child.run("make -n LUA=lua5.3 PREFIX=/opt/x DESTDIR=/tmp/y " .. target)
      assert.are.same({ 0, "" }, { status, errors }, target)
      assert.matches("%S", output)
      for command in output:gmatch "%./dev ([%w-]+)" do
        assert.is_truthy(script:find("\n" .. command .. "_command() {", 1, true), command)
      end
    end
  end)

  it("passes on where and for which Lua", function()
    local _, output = child.run "make -n install LUA=lua5.3 PREFIX=/opt/x DESTDIR=/tmp/y"
    assert.matches("-DDNP_LUA=lua5.3 -DCMAKE_INSTALL_PREFIX=/opt/x", output, 1, true)
    assert.matches("DESTDIR=/tmp/y cmake --install", output, 1, true)
  end)
end)

describe("make package #install", function()
  it("is for /usr, where Debian's Lua and compiler look", function()
    local _, output = child.run "make -n package LUA=lua5.3"
    assert.matches("-DDNP_LUA=lua5.3 -DCMAKE_INSTALL_PREFIX=/usr\n", output, 1, true)
    _, output = child.run "make -n all"
    assert.matches("-DCMAKE_INSTALL_PREFIX=/usr/local\n", output, 1, true)
  end)
end)

describe("./dev #install", function()
  it("prints the version", function()
    local version = child.read("CMakeLists.txt"):match "VERSION (%d+%.%d+%.%d+)%s"
    assert.are.same({ 0, "lua-dnp " .. version .. "\n", "" }, { child.run "./dev --version" })
  end)

  it("builds one after the other when two are typed at once", function()
    if child.run "command -v flock" ~= 0 then
      pending "there is no flock"
      return
    end
    local folder, remove = child.folder()
    local script = child.write(folder .. "/script.lua", "print 'it ran'")
    local function wait_for(file, text)
      local deadline = dnp.clock() + 120
      repeat
        dnp.sleep(0.05)
        local pipe = io.open(folder .. "/" .. file)
        local found = pipe and pipe:read "*a" or ""
        if pipe then
          pipe:close()
        end
      until found:find(text, 1, true) or dnp.clock() > deadline
      return child.read(folder .. "/" .. file)
    end
    assert(child.run "mkdir -p build" == 0)
    local release = child.start("flock --no-fork build/lua5.4.lock sh -c 'echo held; exec sleep 600'",
      folder .. "/holder")
    finally(remove)
    wait_for("holder", "held")
    local stop = child.start("./dev lua " .. script, folder .. "/log")
    local said = wait_for("log", "waiting for")
    release()
    local ran = wait_for("log", "it ran")
    stop()
    assert.are.equal("dev: waiting for another command that builds build/lua5.4\n", said)
    assert.are.equal("dev: waiting for another command that builds build/lua5.4\nit ran\n", ran)
  end)

  it("ends as it began when a pull changes it meanwhile", function()
    local folder, remove = child.folder()
    finally(remove)
    -- It reads the version from a pipe, and waits there while it is changed.
    local status, output, errors = child.run(([[
      cp -r dev tools %s && cd %s && mkfifo CMakeLists.txt
      ./dev --version &
      exec 3>CMakeLists.txt
      echo 'echo this is another version' >>dev
      echo '    VERSION 1.2.3' >&3
      exec 3>&-
      wait $!
    ]]):format(folder, folder))
    assert.are.same({ 0, "lua-dnp 1.2.3\n", "" }, { status, output, errors })
  end)

  it("names a command that there is not", function()
    for _, word in ipairs { "nonsense", "--nonsense" } do
      local status, output, errors = child.run("./dev " .. word)
      assert.are.same({ 2, "" }, { status, output })
      assert.are.equal(("dev: there is no command '%s'; ./dev help lists them\n"):format(word), errors)
    end
  end)
end)
