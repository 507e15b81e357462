--- A copy of the source tree, as somebody checks it out, and what is tried with whatever was installed from it.
local child = require "spec.support.child"

local tree = {}

tree.version = assert(child.read("CMakeLists.txt"):match "VERSION (%d+%.%d+%.%d+)%s")

-- Whoever builds a module asks it for everything once: a session of each kind, against the sandbox that came with it.
local TRIAL = [[
local version, root = ...
local dnp = require "dnp"
assert(dnp._VERSION == "lua-dnp " .. version, dnp._VERSION)
for _, name in ipairs { "core", "curl", "wse", "sandbox_core" } do
  local path = assert(package.searchpath and package.searchpath("dnp." .. name, package.cpath)
    or package.cpath:match("[^;]+"):gsub("?", "dnp/" .. name))
  assert(path:sub(1, #root) == root, path)
end
local server = assert(require("dnp.sandbox").start {})
for _, auth in ipairs { "basic", "wse" } do
  local panel = assert(dnp.session {
    url = server.url, username = "serveradmin", password = "serveradmin", auth = auth,
  })
  local user = assert(panel:get_user_by_username "jdoe")
  print(auth, assert(require("dnp.provisioning").find_user(panel, "JDOE")).UserId == user.UserId)
  panel:close()
end
server:stop()
]]

--- Copies what belongs to a release into a new folder.
---@return string path
---@return fun() remove
function tree.copy()
  local path, remove = child.folder()
  local status, _, errors = child.run(
    "tar -c --exclude=./build --exclude=./build.luarocks --exclude=./.git . | tar -x -C " .. child.quote(path))
  assert(status == 0, errors)
  return path, remove
end

--- Runs a command that must succeed. Builds run on all processors and reach no network.
---@param folder string where it runs
---@param command string
---@return string output
function tree.run(folder, command)
  local status, output, errors = child.run(("cd %s && CMAKE_BUILD_PARALLEL_LEVEL=$(nproc) "
    .. "http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 %s"):format(child.quote(folder), command), 900)
  assert(status == 0, ("%s: exit %d\n%s\n%s"):format(command, status, output, errors))
  assert(not errors:find "[Ww]arning", errors)
  return output
end

--- Uses the modules below a folder, and no others, with one interpreter.
---@param lua string "lua5.4"
---@param root string where `share` and `lib` are
---@param libraries string folder of C modules below root
function tree.try(lua, root, libraries)
  local version = assert(lua:match "%d%.%d$")
  local script = os.tmpname()
  local file = assert(io.open(script, "wb"))
  assert(file:write(TRIAL))
  assert(file:close())
  local shared = root .. "/share/lua/" .. version
  local paths = ("LUA_PATH=%s LUA_CPATH=%s"):format(child.quote(("%s/?.lua;%s/?/init.lua"):format(shared, shared)),
    child.quote(libraries .. "/?.so"))
  local command = ("env -u LUA_INIT %s no_proxy=127.0.0.1 %s %s %s %s"):format(paths, lua, script, tree.version,
    child.quote(root))
  local status, output, errors = child.run(command)
  os.remove(script)
  assert(status == 0 and output == "basic\ttrue\nwse\ttrue\n" and errors == "", output .. errors)
end

-- What every_lua.lua prints when all goes well.
local WAYS = [[
libcurl, one after the other
libcurl, many at once
an engine of one's own, one after the other
an engine of one's own, many at once
]]

--- Runs workflows over engines of both kinds with one interpreter, which finds the module where `paths` says: variables
--- of the environment, as a shell takes them.
---@param lua string the interpreter
---@param paths string?
function tree.try_workflows(lua, paths)
  local status, output, errors = child.run(("env %s %s spec/support/every_lua.lua"):format(paths or "", lua), 120)
  assert(status == 0 and output == WAYS and errors == "", output .. errors)
end

--- Whether a program is there.
---@param program string
function tree.has(program)
  return (child.run("command -v " .. program)) == 0
end

return tree
