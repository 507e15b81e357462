--- Accounts that could not be imported, in a file of the same format with a column of reasons, to be corrected and
--- imported.

local csv = require "dnp.cli.csv"
local json = require "dnp.cli.json"
local system = require "dnp.cli.system"

---@class dnp.cli.Failures
---@field path string
---@field count integer
local Failures = {}
Failures.__index = Failures

local failures = {}

--- The file of failures beside a file that is imported. One of an earlier run is removed; it is made with the first
--- failure. It may hold passwords, so that only its owner may read it.
---@param path string of the imported file
---@param reader dnp.cli.AccountReader
---@return dnp.cli.Failures
function failures.new(path, reader)
  local stem, extension = path:match "^(.*)%.(%w+)$"
  local self = setmetatable({
    path = stem and ("%s.failures.%s"):format(stem, extension) or path .. ".failures",
    format = reader.format, header = reader.header, separator = reader.separator, count = 0,
  }, Failures)
  os.remove(self.path)
  return self
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
    self.file:write(csv.line(header, self.width, self.separator))
  end
end

--- Writes the rows of an account.
---@param account dnp.cli.FileAccount
---@param reason string
function Failures:add(account, reason)
  if not self.file then
    self:open()
  end
  self.count = self.count + 1
  for _, row in ipairs(account.rows) do
    local copy = {}
    for key, value in pairs(row) do
      copy[key] = value
    end
    copy[self.column or "Error"] = reason
    self.file:write(self.format == "csv" and csv.line(copy, self.width, self.separator) or json.encode(copy) .. "\n")
  end
  self.file:flush()
end

function Failures:close()
  if self.file then
    self.file:close()
  end
end

return failures
