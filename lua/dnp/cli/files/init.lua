--- Files of accounts: YAML, JSON, JSON Lines, CSV; read account by account, with all that is wrong with each.

local csv = require "dnp.cli.csv"
local encoding = require "dnp.cli.encoding"
local fail = require "dnp.cli.fail"
local fields = require "dnp.cli.fields"
local flat = require "dnp.cli.files.flat"
local fold = require "dnp.cli.fold"
local json = require "dnp.cli.json"
local system = require "dnp.cli.system"
local tree = require "dnp.cli.files.tree"

local files = {}

---@class dnp.cli.FileAccount
---@field line integer where it begins
---@field position integer? of a flat file: the byte, from 0 on, where it begins
---@field spec dnp.provisioning.AccountSpec
---@field errors dnp.cli.FileError[]
---@field lost dnp.cli.FileError[] what panels of this dialect have no place for; errors, unless they may be lost
---@field rows table[]? of a flat file: cells as they were read
---@field needs_password boolean? the file has none for it

---@class dnp.cli.AccountReader
---@field format "csv"|"jsonl"|"yaml"|"json"
---@field header string[]? of CSV
---@field separator string? of CSV
---@field next fun(self: dnp.cli.AccountReader): dnp.cli.FileAccount?
---@field at fun(self: dnp.cli.AccountReader, line: integer, position: integer): dnp.cli.FileAccount? of a flat file
---@field close fun(self: dnp.cli.AccountReader)

-- So many bytes tell what kind of a file it is.
local HEAD = 4096

local EXTENSIONS = {
  csv = "csv", tsv = "csv", txt = "csv", jsonl = "jsonl", ndjson = "jsonl", json = "json", yaml = "yaml", yml = "yaml",
}

local function broken(line, reason)
  local err = { row = line, reason = reason }
  return { line = line, spec = { user = {} }, errors = { err }, lost = {}, rows = {} }
end

---- flat files ----

---@class dnp.cli.FlatRow
---@field line integer
---@field position integer
---@field cells table<string, string>|table? by column; or the spec of an account; nil when something is wrong
---@field raw table? the row as it was read
---@field reason string? what is wrong
---@field encoding_error string?

-- Puts rows together to accounts.
local Grouped = {}
Grouped.__index = Grouped

function Grouped:row()
  local row = self.pending
  if row then
    self.pending = nil
    return row
  end
  return self.rows.next()
end

-- A row that is an account by itself.
function Grouped:alone(row)
  if row.reason then
    return broken(row.line, row.reason)
  end
  local spec, wrong, needs, lost = tree.spec(row.cells,
    { dialect = self.columns.dialect, line = row.line, new = self.new })
  return { line = row.line, spec = spec, errors = wrong, lost = lost, rows = { row.raw }, needs_password = needs }
end

-- What holds for a file is told once.
function Grouped:check_encoding(account, row)
  if row.encoding_error then
    account.is_unreadable = true
    if not self.has_told_encoding then
      account:add_error(row.line, nil, row.encoding_error)
    end
    self.has_told_encoding = true
  end
end

function Grouped:next()
  local account
  for row in self.row, self do
    local is_alone = row.reason or row.cells.user
    if account and (is_alone or account.spec.user.Username ~= row.cells.Username) then
      self.pending = row
      break
    elseif is_alone then
      account = self:alone(row)
      account.position = row.position
      return account
    elseif not account then
      account = flat.account(row.line)
      account.position = row.position
    end
    account:add(self.columns, row.line, row.cells, row.raw)
    self:check_encoding(account, row)
  end
  if account then
    account:finish(self.columns, self.new)
  end
  return account
end

-- The account that begins at a line, which is at this byte.
function Grouped:at(line, position)
  if not self.pending or self.pending.position ~= position then
    self.pending = nil
    self.rows.seek(line, position)
  end
  return self:next()
end

local function grouped(columns, rows, new)
  return setmetatable({ columns = columns, rows = rows, new = new }, Grouped)
end

