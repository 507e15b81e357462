--- Which accounts are meant: those that are named, and those of a file.

local args = require "dnp.cli.args"
local csv = require "dnp.cli.csv"
local fail = require "dnp.cli.fail"
local fold = require "dnp.cli.fold"

local who = {}

local function open(path)
  if path == "-" then
    return io.stdin
  end
  local file, message = io.open(path, "rb")
  if not file then
    fail.usage("--from: %s", message)
  end
  return file
end

-- Which cell of a row is the account; nil when the first row names no column.
local function column_of(header)
  local found
  for index, name in ipairs(header) do
    local lower = name:lower():gsub("%s", "")
    if lower == "userid" or lower == "username" then
      found = found and lower ~= "userid" and found or { index = index, is_id = lower == "userid" }
    end
  end
  return found
end

local function subject(path, row, text, column)
  local trimmed = text:match "^%s*(.-)%s*$"
  local good, message
  if column and not column.is_id then
    good, message = trimmed ~= "" and trimmed, "the user name is missing"
  else
    good, message = args.id_or_name(trimmed)
  end
  if not good then
    fail.usage("%s: line %d: %s", path, row, message)
  end
  return good
end

-- The accounts of a file: CSV with a header, or one a line.
local function from_file(path)
  local file = open(path)
  local reader, message = csv.reader(file)
  if not reader then
    fail.usage("%s: %s", path, message)
  end
  local subjects, column, first = {}, nil, true
  while true do
    local row, wrong, encoding_error = reader:row()
    if wrong or encoding_error then
      fail.usage("%s: %s", path, wrong or encoding_error)
    elseif not row then
      break
    end
    column = first and column_of(row) or column
    if #row > 1 and not column then
      fail.usage("%s: line %d has several columns, and none is called Username or UserId", path, reader.line)
    end
    if not (first and column) and not row[1]:find "^%s*#" then
      subjects[#subjects + 1] = subject(path, reader.line, row[column and column.index or 1] or "", column)
    end
    first = false
  end
  if file ~= io.stdin then
    file:close()
  end
  return subjects
end

--- The accounts of a run, each once, in order. Ends the command when nobody is named.
---@param run dnp.cli.Run
---@param named (integer|string)[]
---@return (integer|string)[]
function who.all(run, named)
  local seen, subjects = {}, {}
  local function add(list)
    for _, one in ipairs(list) do
      local key = type(one) == "string" and fold(one) or one
      if not seen[key] then
        seen[key] = true
        subjects[#subjects + 1] = one
      end
    end
  end
  add(named)
  if run.given.from then
    add(from_file(run.given.from))
  elseif #named == 0 then
    fail.usage "whom? An id, a name, or --from FILE"
  end
  if #subjects == 0 then
    run.output:note("Nothing to do: %s names nobody.", run.given.from)
  end
  return subjects
end

return who
