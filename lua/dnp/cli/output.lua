--- What the command writes: tables for people, JSON and CSV for programs; errors on standard error.

local csv = require "dnp.cli.csv"
local json = require "dnp.cli.json"
local stdout = require "dnp.cli.stdout"
local system = require "dnp.cli.system"

---@class dnp.cli.Output
---@field form "text"|"json"|"csv"
local Output = {}
Output.__index = Output

local COLOURS = { red = "31", green = "32", yellow = "33", bold = "1" }

--- Paints a text for a terminal.
---@param descriptor integer where it is going to be written
---@param colour string
---@param text string
---@return string
function Output.paint(_, descriptor, colour, text)
  if system.environment "NO_COLOR" or not system.is_terminal(descriptor) then
    return text
  end
  return ("\27[%sm%s\27[0m"):format(COLOURS[colour], text)
end

-- Control characters would be commands to a terminal.
local function printable(text)
  return (text:gsub("[%c\127]", function(letter)
    return ("\\x%02x"):format(letter:byte())
  end))
end

local function width_of(text)
  local _, continued = text:gsub("[\128-\191]", "")
  return #text - continued
end

-- A value as text; what has parts, as JSON.
local function text_of(value)
  if value == nil or type(value) == "table" and next(value) == nil then
    return ""
  elseif type(value) == "number" and value % 1 == 0 then
    return ("%.0f"):format(value)
  elseif type(value) == "table" then
    return json.encode(value)
  end
  return tostring(value)
end

local function cell(value)
  return printable(text_of(value))
end

local function print_table(self, columns, rows)
  if #columns == 0 then
    return
  end
  local widths, lines = {}, { {} }
  for index, column in ipairs(columns) do
    lines[1][index] = column:upper()
    widths[index] = width_of(column)
  end
  for number, row in ipairs(rows) do
    lines[number + 1] = {}
    for index, column in ipairs(columns) do
      local text = cell(row[column])
      lines[number + 1][index] = text
      widths[index] = math.max(widths[index], width_of(text))
    end
  end
  for number, line in ipairs(lines) do
    local parts = {}
    for index, text in ipairs(line) do
      local space = (" "):rep(widths[index] - width_of(text))
      local numeric = number > 1 and type(rows[number - 1][columns[index]]) == "number"
      parts[index] = numeric and space .. text or text .. space
    end
    local text = table.concat(parts, "  "):gsub("%s+$", "")
    stdout.write(number == 1 and self:paint(1, "bold", text) or text, "\n")
  end
end

