--- What became of each account of a file: a database beside it, so that an import that was killed goes on where it was.
---
--- It holds rows, states and ids, and no passwords. A row is written as started before its first call, in blocks, and
--- as done after the last. What was lost of the latter is done again, and finds nothing to do. SQLite's lock keeps a
--- second process out.

local fail = require "dnp.cli.fail"
local system = require "dnp.cli.system"

---@class dnp.cli.Journal
---@field database table connection of LuaDBI
---@field path string
local Journal = {}
Journal.__index = Journal

local VERSION = "1"

local SCHEMA = {
  "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
  "CREATE TABLE IF NOT EXISTS accounts (row INTEGER PRIMARY KEY, username TEXT NOT NULL, state TEXT NOT NULL,"
    .. " user_id INTEGER)",
}

local function complain(self, message)
  if tostring(message):find "locked" then
    fail.with(("%s is in use: another import of this file is running"):format(self.path))
  end
  fail.with(("%s: %s"):format(self.path, tostring(message)))
end

-- Rows of a statement; what goes wrong ends the command.
function Journal:query(sql, ...)
  local statement, message = self.database:prepare(sql)
  local good = statement
  if statement then
    good, message = statement:execute(...)
  end
  if not good then
    complain(self, message)
  end
  local rows = {}
  if statement:columns() and #statement:columns() > 0 then
    for row in statement:rows(true) do
      rows[#rows + 1] = row
    end
  end
  statement:close()
  return rows
end

--- A fact about the import; nil when nobody noted it.
---@param name string
---@return string?
function Journal:fact(name)
  local row = self:query("SELECT value FROM facts WHERE name = ?", name)[1]
  return row and row.value
end

--- Notes facts.
---@param facts table<string, string>
function Journal:note(facts)
  self:query "BEGIN IMMEDIATE"
  for name, value in pairs(facts) do
    self:query("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value)
  end
  self:query "COMMIT"
end

--- The states of all accounts that were begun, by row.
---@return table<integer, string>
function Journal:states()
  local states = {}
  for _, row in ipairs(self:query "SELECT row, state FROM accounts") do
    states[math.floor(row.row)] = row.state
  end
  return states
end

--- Notes that accounts are going to be worked on.
---@param accounts { line: integer, name: string }[]
function Journal:start(accounts)
  self:query "BEGIN IMMEDIATE"
  for _, account in ipairs(accounts) do
    self:query("INSERT OR REPLACE INTO accounts VALUES (?, ?, 'started', NULL)", account.line, account.name)
  end
  self:query "COMMIT"
end

--- Notes what became of accounts.
---@param results { line: integer, state: string, user_id: integer? }[]
function Journal:finish(results)
  self:query "BEGIN IMMEDIATE"
  for _, result in ipairs(results) do
    self:query("UPDATE accounts SET state = ?, user_id = ? WHERE row = ?", result.state, result.user_id or 0,
      result.line)
  end
  self:query "COMMIT"
end

function Journal:close()
  self.database:close()
end

local journal = {}

--- Opens a journal, which is made when it is not there. Ends the command when another process has it.
---@param path string
---@return dnp.cli.Journal
function journal.open(path)
  local DBI = system.library("DBI", "lua-dbi-sqlite3")
  local good, database, message = pcall(DBI.Connect, "SQLite3", path)
  if not good or not database then
    fail.with(("%s: %s"):format(path, tostring(message or database)))
  end
  database:autocommit(true)
  local self = setmetatable({ database = database, path = path }, Journal)
  self:query "PRAGMA locking_mode = EXCLUSIVE"
  self:query "PRAGMA journal_mode = WAL"
  self:query "PRAGMA synchronous = FULL"
  for _, statement in ipairs(SCHEMA) do
    self:query(statement)
  end
  local version = self:fact "version"
  if version and version ~= VERSION then
    fail.usage("%s was written by another version of dnp (%s)", path, version)
  end
  self:note { version = VERSION }
  return self
end

return journal
