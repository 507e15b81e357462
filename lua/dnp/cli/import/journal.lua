--- What became of each account of a file, so that an import that was killed goes on where it was, and several machines
--- can share one.
---
--- It holds lines, names, states and ids, and no passwords. Accounts are `open` until a worker takes them, in blocks,
--- and `started` from then on, until they are `done` or `failed`. What a worker that is gone has left started is taken
--- again, after all that is open: what it had sent by then has happened. Each time, the account's turn counts up, so
--- that what a worker says of an account that others have taken over meanwhile is passed over.

local database = require "dnp.cli.import.database"
local dnp = require "dnp"
local fail = require "dnp.cli.fail"
local lease = require "dnp.cli.import.lease"
local postgresql = require "dnp.cli.import.postgresql"
local sqlite = require "dnp.cli.import.sqlite"

---@class dnp.cli.Journal
---@field database dnp.cli.Database
---@field name string
---@field lease dnp.cli.Lease? of this process, where machines share the journal
---@field worker integer id of this process
---@field timeout number of the session
---@field trouble string? why nothing can be written any more
---@field lost string? why there is no connection
---@field held table<integer, dnp.cli.TakenAccount> what this process has taken, by line
local Journal = {}
Journal.__index = Journal

local journal = {}

---@class dnp.cli.TakenAccount
---@field line integer
---@field position integer
---@field username string
---@field turn integer how often it was taken
---@field worker integer
---@field lease dnp.cli.Lease?
---@field cut boolean? the lease was over before all was done
---@field overrun boolean? a change was made that others may not know of

---@class dnp.cli.Result
---@field account dnp.cli.TakenAccount
---@field state "done"|"failed"|"open"
---@field user_id integer?

local VERSION = "2"

local SCHEMA = {
  "CREATE TABLE IF NOT EXISTS dnp_facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
  "CREATE TABLE IF NOT EXISTS dnp_workers (id INTEGER PRIMARY KEY, ends DOUBLE PRECISION NOT NULL)",
  "CREATE TABLE IF NOT EXISTS dnp_accounts (line INTEGER PRIMARY KEY, position DOUBLE PRECISION NOT NULL,"
    .. " username TEXT NOT NULL, state TEXT NOT NULL, turn INTEGER NOT NULL, worker INTEGER NOT NULL, user_id INTEGER,"
    .. " again INTEGER NOT NULL)",
  "CREATE INDEX IF NOT EXISTS dnp_accounts_by_state ON dnp_accounts (state, line)",
}

-- The ids of workers count on: one of an import that was begun anew may still be somewhere.
local CLEAR = { "DELETE FROM dnp_accounts", "DELETE FROM dnp_facts WHERE name <> 'workers'" }

-- Nobody's id: who is it has left.
local NOBODY = 0
-- So many accounts are added with one statement.
local ADDED_AT_ONCE = 50
-- Seconds between two attempts to connect again.
local RECONNECT_EVERY = 1

---- facts ----

--- A fact about the import; nil when nobody noted it.
---@param name string
---@return string?
function Journal:fact(name)
  local row = self.database:query("SELECT value FROM dnp_facts WHERE name = ?", name)[1]
  return row and row.value
end

function Journal:note(name, value)
  self.database:query("INSERT INTO dnp_facts VALUES (?, ?)", name, value)
end

local function compare(self, facts)
  for _, fact in ipairs(facts) do
    local known = self:fact(fact.name)
    if known and known ~= fact.value then
      fail.usage("%s is the journal of %s; with --fresh it is begun anew, which does no harm: what is there already is "
        .. "left as it is", self.name, fact.tell(known))
    end
  end
end

---- workers ----

-- Those whose lease is over are gone; where nobody else can be, all are.
function Journal:bury()
  if self.database.driver.is_shared then
    self.database:query(("DELETE FROM dnp_workers WHERE ends <= %s"):format(self.database.driver.clock))
  else
    self.database:query "DELETE FROM dnp_workers"
  end
end

function Journal:workers()
  return math.floor(self.database:query("SELECT count(*) AS count FROM dnp_workers")[1].count)
end

-- A new worker, with a lease where others may be at work. Rows that worker ids of a former life hold are nobody's.
function Journal:join()
  local facts = self.database:query "SELECT value FROM dnp_facts WHERE name = 'workers'"
  local id = math.floor(tonumber(facts[1] and facts[1].value) or 0) + 1
  self.database:query "DELETE FROM dnp_facts WHERE name = 'workers'"
  self:note("workers", ("%d"):format(id))
  local length = self.database.driver.is_shared and lease.length(self.timeout) or 0
  self.database:query(("INSERT INTO dnp_workers VALUES (?, %s + CAST(? AS DOUBLE PRECISION))"):format(
    self.database.driver.clock), id, length)
  return id
