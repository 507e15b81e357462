--- Names of accounts and where they stand in a file, however many there are: in a temporary database, not in memory.

local fold = require "dnp.cli.fold"
local sqlite = require "dnp.cli.import.sqlite"

---@class dnp.cli.Names
---@field database dnp.cli.Database
local Names = {}
Names.__index = Names

local names = {}

--- Adds a name, in any case of letters; one that is there stays as it is.
---@param name string
---@param line integer
---@param position integer byte of the file
---@return integer? line of the same name, if it was there
function Names:add(name, line, position)
  local known = self:find(name)
  if known then
    return known
  end
  self:put(name, line, position)
  return nil
end

--- Adds a name, in place of the same one.
---@param name string
---@param line integer
---@param position integer
function Names:put(name, line, position)
  self.database:query("INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?)", fold(name), name, line, position)
end

--- Where a name stands.
---@param name string
---@return integer? line
---@return integer? position
function Names:find(name)
  local row = self.database:query("SELECT line, position FROM names WHERE folded = ?", fold(name))[1]
  if row then
    return math.floor(row.line), math.floor(row.position)
  end
end

--- Visits all names, in the order of their lines, so many at a time.
---@param most integer
---@param visit fun(list: { line: integer, name: string, position: integer }[])
function Names:each(most, visit)
  local last = 0
  while true do
    local list = self.database:query("SELECT line, name, position FROM names WHERE line > ? ORDER BY line LIMIT ?",
      last, most)
    if #list == 0 then
      return
    end
    for _, entry in ipairs(list) do
      entry.line, entry.position = math.floor(entry.line), math.floor(entry.position)
    end
    visit(list)
    last = list[#list].line
  end
end

function Names:close()
  self.database:close()
end

--- No names yet.
---@return dnp.cli.Names
function names.new()
  local database = sqlite.temporary()
  database:connect()
  database:query("CREATE TABLE names (folded TEXT PRIMARY KEY, name TEXT, line INTEGER, position INTEGER)")
  database:query "CREATE INDEX by_line ON names (line)"
  database:query "BEGIN" -- and nothing else: nobody reads it later
  return setmetatable({ database = database }, Names)
end

return names
