--- An Enterprise Server inside the process, for trials and tests.
---
---     local sandbox = require("dnp.sandbox").start{ port = 0 }
---     local panel = dnp.session{ url = sandbox.url, username = "serveradmin", password = "serveradmin" }
---     ...
---     sandbox:stop()
---
--- It serves on threads of its own and on 127.0.0.1 only. Usage errors raise; what can go wrong in the
--- world (a port in use, a database that cannot be opened) comes back as `nil, message`.

local arguments = require "dnp.arguments"
local ascii = require "dnp.ascii"
local core = require "dnp.core"
local server_core = require "dnp.sandbox_core"

---@class dnp.sandbox.Options
---@field port? integer of 127.0.0.1; 0, the default, takes one that is free
---@field database? string a file, made when it is not there; without it the database is in memory
---@field dialect? "dotnetpanel"|"websitepanel"|"solidcp"
---Of the panel: "1.2.0", "1.2.2" and "2.1" of WebsitePanel behave differently; by default the newest.
---DotNetPanel behaves like WebsitePanel 1.0.
---@field version? string
---@field panel_quotas? boolean true: check quotas as panels do, with their mistakes, not as their documentation says
---True, the default: sample accounts, plans and spaces; false: only serveradmin; a table: serveradmin and what the
---table holds.
---@field seed? boolean|dnp.sandbox.Seed
---@field delete_delay? number seconds that deleting a user or a space goes on in the background
---@field certificate? string PEM text; with `private_key` the server speaks https
---@field private_key? string PEM text
---@field max_request_bytes? integer
---How callers may authenticate: "both", the default, asks for HTTP Basic where a request has no message security;
---"basic" is a panel without WSE 3.0; "wse" refuses HTTP Basic.
---@field auth? "both"|"basic"|"wse"
---@field clock_offset? number seconds that the server's clock is ahead, as message security and Date have it
---@field address? string as in "http://panel.internal:9002": where the server thinks it is, behind a proxy

---@class dnp.sandbox.Seed
---@field users? table[] fields of UserInfo
---@field plans? table[] fields of HostingPlanInfo, and `quotas = { ["Web.Sites"] = 10 }`; add-ons have `IsAddon = true`
---@field packages? table[] fields of PackageInfo, and `quotas` and `usage` likewise
---@field addons? table[] fields of PackageAddonInfo
---@field settings? table[] UserId, SettingsName, PropertyName, PropertyValue
---@field bandwidth? table[] PackageId, GroupId, LogDate, BytesSent, BytesReceived
---@field diskspace? table[] PackageId, GroupId, DiskspaceBytes

---@class dnp.sandbox.Rule
---@field action "delay"|"fault"|"html"|"cut"|"drop"|"hang"|"refuse"
---@field operation? string as in the API ("AddUser"); without it, every one
---@field when? "before"|"after" the change; "before" is the default, a cut is always after
---@field nth? integer the first call to apply to, counted from now
---@field times? integer for so many calls; 1 by default, without end by default when there is a `rate`; math.huge
---@field rate? number apply with this probability
---@field seed? integer of the random numbers for `rate`
---@field seconds? number of a delay
---@field status? integer of an HTML page, 502 by default
---@field code? integer of a refusal
---@field bytes? integer of the body after which a response is cut
---@field text? string of a fault or a page

---@class dnp.sandbox.Call
---@field number integer from 1 on, in order of arrival
---@field operation? string nil when the request named none
---@field caller? string nil when nobody was authenticated
---@field parameters table what was sent, secrets replaced
---@field code integer the response, where it is a number
---@field http_status integer 0 when there was no response
---@field misbehaviour? string the action of the rule that was applied

---@class dnp.Sandbox
---@field url string
local Sandbox = {}
Sandbox.__index = Sandbox
Sandbox.__name = "dnp.sandbox"

-- ---- checking what is passed ----
--
-- Names, types, ranges and choices are checked here; what the values mean is known to the server, which refuses them.

