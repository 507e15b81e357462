--- A small provisioning API for OpenResty, or nginx with its Lua module; nginx.conf is beside it.
--- `./dev example openresty` runs it against a sandbox.
---
---     PUT    /accounts/jane            makes the account what the body says, as JSON; needs an Idempotency-Key
---     GET    /accounts/jane
---     POST   /accounts/jane/suspend    or unsuspend
---     DELETE /accounts/jane
---
--- Callers have a token each (Authorization: Bearer). While the panel takes its time, the worker serves others. Changes
--- run in timers: a client that leaves in the middle leaves no half account, and a reload waits for them.
---
--- A change with an Idempotency-Key happens once: the same key with the same body gets the first response again, with
--- another body 422, and 409 while the first is still running. Responses that say that the panel was not in order are
--- not kept, and all keys are forgotten when nginx is restarted; the repeat then goes through the same workflow, which
--- finds done what was done.
-- luacheck: std ngx_lua

local dnp = require "dnp"
local json = require "cjson.safe"
local provisioning = require "dnp.provisioning"
local semaphore = require "ngx.semaphore"

local api = {}

---- settings ----

-- Of the environment of nginx, which keeps across a reload only what `env` names in nginx.conf.
local function setting(name, default)
  return os.getenv(name) or default or error(name .. " is not set", 0)
end

local USERNAME = setting("DNP_USERNAME", "reseller")

-- Made here, while nginx starts, and used by all requests of all workers.
local panel = assert(dnp.session {
  url = setting "DNP_URL", username = USERNAME, password = setting "DNP_PASSWORD",
  dialect = setting("DNP_DIALECT", "dotnetpanel"), timeout = 20,
})

local DEFAULT_PLAN = setting("API_PLAN", "Shared Small")
local POLICY = { deadline = 60 }

-- Seconds that a client waits for a change. A job is over by then: the deadline, the rollback, and the last call.
local LONGEST_JOB = 2 * POLICY.deadline + 20
local KEPT_FOR = 24 * 3600

-- Of one worker. More would only wait for the panel, and each takes connections of nginx's.
local MAX_JOBS = 200

---- who calls ----

local function random_bytes(count)
  local file = assert(io.open("/dev/urandom", "rb"))
  local bytes = file:read(count)
  file:close()
  return bytes
end

local callers -- name by the token's digest: comparing digests says nothing about tokens by the time it takes
local salt = random_bytes(20)

-- API_TOKENS is "name:token,name:token".
local function read_callers()
  local found = {}
  for name, token in setting("API_TOKENS"):gmatch "([%w_-]+):([^,%s]+)" do
    found[ngx.hmac_sha1(salt, token)] = name
  end
  return found
end

local function caller_of_request()
  callers = callers or read_callers()
  local token = (ngx.var.http_authorization or ""):match "^[Bb]earer +(%S+)$"
  return token and callers[ngx.hmac_sha1(salt, token)]
end

---- responses ----

local function respond(status, value)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.say(json.encode(value))
end

local function problem(name, message)
  return { error = { name = name, message = message } }
end

local STATUS = {
  absent = ngx.HTTP_NOT_FOUND, conflict = ngx.HTTP_CONFLICT, refused = ngx.HTTP_CONFLICT,
  timeout = ngx.HTTP_GATEWAY_TIMEOUT,
}

-- Status and value for an error of the module.
local function failed(err)
  return STATUS[err.kind] or ngx.HTTP_BAD_GATEWAY,
    { error = { kind = err.kind, name = err.name, message = tostring(err), outcome = err.outcome } }
end

---- what is done ----

local owner_id

local function find_owner()
  if not owner_id then
    local user, err = provisioning.find_user(panel, USERNAME, { policy = POLICY })
    if not user then
      return nil, err
    end
    owner_id = user.UserId
  end
  return owner_id
end

local function describe(report)
  return { username = report.username, user_id = report.user_id, spaces = report.spaces, changed = report.changed }