end

function Journal:new_lease(id)
  self.worker = id
  if self.database.driver.is_shared then
    self.lease = lease.new(self.timeout, function(one)
      return self:renew(one)
    end)
    self.lease.worker = id
  end
end

local function add_accounts(self, list)
  local values, parameters = {}, {}
  for index, entry in ipairs(list) do
    values[index] = "(?, ?, ?, 'open', 0, 0, NULL, 0)"
    parameters[#parameters + 1] = entry.line
    parameters[#parameters + 1] = entry.position
    parameters[#parameters + 1] = entry.name
  end
  self.database:query("INSERT INTO dnp_accounts (line, position, username, state, turn, worker, user_id, again) VALUES "
    .. table.concat(values, ", "), (table.unpack or unpack)(parameters))
end

--- Begins to work: whoever is the first adds all accounts; who comes while nobody else is at work tries those again
--- that failed.
---@param facts { name: string, value: string, tell: fun(known: string): string }[] by which a file is known again
---@param names dnp.cli.Names? all accounts, if they are not known to be there
---@return boolean alone
function Journal:enter(facts, names)
  local began, wall, id
  self.facts = facts
  local alone = self.database:transaction(function()
    compare(self, facts)
    self:bury()
    local first = self:workers() == 0
    if not self:fact "digest" then
      names:each(ADDED_AT_ONCE, function(list)
        add_accounts(self, list)
      end)
      for _, fact in ipairs(facts) do
        self:note(fact.name, fact.value)
      end
    elseif first then
      self.database:query "UPDATE dnp_accounts SET state = 'open' WHERE state = 'failed'"
    end
    began, wall = dnp.clock(), os.time()
    id = self:join()
    return first
  end, true)
  self:new_lease(id)
  if self.lease then
    self.lease:extend(began, wall)
  end
  return alone
end

--- Leaves: what is not done yet is for others at once.
function Journal:leave()
  if not self.trouble and not self.lost then
    pcall(self.database.query, self.database, "DELETE FROM dnp_workers WHERE id = ?", self.worker)
  end
  self.database:close()
end

---- the connection ----

-- Accounts that the journal holds for this worker, and that it does not know of: the answer to taking them was lost.
function Journal:return_unknown()
  local held = self.database:query("SELECT line FROM dnp_accounts WHERE state = 'started' AND worker = ?", self.worker)
  for _, row in ipairs(held) do
    if not self.held[math.floor(row.line)] then
      self.database:query("UPDATE dnp_accounts SET worker = 0 WHERE line = ? AND worker = ?", math.floor(row.line),
        self.worker)
    end
  end
end

-- Connects again, not too often.
function Journal:reconnect()
  local now = dnp.clock()
  if now - self.tried_at < RECONNECT_EVERY then
    return false
  end
  local good, raised = pcall(function()
    self.database:connect()
    self:return_unknown()
  end)
  self.tried_at = dnp.clock()
  if good then
    self.lost = nil
  elseif not database.is_error(raised) then
    error(raised, 0)
  else
    self.lost = raised.message
  end
  return good
end

-- Calls a function that uses the database. Nil when it cannot be used now, or at all; then `lost` or `trouble` say why.
-- A connection that is gone is made again. Where others are at work, the database may have given way to one of them.
function Journal:try(work)
  if self.trouble or self.lost and not self:reconnect() then
    return nil
  end
  local good, result = pcall(work)
  if not good and database.is_error(result) and self.lease then
    self.lost = result.lost and result.message or nil
    if self.lost and not self:reconnect() then
      return nil
    end
    good, result = pcall(work)
  end
  if good then
    return result
  elseif not database.is_error(result) then
    error(result, 0)
  elseif result.lost then
    self.lost = result.message
  else
    self.trouble = result.message
  end
  return nil
end

--- Asks for more time; false when it is over, or the journal cannot be asked.
---@param one dnp.cli.Lease
---@return boolean
function Journal:renew(one)
  local began, wall = dnp.clock(), os.time()
  local affected = self:try(function()
    local now = self.database.driver.clock
    local _, count = self.database:query(("UPDATE dnp_workers SET ends = %s + CAST(? AS DOUBLE PRECISION) "
      .. "WHERE id = ? AND ends > %s"):format(now, now), one.length, one.worker)
    return count
  end)
  if affected == 1 then
    one:extend(began, wall)
  elseif affected then
    one.over = true
  end
  return affected == 1
end

---- taking accounts ----

local OPEN = "SELECT line, position, username, turn FROM dnp_accounts WHERE state = 'open' ORDER BY line LIMIT ?"
local LEFT = "SELECT line, position, username, turn FROM dnp_accounts WHERE state = 'started' AND NOT EXISTS "
  .. "(SELECT 1 FROM dnp_workers WHERE dnp_workers.id = dnp_accounts.worker) ORDER BY line LIMIT ?"

local function marks(count)
  return ("?, "):rep(count - 1) .. "?"
end

-- Marks what was found as this worker's.
function Journal:mark(found)
  local lines, taken = {}, {}
  for index, row in ipairs(found) do
    lines[index] = math.floor(row.line)
    taken[index] = {
      line = lines[index], position = math.floor(row.position), username = row.username,
      turn = math.floor(row.turn) + 1, worker = self.worker, lease = self.lease,
    }
  end
  self.database:query(("UPDATE dnp_accounts SET state = 'started', turn = turn + 1, again = 0, worker = %d "
    .. "WHERE line IN (%s)"):format(self.worker, marks(#lines)), (table.unpack or unpack)(lines))
  return taken
end

-- Of an account that another worker asks to be looked at again, the state is not the last word.
local FINISH = "INSERT INTO dnp_accounts (line, position, username, state, turn, worker, user_id, again) VALUES %s "
  .. "ON CONFLICT (line) DO UPDATE SET "
  .. "state = CASE WHEN dnp_accounts.again = 1 THEN 'started' ELSE excluded.state END, "
  .. "worker = CASE WHEN dnp_accounts.again = 1 THEN 0 ELSE excluded.worker END, "
  .. "user_id = excluded.user_id, again = 0 "
  .. "WHERE dnp_accounts.turn = excluded.turn AND dnp_accounts.worker = excluded.worker"

function Journal:write(results)
  if #results == 0 then
    return
  end
  local values, parameters, count = {}, {}, 0
  for index, result in ipairs(results) do
    local account = result.account
    values[index] = "(?, ?, ?, ?, ?, ?, ?, 0)"
    for _, value in ipairs {
      account.line, account.position, account.username, result.state, account.turn, account.worker,
    } do
      count = count + 1
      parameters[count] = value
    end
    count = count + 1
    parameters[count] = result.user_id and math.floor(result.user_id)
  end
  self.database:query(FINISH:format(table.concat(values, ", ")), (table.unpack or unpack)(parameters, 1, count))
end

-- In the order of lines, so that two workers that have an account both do not wait for each other.
function Journal:write_all(results)
  table.sort(results, function(one, other)
    return one.account.line < other.account.line
  end)
  for first = 1, #results, ADDED_AT_ONCE do
    local part = {}
    for index = first, math.min(first + ADDED_AT_ONCE - 1, #results) do
      part[#part + 1] = results[index]
    end
    self:write(part)
  end
end

function Journal:forget(results)
  for _, result in ipairs(results) do
    local account = result.account
    if self.held[account.line] == account then
      self.held[account.line] = nil
    end
  end
end

-- A lease that is over is not renewed: its worker is gone, and what it held may be others'. This process goes on as
-- another worker.
function Journal:rejoin()
  if not self.lease or not self.lease:is_over() then
    return
  end
  local began, wall = dnp.clock(), os.time()
  local id = self.database:transaction(function()
    compare(self, self.facts)
    self:bury()
    return self:join()
  end, true)
  self.held = {}
  self:new_lease(id)
  self.lease:extend(began, wall)
end

--- Writes what became of accounts, and takes others, all with one transaction.
---@param results dnp.cli.Result[]
---@param count integer how many to take at most
---@return dnp.cli.TakenAccount[]? nil when the journal cannot be used
function Journal:take(results, count)
  local taken = self:try(function()
    self:rejoin()
    local list = self.database:transaction(function()
      self:write_all(results)
      if self.lease then
        self:bury()
      end
      local found = self.database:query(OPEN .. self.database.driver.skip_locked, count)
      if #found == 0 then
        found = self.database:query(LEFT .. self.database.driver.skip_locked, count)
      end
      return #found > 0 and self:mark(found) or {}
    end)
    self:forget(results)
    return list
  end)
  for _, account in ipairs(taken or {}) do
    self.held[account.line] = account
  end
  return taken
end

--- Writes what became of accounts.
---@param results dnp.cli.Result[]
---@return boolean
function Journal:finish(results)
  return self:try(function()
    self.database:transaction(function()
      self:write_all(results)
    end)
    self:forget(results)
    return true
  end) or false
end

--- Asks for an account to be taken once more: it was changed by who had lost it.
---@param account dnp.cli.TakenAccount
---@return boolean
function Journal:repeat_account(account)
  return self:try(function()
    self.database:query("UPDATE dnp_accounts SET again = CASE WHEN state = 'started' THEN 1 ELSE 0 END, "
      .. "worker = CASE WHEN state = 'started' THEN worker ELSE 0 END, state = 'started' "
      .. "WHERE line = ? AND state <> 'open'", account.line)
    return true
  end) or false
end

--- Gives back what this process has begun and not finished: it can be taken again.
---@return boolean
function Journal:release()
  return self:try(function()
    self.database:query("UPDATE dnp_accounts SET worker = 0 WHERE state = 'started' AND worker = ?", self.worker)
    self.held = {}
    return true
  end) or false
end

--- How many accounts there are in each state.
---@return table<string, integer>?
function Journal:counts()
  return self:try(function()
    local counts = { open = 0, started = 0, done = 0, failed = 0 }
    for _, row in ipairs(self.database:query "SELECT state, count(*) AS count FROM dnp_accounts GROUP BY state") do
      counts[row.state] = math.floor(row.count)
    end
    return counts
  end)
end

--- Whether others are at work on accounts that may come back.
---@return boolean
function Journal:others()
  if not self.lease then
    return false
  end
  local rows = self:try(function()
    return self.database:query("SELECT line FROM dnp_accounts WHERE state = 'started' AND worker <> ? LIMIT 1",
      self.worker)
  end)
  return rows == nil or #rows > 0
end

---- opening ----

-- Makes the tables, and empties them for a new beginning.
function Journal:prepare(fresh)
  local shared = self.database.driver.is_shared
  self.database:transaction(function()
    for _, statement in ipairs(SCHEMA) do
      self.database:query(statement)
    end
    local version = self:fact "version"
    if fresh then
      self:bury()
      if self:workers() > 0 then
        fail.with(("%s: another machine is at this import, or was a moment ago, so it is not begun anew"):format(
          self.name))
      end
      for _, statement in ipairs(CLEAR) do
        self.database:query(statement)
      end
    elseif version and version ~= VERSION then
      fail.usage("%s was written by another version of dnp (%s)", self.name, version)
    end
    if fresh or not version then
      self:note("version", VERSION)
    end
  end, shared)
end

-- What is wrong with a journal that cannot be used.
local function reject(self, raised)
  if not database.is_error(raised) then
    error(raised, 0)
  elseif not self.database.driver.is_shared and raised.message:find("locked", 1, true) then
    fail.with(("%s is in use: another import of this file is running"):format(self.name))
  elseif raised.message:find("not a database", 1, true) then
    fail.usage("%s is there and is not a journal", self.name)
  elseif raised.lost then
    -- LuaDBI does not tell what libpq said.
    fail.with(("%s; nothing was done. `psql` with the same URL tells why"):format(raised.message))
  end
  fail.with(("%s; nothing was done%s"):format(raised.message, raised.message:find("unable to open", 1, true)
    and ". --journal PLACE names another place" or ""))
end

--- Calls what uses the journal before anything is done on the panel; ends the command when it cannot be used.
---@generic T
---@param work fun(): T
---@return T
function Journal:need(work)
  local good, result = pcall(work)
  if not good then
    reject(self, result)
  end
  return result
end

--- Whether the file is known already. Ends the command when the journal is that of another one.
---@param facts { name: string, value: string, tell: fun(known: string): string }[]
---@return boolean
function Journal:knows(facts)
  return self:need(function()
    compare(self, facts)
    return self:fact "digest" ~= nil
  end)
end

--- Opens a journal, which is made when it is not there. Ends the command when it cannot be used.
---@param place string a file, or the URL of a database of PostgreSQL
---@param options { password: string?, fresh: boolean?, timeout: number }
---@return dnp.cli.Journal
function journal.open(place, options)
  local opened = postgresql.is_url(place) and postgresql.open(place, options.password) or sqlite.open(place)
  local self = setmetatable({
    database = opened, name = opened.name, timeout = options.timeout, worker = NOBODY, held = {}, tried_at = -math.huge,
  }, Journal)
  self:need(function()
    opened:connect()
    self:prepare(options.fresh)
  end)
  return self
end

return journal
