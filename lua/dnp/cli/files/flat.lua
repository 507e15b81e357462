--- Accounts of CSV and of flat JSON Lines: a row is an account with one space, more rows of it are further spaces.

local args = require "dnp.cli.args"
local fields = require "dnp.cli.fields"
local errors = require "dnp.cli.files.errors"
local new_accounts = require "dnp.cli.files.new"

local flat = {}

-- Columns beside the fields of UserInfo.
local OWN = { Owner = true, Space = true, Plan = true, Addons = true, Status = true, Error = true }
-- Fields that are not for files.
local REFUSED = { UserId = true, Created = true, Changed = true, StatusId = true }

---@class dnp.cli.Columns
---@field known table<string, table> the fields of UserInfo
---@field types table
---@field dialect string

--- The columns there can be.
---@param dialect string
---@return dnp.cli.Columns
function flat.columns(dialect)
  local known, types = fields.of(dialect, "UserInfo")
  return { known = known, types = types, dialect = dialect }
end

--- What is wrong with a column's name; nil when nothing is.
---@param columns dnp.cli.Columns
---@param name string
---@return string?
function flat.refuse(columns, name)
  if OWN[name] or columns.known[name] and not REFUSED[name] or fields.elsewhere(columns.dialect, name) then
    return nil
  end
  local names = {}
  for known in pairs(columns.known) do
    if not REFUSED[known] then
      names[#names + 1] = known
    end
  end
  for own in pairs(OWN) do
    names[#names + 1] = own
  end
  return ("there is no such column%s"):format(fields.did_you_mean(name, names))
end

---@class dnp.cli.FlatAccount
---@field line integer of its first row
---@field spec table
---@field errors dnp.cli.FileError[]
---@field lost dnp.cli.FileError[] what this dialect has no place for
---@field rows table[] as they were read
---@field is_unreadable boolean? its text is not UTF-8, which was told
local Account = {}
Account.__index = Account

function Account:add_error(row, column, reason)
  self.errors[#self.errors + 1] = { row = row, column = column, reason = reason }
end

-- A cell as a value of its column.
function Account:value(columns, row, name, text)
  local value, message = text, nil
  if name == "Owner" or name == "OwnerId" or name == "Plan" then
    value, message = args.id_or_name(text)
  elseif columns.known[name] and not OWN[name] then
    value, message = fields.convert(columns.known[name], text, columns.types)
  end
  if value == nil then
    self:add_error(row, name, message)
  end
  return value
end

-- "Extra Mailboxes:2; Extra Web Sites"
function Account:addons(row, text)
  local list = {}
  for part in text:gmatch "[^;]+" do
    local trimmed = part:match "^%s*(.-)%s*$"
    if trimmed ~= "" then
      local addon, message = args.addon(trimmed)
      if addon then
        list[#list + 1] = addon
      else
        self:add_error(row, "Addons", message)
      end
    end
  end
  return list
end

-- The space that a row tells of, if it does.
function Account:space(columns, row, cells)
  if not (cells.Space or cells.Plan or cells.Addons) then
    return
  end
  local space = {
    name = cells.Space and self:value(columns, row, "Space", cells.Space) or self.spec.user.Username,
    plan = cells.Plan and self:value(columns, row, "Plan", cells.Plan),
    addons = cells.Addons and self:addons(row, cells.Addons),
  }
  self.spec.spaces = self.spec.spaces or {}
  self.spec.spaces[#self.spec.spaces + 1] = space
  self.space_rows[#self.spec.spaces] = row
end

--- Adds a row: cells by column, without those that are empty.
---@param columns dnp.cli.Columns
---@param row integer its line
---@param cells table<string, string>
---@param raw table
function Account:add(columns, row, cells, raw)
  local first = #self.rows == 0
  self.rows[#self.rows + 1] = raw
  for name, text in pairs(cells) do
    local is_user = columns.known[name] and name ~= "Status" or name == "Owner"
    if first and is_user then
      self.spec.user[name] = self:value(columns, row, name, text)
    elseif first and name == "Status" then
      self.spec.status = self:value(columns, row, name, text)
    elseif first and not is_user and not OWN[name] then
      if select(2, fields.elsewhere(columns.dialect, name, text)) then
        self.lost[#self.lost + 1] = errors.lost(row, name, columns.dialect)
      end
    elseif not first and (is_user or name == "Status") and name ~= "Username" and self.first_cells[name] ~= text then
      self:add_error(row, name, ("the first row of this account (line %d) says otherwise"):format(self.line))
    end
  end
  self.first_cells = self.first_cells or cells
  self:space(columns, row, cells)
end

local COLUMN_OF_SPACE = { name = "Space", plan = "Plan", addons = "Addons" }

-- Where in the file an error of a spec points to.
function Account:place(path)
  local field = path:match "^spec%.user%.([%w_]+)"
  if field then
    return self.line, field == "OwnerId" and self.first_cells.Owner and "Owner" or field
  end
  local index, part = path:match "^spec%.spaces%[(%d+)%]%.?([%w_]*)"
  if index then
    return self.space_rows[tonumber(index)] or self.line, COLUMN_OF_SPACE[part]
  end
  return self.line, path == "spec.status" and "Status" or nil
end

--- All rows are there: looks for errors.
---@param columns dnp.cli.Columns
---@param new dnp.cli.NewAccounts|boolean|nil it may have to be made
function Account:finish(columns, new)
  if not self.spec.user.Username then
    self:add_error(self.line, "Username", "is missing")
    return
  elseif #self.errors > 0 or self.is_unreadable then
    return
  end
  local checked
  checked, self.needs_password = new_accounts.fill(self.spec, new)
  for _, wrong in ipairs(errors.of_spec(checked, columns.dialect, { new = new and true })) do
    local row, column = self:place(wrong.path)
    self:add_error(row, column, wrong.reason)
  end
end

--- An account that begins at a line.
---@param line integer
---@return dnp.cli.FlatAccount
function flat.account(line)
  return setmetatable({ line = line, spec = { user = {} }, errors = {}, lost = {}, rows = {},
    space_rows = {} }, Account)
end

return flat