--- A list of records, of which some columns are shown to people; JSON has all fields.
---@param columns string[]
---@param rows table[]
function Output:rows(columns, rows)
  if self.form == "json" then
    local parts = {}
    for index, row in ipairs(rows) do
      parts[index] = json.encode(row, columns)
    end
    stdout.write("[", table.concat(parts, ",\n"), "]\n")
  elseif self.form == "csv" then
    stdout.write(csv.line(columns, #columns))
    for _, row in ipairs(rows) do
      local cells = {}
      for index, column in ipairs(columns) do
        cells[index] = text_of(row[column])
      end
      stdout.write(csv.line(cells, #columns))
    end
  else
    print_table(self, columns, rows)
  end
end

--- One record, a field a line; in JSON an object.
---@param columns string[] fields that come first
---@param record table
function Output:record(columns, record)
  if self.form == "json" then
    return stdout.write(json.encode(record, columns), "\n")
  elseif self.form == "csv" then
    return self:rows(columns, { record })
  end
  local longest = 0
  for _, column in ipairs(columns) do
    longest = math.max(longest, #column)
  end
  for _, column in ipairs(columns) do
    if record[column] ~= nil then
      stdout.write(self:paint(1, "bold", column), (" "):rep(longest - #column + 2), cell(record[column]), "\n")
    end
  end
end

-- What of a workflow's report has room in a row.
local REPORT = { "workflow", "username", "user_id", "outcome", "changed", "steps" }

local function columns_of(value)
  if value.workflow then
    return REPORT
  end
  local columns = {}
  for name in pairs(value) do
    columns[#columns + 1] = name
  end
  table.sort(columns)
  return columns
end

-- Steps are told by their texts.
local function row_of(value, columns)
  local cells = {}
  for index, name in ipairs(columns) do
    local entry = value[name]
    if name == "steps" then
      local texts = {}
      for number, step in ipairs(entry) do
        texts[number] = ("%s: %s"):format(step.text, step.state)
      end
      entry = table.concat(texts, "; ")
    end
    cells[index] = text_of(entry)
  end
  return cells
end

--- One value for programs on a line, below a header in CSV, or a text for people.
---@param value table
---@param text string
---@param colour string?
function Output:say(value, text, colour)
  if self.form == "json" then
    stdout.write(json.encode(value), "\n")
  elseif self.form == "csv" then
    if not self.columns then
      self.columns = columns_of(value)
      stdout.write(csv.line(self.columns, #self.columns))
    end
    stdout.write(csv.line(row_of(value, self.columns), #self.columns))
  else
    stdout.write(colour and self:paint(1, colour, text) or text, "\n")
  end
  stdout.flush()
end

--- What is told to a person only, on standard error.
---@param message string
---@param ... any
function Output:note(message, ...)
  if self.form ~= "json" then
    io.stderr:write(select("#", ...) > 0 and message:format(...) or message, "\n")
  end
end

--- What somebody has to know who is about to rely on the answer, on standard error.
---@param message string
---@param subject string?
function Output:remark(message, subject)
  if self.form == "json" then
    io.stderr:write(json.encode { note = { message = message, subject = subject } }, "\n")
  else
    io.stderr:write("dnp: note: ", subject and subject .. ": " or "", message, "\n")
  end
end

local ERROR_FIELDS = {
  "kind", "name", "code", "outcome", "operation", "http_status", "retryable", "field", "file", "row", "column",
}

local function steps_of(list)
  local steps = {}
  for index, step in ipairs(list) do
    steps[index] = {
      text = step.text, operation = step.operation, state = step.state, id = step.id,
      error = step.error and tostring(step.error) or nil,
    }
  end
  return steps
end

local function object_of_error(message, err, subject)
  local object = { message = message, subject = subject }
  if type(err) == "table" then
    for _, name in ipairs(ERROR_FIELDS) do
      object[name] = err[name]
    end
    object.steps = err.steps and #err.steps > 0 and steps_of(err.steps) or nil
    for index, quota in ipairs(err.exceeding_quotas or {}) do
      object.exceeding_quotas = object.exceeding_quotas or {}
      object.exceeding_quotas[index] = quota.QuotaName
    end
  end
  return { error = object }
end

--- What went wrong, on standard error.
---@param message string
---@param err any the error object, if there is one
---@param subject string? whom or what it is about
function Output:error(message, err, subject)
  stdout.flush()
  if self.form == "json" then
    io.stderr:write(json.encode(object_of_error(message, err, subject)), "\n")
    return
  end
  local lines = { ("dnp: %s%s"):format(subject and subject .. ": " or "", message) }
  if type(err) == "table" then
    for _, quota in ipairs(err.exceeding_quotas or {}) do
      lines[#lines + 1] = ("  %s is exceeded"):format(quota.QuotaName)
    end
    lines[#lines + 1] = err.report and err.report.steps and #err.report.steps > 0 and tostring(err.report) or nil
  end
  io.stderr:write(self:paint(2, "red", table.concat(lines, "\n")), "\n")
end

local output = {}

--- How a command writes.
---@param given { json: boolean?, csv: boolean? }
---@return dnp.cli.Output
function output.new(given)
  return setmetatable({ form = given.json and "json" or given.csv and "csv" or "text" }, Output)
end

--- A report for programs.
---@param report dnp.provisioning.Report
---@return table
function output.report(report)
  return {
    workflow = report.workflow, username = report.username, user_id = report.user_id,
    outcome = report.dry_run and #report.steps > 0 and "planned" or "done", changed = report.changed,
    steps = json.list(steps_of(report.steps)), notes = report.notes, unchecked = report.unchecked,
  }
end

return output
