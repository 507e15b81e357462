--- CSV as spreadsheets read and write it: RFC 4180, and beside that semicolons or tabs, a byte order mark, any line
--- ends.

local encoding = require "dnp.cli.encoding"

local csv = {}

--- One row as text.
---@param cells any[] nil and false entries need `count`
---@param count integer
---@param separator string?
---@return string
function csv.line(cells, count, separator)
  separator = separator or ","
  local parts = {}
  for index = 1, count do
    local cell = cells[index]
    local text = cell == nil and "" or tostring(cell)
    if text:find('["\r\n]') or text:find(separator, 1, true) or text:find "^%s" or text:find "%s$" then
      text = '"' .. text:gsub('"', '""') .. '"'
    end
    parts[index] = text
  end
  return table.concat(parts, separator) .. "\n"
end

-- The most frequent of the usual separators outside of quotes in the first line.
local function guess_separator(head)
  local first = head:gsub('"[^"]*"', ""):match "^[^\r\n]*"
  local best, most = ",", 0
  for _, separator in ipairs { ",", ";", "\t" } do
    local _, count = first:gsub(separator, "")
    if count > most then
      best, most = separator, count
    end
  end
  return best
end

---@class dnp.cli.CsvReader
---@field separator string
---@field line integer number of the line at which the row that was read last begins
---@field offset integer the byte of the file, from 0 on, at which that row begins
local Reader = {}
Reader.__index = Reader

local CHUNK = 65536
-- No cell is meant to be longer than this: a quote has no end.
local LONGEST_CELL = 1048576

-- Makes sure that there are bytes from `position` on, if the file has any.
function Reader:fill()
  if #self.buffer - self.position > LONGEST_CELL then
    self.is_too_long = true
    return false
  end
  if self.position > CHUNK then
    self.buffer = self.buffer:sub(self.position)
    self.passed = self.passed + self.position - 1
    self.position = 1
  end
  local more = self.file:read(CHUNK)
  if more then
    self.buffer = self.buffer .. more
  end
  return more ~= nil
end

-- Finds a pattern from `from` on, reading on until it is there or the file ends.
function Reader:find(pattern, from)
  while true do
    local first, last = self.buffer:find(pattern, from)
    if first then
      return first, last, from
    end
    local before = self.position
    if not self:fill() then
      return nil, nil, from
    end
    from = from - (before - self.position)
  end
end

-- A cell in quotes that begins at the reader's position; nil and what is wrong when it has no end.
function Reader:quoted()
  local began, parts = self.current_line, {}
  self.position = self.position + 1
  while true do
    local quote = self:find('"', self.position)
    if not quote then
      self.is_broken = true
      return nil, ("the quote of line %d has no end%s"):format(began, self.is_too_long and " within 1 MiB" or "")
    end
    parts[#parts + 1] = self.buffer:sub(self.position, quote - 1)
    self.position = quote + 1
    if #self.buffer < self.position then
      self:fill()
    end
    if self.buffer:sub(self.position, self.position) ~= '"' then
      break
    end
    parts[#parts + 1] = '"'
    self.position = self.position + 1
  end
  local text = table.concat(parts)
  local _, breaks = text:gsub("\n", "")
  self.current_line = self.current_line + breaks
  return text
end

-- Goes on with the next line.
function Reader:skip_line()
  local stop = self:find("\n", self.position)
  self.position = (stop or #self.buffer) + 1
  self.current_line = self.current_line + 1
end

-- The cell at the reader's position, and what ends it: the separator, "\n", or "" at the end of the file.
function Reader:cell()
  if #self.buffer < self.position then
    self:fill()
  end
  local text, message
  if self.buffer:sub(self.position, self.position) == '"' then
    text, message = self:quoted()
    if not text then
      return nil, nil, message
    end
  end
  local stop, _, from = self:find(self.ending, self.position)
  local rest = self.buffer:sub(from, stop and stop - 1 or #self.buffer)
  if self.is_too_long then
    self.is_broken = true
    return nil, nil, ("line %d: a cell is longer than 1 MiB"):format(self.current_line)
  elseif text and rest ~= "" then
    self:skip_line()
    return nil, nil, ("line %d: a quote ends in the middle of a cell"):format(self.line)
  end
  if not stop then
    self.position = #self.buffer + 1
    return text or rest, ""
  end
  local ended = self.buffer:sub(stop, stop)
  self.position = stop + 1
  if ended == "\r" then
    if #self.buffer < self.position then
      self:fill()
    end
    if self.buffer:sub(self.position, self.position) == "\n" then
      self.position = self.position + 1
    end
    ended = "\n"
  end
  if ended == "\n" then
    self.current_line = self.current_line + 1
  end
  return text or rest, ended
end

--- The next row, nil at the end, or nil and what is wrong. Rows without any text are passed over.
---@return string[]?
---@return string? message
---@return string? error of its encoding
function Reader:row()
  while true do
    if self.is_broken or #self.buffer < self.position and not self:fill() then
      return nil
    end
    self.line, self.offset = self.current_line, self.passed + self.position - 1
    local cells, filled = {}, false
    local ended = self.separator
    while ended == self.separator do
      local text, message
      text, ended, message = self:cell()
      if not text then
        return nil, message
      end
      cells[#cells + 1] = text
      filled = filled or text:find "%S" ~= nil
    end
    if filled then
      return cells, nil, encoding.of_text(table.concat(cells, " "))
    end
  end
end

--- Goes to where a row begins.
---@param line integer
---@param offset integer
function Reader:seek(line, offset)
  self.file:seek("set", offset)
  self.buffer, self.position, self.passed = "", 1, offset
  self.current_line, self.is_broken, self.is_too_long = line, false, false
end

--- Reads an open file row by row. The separator is that of the first line; a line `sep=;` says which, too.
---@param file file*
---@return dnp.cli.CsvReader? reader
---@return string? message
function csv.reader(file)
  local head, unreadable = file:read(CHUNK)
  local wrong = unreadable or encoding.of_head(head or "")
  if wrong then
    return nil, wrong
  end
  head = head or ""
  local whole = #head
  head = head:gsub("^\239\187\191", "")
  local line = 1
  local said, rest = head:match "^sep=(.)\r?\n(.*)$"
  if said then
    head, line = rest, 2
  end
  local separator = said or guess_separator(head)
  return setmetatable({
    file = file,
    buffer = head,
    position = 1,
    passed = whole - #head,
    separator = separator,
    ending = "[\r\n" .. separator .. "]",
    line = line,
    current_line = line,
  }, Reader)
end

return csv
