--- Specs of YAML and JSON: texts become what the contract says they are.

local args = require "dnp.cli.args"
local fields = require "dnp.cli.fields"
local errors = require "dnp.cli.files.errors"
local model = require "dnp.provisioning.model.spec"
local new_accounts = require "dnp.cli.files.new"

local tree = {}

---@class dnp.cli.TreeReader
---@field marks table<table, table<any, dnp.cli.Mark>>
---@field texts boolean every scalar is a text, as in YAML
---@field line integer of the spec
---@field dialect string
---@field errors dnp.cli.FileError[]
---@field lost dnp.cli.FileError[] what this dialect has no place for
---@field places table<string, integer> lines by path
local Reader = {}
Reader.__index = Reader

function Reader:add_error(path, reason)
  self.errors[#self.errors + 1] = { row = self.places[path] or self.line, column = path:gsub("^spec%.", ""),
    reason = reason }
end

function Reader:mark(container, key)
  return (self.marks[container] or {})[key] or {}
end

-- An account or a plan: in YAML a number without quotes is an id.
function Reader:id_or_name(container, key, path)
  local value = container[key]
  if self.texts and type(value) == "string" and self:mark(container, key).plain then
    local converted, message = args.id_or_name(value)
    if converted == nil then
      self:add_error(path, message)
    end
    return converted
  end
  return value
end

-- A value of a type of the contract.
function Reader:typed(field, types, value, path)
  local kind = types[field.type].kind
  if type(value) == "string" and kind ~= "record" and kind ~= "array" then
    local converted, message = fields.convert(field, value, types)
    if converted == nil then
      self:add_error(path, message)
    end
    return converted
  elseif type(value) == "table" and kind == "array" then
    local list = {}
    for index, entry in ipairs(value) do
      list[index] = self:record(types[field.type].item, types, entry, ("%s[%d]"):format(path, index))
    end
    return list
  end
  return value
end

-- A field of another dialect, which is left out: what it says is noted, unless it says nothing.
function Reader:belongs_elsewhere(name, value, path)
  local is_elsewhere, is_lost = fields.elsewhere(self.dialect, name, value)
  if is_lost then
    self.lost[#self.lost + 1] = errors.lost(self.places[path] or self.line, path:gsub("^spec%.", ""), self.dialect)
  end
  return is_elsewhere
end

function Reader:record(type_name, types, value, path)
  if type(value) ~= "table" then
    return value
  end
  local known = {}
  for _, field in ipairs(types[type_name].fields or {}) do
    known[field.name] = field
  end
  local record = {}
  for key, entry in pairs(value) do
    local place = ("%s.%s"):format(path, key)
    self.places[place] = self:mark(value, key).line
    if key == "Owner" or key == "OwnerId" then
      record[key] = self:id_or_name(value, key, place)
    elseif known[key] then
      record[key] = self:typed(known[key], types, entry, place)
    elseif not (type_name == "UserInfo" and self:belongs_elsewhere(key, entry, place)) then
      record[key] = entry
    end
  end
  return record
end

local TRUTH = { type = "boolean" }
local NUMBER = { type = "int" }
local ACCOUNT = { spaces_complete = TRUTH, absent = TRUTH, status = { type = "int", enum = "UserStatus" } }
local PARTS = {
  space = { rows = model.SPACE, record = "PackageInfo" },
  addon = { rows = model.ADDON, record = "PackageAddonInfo" },
}

-- What a field of a part is: the record's field that the spec's row names; nil where texts stay what they are.
local function field_of(shape, key, types)
  local part = PARTS[shape]
  for _, row in ipairs(part and part.rows or {}) do
    if row.name == key and not row.field then
      return row.type == "integer?" and NUMBER or nil
    end
    for _, field in ipairs(row.name == key and types[part.record].fields or {}) do
      if field.name == row.field then
        return field
      end
    end
  end
  return not part and ACCOUNT[key] or nil
end

-- A part of a spec, whose lists have parts of their own.
function Reader:part(shape, value, path, types)
  if type(value) ~= "table" then
    return value
  end
  local part = {}
  for key, entry in pairs(value) do
    local place = ("%s.%s"):format(path, key)
    self.places[place] = self:mark(value, key).line
    if key == "plan" then
      part[key] = self:id_or_name(value, key, place)
    elseif key == "user" and shape == "spec" then
      part[key] = self:record("UserInfo", types, entry, place)
    elseif (key == "spaces" and shape == "spec" or key == "addons" and shape == "space") and type(entry) == "table" then
      part[key] = {}
      for index, one in ipairs(entry) do
        local there = ("%s[%d]"):format(place, index)
        self.places[there] = self:mark(entry, index).line
        part[key][index] = self:part(key == "spaces" and "space" or "addon", one, there, types)
      end
      if next(entry) ~= nil and #part[key] == 0 then
        part[key] = entry
      end
    else
      local field = field_of(shape, key, types)
      if field then
        part[key] = self:typed(field, types, entry, place)
      else
        part[key] = entry
      end
    end
  end
  return part
end

--- A spec of a file with all that is wrong with it.
---@param value any
---@param about { dialect: string, marks: table, texts: boolean, line: integer, new: dnp.cli.NewAccounts|boolean|nil }
---@return table spec
---@return dnp.cli.FileError[]
---@return boolean needs_password
---@return dnp.cli.FileError[] lost
function tree.spec(value, about)
  local reader = setmetatable({
    marks = about.marks or {}, texts = about.texts, line = about.line, dialect = about.dialect, errors = {},
    lost = {}, places = {},
  }, Reader)
  local _, types = fields.of(about.dialect, "UserInfo")
  local spec = reader:part("spec", value, "spec", types)
  local checked, needs_password = new_accounts.fill(spec, about.new)
  if #reader.errors == 0 then
    for _, wrong in ipairs(errors.of_spec(checked, about.dialect, { new = about.new and true })) do
      reader:add_error(wrong.path, wrong.reason)
    end
  end
  return spec, reader.errors, needs_password, reader.lost
end

return tree
