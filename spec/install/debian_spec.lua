-- CPack's packages for Debian hold what they should, where Debian's Lua and compiler look for it.
local child = require "spec.support.child"
local sandboxes = require "dnp.sandbox"
local terminal = require "spec.support.terminal"
local tree = require "spec.support.tree"

describe("the packages for Debian #install", function()
  local folder, remove, root, triplet

  -- The fields of a package.
  local function field(package, name)
    return tree.run(folder, ("dpkg-deb -f build/%s_*.deb %s"):format(package, name))
  end

  setup(function()
    if not tree.has "dpkg-shlibdeps" then
      return
    end
    folder, remove = tree.copy()
    root = folder .. "/root"
    triplet = tree.run(folder, "dpkg-architecture -qDEB_HOST_MULTIARCH"):match "%S+"
    tree.run(folder, "cmake -S . -B build -DDNP_LUA=lua5.4 -DCMAKE_INSTALL_PREFIX=/usr -DDNP_SANDBOX=ON")
    tree.run(folder, "cmake --build build")
    tree.run(folder, "sh -c 'cd build && cpack -G DEB'")
    for _, package in ipairs { "lua5.4-dnp", "libdnp-dev" } do
      tree.run(folder, ("dpkg-deb -x build/%s_*.deb root"):format(package))
    end
  end)

  teardown(function()
    if remove then
      remove()
    end
  end)

  local function it_if_packed(name, body)
    it(name, function()
      if not folder then
        return pending "dpkg-dev is not installed"
      end
      body()
    end)
  end

  it_if_packed("work", function()
    tree.try("lua5.4", root .. "/usr", ("%s/usr/lib/%s/lua/5.4"):format(root, triplet))
  end)

  it_if_packed("bring the command", function()
    assert.matches("^#!/usr/bin/env lua5%.4\n", child.read(root .. "/usr/bin/dnp"))
    assert.are.equal("lua5.4, lua-argparse, lua-cjson, lua-filesystem\n", field("lua5.4-dnp", "Recommends"))
    assert.are.equal(0, (child.run("test -x " .. root .. "/usr/bin/dnp")))
    assert.are.equal(child.read("man/dnp.1"), child.read(root .. "/usr/share/man/man1/dnp.1"))
  end)

  it_if_packed("bring what shells need to complete its lines", function()
    local shared = root .. "/usr/share/"
    local environment = ("env HOME=%s ZDOTDIR=%s PATH=%s/usr/bin:\"$PATH\" LUA_PATH=%s LUA_CPATH=%s "):format(folder,
      folder, root, child.quote(("%slua/5.4/?.lua;%slua/5.4/?/init.lua;;"):format(shared, shared)),
      child.quote(("%s/usr/lib/%s/lua/5.4/?.so;;"):format(root, triplet)))
    assert.are.same({ 0, "user usage\n", "" }, { child.run(environment .. "bash --norc -c " .. child.quote(([[
      . %sbash-completion/completions/dnp
      COMP_WORDS=(dnp us) COMP_CWORD=1
      _dnp
      echo "${COMPREPLY[@]}"
    ]]):format(shared))) })
    if tree.has "fish" then
      local status, output, errors = child.run(environment .. "fish --no-config -c " .. child.quote(
        ("source %sfish/vendor_completions.d/dnp.fish; complete -C 'dnp us' | cut -f 1 | sort"):format(shared)))
      assert.are.same({ 0, "usage\nuser\n", "" }, { status, output, errors })
    end
    if tree.has "zsh" and terminal.is_there() then
      local file = assert(io.open(folder .. "/.zshrc", "w"))
      file:write(("fpath=(%szsh/vendor-completions $fpath)\nautoload -Uz compinit\ncompinit -u -d %s/dump\n")
        :format(shared, folder), "PROMPT='ready%# '\n")
      file:close()
      local _, screen = terminal.run(environment .. "zsh -d -i", {
        { "ready", "dnp usag\t\n" }, { "--month", "exit\n" },
      })
      assert.matches("missing option '--month'", screen, 1, true)
    end
  end)

  it_if_packed("depend on the libraries that the modules are linked to", function()
    assert.are.equal(tree.version .. "\n", field("lua5.4-dnp", "Version"))
    local depends = field("lua5.4-dnp", "Depends")
    for _, library in ipairs { "libc6", "libxml2", "libcurl", "libmicrohttpd", "libsqlite3", "libssl" } do
      assert.matches(library, depends, 1, true)
    end
    assert.matches("libxml2-dev", field("libdnp-dev", "Depends"), 1, true)
  end)

  it_if_packed("bring annotations, documentation and licence", function()
    local documents = root .. "/usr/share/doc/lua5.4-dnp/"
    for _, name in ipairs { "README.md", "CHANGELOG.md", "SECURITY.md", "docs/upgrading.md" } do
      assert.are.equal(child.read(folder .. "/" .. name), child.read(documents .. name))
    end
    assert.are.equal(child.read("LICENSE"), child.read(documents .. "copyright"))
    assert.are.equal(child.read("lua/dnp.d.lua"), child.read(root .. "/usr/share/lua/5.4/dnp.d.lua"))
  end)

  it_if_packed("give a C program what pkg-config names", function()
    local configuration = ("PKG_CONFIG_PATH=%s/usr/lib/%s/pkgconfig pkg-config --define-variable=prefix=%s/usr ")
      :format(root, triplet, root)
    assert.are.equal(tree.version .. "\n", tree.run(folder, configuration .. "--modversion libdnp-curl"))
    tree.run(folder, ("sh -c 'cc -std=c11 -Wall -Wextra -Wpedantic -Werror examples/user_exists.c -o user_exists "
      .. "$(%s --cflags --libs libdnp-curl)'"):format(configuration))
    local server = assert(sandboxes.start {})
    local function ask(password, name)
      local command = ("DNP_PASSWORD=%s no_proxy=127.0.0.1 %s/user_exists %s serveradmin %s"):format(password, folder,
        server.url, name)
      return { child.run(command) }
    end
    assert.are.same({ 0, "jdoe is taken\n", "" }, ask("serveradmin", "jdoe"))
    assert.are.same({ 0, "nobody is free\n", "" }, ask("serveradmin", "nobody"))
    local refused = ask("wrong", "jdoe")
    server:stop()
    assert.are.same({ 1, "" }, { refused[1], refused[2] })
    assert.matches("^UserExists: HTTP 401", refused[3])
  end)
end)
