--- The file of `rotate-passwords`: CSV, mode 600, with each account's new password and what became of it.

local csv = require "dnp.cli.csv"
local fail = require "dnp.cli.fail"
local fold = require "dnp.cli.fold"
local system = require "dnp.cli.system"

local HEADER = { "Username", "Password", "State" }

---@class dnp.cli.Rotation
---@field path string
---@field names string[] in the file's order
---@field entries table<string, { password: string, state: string }> by name in small letters
local Rotation = {}
Rotation.__index = Rotation

local rotation = {}

--- What the file says of an account.
rotation.TO_SET, rotation.SET, rotation.NOT_SET, rotation.UNKNOWN = "to set", "set", "not set", "unknown"

local function note(self, name, password, state)
  self.names[#self.names + 1] = name
  self.entries[fold(name)] = { password = password, state = state }
end

-- What an earlier run has written.
local function read(self)
  local file, message = io.open(self.path, "rb")
  local reader = file and csv.reader(file)
  if not reader then
    fail.usage("%s", message or (self.path .. " cannot be read"))
  end
  local header = reader:row()
  for index, name in ipairs(header and HEADER or {}) do
    if header[index] ~= name then
      fail.usage("%s is there and is not a file of this command: its header is not %s", self.path,
        table.concat(HEADER, ","))
    end
  end
  for row in reader.row, reader do
    if not row[3] then
      fail.usage("%s: line %d is cut off", self.path, reader.line)
    end
    note(self, row[1], row[2], row[3])
  end
  file:close()
end

--- Opens a file, which is made by the first `save`.
---@param path string
---@return dnp.cli.Rotation
function rotation.open(path)
  local self = setmetatable({ path = path, names = {}, entries = {} }, Rotation)
  system.check_file(path)
  if system.exists(path) then
    system.check_private(path)
    read(self)
  end
  return self
end

--- What there is of an account; nil when there is nothing.
---@param name string
---@return string? password
---@return string? state
function Rotation:known(name)
  local entry = self.entries[fold(name)]
  if entry then
    return entry.password, entry.state
  end
end

--- Notes a new password.
---@param name string
---@param password string
function Rotation:add(name, password)
  note(self, name, password, rotation.TO_SET)
end

--- Notes what became of an account.
---@param name string
---@param state string
function Rotation:mark(name, state)
  self.entries[fold(name)].state = state
end

--- Writes all of it, in place of the file as a whole, so that there is no moment without.
---@return true?
---@return string? message
function Rotation:save()
  local path = self.path .. ".new"
  os.remove(path)
  local file = system.private_file(path)
  local good = file:write(csv.line(HEADER, #HEADER))
  for _, name in ipairs(self.names) do
    local entry = self.entries[fold(name)]
    good = good and file:write(csv.line({ name, entry.password, entry.state }, #HEADER))
  end
  good = file:close() and good and system.sync(path) and os.rename(path, self.path)
  if not good then
    os.remove(path)
    return nil, self.path .. " cannot be written"
  end
  return true
end

return rotation
