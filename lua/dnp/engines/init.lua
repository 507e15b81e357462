--- Who moves the bytes: which engine a session has, and which one a call uses.

local curl = require "dnp.engines.curl"
local protect = require "dnp.protect"
local text_of = require "dnp.raised"

local engines = {}

--- Returns status, headers, the body (a string, or a function that returns the next piece, nil at the end, or nil and a
--- failure), and what to call when the body is not read to its end. Or nil and a failure.
---@alias dnp.Body string|fun(): string?, dnp.Failure?
---@alias dnp.Exchange fun(request: dnp.Request, limits: dnp.EngineLimits): integer?, table?, dnp.Body?, fun()?

--- An engine moves the bytes of one HTTP exchange. It never repeats one by itself.
---@class dnp.Engine
---@field name string?
---@field exchange dnp.Exchange
---@field sleep fun(seconds: number)
---@field parallel (fun(tasks: (fun())[], limit: integer))? runs functions at the same time, so many at once at the most
---@field yield fun()? lets others go on; called in the middle of a long response

---@class dnp.EngineLimits
---@field timeout number seconds for the whole exchange; with `streams`, for each wait
---@field connect_timeout number
---@field max_response_bytes number
---@field verify boolean
---@field ca_file string?
---@field proxy string?
---@field streams boolean whether the body is read at the pace of its reader

--- Why there is no response.
---@class dnp.Failure
---@field name string? one of `dnp.failure_names`; "transport" for anything else
---@field reason string? the engine's own words
---@field sent boolean? whether the request was sent, as far as it is known
---@field timeout number? seconds that were waited
---@field stale boolean? a kept connection was dead

local NAMES = { auto = true, curl = true, nginx = true }

-- The engine for nginx, or nil outside of it.
local function nginx()
  local ngx = rawget(_G, "ngx")
  if type(ngx) == "table" and type(ngx.get_phase) == "function" then
    return require "dnp.engines.nginx"
  end
  return nil
end

local FIELDS = { "exchange", "sleep", "parallel", "yield" }
local OPTIONAL = { parallel = true, yield = true }

local function field_of(engine, name)
  return engine[name]
end

local function check_table(engine)
  for _, name in ipairs(FIELDS) do
    local good, field = pcall(field_of, engine, name)
    if not good then
      return ("option 'engine': field '%s' cannot be read: %s"):format(name, text_of(field))
    elseif type(field) ~= "function" and not (field == nil and OPTIONAL[name]) then
      return ("option 'engine': field '%s': expected function, got %s"):format(name, type(field))
    end
  end
  return nil
end

-- What cosockets cannot do is refused rather than left out.
local function check_nginx(options)
  if options.ca_file then
    return "option 'ca_file': inside nginx its directive lua_ssl_trusted_certificate says which certificates to trust"
  end
  if options.proxy and options.proxy ~= "" then
    return "option 'proxy': inside nginx there is no proxy; engine = \"curl\" has one, and blocks the worker"
  end
  if options.max_connections then
    return "option 'max_connections': inside nginx its worker_connections bound them, and the `limit` of dnp.parallel"
  end
  return nil
end

--- What is wrong with the engine of these options, or nil.
---@param options table
---@return string?
function engines.problem(options)
  local engine = options.engine
  if type(engine) == "table" then
    return check_table(engine)
  elseif engine ~= nil and not NAMES[engine] then
    return ("option 'engine': expected one of 'auto', 'curl', 'nginx' or a table, got %s"):format(
      type(engine) == "string" and "'" .. engine .. "'" or type(engine))
  elseif engine == "nginx" and not nginx() then
    return "option 'engine': this is not nginx"
  elseif engine ~= "curl" and nginx() then
    return check_nginx(options)
  end
  return nil
end

--- The engine for a call that is made now.
---@param engine string|dnp.Engine|nil the option of the session
---@return dnp.Engine? engine
---@return dnp.Failure? failure when there is none in this phase of nginx
function engines.choose(engine)
  if engine == "curl" then
    return curl
  elseif type(engine) == "table" then
    return engine
  end
  local cosockets = nginx()
  if not cosockets then
    return curl
  end
  local can_wait, phase = cosockets.phase()
  if can_wait then
    return cosockets
  end
  return nil, {
    name = "phase", sent = false,
    reason = ("phase %s; ngx.timer.at runs a function where it can wait"):format(phase),
  }
end

--- Sleeps in the way of whoever runs.
---@param seconds number
---@param engine string|dnp.Engine|nil the option of a session
---@return number left seconds that a signal has cut off
function engines.sleep(seconds, engine)
  local chosen = engines.choose(engine) or curl
  return protect.outside(chosen.sleep, seconds) or 0
end

--- Whether this is nginx.
---@return boolean
function engines.in_nginx()
  return nginx() ~= nil
end

engines.curl = curl

return engines
