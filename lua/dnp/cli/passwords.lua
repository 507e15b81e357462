--- A file of passwords that were made here: CSV, mode 600, written before the accounts have them.

local args = require "dnp.cli.args"
local csv = require "dnp.cli.csv"
local fail = require "dnp.cli.fail"
local fold = require "dnp.cli.fold"
local system = require "dnp.cli.system"

local passwords = {}

--- The options of commands that make passwords.
passwords.OPTIONS = {
  { "--passwords-out", "FILE", "make passwords for new accounts that have none, and write them to FILE (mode 600)" },
  { "--password-length", "N", "of passwords that are made (16)", convert = args.integer(8, 64), default = 16 },
  { "--password-symbols", nil, "passwords that are made have symbols, too (-_.:), where a panel's policy wants them" },
}

-- What tells lines of several machines' files apart comes last.
local HEADER = { "Username", "Password", "Turn" }

-- Lines are written whole, as far as possible.
local BUFFER = 65536

---@class dnp.cli.Passwords
---@field path string
---@field file file*? open for appending
---@field reader dnp.cli.CsvReader of the same file
---@field size integer
---Where an account's last line begins.
---@field places { find: fun(self: table, name: string): integer?, put: fun(self: table, name: string, at: integer) }
---@field columns integer
local Passwords = {}
Passwords.__index = Passwords

-- Places in memory, for as many accounts as there is room for.
local function in_memory()
  local places = {}
  return {
    find = function(_, name)
      return places[fold(name)]
    end,
    put = function(_, name, at)
      places[fold(name)] = at
    end,
  }
end

local function check_header(path, header, columns)
  for index = 1, columns do
    if header[index] ~= HEADER[index] then
      fail.usage("%s is there and is not a file of passwords: its header is not %s", path,
        table.concat(HEADER, ",", 1, columns))
    end
  end
end

-- Notes what is in the file already. A last line that a crash cut off is not: its account was not begun.
function Passwords:read_known(file)
  self.size = file:seek "end"
  file:seek("set", math.max(self.size - 1, 0))
  if self.size > 0 and file:read(1) ~= "\n" then
    fail.usage("%s: its last line is cut off; delete that line, then go on", self.path)
  end
  file:seek "set"
  local message
  self.reader, message = csv.reader(file)
  if not self.reader then
    fail.usage("%s is there and is not a file of passwords: %s", self.path, message)
  end
  local header = self.reader:row()
  if header then
    check_header(self.path, header, self.columns)
  end
  for row in self.reader.row, self.reader do
    if row[2] then
      self.places:put(row[1], self.reader.offset)
    end
  end
end

--- Opens a file of passwords, which is made when it is not there.
---@param path string
---@param options { places: table?, turns: boolean? }? `places`: where to note lines; `turns`: the third column is there
---@return dnp.cli.Passwords
function passwords.open(path, options)
  local self = setmetatable({
    path = path, places = options and options.places or in_memory(), columns = options and options.turns and 3 or 2,
  }, Passwords)
  system.check_file(path)
  self.file = system.private_file(path)
  self.file:setvbuf("full", BUFFER)
  local file, message = io.open(path, "rb")
  if not file then
    fail.usage("%s", message)
  end
  self:read_known(file)
  if self.size == 0 then
    self:write(HEADER)
  end
  return self
end

function Passwords:write(cells)
  local line = csv.line(cells, self.columns)
  local good, message = self.file:write(line)
  if not good then
    fail.with(("%s: %s"):format(self.path, message))
  end
  self.size = self.size + #line
end

--- The password that was made for an account before; nil when there is none.
---@param name string
---@return string?
function Passwords:known(name)
  local at = self.places:find(name)
  if not at then
    return nil
  end
  if self.file then
    self.file:flush()
  end
  self.reader:seek(0, at)
  return self.reader:row()[2]
end

--- Notes a password.
---@param name string
---@param text string
---@param turn integer? the greater one of several machines is right
---@return string text
function Passwords:add(name, text, turn)
  self.places:put(name, self.size)
  self:write { name, text, turn }
  return text
end

--- Everything is on the disk after this.
function Passwords:sync()
  local good, message = self.file:flush()
  if not good or not system.sync(self.path) then
    fail.with(("%s cannot be written%s"):format(self.path, message and ": " .. message or ""))
  end
end

--- The same, and nothing follows.
function Passwords:close()
  self:sync()
  self.file:close()
  self.file = nil
end

return passwords
