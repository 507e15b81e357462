--- A journal in a file: SQLite. One process at a time has it.

local database = require "dnp.cli.import.database"
local system = require "dnp.cli.system"

local sqlite = {}

-- What connects by LuaDBI; ends the command when it is not installed.
local function connector(path)
  local DBI = system.library("DBI", "lua-dbi-sqlite3")
  system.library("dbd.sqlite3", "lua-dbi-sqlite3")
  return function()
    return DBI.Connect("SQLite3", path)
  end
end

--- The database of a file, which is made when it is not there.
---@param path string
---@return dnp.cli.Database
function sqlite.open(path)
  return database.new {
    name = path,
    is_shared = false,
    begin = "BEGIN IMMEDIATE",
    skip_locked = "",
    clock = "0",
    connect = connector(path),
    setup = { "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL" },
  }
end

--- A database that is gone when it is closed; what does not fit into its cache lies in a temporary file.
---@return dnp.cli.Database
function sqlite.temporary()
  return database.new {
    name = "temporary database",
    is_shared = false,
    begin = "BEGIN",
    skip_locked = "",
    clock = "0",
    connect = connector "",
    setup = { "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF" },
  }
end

return sqlite
