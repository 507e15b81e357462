--- Drives a hosting control panel: DotNetPanel and its descendants. `dnp.session` is where to start.

local core = require "dnp.core"

local VERSION = "0.2.0"
if core.version ~= VERSION then
  error(("dnp.core is of version %s, the Lua files of dnp are of %s; install one of both"):format(
    tostring(core.version), VERSION))
end

local arguments = require "dnp.arguments"
local engines = require "dnp.engines"
local exchange = require "dnp.exchange"
local parallel = require "dnp.parallel"
local session_options = require "dnp.session_options"

local dnp = {
  _VERSION = "lua-dnp " .. VERSION,
  clock = core.clock,
  codes = core.codes,
  dialects = core.dialects,
  options = session_options.names,
  error_kinds = core.error_kinds,
  failure_names = core.failure_names,
  parallel = parallel,
  UserRole = core.UserRole,
  UserStatus = core.UserStatus,
  UserLoginStatus = core.UserLoginStatus,
  PackageStatus = core.PackageStatus,
}

-- What WSE 3.0 needs of OpenSSL; not loaded before.
local function load_crypto(level)
  local good, crypto = pcall(require, "dnp.wse")
  if not good then
    error("session: auth = 'wse' needs the module dnp.wse, which is built where OpenSSL's libcrypto is: "
      .. tostring(crypto), level + 1)
  end
  return crypto
end

local tracing = false -- whether any session has a trace, which can wait for something

--- Makes a session; it talks to nobody yet.
---@param ... dnp.Options
---@return dnp.Session? session
---@return dnp.Error err
function dnp.session(...)
  local options = ...
  if select("#", ...) ~= 1 or type(options) ~= "table" then
    local got = select("#", ...) == 0 and "no value" or select("#", ...) > 1 and "more arguments" or type(options)
    error("session: expected one table of options, got " .. got, 2)
  end
  local validated, settings = session_options.validate(options, 2)
  local problem = engines.problem(options)
  if problem then
    error("session: " .. problem, 2)
  end
  if settings.auth == "wse" then
    settings.crypto = load_crypto(2)
  end
  local session, err = core.session(validated, settings)
  if not session then
    return nil, err
  end
  exchange.configure(settings)
  tracing = tracing or settings.trace ~= nil
  return session
end

---@type dnp.Field
local DIALECT = { type = "string", values = core.dialects }

--- What the panels of a dialect speak: operations and types.
---@param dialect string
---@return table
function dnp.contract(dialect)
  return core.contract(arguments.value("contract: argument 1 (dialect)", dialect, DIALECT, 2))
end

---@type dnp.Field
local SECONDS = { type = "number", min = 0, max = 1e9 }

--- Sleeps without holding up others, where there are any: in a task of `dnp.parallel`, inside nginx.
---@param seconds number
---@return number left seconds that a signal has cut off; 0 otherwise
function dnp.sleep(seconds)
  arguments.value("sleep: argument 1 (seconds)", seconds, SECONDS, 2)
  return engines.sleep(seconds)
end

-- ---- the methods of a session ----

local methods = core.methods
local begin, perform = core.begin, exchange.perform
local method_of = {} -- the API's name -> the method's

for index, operation in ipairs(core.operations()) do
  local mutates = operation.mutates
  method_of[operation.name] = operation.method
  methods[operation.method] = function(self, ...)
    local call, settings = begin(self, index - 1, ...)
    if not call then
      return nil, settings -- the error
    end
    return perform(call, settings, mutates)
  end
end

local make_request = core.request
local pending = core.pending -- a request -> what stands for it until its response comes
local secrets = core.secrets -- a request -> what must not be shown of its response

local request_metatable = {
  __name = "dnp.request",
  __tostring = function(request)
    return ("dnp.request (%s, %s %s)"):format(tostring(request.operation), tostring(request.method),
      tostring(request.url))
  end,
}

--- Makes a request without sending it.
---@param self dnp.Session
---@param ... any an operation's name, "GetUsers" or "get_users", and the method's arguments
---@return dnp.Request? request
---@return dnp.Error err
function methods.request(self, ...)
  local form, body, secret, call, traced = make_request(self, ...)
  if not form then
    return nil, body -- the error
  end
  if traced then
    exchange.trace_request(call, core.settings(self))
  end
  local request = setmetatable((form.make or exchange.prepare_form(form))(body), request_metatable)
  pending[request] = call or form
  if secret then
    secrets[request] = secret
  end
  return request
end

--- Begins to take the response to a request that somebody else has sent.
---@param request dnp.Request|string what `request` gave, or an operation's name for a response without one
---@param status integer? nil when no response began
---@param headers table<string, string|string[]>?
---@return dnp.Receiver
function methods:receive(request, status, headers)
  local call = core.expect(self, request)
  core.receive("receive", call, status, headers)
  return call
end

local respond = core.respond

--- Takes a whole response; returns what the method would have returned.
---@param self dnp.Session
---@param request dnp.Request|string what `request` gave, or an operation's name for a response without one
---@param status integer
---@param headers table<string, string|string[]>?
---@param body string
---@param excess nil what else is given raises: parts of a body that nobody has joined
---@return any ...
function methods.response(self, request, status, headers, body, excess)
  if tracing then
    return exchange.results(core.take_response(self, request, status, headers, body, excess), core.settings(self))
  end
  local value, more = respond(self, request, status, headers, body, excess)
  if more == nil then
    return value
  end
  return value, more
end

local receivers = core.receiver_methods

--- The response is complete: what the method would have returned.
---@return any ...
function receivers:finish()
  core.finish(self)
  return exchange.results(self, core.settings_of(self))
end

--- The transport broke: what the method would have returned.
---@param failure dnp.Failure
---@return any ...
function receivers:fail(failure)
  core.fail(self, failure)
  return exchange.results(self, core.settings_of(self))
end

--- Calls an operation whose result is a list or a DataSet, and hands over its records while they arrive:
--- `for user in panel:each("GetUsers", 1, true) do ... end`. Of a row the loop's second value is its table. An error is
--- raised (an error object), after the records that came before it. The session's `timeout` bounds each wait for the
--- panel, not the loop. In Lua 5.4 leaving the loop ends the transfer at once; elsewhere `close` of what this returns
--- does so.
---@param self dnp.Session
---@param ... any an operation's name, "GetUsers" or "get_users", and the method's arguments
---@return dnp.Stream stream
---@return nil
---@return nil
---@return dnp.Stream stream
function methods.each(self, ...)
  local call, err = core.begin_named("each", self, ...)
  if not call then
    error(err, 2)
  end
  local kind = core.stream(call)
  if not kind then
    error(("each: '%s' does not give a list"):format((...)), 2)
  end
  local stream = exchange.stream(self, call, kind == "rows")
  return stream, nil, nil, stream
end

local function method_names()
  local names = {}
  for name in pairs(methods) do
    names[#names + 1] = name
  end
  return names
end

-- What is asked for by name and is not there is a typing error, and nil would be called a line later.
setmetatable(methods, {
  __index = function(_, name)
    if type(name) ~= "string" then
      return nil
    end
    local hint = method_of[name] and ("; did you mean '%s'?"):format(method_of[name])
      or core.did_you_mean(name, method_names())
    error(("session: there is no method '%s'%s"):format(name, hint), 2)
  end,
})

return dnp
