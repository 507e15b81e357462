--- Hosting accounts over HTTP, for OpenResty or nginx with its Lua module: see nginx.conf.
--
--   curl -X PUT -d 'password=s3cret&first_name=Jane&last_name=Doe&email=jane@example.com' 127.0.0.1:8080/accounts/jane
--   curl 127.0.0.1:8080/accounts/jane
--   curl -X POST 127.0.0.1:8080/accounts/jane/suspend        # or unsuspend
--   curl -X DELETE 127.0.0.1:8080/accounts/jane
--
-- The workflows run on cosockets: while the panel takes its time, the worker serves others. Whoever can reach this can
-- do all of it, so put your own authentication before it.
-- luacheck: std ngx_lua

local dnp = require "dnp"
local engine = require "engine"
local provisioning = require "dnp.provisioning"

local hosting = {}

-- Read while nginx starts, when its environment is still that of the shell.
local OPTIONS = {
  url = os.getenv "DNP_URL" or "http://127.0.0.1:9002",
  username = os.getenv "DNP_USERNAME" or "reseller",
  password = assert(os.getenv "DNP_PASSWORD", "DNP_PASSWORD is not set"),
  dialect = os.getenv "DNP_DIALECT",
}
local PLAN = "Shared Small"
local PATIENCE = { deadline = 60, sleep = ngx.sleep }

local function connect(host, port, tls)
  local socket = ngx.socket.tcp()
  socket:settimeouts(10000, 30000, 30000)
  local good, err = socket:connect(host, port)
  if good and tls then
    good, err = socket:sslhandshake(nil, host, true)
  end
  if not good then
    return nil, ("cannot connect to %s:%d (%s)"):format(host, port, err)
  end
  return socket
end

-- One session for each worker: made after the fork, used by many requests at once.
local panel, owner

local function use_panel()
  panel = panel or engine.over(assert(dnp.session(OPTIONS)), connect)
  return panel
end

local function find_owner()
  if not owner then
    local user, err = provisioning.find_user(use_panel(), OPTIONS.username, { policy = PATIENCE })
    if not user then
      return nil, err
    end
    owner = user.UserId
  end
  return owner
end

local function status_of(err)
  if err.kind == "absent" then
    return ngx.HTTP_NOT_FOUND
  elseif err.kind == "conflict" or err.kind == "refused" then
    return ngx.HTTP_CONFLICT
  end
  return err.kind == "timeout" and ngx.HTTP_GATEWAY_TIMEOUT or ngx.HTTP_BAD_GATEWAY
end

local function answer(status, text)
  ngx.status = status
  ngx.header["Content-Type"] = "text/plain; charset=utf-8"
  ngx.say(tostring(text))
end

local function fail(err)
  ngx.log(ngx.WARN, tostring(err))
  return answer(status_of(err), err)
end

-- What a workflow did, or why it could not.
local function report(status, result, err)
  if result then
    return answer(status, result)
  end
  return fail(err)
end

-- What is wrong with the values that came is told by what they are given to, before anything is sent.
local function create(account)
  local good, plan, err = pcall(provisioning.create_account, use_panel(), account, { policy = PATIENCE })
  if not good then
    return answer(ngx.HTTP_BAD_REQUEST, plan)
  end
  return report(ngx.HTTP_CREATED, plan, err)
end

local methods = {}

function methods.PUT(name)
  ngx.req.read_body()
  local given = ngx.req.get_post_args()
  for _, field in ipairs { "password", "first_name", "last_name", "email" } do
    if type(given[field]) ~= "string" then
      return answer(ngx.HTTP_BAD_REQUEST, field .. " is missing")
    end
  end
  local owner_id, err = find_owner()
  if not owner_id then
    return fail(err)
  end
  return create {
    user = {
      OwnerId = owner_id, Username = name, Password = given.password, Email = given.email,
      FirstName = given.first_name, LastName = given.last_name,
    },
    spaces = { { name = name, plan = PLAN } },
  }
end

function methods.GET(name)
  local user, err = provisioning.find_user(use_panel(), name, { policy = PATIENCE })
  return report(ngx.HTTP_OK, user and ("%s %s"):format(user.Username, user.Status), err)
end

function methods.DELETE(name)
  return report(ngx.HTTP_OK, provisioning.terminate(use_panel(), name, { policy = PATIENCE }))
end

local actions = { suspend = provisioning.suspend, unsuspend = provisioning.unsuspend }

function methods.POST(name, action)
  return report(ngx.HTTP_OK, actions[action](use_panel(), name, { policy = PATIENCE }))
end

--- Serves one request for the account `name`; `action` is "suspend", "unsuspend" or "".
function hosting.serve(name, action)
  local method = methods[ngx.req.get_method()]
  if not method or (action ~= "") ~= (method == methods.POST) then
    return answer(ngx.HTTP_NOT_ALLOWED, "PUT, GET or DELETE an account, POST to its suspend or unsuspend")
  end
  return method(name, action)
end

return hosting