end

-- The workflow raises when the spec is wrong, with its path and the reason, before it sends anything.
local function ensure(name, given)
  local owner, err = find_owner()
  if not owner then
    return failed(err)
  end
  local good, report
  good, report, err = pcall(provisioning.ensure_account, panel, {
    user = {
      OwnerId = owner, Username = name, Password = given.password, FirstName = given.first_name,
      LastName = given.last_name, Email = given.email,
    },
    spaces = { { name = name, plan = given.plan or DEFAULT_PLAN } },
  }, { policy = POLICY })
  if not good and tostring(report):find "^ensure_account: spec%." then
    return ngx.HTTP_BAD_REQUEST, problem("wrong_spec", report)
  elseif not good then
    error(report, 0)
  elseif not report then
    return failed(err)
  end
  local made = report.steps[1] and report.steps[1].action == "add_user"
  return made and ngx.HTTP_CREATED or ngx.HTTP_OK, describe(report)
end

local function carry_out(workflow)
  return function(name)
    local report, err = workflow(panel, name, { policy = POLICY })
    if not report then
      return failed(err)
    end
    return ngx.HTTP_OK, describe(report)
  end
end

local function show(name)
  local user, err = provisioning.find_user(panel, name, { policy = POLICY })
  if not user then
    return failed(err)
  end
  local spaces
  spaces, err = panel:get_my_packages(user.UserId)
  if not spaces then
    return failed(err)
  end
  local shown = {}
  for i, space in ipairs(spaces) do
    shown[i] = { id = space.PackageId, name = space.PackageName }
  end
  return ngx.HTTP_OK, { username = user.Username, user_id = user.UserId, status = user.Status, spaces = shown }
end

---- keys ----

local keys = ngx.shared.idempotency

-- Bodies hold passwords: what is kept of them is a digest under a secret that is nowhere else.
local function fingerprint(body)
  keys:safe_add("secret", random_bytes(20))
  return ngx.encode_base64(ngx.hmac_sha1(keys:get "secret", ("%s %s\n%s")
    :format(ngx.req.get_method(), ngx.var.uri, body)))
end

-- What an earlier request with the key left: nil when there was none, and the key is claimed now; or nil and why it
-- cannot be.
local function claim(key, print_of_body)
  local mine = json.encode { fingerprint = print_of_body }
  for _ = 1, 2 do -- it may expire in between
    local added, err = keys:safe_add(key, mine, LONGEST_JOB + 10)
    if added then
      return nil
    elseif err ~= "exists" then
      return nil, err
    end
    local found = keys:get(key)
    if found then
      return json.decode(found)
    end
  end
  return nil, "exists"
end

-- A response that another try may better is forgotten.
local function settle(key, print_of_body, status, value)
  local text = json.encode { fingerprint = print_of_body, status = status, value = value }
  if status >= 500 or not keys:safe_set(key, text, KEPT_FOR) then
    keys:delete(key)
  end
end

local function repeat_answer(earlier, print_of_body)
  if earlier.fingerprint ~= print_of_body then
    return respond(422, problem("key_reused", "the Idempotency-Key was used for another request"))
  elseif not earlier.status then
    ngx.header["Retry-After"] = 1
    return respond(ngx.HTTP_CONFLICT,
      problem("still_running", "the first request with this Idempotency-Key is running"))
  end
  ngx.header["Idempotency-Replayed"] = "true"
  return respond(earlier.status, earlier.value)
end

---- jobs ----

local jobs = 0

-- What the request says is in `job`: of the request itself nothing can be used here, its client may be gone.
local function run(_, job)
  local good, status, value = pcall(job.work, job.name, job.given)
  if not good then
    ngx.log(ngx.ERR, job.caller, ": ", job.name, ": ", tostring(status))
    status, value = ngx.HTTP_INTERNAL_SERVER_ERROR, problem("internal", "see the log")
  elseif value.error then
    ngx.log(ngx.WARN, job.caller, ": ", value.error.message)
  end
  if job.key then
    settle(job.key, job.fingerprint, status, value)
  end
  jobs = jobs - 1
  job.status, job.value = status, value
  job.over:post()
