--- A journal for several machines at one import: PostgreSQL. What the URL, the environment and `.pgpass` say of the
--- connection is libpq's own affair.

local database = require "dnp.cli.import.database"
local fail = require "dnp.cli.fail"
local system = require "dnp.cli.system"

local postgresql = {}

-- A connection that nobody answers on is given up soon: until then the whole command waits. libpq counts seconds, but
-- tcp_user_timeout, which is in milliseconds.
local TIMEOUTS = {
  { "connect_timeout", "5" }, { "keepalives_idle", "5" }, { "keepalives_interval", "2" }, { "keepalives_count", "3" },
  { "tcp_user_timeout", "10000" }, { "application_name", "dnp import" },
}

-- What a machine holds that is gone or stopped must not keep the others for long.
local SETUP = {
  "SET idle_in_transaction_session_timeout = '30s'",
  "SET tcp_keepalives_idle = 5",
  "SET tcp_keepalives_interval = 2",
  "SET tcp_keepalives_count = 3",
  "SET client_min_messages = warning",
}

-- Any number, the same in each import: who makes tables, fills them or joins is the only one who does.
local LOCK = "SELECT pg_advisory_xact_lock(7264019553)"

local function decode(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

-- The URL's parts: what may be shown, and the texts that may not.
local function read_url(url)
  local scheme, rest = url:match "^(postgres%a*://)(.*)$"
  local authority, query = rest:match "^([^?]*)%??(.*)$"
  local secrets = {}
  local user, password, place = authority:match "^([^:@/]*):(.*)@(.*)$"
  if password then
    if password:find "[/@]" then
      fail.usage "--journal: '@' and '/' of the password in the URL have to be written as %40 and %2F"
    end
    secrets[#secrets + 1] = password
  end
  for name, value in query:gmatch "([^&=]+)=([^&]*)" do
    if name:lower():find "pass" then
      secrets[#secrets + 1] = value
    end
  end
  return scheme .. (password and user .. "@" .. place or authority), secrets, query
end

-- Replaces the secrets, as they were written and as they are meant.
local function cleaner(secrets)
  local words = {}
  for _, secret in ipairs(secrets) do
    for _, form in ipairs { secret, decode(secret) } do
      if form ~= "" then
        words[#words + 1] = (form:gsub("%p", "%%%0"))
      end
    end
  end
  return function(message)
    for _, word in ipairs(words) do
      message = message:gsub(word, "***")
    end
    return message
  end
end

-- The URL with what it does not say of how long to wait.
local function with_timeouts(url, query)
  local given = {}
  for name in query:gmatch "([^&=]+)=" do
    given[name] = true
  end
  local parts = {}
  for _, parameter in ipairs(TIMEOUTS) do
    if not given[parameter[1]] then
      parts[#parts + 1] = parameter[1] .. "=" .. parameter[2]:gsub(" ", "%%20")
    end
  end
  local joint = not url:find("?", 1, true) and "?" or query ~= "" and "&" or ""
  return url .. joint .. table.concat(parts, "&")
end

--- Whether a journal's place is a database of PostgreSQL.
---@param place string
---@return boolean
function postgresql.is_url(place)
  return place:find "^postgres://" ~= nil or place:find "^postgresql://" ~= nil
end

--- The database of a URL.
---@param url string "postgresql://user@host/database?sslmode=verify-full"
---@param password string? in place of what the URL, PGPASSWORD or .pgpass say
---@return dnp.cli.Database
function postgresql.open(url, password)
  local DBI = system.library("DBI", "lua-dbi-postgresql")
  system.library("dbd.postgresql", "lua-dbi-postgresql")
  local name, secrets, query = read_url(url)
  secrets[#secrets + 1] = password
  local target = with_timeouts(url, query)
  return database.new {
    name = name,
    is_shared = true,
    begin = "BEGIN",
    lock = LOCK,
    skip_locked = " FOR UPDATE SKIP LOCKED",
    clock = "CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)",
    connect = function()
      return DBI.Connect("PostgreSQL", target, nil, password)
    end,
    setup = SETUP,
    clean = cleaner(secrets),
  }
end

return postgresql
