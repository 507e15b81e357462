--- A real nginx for specs: started in a folder of its own on free ports, stopped by its process id.
local child = require "spec.support.child"
local dnp = require "dnp"
local http = require "socket.http"
local json = require "cjson"
local ltn12 = require "ltn12"
local socket = require "socket"

local nginx = {}

local MODULES = "/usr/lib/nginx/modules/"

-- Its command and how its configuration begins; nil where there is none with the Lua module.
local function find()
  if child.run "command -v openresty" == 0 then
    return "openresty", ""
  end
  if child.run("command -v nginx && test -e " .. MODULES .. "ngx_http_lua_module.so") == 0 then
    return "nginx", ("load_module %sndk_http_module.so;\nload_module %sngx_http_lua_module.so;\n")
      :format(MODULES, MODULES)
  end
end

local command, preamble = find()

--- nil, or the reason why nothing can be tested.
nginx.missing = not jit and "nginx runs LuaJIT, and this is not"
  or not command and "nginx with its Lua module is not installed: libnginx-mod-http-lua, which does not go together "
    .. "with Debian's package luajit, or OpenResty"
  or nil

--- busted's `it` for tests that are skipped by name where there is no nginx.
---@param it fun(name: string, body: fun())
---@param pending fun(reason: string)
---@return fun(name: string, body: fun())
function nginx.tests(it, pending)
  return function(name, body)
    it(name, nginx.missing and function()
      pending(nginx.missing)
    end or body)
  end
end

--- A port that nobody listens on.
---@return integer
function nginx.free_port()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local _, port = listener:getsockname()
  listener:close()
  return tonumber(port)
end

--- Waits for a condition, 20 s at most.
---@param condition fun(): any
---@return any
function nginx.wait_until(condition)
  local deadline = dnp.clock() + 20
  while true do
    local value = condition()
    if value or dnp.clock() > deadline then
      return value
    end
    dnp.sleep(0.01)
  end
end

local TEMPLATE = [[
%sworker_processes 1;
daemon off;
pid nginx.pid;
error_log error.log %s;
%s
events { worker_connections %d; }
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    client_body_buffer_size 64m;
    client_max_body_size 64m;
    lua_package_path '%s';
    lua_package_cpath '%s';
    lua_socket_log_errors off;
%s
    server {
        listen 127.0.0.1:%d;
        location = /run { content_by_lua_block { require("spec.support.nginx.run").serve() } }
%s
    }
}
]]

local function user()
  local _, name = child.run "id -un"
  return name:match "^root" and "user root root;" or ""
end

---@class spec.nginx.Server
---@field port integer
---@field folder string
---@field error_log string
local Server = { error_log = "/error.log" }
Server.__index = Server

--- Runs a function in a request of this nginx, and gives what it returns. It has no upvalues; it, what it is given and
--- what it returns pass through JSON.
---@param fn function
---@param ... any
---@return any
function Server:run(fn, ...)
  return self:begin_run(fn, ...)()
end

--- The same, but gives a function that waits for it.
---@param fn function
---@param ... any
---@return fun(): any
function Server:begin_run(fn, ...)
  local finish = self:begin("POST", self.location or "/run", json.encode {
    code = string.dump(fn):gsub(".", function(byte)
      return ("%02x"):format(byte:byte())
    end),
    arguments = { ... }, count = select("#", ...),
  })
  return function()
    local status, text = finish()
    if status ~= 200 then
      error(("nginx answers %s: %s"):format(tostring(status), text), 0)
    end
    local response = json.decode(text)
    if response.raised then
      error(response.raised, 0)
    end
    for i = 1, response.count do
      if response.values[i] == json.null then
        response.values[i] = nil
      end
    end
    return (table.unpack or unpack)(response.values, 1, response.count)
  end
end