end

local function start(job)
  if jobs >= MAX_JOBS then
    return nil, "too many jobs"
  end
  jobs = jobs + 1
  local started, err = ngx.timer.at(0, run, job)
  if not started then -- the worker is about to end, after a reload
    jobs = jobs - 1
  end
  return started, err
end

local function unavailable(reason)
  ngx.log(ngx.WARN, reason)
  ngx.header["Retry-After"] = 1
  return respond(ngx.HTTP_SERVICE_UNAVAILABLE, problem("busy", "try again"))
end

-- Carries a change out, and waits for it.
local function perform(job)
  if job.key then
    local earlier, err = claim(job.key, job.fingerprint)
    if err then
      return unavailable("idempotency keys: " .. err)
    elseif earlier then
      return repeat_answer(earlier, job.fingerprint)
    end
  end
  job.over = semaphore.new()
  local started, err = start(job)
  if not started then
    if job.key then
      keys:delete(job.key)
    end
    return unavailable(err)
  end
  if not job.over:wait(LONGEST_JOB) then
    return respond(ngx.HTTP_ACCEPTED, problem("still_running", "ask again with the same Idempotency-Key"))
  end
  return respond(job.status, job.value)
end

---- requests ----

local FIELDS = { password = true, first_name = true, last_name = true, email = true, plan = true }

-- The body of a PUT as a table; nil and what is wrong with it.
local function read_account(body)
  local given = json.decode(body)
  if type(given) ~= "table" then
    return nil, "the body must be a JSON object"
  end
  for field, value in pairs(given) do
    if not FIELDS[field] then
      return nil, ("unknown field '%s'"):format(tostring(field))
    elseif type(value) ~= "string" then
      return nil, field .. " must be a string"
    end
  end
  return given
end

local function read_body()
  ngx.req.read_body()
  return ngx.req.get_body_data() or ""
end

-- A key counts for the caller that sent it.
local function key_of_request(caller)
  local key = ngx.var.http_idempotency_key
  if key and not (#key <= 128 and key:find "^[%w._:-]+$") then
    return nil, "the Idempotency-Key must be up to 128 letters, digits and ._:-"
  end
  return key and caller .. " " .. key
end

local WORK = {
  ["PUT "] = ensure,
  ["DELETE "] = carry_out(provisioning.terminate),
  ["POST suspend"] = carry_out(provisioning.suspend),
  ["POST unsuspend"] = carry_out(provisioning.unsuspend),
}

local function change(caller, name, work)
  local body = read_body()
  local key, wrong = key_of_request(caller)
  local given
  if not wrong and work == ensure then
    given, wrong = read_account(body)
    wrong = wrong or not key and "an Idempotency-Key is missing" or nil
  end
  if wrong then
    return respond(ngx.HTTP_BAD_REQUEST, problem("wrong_request", wrong))
  end
  return perform {
    caller = caller, name = name, work = work, given = given, key = key, fingerprint = key and fingerprint(body),
  }
end

--- Serves one request for the account `name`; `action` is "suspend", "unsuspend" or "".
---@param name string
---@param action string
function api.serve(name, action)
  local caller = caller_of_request()
  if not caller then
    ngx.header["WWW-Authenticate"] = "Bearer"
    return respond(ngx.HTTP_UNAUTHORIZED, problem("unauthorized", "a token is missing or wrong"))
  end
  local what = ngx.req.get_method() .. " " .. action
  if what == "GET " then
    return respond(show(name))
  elseif WORK[what] then
    return change(caller, name, WORK[what])
  end
  return respond(ngx.HTTP_NOT_ALLOWED, problem("not_allowed", "PUT, GET or DELETE an account, POST to its suspend or "
    .. "unsuspend"))
end

return api