local MAX_INTEGER = 2147483647
local INTEGER = { type = "integer", min = -MAX_INTEGER - 1, max = MAX_INTEGER }
local COUNT = { type = "integer", min = 1, max = MAX_INTEGER }
local TEXT, NUMBER, FLAG = { type = "string" }, { type = "number" }, { type = "boolean" }

local function check_table(value, what, level)
  if type(value) ~= "table" then
    error(("%s: expected table, got %s"):format(what, type(value)), level + 1)
  end
end

-- What the server refuses is a usage error of whoever called the method that asks it, so it raises there. To C, which
-- is called without a name, a wrong argument is the second of '?', and Lua puts what it expected first.
local function ask(self, method, ...)
  local good, value, message = pcall(self.server[method], self.server, ...)
  if not good then
    local problem = value:match "^bad argument .- %((.+)%)$"
    if problem then
      value = ("sandbox:%s: %s"):format(method, (problem:gsub("^(.-) expected, got", "expected %1, got")))
    end
    error(value, 3)
  end
  return value, message
end

-- ---- starting and stopping ----

local START_OPTIONS = {
  port = { type = "integer", min = 0, max = 65535 }, max_request_bytes = COUNT, seed = { type = "boolean|table" },
  database = TEXT, version = TEXT, address = TEXT, certificate = TEXT, private_key = TEXT,
  dialect = { type = "string", values = core.dialects }, auth = { type = "string", values = server_core.auths },
  panel_quotas = FLAG, delete_delay = NUMBER, clock_offset = NUMBER,
}

--- Starts a server.
---@param options? dnp.sandbox.Options
---@return dnp.Sandbox? sandbox
---@return string? message
local function start(options)
  local copy = arguments.options("sandbox.start", options, START_OPTIONS, 2)
  local seed = copy.seed
  if type(seed) == "table" then
    copy.seed = false
  end
  local server, message, misused = server_core.start(copy)
  if misused then
    error("sandbox.start: " .. message, 2)
  elseif not server then
    return nil, message
  end
  local self = setmetatable({ url = server:url(), server = server }, Sandbox)
  if type(seed) == "table" then
    local seeded, err = pcall(self.seed, self, seed)
    if not seeded then
      server:stop()
      error(err, 2)
    end
  end
  return self
end

--- Stops it: closes every connection, ends its threads. Harmless when it is stopped.
function Sandbox:stop()
  self.server:stop()
end

Sandbox.__close = Sandbox.stop
Sandbox.__gc = Sandbox.stop

function Sandbox:__tostring()
  return "dnp.sandbox " .. self.url
end

-- ---- state ----

--- Keeps the state of the database, to come back to it.
---@return userdata state
function Sandbox:freeze()
  local state = ask(self, "freeze")
  return state
end

--- Brings the database back to a state that was kept. Calls and rules stay as they are.
---@param state userdata
function Sandbox:restore(state)
  if type(state) ~= "userdata" then
    error("sandbox:restore: expected what sandbox:freeze gave, got " .. type(state), 2)
  end
  ask(self, "restore", state)
end

--- Asks the database; the tables are those of csrc/sandbox/sql/schema.sql.
---@param sql string one statement, with ? for its values
---@param ... string|number|boolean|nil the values
---@return table[]? rows by column name
---@return string? message
function Sandbox:query(sql, ...)
  if type(sql) ~= "string" then
    error("sandbox:query: expected string, got " .. type(sql), 2)
  end
  local rows, message = ask(self, "query", sql, ...)
  return rows, message
end

local SEEDS = {
  users = "Users", plans = "HostingPlans", packages = "Packages", addons = "PackageAddons",
  settings = "UserSettings", bandwidth = "PackagesBandwidth", diskspace = "PackagesDiskspace",
}
-- What others refer to comes first.
local SEED_ORDER = { "users", "plans", "packages", "addons", "settings", "bandwidth", "diskspace" }
-- Quotas within a row: by which column they belong to it, where they go, and what else there is to do.
local QUOTAS = {
  plans = {
    quotas = { id = "PlanID", into = "HostingPlanQuotas (PlanID, QuotaID, QuotaValue)",
      also = "INSERT INTO HostingPlanResources (PlanID, GroupID) SELECT ?, GroupID FROM ResourceGroups" },
  },
  packages = {
    quotas = { id = "PackageID", into = "PackageQuotas (PackageID, QuotaID, QuotaValue)",
      also = "UPDATE Packages SET OverrideQuotas = 1 WHERE PackageID = ?" },
    usage = { id = "PackageID", into = "PackageUsage (PackageID, QuotaID, QuotaUsedValue)" },
  },
}

