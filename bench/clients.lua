--- What is measured: lua-dnp on both Luas, yardsticks, and other SOAP stacks.

---@class bench.Client
---@field id string
---@field name string
---@field environment string? variables, as a shell sets them
---@field command string what runs it; the task and its arguments follow
---@field tasks table<string, true> see client.lua
---@field own boolean? lua-dnp itself
---@field yardstick string? what the others are compared with: "decode", "decoder" or "call"
---@field slow boolean? is given less to do
---@field uncounted boolean? does not run under callgrind
---@field rows boolean? false: it cannot take DataSets apart
---@field probe string a command that prints its version, and fails where it is not there
---@field install string what is missing then

local clients = {}

local function set(...)
  local made = {}
  for _, name in ipairs { ... } do
    made[name] = true
  end
  return made
end

local function shell_quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- What a script of this folder needs on one of the Luas, and what runs it.
local function lua(root, name, file)
  local path = ("%s/lua/?.lua;%s/lua/?/init.lua;;%s/bench/?.lua"):format(root, root, root)
  local cpath = ("%s/build/%s/?.so;%s/build/bench/%s/?.so;;"):format(root, name, root, name)
  return ("LUA_PATH=%s LUA_CPATH=%s"):format(shell_quote(path), shell_quote(cpath)),
    ("%s %s/bench/%s"):format(name, shell_quote(root), file)
end

local function own(root, name, title)
  local environment, command = lua(root, name, "client.lua")
  return {
    id = name, name = "lua-dnp, " .. title, own = true, environment = environment, command = command,
    tasks = set("decode", "encode", "call", "parallel", "each", "list"), probe = name .. " -v 2>&1 | cut -d ' ' -f 2",
  }
end

local function yardsticks(programs)
  return {
    {
      id = "libxml2", name = "libxml2, empty handlers", yardstick = "decode", command = programs .. "/libxml2",
      tasks = set "decode", probe = "pkg-config --modversion libxml-2.0",
    },
    {
      id = "libcurl", name = "libcurl alone", yardstick = "call", command = programs .. "/curl raw",
      tasks = set("call", "parallel", "each"), probe = "pkg-config --modversion libcurl",
    },
    {
      id = "transport", name = "lua-dnp's transport alone", command = programs .. "/curl transport",
      tasks = set("call", "parallel"),
    },
    {
      id = "leaves", name = "the decoder's slow path", yardstick = "decoder", tasks = set "decoder",
      command = programs .. "/decode leaves",
    },
    { id = "records", name = "both paths", command = programs .. "/decode records", tasks = set "decoder" },
  }
end

-- Other SOAP stacks.
local function peers(root, programs)
  local tasks = set("decode", "encode", "call", "list")
  local soap_environment, soap_command = lua(root, "luajit", "peers/luasoap.lua")
  local node_path = ("NODE_PATH=%s/node/node_modules"):format(programs)
  local scripts = shell_quote(root) .. "/bench/peers"
  return {
    {
      id = "gsoap", name = "gSOAP (C)", command = programs .. "/gsoap", tasks = tasks, rows = false,
      install = "gsoap, libgsoap-dev",
      probe = ("test -x %s/gsoap && pkg-config --modversion gsoapssl"):format(programs),
    },
    {
      id = "php", name = "PHP SoapClient", tasks = tasks, install = "php-cli, php-soap, php-xml",
      command = ("php -d ffi.enable=1 -d memory_limit=-1 %s/php.php"):format(scripts),
      probe = "php -r 'extension_loaded(\"soap\") && extension_loaded(\"simplexml\") && class_exists(\"FFI\")"
        .. " || exit(1); echo PHP_VERSION;'",
    },
    {
      id = "luasoap", name = "LuaSOAP, LuaJIT", tasks = tasks, slow = true, environment = soap_environment,
      command = soap_command, install = "lua-soap, lua-socket, lua-sec",
      probe = "luajit -e 'require [[ssl.https]] require [[soap.client]] "
        .. "print((require [[soap]]._VERSION:match [[%S+$]]))'",
    },
    {
      id = "node", name = "node-soap", tasks = set("decode", "encode", "call", "list", "parallel"), uncounted = true,
      environment = node_path, command = ("node --expose-gc %s/node_soap.js"):format(scripts),
      install = "npm, and with it soap",
      probe = node_path .. " node -p 'require(\"soap\") && require(\"soap/package.json\").version'",
    },
    {
      id = "zeep", name = "zeep (Python)", tasks = tasks, slow = true, install = "python3-zeep",
      command = ("/usr/bin/python3 %s/zeep_client.py"):format(scripts),
      probe = "/usr/bin/python3 -c 'import zeep; print(zeep.__version__)'",
    },
  }
end

--- All clients, in the order of the table.
---@param root string
---@return bench.Client[]
function clients.all(root)
  local programs = shell_quote(root .. "/build/bench")
  local list = yardsticks(programs)
  list[#list + 1] = own(root, "lua5.4", "Lua 5.4")
  list[#list + 1] = own(root, "luajit", "LuaJIT")
  for _, client in ipairs(peers(root, programs)) do
    list[#list + 1] = client
  end
  return list
end

local function output_of(command)
  local pipe = assert(io.popen(("exec 2>/dev/null; %s"):format(command)))
  local text = pipe:read "*a"
  local good = pipe:close()
  return good and text:match "^%s*(.-)%s*$" or nil
end

--- Which of them are there, and of those that are not, why.
---@param root string
---@param only string? ids with commas between them; the others are not looked for
---@return bench.Client[] there with their `version`
---@return bench.Client[] left_out
function clients.find(root, only)
  local there, left_out = {}, {}
  for _, client in ipairs(clients.all(root)) do
    if not only or ("," .. only .. ","):find("," .. client.id .. ",", 1, true) then
      client.version = client.probe and output_of(client.probe)
      local list = (client.version or not client.probe) and there or left_out
      list[#list + 1] = client
    end
  end
  return there, left_out
end

clients.output_of = output_of
clients.shell_quote = shell_quote

return clients
