--- A file of passwords that were made here: CSV, mode 600, complete before the accounts exist.

local args = require "dnp.cli.args"
local csv = require "dnp.cli.csv"
local fail = require "dnp.cli.fail"
local system = require "dnp.cli.system"

local passwords = {}

--- The options of commands that make passwords.
passwords.OPTIONS = {
  { "--passwords-out", "FILE", "make passwords for new accounts that have none, and write them to FILE (mode 600)" },
  { "--password-length", "N", "of passwords that are made (16)", convert = args.integer(8, 64), default = 16 },
}

local HEADER = { "Username", "Password" }

---@class dnp.cli.Passwords
---@field path string
---@field file file*
---@field by_name table<string, string>
local Passwords = {}
Passwords.__index = Passwords

-- What is in the file already. A last line that a crash cut off is not: its account was not begun.
local function read_known(path)
  local file = io.open(path, "rb")
  if not file then
    return {}, 0
  end
  local text = file:read "*a" or ""
  file:close()
  local whole = text:match "^.*\n" or ""
  if #whole < #text then
    fail.usage("%s: its last line is cut off; delete that line, then go on", path)
  end
  file = assert(io.open(path, "rb"))
  local reader = assert(csv.reader(file))
  local by_name, count = {}, 0
  for row in reader.row, reader do
    count = count + 1
    if count > 1 and row[2] then
      by_name[row[1]:lower()] = row[2]
    elseif count == 1 and (row[1] ~= HEADER[1] or row[2] ~= HEADER[2]) then
      fail.usage("%s is there and is not a file of passwords: its header is not Username,Password", path)
    end
  end
  file:close()
  return by_name, count
end

--- Opens a file of passwords, which is made when it is not there.
---@param path string
---@return dnp.cli.Passwords
function passwords.open(path)
  local file = system.private_file(path)
  local by_name, count = read_known(path)
  if count == 0 then
    file:write(csv.line(HEADER, 2))
  end
  return setmetatable({ path = path, file = file, by_name = by_name }, Passwords)
end

--- The password that was made for an account before; nil when there is none.
---@param name string
---@return string?
function Passwords:known(name)
  return self.by_name[name:lower()]
end

--- Notes a password.
---@param name string
---@param text string
---@return string text
function Passwords:add(name, text)
  local good, message = self.file:write(csv.line({ name, text }, 2))
  if not good then
    fail.with(("%s: %s; nothing was done"):format(self.path, message))
  end
  self.by_name[name:lower()] = text
  return text
end

--- Everything is on the disk after this.
function Passwords:close()
  if not self.file:close() or not system.sync(self.path) then
    fail.with(("%s cannot be written; nothing was done"):format(self.path))
  end
end

return passwords
