--- A database by LuaDBI: prepared statements that are kept, transactions, and errors that say whether the connection
--- is gone.

local database = {}

--- What a statement raises when it failed. A connection that is gone may be made again; everything else stays.
---@class dnp.cli.DatabaseError
---@field message string
---@field lost boolean
local DatabaseError = {}
DatabaseError.__index = DatabaseError
DatabaseError.__tostring = function(self)
  return self.message
end

---@class dnp.cli.Database
---@field name string as messages name it, without secrets
---@field driver dnp.cli.Driver
---@field connection table? of LuaDBI
---@field statements table<string, table> prepared ones, by their text
local Database = {}
Database.__index = Database

---@class dnp.cli.Driver
---@field name string as messages name the database
---@field connect fun(): table?, string? a connection of LuaDBI
---@field is_shared boolean other machines may work with the same journal
---@field begin string what begins a transaction that is going to write
---@field lock string? what makes a transaction the only one of its kind
---@field skip_locked string what ends a query for rows that are going to be changed
---@field clock string the time by the database's clock, in seconds
---@field setup string[] statements for each connection
---@field clean (fun(message: string): string)? removes secrets

--- Whether a value was raised by a statement.
---@param value any
---@return boolean
function database.is_error(value)
  return getmetatable(value) == DatabaseError
end

local function is_interrupt(raised)
  return type(raised) == "string" and raised:find("interrupted!", 1, true) ~= nil
end

local PREFIXES = {
  "Failed to connect to database: ", "Execute failed ", "Fetch failed ", "Error executing statement parameters: ",
  "Error preparing statement handle: ", "Error binding statement parameters: ", "ERROR: ",
}

-- A message in one line, without what LuaDBI says of itself and the level of PostgreSQL.
function Database:message(raw)
  local text = tostring(raw):gsub("%s+", " "):gsub(" $", "")
  text = text:gsub("^[^\n]-%.lua:%d+: ", "")
  for _, prefix in ipairs(PREFIXES) do
    if text:sub(1, #prefix) == prefix then
      text = text:sub(#prefix + 1)
    end
  end
  return ("%s: %s"):format(self.name, self.driver.clean and self.driver.clean(text) or text)
end

function Database:fail(raw)
  if is_interrupt(raw) then
    error(raw, 0)
  end
  local alive = self.connection and pcall(self.connection.ping, self.connection) and self.connection:ping()
  error(setmetatable({ message = self:message(raw), lost = self.driver.is_shared and not alive }, DatabaseError), 0)
end

--- Connects, or connects again.
function Database:connect()
  self:close()
  local good, connection, message = pcall(self.driver.connect)
  if not good or not connection then
    self:fail(message or connection)
  end
  self.connection = connection
  connection:autocommit(true)
  for _, sql in ipairs(self.driver.setup) do
    self:query(sql)
  end
end

function Database:prepare(sql)
  local statement = self.statements[sql]
  if not statement then
    if not self.connection then
      self:fail "there is no connection"
    end
    local good, made, message = pcall(self.connection.prepare, self.connection, sql)
    if not good or not made then
      self:fail(message or made)
    end
    statement = made
    self.statements[sql] = statement
  end
  return statement
end

local function read_rows(statement)
  local rows = {}
  if #statement:columns() > 0 then
    for row in statement:rows(true) do
      rows[#rows + 1] = row
    end
  end
  return rows
end

--- Carries out a statement; raises a database error when it fails.
---@param sql string with `?` for parameters
---@param ... any
---@return table<string, any>[] rows
---@return integer affected how many rows were changed
function Database:query(sql, ...)
  local statement = self:prepare(sql)
  local good, done, message = pcall(statement.execute, statement, ...)
  if good and done then
    good, done, message = pcall(read_rows, statement)
  end
  if good and done then
    return done, statement:affected()
  end
  -- It would tell the same error once more.
  self.statements[sql] = nil
  pcall(statement.close, statement)
  self:fail(message or done)
end

--- Carries out a function in a transaction, which is taken back when the function raises.
---@generic T
---@param work fun(): T
---@param alone boolean? no other transaction of this kind goes on meanwhile
---@return T
function Database:transaction(work, alone)
  self:query(self.driver.begin)
  local good, result = pcall(function()
    if alone and self.driver.lock then
      self:query(self.driver.lock)
    end
    local value = work()
    self:query "COMMIT"
    return value
  end)
  if not good then
    pcall(self.query, self, "ROLLBACK")
    error(result, 0)
  end
  return result
end

--- Closes the connection; statements go first, since a connection does not know which it has.
function Database:close()
  for _, statement in pairs(self.statements) do
    pcall(statement.close, statement)
  end
  self.statements = {}
  if self.connection then
    pcall(self.connection.close, self.connection)
    self.connection = nil
  end
end

--- A database that is not connected yet.
---@param driver dnp.cli.Driver
---@return dnp.cli.Database
function database.new(driver)
  return setmetatable({ name = driver.name, driver = driver, statements = {} }, Database)
end

return database
