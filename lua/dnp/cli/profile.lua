--- Which panel, as whom: options of the command line over `DNP_*` of the environment over a profile of the config file.

local fail = require "dnp.cli.fail"
local system = require "dnp.cli.system"
local trial = require "dnp.cli.trial"

local profile = {}

-- What a profile may hold; those with a name of the environment can be set there, too.
local KEYS = {
  url = "DNP_URL", username = "DNP_USERNAME", dialect = "DNP_DIALECT", version = "DNP_VERSION", auth = "DNP_AUTH",
  ca_file = "DNP_CA_FILE", timeout = "DNP_TIMEOUT", proxy = "DNP_PROXY", wse_to = "DNP_WSE_TO",
  password = "DNP_PASSWORD", password_file = "DNP_PASSWORD_FILE", password_command = "DNP_PASSWORD_COMMAND",
}

local function key_names()
  local names = {}
  for name in pairs(KEYS) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, ", ")
end

local function config_path()
  local base = system.environment "XDG_CONFIG_HOME"
  local home = system.environment "HOME"
  return system.environment "DNP_CONFIG" or base and base .. "/dnp/config" or home and home .. "/.config/dnp/config"
end

local function expand(path)
  local home = system.environment "HOME"
  return home and path:gsub("^~/", (home:gsub("%%", "%%%%")) .. "/") or path
end

local function reject(path, number, message, ...)
  fail.usage("%s:%d: %s", path, number, message:format(...))
end

-- The sections of a config file by name.
local function parse(path, text)
  local sections, current, holds_password = {}, nil, false
  local number = 0
  for line in text:gmatch "([^\n]*)\n?" do
    number = number + 1
    local trimmed = line:match "^%s*(.-)%s*$"
    local section = trimmed:match "^%[%s*(.-)%s*%]$"
    local key, value = trimmed:match "^([%w_]+)%s*=%s*(.*)$"
    if section then
      if sections[section] then
        reject(path, number, "there are two profiles '%s'", section)
      end
      current = {}
      sections[section] = current
    elseif key then
      if not current then
        reject(path, number, "a profile begins with its name in brackets, such as [default]")
      elseif not KEYS[key] then
        reject(path, number, "'%s' is unknown; a profile has: %s", key, key_names())
      elseif current[key] then
        reject(path, number, "'%s' is there twice", key)
      end
      current[key] = value
      holds_password = holds_password or key == "password"
    elseif trimmed ~= "" and not trimmed:find "^[#;]" then
      reject(path, number, "expected NAME = VALUE")
    end
  end
  return sections, holds_password
end

-- The profile that is meant; an empty one when there is no config file and none was named.
local function from_file(name)
  local path = config_path()
  local file = path and io.open(path, "rb")
  if not file then
    if name then
      fail.usage("there is no profile '%s', since there is no %s", name, path or "config file")
    end
    return {}
  end
  local text = file:read "*a" or ""
  file:close()
  local sections, holds_password = parse(path, text)
  if holds_password then
    system.check_private(path)
  end
  local chosen = sections[name or "default"]
  if not chosen and name then
    local names = {}
    for section in pairs(sections) do
      names[#names + 1] = section
    end
    table.sort(names)
    fail.usage("%s has no profile '%s'; there %s", path, name, #names == 0 and "is none" or "are: "
      .. table.concat(names, ", "))
  end
  return chosen or {}
end

local function from_command(command)
  local pipe = io.popen(command)
  -- All of it: a command that cannot write its second line would fail.
  local line = (pipe and pipe:read "*a" or ""):match "^[^\r\n]*"
  local good = pipe and pipe:close()
  if not good or line == "" then
    fail.usage("the password command gave no password: %s", command)
  end
  return line
end

-- The first place that says what the password is.
local function password_of(places, who)
  for _, place in ipairs(places) do
    if place.password then
      return place.password
    elseif place.password_file then
      return system.read_secret(expand(place.password_file))
    elseif place.password_command then
      return from_command(place.password_command)
    end
  end
  if system.is_terminal(0) then
    return system.ask_secret(("Password of %s: "):format(who))
  end
  fail.usage "no password: set DNP_PASSWORD, or password_file or password_command in the profile"
end

local function from_environment()
  local found = {}
  for key, variable in pairs(KEYS) do
    found[key] = system.environment(variable)
  end
  return found
end

local function number_of(text, name)
  local number = tonumber(text)
  if not number or number ~= number or number <= 0 then
    fail.usage("%s: expected a number of seconds, got '%s'", name, text)
  end
  return number
end

--- The options of a session, without the password; and a function that gives it, so that nobody is asked for it before
--- everything else is known to be right.
---@param given table options of the command line
---@return table options
---@return fun(): string password
---@return boolean is_trial it is the sandbox, since nothing says which panel is meant
function profile.options(given)
  -- By name: argparse tells the commands that were given in the same table.
  local options_given = {
    url = given.url, username = given.username, dialect = given.dialect, timeout = given.timeout,
    ca_file = given.ca_file, password_file = given.password_file,
  }
  local places = {
    options_given, from_environment(), from_file(given.profile or system.environment "DNP_PROFILE"),
  }
  local options = {}
  for key in pairs(KEYS) do
    for _, place in ipairs(places) do
      options[key] = options[key] or place[key]
    end
  end
  local is_named = options.url or options.username or given.profile or system.environment "DNP_PROFILE"
  local sandbox = not is_named and trial.options()
  if sandbox then
    for key, value in pairs(sandbox) do
      options[key] = options[key] or value
    end
    places = { sandbox }
  end
  options.password, options.password_file, options.password_command = nil, nil, nil
  if not options.url then
    fail.usage("no panel: give --url, or set DNP_URL, or write a profile; `dnp help profiles` tells how. `dnp sandbox` "
      .. "runs one for trials")
  elseif not options.username then
    fail.usage "no user name: give --username, or set DNP_USERNAME, or write it into the profile"
  end
  options.timeout = options.timeout and number_of(options.timeout, "timeout")
  options.ca_file = options.ca_file and expand(options.ca_file)
  return options, function()
    return password_of(places, options.username)
  end, sandbox and true or false
end

return profile