--- Makes a request.
---@param method string
---@param path string
---@param body string?
---@param headers table<string, string>?
---@return integer|string status or what went wrong
---@return string body
---@return table? headers
function Server:ask(method, path, body, headers)
  local parts = {}
  local sent = { ["Content-Length"] = body and #body }
  for name, value in pairs(headers or {}) do
    sent[name] = value
  end
  http.TIMEOUT = 30
  local _, status, received = http.request {
    url = ("http://127.0.0.1:%d%s"):format(self.port, path), method = method, headers = sent,
    source = body and ltn12.source.string(body), sink = ltn12.sink.table(parts),
  }
  return status, table.concat(parts), received
end

--- Sends a request, and gives a function that waits for the response, and the connection.
---@param method string
---@param path string
---@param body string?
---@param headers string? lines that end with "\r\n"
---@return fun(): integer?, string
---@return table
function Server:begin(method, path, body, headers)
  local connection = assert(socket.connect("127.0.0.1", self.port))
  connection:settimeout(60)
  body = body or ""
  assert(connection:send(("%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Length: %d\r\n%s\r\n%s")
    :format(method, path, #body, headers or "", body)))
  return function()
    local text = connection:receive "*a" or ""
    connection:close()
    local status, response = text:match "^HTTP/1%.1 (%d+).-\r\n\r\n(.*)$"
    return tonumber(status), response or text
  end, connection
end

--- What it has logged.
---@return string
function Server:log()
  return child.read(self.folder .. self.error_log)
end

local function pid_of(self)
  return child.read(self.folder .. "/nginx.pid"):match "%d+"
end

--- Sends its master process a signal: "HUP" to reload.
---@param name string
function Server:signal(name)
  assert(child.run(("kill -%s %s"):format(name, pid_of(self))) == 0)
end

--- The processes of its workers, those included that are about to end.
---@return string[]
function Server:workers()
  local _, output = child.run("ps -o pid= --ppid " .. pid_of(self))
  local pids = {}
  for pid in output:gmatch "%d+" do
    pids[#pids + 1] = pid
  end
  return pids
end

--- Stops it and starts it again, as it was.
---@param environment string?
function Server:restart(environment)
  self.stop_process()
  self:launch(environment)
end

--- Stops it. Raises when it logged something that is worse than an error, or a secret.
function Server:stop()
  self.stop_process()
  local log, started = self:log(), child.read(self.folder .. "/log")
  self.remove()
  for line in (log .. started):gmatch "[^\n]+" do
    local level = line:match "%[(%l+)%]"
    local grave = level == "alert" or level == "emerg" or level == "crit"
    if grave and not (self.expected and line:find(self.expected)) then
      error("nginx has logged: " .. line, 0)
    end
    for _, secret in ipairs(self.secrets) do
      if line:find(secret, 1, true) then
        error("nginx has logged a secret: " .. line, 0)
      end
    end
  end
end

---@class spec.nginx.Options
---@field http string? more lines within http
---@field server string? more lines within its server
---@field main string? more lines outside
---@field connections integer? of a worker; 512
---@field level string? of error.log; "info"
---@field secrets string[]? texts that must not be logged
---@field expected string? pattern of grave lines that may be in the log
---@field environment string? "NAME=value" words of a shell

--- Starts one.
---@param options spec.nginx.Options
---@return spec.nginx.Server
function nginx.start(options)
  local folder, remove = child.folder()
  local self = setmetatable({
    folder = folder, remove = remove, port = nginx.free_port(), secrets = options.secrets or {},
    expected = options.expected,
  }, Server)
  local file = assert(io.open(folder .. "/nginx.conf", "w"))
  file:write(TEMPLATE:format(preamble, options.level or "info", user() .. (options.main or ""),
    options.connections or 512, package.path, package.cpath, options.http or "", self.port, options.server or ""))
  file:close()
  self:launch(options.environment)
  return self
end

--- Starts one with a configuration of somebody else's, which listens on 127.0.0.1:8080 and logs to logs/error.log.
---@param path string
---@param environment string "NAME=value" words of a shell
---@param secrets string[]
---@return spec.nginx.Server
function nginx.start_configured(path, environment, secrets)
  local folder, remove = child.folder()
  local self = setmetatable({
    folder = folder, remove = remove, port = nginx.free_port(), secrets = secrets, error_log = "/logs/error.log",
  }, Server)
  local text, count = child.read(path):gsub("127%.0%.0%.1:8080;", ("127.0.0.1:%d;"):format(self.port))
  assert(count == 1)
  local paths = "http {\n"
  for _, name in ipairs { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" } do
    paths = paths .. ("%s_temp_path %s/%s;\n"):format(name, folder, name)
  end
  assert(os.execute(("mkdir %s/logs"):format(folder)))
  local file = assert(io.open(folder .. "/nginx.conf", "w"))
  file:write(preamble, user(), (text:gsub("http {", paths)))
  file:close()
  self:launch(environment)
  return self
end

--- Starts it with a configuration that is already in its folder, and waits until it serves.
---@param environment string?
function Server:launch(environment)
  io.open(self.folder .. "/log", "w"):close()
  self.stop_process = child.start(("%s %s -p %s/ -c nginx.conf -e %s")
    :format(environment and "env " .. environment or "", command, self.folder, self.error_log:sub(2)),
    self.folder .. "/log")
  local serves = nginx.wait_until(function()
    local connection = socket.connect("127.0.0.1", self.port)
    return connection and connection:close() or child.read(self.folder .. "/log"):find "%[emerg%]"
  end)
  if serves ~= 1 then
    self.stop_process()
    error(child.read(self.folder .. "/log"), 0)
  end
end

return nginx
