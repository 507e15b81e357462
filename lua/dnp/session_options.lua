--- The options of a session: their names, types, ranges and defaults. The core reads what was validated here.

local arguments = require "dnp.arguments"
local core = require "dnp.core"

local session_options = {}

-- What goes into a header or a path must not end its line, nor a text of C. Not %c, which asks the process's locale.
local function without_controls(text)
  local at = text:find "[%z\1-\31\127]"
  return at == nil, ("holds a control character (byte %d)"):format(at or 0)
end

-- A function, or anything with a method `write`: an open file.
local function is_trace(value)
  local kind = type(value)
  local good = kind == "function" or (kind == "userdata" or kind == "table") and value.write ~= nil
  return good, "expected function or open file, got " .. kind
end

local TEXT = { type = "string", check = without_controls }
local NEEDED_TEXT = { type = "string", check = without_controls, required = true }
local MOST_SECONDS = 1000000
local MOST_CLOCK_OFFSET = 1000000000 -- some thirty years

---@type table<string, dnp.Field>
local FIELDS = {
  url = NEEDED_TEXT, username = NEEDED_TEXT, password = NEEDED_TEXT,
  dialect = { type = "string", values = core.dialects, default = core.dialects[1] },
  timeout = { type = "number", above = 0, max = MOST_SECONDS, default = 30 },
  connect_timeout = { type = "number", above = 0, max = MOST_SECONDS, default = 10 },
  ca_file = TEXT,
  verify = { type = "boolean", default = true },
  proxy = TEXT,
  user_agent = TEXT,
  max_response_bytes = { type = "integer", min = 1, default = 256 * 1024 * 1024 },
  max_connections = { type = "integer", min = 1, max = 10000, default = 64 },
  auth = { type = "string", values = { "basic", "wse" }, default = "basic" },
  wse_to = TEXT,
  wse_clock_offset = { type = "integer", min = -MOST_CLOCK_OFFSET, max = MOST_CLOCK_OFFSET, default = 0 },
  engine = {}, -- dnp.engines validates it
  trace = { check = is_trace },
}

--- The names of all options, sorted.
---@type string[]
session_options.names = {}
for name in pairs(FIELDS) do
  session_options.names[#session_options.names + 1] = name
end
table.sort(session_options.names)

-- What engines other than libcurl need to know, and what decides which one a call has.
local SETTINGS = {
  "ca_file", "proxy", "engine", "trace", "auth", "verify", "timeout", "connect_timeout", "max_response_bytes",
}

--- Validates what `dnp.session` was called with. What is wrong raises.
---@param options dnp.Options
---@param level integer as of `error`, seen from the caller of this function; 1 is that caller
---@return dnp.Options options a copy with defaults
---@return table settings those that the session keeps: no credentials
function session_options.validate(options, level)
  local copy = arguments.record("session", "option", options, FIELDS, level + 1)
  if copy.auth ~= "wse" and (copy.wse_to or copy.wse_clock_offset ~= 0) then
    error("session: options 'wse_to' and 'wse_clock_offset' are for auth = 'wse'", level + 1)
  end
  local settings = {}
  for _, name in ipairs(SETTINGS) do
    settings[name] = copy[name]
  end
  return copy, settings
end

return session_options
