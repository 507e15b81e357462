--- Starts the API of nginx.conf against a sandbox; `./dev example openresty` runs this. Ctrl-C ends both.
-- usage: luajit examples/openresty/start.lua FOLDER [PORT]; nginx writes to FOLDER

local sandboxes = require "dnp.sandbox"

local MODULES = "/usr/lib/nginx/modules/"
local TOKEN = "only-for-trials"

local folder, port = assert(arg[1], "which folder?"), arg[2] or "8080"

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- OpenResty has the module built in; Debian's nginx loads it.
local function find_nginx()
  if os.execute "command -v openresty >/dev/null" == 0 then
    return "openresty"
  end
  return ("nginx -g 'load_module %sndk_http_module.so; load_module %sngx_http_lua_module.so;'"):format(MODULES, MODULES)
end

local function write_configuration()
  local source = assert(io.open(arg[0]:match "^.*/" .. "nginx.conf"))
  local text = source:read("*a"):gsub("127%.0%.0%.1:8080;", "127.0.0.1:" .. port .. ";")
  source:close()
  local file = assert(io.open(folder .. "/nginx.conf", "w"))
  file:write(text)
  file:close()
end

-- Runs nginx to its end, which comes with this process's at the latest.
local function run_nginx(url)
  local variables = ("DNP_URL=%s DNP_USERNAME=reseller DNP_PASSWORD='Res3ller!' API_TOKENS=%s")
    :format(quote(url), quote("trial:" .. TOKEN))
  return os.execute(([[
    env %s %s -p %s/ -c nginx.conf & nginx=$!
    (while kill -0 $PPID 2>/dev/null && kill -0 $nginx 2>/dev/null; do sleep 0.2; done; kill $nginx 2>/dev/null) &
    trap 'kill $nginx' INT TERM
    wait $nginx]]):format(variables, find_nginx(), quote(folder)))
end

write_configuration()
local server = assert(sandboxes.start {})
print(([[
A sandbox is running at %s. nginx writes to %s/logs. Try, in another terminal:

  accounts=http://127.0.0.1:%s/accounts token='Authorization: Bearer %s'
  curl -X PUT -H "$token" -H 'Idempotency-Key: order-1' $accounts/jane -d '{
    "password": "s3cret", "first_name": "Jane", "last_name": "Doe", "email": "jane@example.com" }'
  curl -H "$token" $accounts/jane
  curl -X POST -H "$token" $accounts/jane/suspend
  curl -X DELETE -H "$token" $accounts/jane
]]):format(server.url, folder, port, TOKEN))
io.stdout:flush()
local status = run_nginx(server.url)
server:stop()
os.exit(status == 0 and 0 or 1)