--- One column of a query, by its values in lower case: the API's UserId is the database's UserID. What else the rows
--- hold is in a table by the names.
local function names_of(server, sql, ...)
  local names, about = {}, {}
  for _, row in ipairs(assert(server:query(sql, ...))) do
    names[ascii.lower(row.name)] = row.name
    about[row.name] = row
  end
  return names, about
end

local function check_value(value, where, key, level)
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
    error(("%s: '%s' cannot be a %s"):format(where, tostring(key), kind), level + 1)
  end
end

-- SQLite keeps a text where a number belongs, and nothing would find such a row again.
local NUMBERS = { int = true, integer = true, bigint = true, bit = true, float = true }

local function check_type(value, column, where, key, level)
  if NUMBERS[ascii.lower(column.type)] and type(value) == "string" and not tonumber(value) then
    error(("%s: '%s': expected number, got '%s'"):format(where, key, value), level + 1)
  end
end

--- The columns that a row fills, and their values; the same columns always come in the same order.
local function row_values(row, columns, types, nested, where, level)
  local values, names = {}, {}
  for key, value in pairs(row) do
    local column = type(key) == "string" and columns[ascii.lower(key)]
    if column then
      check_value(value, where, key, level + 1)
      check_type(value, types[column], where, key, level + 1)
      values[column] = value
      names[#names + 1] = column
    elseif nested[key] then
      check_table(value, ("%s.%s"):format(where, key), level + 1)
    else
      error(("%s: field '%s' is unknown%s"):format(where, tostring(key), core.did_you_mean(key, types)), level + 1)
    end
  end
  table.sort(names)
  return names, values
end

local function insert_row(table_name, names, values)
  local statement = { ("INSERT INTO %s DEFAULT VALUES"):format(table_name), n = #names }
  if #names > 0 then
    statement[1] = ("INSERT INTO %s (%s) VALUES (%s)"):format(table_name, table.concat(names, ", "),
      ("?, "):rep(#names - 1) .. "?")
  end
  for i, name in ipairs(names) do
    statement[i + 1] = values[name]
  end
  return statement
end

local function insert_quotas(statements, target, id, quotas, known, where, level)
  if not id then
    error(("%s: a row with quotas or usage needs a %s"):format(where, target.id), level + 1)
  end
  for name, value in pairs(quotas) do
    if not known[name] then
      error(("%s: quota '%s' is unknown%s"):format(where, tostring(name), core.did_you_mean(name, known)), level + 1)
    end
    check_value(value, where, name, level + 1)
    statements[#statements + 1] = { ("INSERT INTO %s SELECT ?, QuotaID, ? FROM Quotas WHERE QuotaName = ?")
      :format(target.into), id, value, name, n = 3 }
  end
  if target.also then
    statements[#statements + 1] = { target.also, id, n = 1 }
  end
end

-- The rows of one kind: a list, which a single row without its braces is not.
local function check_rows(rows, kind, level)
  local what = "sandbox:seed: " .. kind
  for key in pairs(rows) do
    if type(key) ~= "number" or key < 1 or key > #rows or key % 1 ~= 0 then
      error(("%s: expected list of rows, got a table with the key '%s'"):format(what, tostring(key)), level + 1)
    end
  end
  for i, row in ipairs(rows) do
    check_table(row, ("%s[%d]"):format(what, i), level + 1)
  end
  return rows
end

--- Puts rows into the database: all of them, or none and an error.
---@param seed dnp.sandbox.Seed
function Sandbox:seed(seed)
  check_table(seed, "sandbox:seed", 2)
  local kinds = {}
  for name in pairs(SEEDS) do
    kinds[name] = { type = "table" }
  end
  arguments.record("sandbox:seed", "field", seed, kinds, 2)
  local statements = {}
  ask(self, "url") -- not when it was stopped
  local _, known_quotas = names_of(self.server, "SELECT QuotaName AS name FROM Quotas")
  for _, kind in ipairs(SEED_ORDER) do
    local columns, types = names_of(self.server, "SELECT name, type FROM pragma_table_info(?)", SEEDS[kind])
    local nested = QUOTAS[kind] or {}
    for i, row in ipairs(check_rows(seed[kind] or {}, kind, 2)) do
      local where = ("sandbox:seed: %s[%d]"):format(kind, i)
      local names, values = row_values(row, columns, types, nested, where, 2)
      statements[#statements + 1] = insert_row(SEEDS[kind], names, values)
      for key, target in pairs(nested) do
        if row[key] then
          insert_quotas(statements, target, values[target.id], row[key], known_quotas, where, 2)
        end
      end
    end
  end
  local done, message = self.server:execute(statements)
  if not done then
    error("sandbox:seed: " .. message, 2)
  end
end

-- ---- misbehaviour ----

local RULE_FIELDS = {
  action = { type = "string", values = server_core.actions, required = true },
  operation = TEXT, text = TEXT, rate = NUMBER, seconds = NUMBER,
  when = { type = "string", values = { "before", "after" } }, nth = COUNT, status = INTEGER, code = INTEGER,
  bytes = { type = "integer", min = 0, max = MAX_INTEGER },
  seed = { type = "integer", min = 0, max = 9007199254740992 },
  times = {
    type = "number", min = 1,
    check = function(value)
      return value == math.huge or value <= MAX_INTEGER and arguments.is_integer(value),
        "expected integer or math.huge, got " .. value
    end,
  },
}
-- The field that an action cannot do without.
local NEEDED = { delay = "seconds", refuse = "code", cut = "bytes" }

local function check_rule(rule, level)
  local copy = arguments.record("sandbox:misbehave", "field", rule, RULE_FIELDS, level + 1)
  local needed = NEEDED[rule.action]
  if needed and not rule[needed] then
    error(("sandbox:misbehave: field '%s' is missing: action '%s' needs it"):format(needed, rule.action), level + 1)
  end
  if rule.action == "cut" and rule.when == "before" then
    error("sandbox:misbehave: a response can only be cut after the change", level + 1)
  end
  return copy
end

--- From now on calls go wrong as the rule says. Rules are tried in the order they were given.
---@param rule dnp.sandbox.Rule
---@return integer number of the rule
function Sandbox:misbehave(rule)
  check_table(rule, "sandbox:misbehave", 2)
  local copy = check_rule(rule, 2)
  copy.when = nil
  copy.after = rule.when == "after"
  if rule.times == math.huge or (rule.times == nil and rule.rate ~= nil) then
    copy.times = 0
  else
    copy.times = rule.times or 1
  end
  if rule.rate == 0 then
    copy.nth = 2 ^ 31 -- never
    copy.rate = nil
  end
  local number, message = ask(self, "misbehave", copy)
  if not number then
    error("sandbox:misbehave: " .. message, 2)
  end
  return number
end

--- Forgets all rules and lets go of what hangs because of one.
function Sandbox:behave()
  ask(self, "behave")
end

--- How often a rule was applied, or all rules together.
---@param rule? integer
---@return integer
function Sandbox:misbehaved(rule)
  local count = ask(self, "misbehaved", rule)
  return count
end

-- ---- calls ----

--- The calls that came in, oldest first; the latest 10,000 are kept.
---@param operation? string only those of this operation
---@return dnp.sandbox.Call[]
function Sandbox:calls(operation)
  local calls = ask(self, "calls", operation)
  return calls
end

--- How many calls came in since the start or the last clear_calls.
---@param operation? string
---@return integer
function Sandbox:call_count(operation)
  local count = ask(self, "call_count", operation)
  return count
end

--- Forgets the calls.
function Sandbox:clear_calls()
  ask(self, "clear_calls")
end

---@class dnp.sandbox
local sandbox = { start = start }

return sandbox
