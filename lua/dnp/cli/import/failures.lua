--- Accounts that could not be imported, in a file of the same format with a column of reasons, to be corrected and
--- imported.

local csv = require "dnp.cli.csv"
local dnp = require "dnp"
local fail = require "dnp.cli.fail"
local fields = require "dnp.cli.fields"
local json = require "dnp.cli.json"
local system = require "dnp.cli.system"

---@class dnp.cli.Failures
---@field path string
---@field count integer
---@field trouble string? why it cannot be written
local Failures = {}
Failures.__index = Failures

local failures = {}

--- Where failures go when nobody says: beside the file.
---@param path string of the imported file
---@param worker integer? of several machines that may share the folder
---@return string
function failures.path(path, worker)
  local stem, extension = path:match "^(.*)%.(%w+)$"
  local middle = ".failures" .. (worker and ("-%d"):format(worker) or "")
  return stem and stem .. middle .. "." .. extension or path .. middle
end

--- Ends the command when there is a file at this place that no import has written: it would be replaced.
---@param path string
function failures.check(path)
  system.check_file(path)
  local file = io.open(path, "rb")
  local first = file and file:read "*l"
  if file then
    file:close()
  end
  if first and not first:find "%f[%w]Error%f[%W]" then
    fail.usage("%s is there and is not a file of failures, which would take its place", path)
  end
end

--- A file of failures. One of an earlier run is removed; it is made with the first failure. It may hold passwords, so
--- that only its owner may read it.
---@param path string
---@param reader dnp.cli.AccountReader of the imported file
---@param dialect string
---@return dnp.cli.Failures
function failures.new(path, reader, dialect)
  os.remove(path)
  return setmetatable({
    path = path, format = reader.format, header = reader.header, separator = reader.separator, dialect = dialect,
    count = 0,
  }, Failures)
end

local function error_column(header)
  for index, name in ipairs(header) do
    if name == "Error" then
      return index
    end
  end
  return #header + 1
end

function Failures:open()
  self.file = system.private_file(self.path)
  if self.format == "csv" then
    local header = {}
    for index, name in ipairs(self.header) do
      header[index] = name
    end
    self.column = error_column(header)
    header[self.column] = "Error"
    self.width = #header
    self:write(csv.line(header, self.width, self.separator))
  end
end

function Failures:write(text)
  local good, message = self.file:write(text)
  if not good then
    fail.with(("%s: %s"):format(self.path, message))
  end
end

-- A spec as JSON had it: an empty list says that there must be nothing.
local function with_lists(spec, dialect)
  local copy = {}
  for name, value in pairs(spec) do
    copy[name] = value
  end
  if copy.user then
    copy.user = fields.with_lists(copy.user, dnp.contract(dialect).types, "UserInfo")
  end
  for _, space in ipairs(copy.spaces or {}) do
    space.addons = space.addons and json.list(space.addons)
  end
  copy.spaces = copy.spaces and json.list(copy.spaces)
  return copy
end

local function add(self, account, reason)
  if not self.file then
    self:open()
  end
  for _, row in ipairs(account.rows) do
    local copy = self.format == "csv" and { (table.unpack or unpack)(row, 1, self.width) }
      or with_lists(row, self.dialect)
    copy[self.column or "Error"] = reason
    self:write(self.format == "csv" and csv.line(copy, self.width, self.separator) or json.encode(copy) .. "\n")
  end
  local good, message = self.file:flush()
  if not good then
    fail.with(("%s: %s"):format(self.path, message))
  end
end

--- Writes the rows of an account. What cannot be written is no reason to stop: the journal has it, too.
---@param account dnp.cli.FileAccount
---@param reason string
function Failures:add(account, reason)
  if self.trouble then
    return
  end
  local good, raised = pcall(add, self, account, reason)
  if good then
    self.count = self.count + 1
  elseif fail.is(raised) then
    self.trouble = raised.message
  else
    error(raised, 0)
  end
end

function Failures:close()
  if self.file then
    self.file:close()
  end
end

return failures