local function check_header(columns, header)
  local wrong, seen = {}, {}
  for index, name in ipairs(header) do
    name = name:match "^%s*(.-)%s*$"
    header[index] = name
    local reason = name ~= "" and flat.refuse(columns, name)
      or seen[name] and name ~= "" and "there are two columns of this name"
    if reason then
      wrong[#wrong + 1] = { row = 1, column = name, reason = reason }
    end
    seen[name] = true
  end
  if not seen.Username then
    wrong[#wrong + 1] = { row = 1, column = "Username", reason = "there is no such column, and it is needed" }
  end
  return wrong
end

local function csv_row(reader, header)
  local row, message, encoding_error = reader:row()
  if message then
    return { line = reader.line, position = reader.offset, reason = message }
  elseif not row then
    return nil
  elseif #row > #header then
    return { line = reader.line, position = reader.offset,
      reason = ("it has %d cells, and there are %d columns"):format(#row, #header) }
  end
  local cells = {}
  for index, name in ipairs(header) do
    local text = row[index]
    cells[name] = text ~= "" and name ~= "Error" and name ~= "" and text or nil
  end
  return { line = reader.line, position = reader.offset, cells = cells, raw = row, encoding_error = encoding_error }
end

local function csv_rows(reader, header)
  return {
    next = function()
      return csv_row(reader, header)
    end,
    seek = function(line, position)
      reader:seek(line, position)
    end,
  }
end

local function open_csv(file, dialect, new)
  local reader, message = csv.reader(file)
  local header, wrong = nil, message
  if reader then
    local encoding_error
    header, wrong, encoding_error = reader:row()
    wrong = encoding_error or wrong
  end
  if not header or wrong then
    return { format = "csv", wrong = { { row = 1, reason = wrong or "it is empty" } } }
  end
  local columns = flat.columns(dialect)
  return {
    format = "csv", header = header, separator = reader.separator, wrong = check_header(columns, header),
    source = grouped(columns, csv_rows(reader, header), new),
  }
end

-- A flat object's values as the texts that cells are; false and what is wrong with one.
local function to_cells(columns, object)
  local cells = {}
  for name, value in pairs(object) do
    local reason = flat.refuse(columns, name)
    local field = columns.known[name]
    local is_text = not field and not fields.elsewhere(columns.dialect, name) or name == "Status"
      or field and field.type == "string"
    if reason then
      return nil, name .. ": " .. reason
    elseif type(value) == "table" then
      cells[name] = json.encode(value)
    elseif type(value) == "number" and is_text and name ~= "Owner" and name ~= "Plan" then
      return nil, name .. ": expected a text, got a number; write it in quotes"
    else
      cells[name] = type(value) == "number" and value % 1 == 0 and ("%d"):format(value) or tostring(value)
    end
    if name == "Error" or cells[name] == "" then
      cells[name] = nil
    end
  end
  return cells
end

-- A line that is not empty.
local function jsonl_row(columns, text)
  local object, message = json.decode(text)
  if type(object) ~= "table" then
    return { reason = ("it is not a JSON object: %s"):format(message or type(object)) }
  elseif text:find "^%s*%[" then
    return { reason = "it is not a JSON object, but an array; JSON Lines have an object in each line" }
  elseif type(object.user) == "table" then
    object.Error = nil
    return { cells = object, raw = object }
  end
  local cells, reason = to_cells(columns, object)
  return { cells = cells or nil, raw = object, reason = reason, encoding_error = encoding.of_text(text) }
end

local function jsonl_rows(file, columns)
  local line, position = 0, 0
  return {
    next = function()
      while true do
        local text = file:read "*l"
        if not text then
          return nil
        end
        local began = position
        line, position = line + 1, position + #text + 1
        if began == 0 then
          text = text:gsub("^\239\187\191", "")
        end
        if text:find "%S" then
          local row = jsonl_row(columns, text)
          row.line, row.position = line, began
          return row
        end
      end
    end,
    seek = function(at, offset)
      file:seek("set", offset)
      line, position = at - 1, offset
    end,
  }
end

local function open_jsonl(file, dialect, new)
  local head, unreadable = file:read(HEAD)
  local wrong = unreadable or head and encoding.of_head(head)
  if wrong then
    return { format = "jsonl", wrong = { { row = 1, reason = wrong } } }
  end
  file:seek "set"
  local columns = flat.columns(dialect)
  return { format = "jsonl", source = grouped(columns, jsonl_rows(file, columns), new) }
end

---- trees ----

-- The specs of a document: one, or a list, or a list under `accounts`.
local function specs_of(value, marks, line, found)
  if type(value) ~= "table" then
    found[#found + 1] = { line = line, value = value }
  elseif value.accounts and value.user == nil then
    specs_of(value.accounts, marks, line, found)
  elseif #value > 0 then
    for index, entry in ipairs(value) do
      specs_of(entry, marks, marks[value] and marks[value][index].line or line, found)
    end
  elseif next(value) ~= nil then
    found[#found + 1] = { line = line, value = value }
  end
end

local function tree_reader(format, found, marks, dialect, new)
  local index = 0
  return {
    format = format,
    source = { next = function()
      index = index + 1
      local one = found[index]
      -- lua-cjson does not tell lines, so the row of a spec in JSON is its place in the list.
      local line = format == "yaml" and one and one.line or index
      if not one then
        return nil
      elseif type(one.value) ~= "table" then
        return broken(line, "expected the spec of an account")
      end
      local spec, wrong, _, lost = tree.spec(one.value, {
        dialect = dialect, marks = marks, texts = format == "yaml", line = line, new = new,
      })
      return { line = line, spec = spec, errors = wrong, lost = lost }
    end },
  }
end

local function open_yaml(text, dialect, new)
  local yaml = require "dnp.cli.files.yaml"
  -- LibYAML reads UTF-16, too.
  local wrong = not text:find "^\255\254" and not text:find "^\254\255" and encoding.of_file(text)
  if wrong then
    return { format = "yaml", wrong = { wrong } }
  end
  local parsed, err = yaml.read(text)
  if not parsed then
    return { format = "yaml", wrong = { err } }
  end
  local found = {}
  specs_of(parsed.value, parsed.marks, 1, found)
  return tree_reader("yaml", found, parsed.marks, dialect, new)
end

local function open_json(text, dialect, new)
  local wrong = encoding.of_file(text)
  if wrong then
    return { format = "json", wrong = { wrong } }
  end
  local value, message = json.decode((text:gsub("^\239\187\191", "")))
  if value == nil then
    return { format = "json", wrong = { { row = 1, reason = "it is not JSON: " .. tostring(message) } } }
  end
  local found = {}
  specs_of(value, {}, 1, found)
  return tree_reader("json", found, {}, dialect, new)
end

---- all ----

-- Of what is not told by the name: JSON and JSON Lines begin with a bracket, a header has Username and a separator.
local function guess(text)
  local head = text:gsub("^\239\187\191", ""):match "^%s*([^\r\n]*)"
  if head:find "^%[" or head:find "^{%s*$" then
    return "json"
  elseif head:find "^{" then
    return "jsonl"
  elseif head:find "Username" and not head:find ":" or head:find "^sep=" then
    return "csv"
  end
  return "yaml"
end

-- Of standard input, which can be read once.
local function text_file(text)
  local file = io.tmpfile()
  file:write(text)
  file:seek "set"
  return file
end

-- The format of a file whose name does not tell it.
local function format_of(path)
  local file, message = io.open(path, "rb")
  if not file then
    fail.usage("%s", message)
  end
  local head, unreadable = file:read(HEAD)
  file:close()
  local wrong = unreadable or encoding.of_head(head or "")
  if wrong then
    fail.usage("%s: %s", path, wrong)
  end
  return guess(head or "")
end

local Reader = {}
Reader.__index = Reader

-- What would be lost is an error, unless it may be.
function Reader:complete(account)
  if account and not self.may_lose then
    for _, one in ipairs(account.lost) do
      account.errors[#account.errors + 1] = one
    end
    account.lost = {}
  end
  return account
end

--- The next account, nil at the end. What is wrong with the file as a whole comes as an account with errors only.
---@return dnp.cli.FileAccount?
function Reader:next()
  if self.wrong and #self.wrong > 0 then
    local wrong = self.wrong
    self.wrong, self.source = nil, nil
    return { line = 1, spec = { user = {} }, errors = wrong, lost = {}, rows = {} }
  end
  return self:complete(self.source and self.source:next())
end

--- The account that begins at a line, which is at this byte of a flat file.
---@param line integer
---@param position integer
---@return dnp.cli.FileAccount?
function Reader:at(line, position)
  return self:complete(self.source and self.source:at(line, position))
end

function Reader:close()
  if self.file then
    self.file:close()
  end
end

---@class dnp.cli.FileOptions
---@field new dnp.cli.NewAccounts|boolean|nil each account must have what a new one needs
---@field may_lose boolean? what this dialect has no place for is not an error

--- Opens a file of accounts; the name's end tells its format, and else its beginning. "-" is standard input.
---@param path string
---@param dialect string
---@param options dnp.cli.FileOptions?
---@return dnp.cli.AccountReader
function files.open(path, dialect, options)
  local new = options and options.new
  local format = EXTENSIONS[(path:match "%.(%w+)$" or ""):lower()]
  local text = path == "-" and system.read(path)
  format = format or (text and guess(text) or format_of(path))
  local reader, file
  if format == "csv" or format == "jsonl" then
    local message
    file, message = text and text_file(text), nil
    if not file then
      file, message = io.open(path, "rb")
    end
    if not file then
      fail.usage("%s", message)
    end
    reader = (format == "csv" and open_csv or open_jsonl)(file, dialect, new)
  else
    reader = (format == "yaml" and open_yaml or open_json)(text or system.read(path), dialect, new)
  end
  reader.file, reader.may_lose = file, options and options.may_lose
  return setmetatable(reader, Reader)
end

--- All accounts of a file that fits into memory, and all errors.
---@param path string
---@param dialect string
---@param options dnp.cli.FileOptions?
---@return dnp.cli.FileAccount[]
---@return dnp.cli.FileError[]
function files.read(path, dialect, options)
  local reader = files.open(path, dialect, options)
  local accounts, errors, rows = {}, {}, {}
  for account in reader.next, reader do
    local name = account.spec.user and account.spec.user.Username
    local key = type(name) == "string" and fold(name)
    for _, err in ipairs(account.errors) do
      errors[#errors + 1] = err
    end
    if key and rows[key] then
      errors[#errors + 1] = { row = account.line, column = "Username",
        reason = ("is that of line %d, too; rows of one account stand one after the other"):format(rows[key]) }
    elseif key then
      rows[key] = account.line
    end
    accounts[#accounts + 1] = account
  end
  reader:close()
  return accounts, errors
end

return files
