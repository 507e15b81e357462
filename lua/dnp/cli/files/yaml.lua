--- YAML by LibYAML (lua-yaml), without its traps: every scalar is a text, whatever it looks like. What it means is for
--- whoever knows what belongs there.

local system = require "dnp.cli.system"

local yaml = {}

local function library()
  return system.library("yaml", "lua-yaml")
end

---- reading ----

---@class dnp.cli.Mark where a value stands
---@field line integer
---@field plain boolean? a scalar without quotes

---@class dnp.cli.Tree
---@field value any
---@field marks table<table, table<any, dnp.cli.Mark>> of each table by its keys

local Parser = {}
Parser.__index = Parser

local function reject(event, message, ...)
  error({ row = event.start_mark and event.start_mark.line + 1 or 1, reason = message:format(...) }, 0)
end

function Parser:next()
  local good, event = pcall(self.events)
  if not good then
    local text = tostring(event)
    local line = text:match "line:? (%d+)"
    error({ row = tonumber(line) or 1, reason = text:match "^[^\n]*" }, 0)
  end
  return event
end

local function is_plain(event)
  return event.style == "PLAIN" and not event.tag
end

-- Deeper than any spec is; a file that is deeper was not made for us.
local DEEPEST = 20

function Parser:mapping(depth)
  local map, marks = {}, {}
  self.marks[map] = marks
  while true do
    local key = self:next()
    if key.type == "MAPPING_END" then
      return map
    elseif key.type ~= "SCALAR" then
      reject(key, "expected a name")
    elseif marks[key.value] then
      reject(key, "'%s' is there twice", key.value)
    elseif key.value == "<<" then
      reject(key, "merging of mappings is not supported")
    end
    local value, event = self:node(self:next(), depth + 1)
    marks[key.value] = { line = event.start_mark.line + 1, plain = is_plain(event) }
    map[key.value] = value
  end
end

function Parser:sequence(depth)
  local list, marks = {}, {}
  self.marks[list] = marks
  while true do
    local event = self:next()
    if event.type == "SEQUENCE_END" then
      return list
    end
    local value = self:node(event, depth + 1)
    if value == nil then
      reject(event, "an entry of a list is empty")
    end
    list[#list + 1] = value
    marks[#list] = { line = event.start_mark.line + 1, plain = is_plain(event) }
  end
end

-- What a tag would make of a scalar is not for the file to say.
local TAGS = { ["tag:yaml.org,2002:str"] = true, ["tag:yaml.org,2002:seq"] = true, ["tag:yaml.org,2002:map"] = true }

-- A scalar without quotes that is empty or ~ is nothing; the word null may be somebody's name.
function Parser:node(event, depth)
  if depth > DEEPEST then
    reject(event, "this is nested too deep")
  elseif event.tag and not TAGS[event.tag] then
    reject(event, "the tag '%s' is not supported", (event.tag:gsub("^tag:yaml.org,2002:", "!!")))
  elseif event.type == "SCALAR" then
    if is_plain(event) and (event.value == "" or event.value == "~") then
      return nil, event
    end
    return event.value, event
  elseif event.type == "MAPPING_START" then
    return self:mapping(depth), event
  elseif event.type == "SEQUENCE_START" then
    return self:sequence(depth), event
  end
  reject(event, event.type == "ALIAS" and "aliases (*name) are not supported" or "expected a value")
end

local function parse(text)
  local parser = setmetatable({ events = library().parser(text), marks = {} }, Parser)
  local documents, marks = {}, {}
  while true do
    local event = parser:next()
    if event.type == "STREAM_END" then
      break
    elseif event.type == "DOCUMENT_START" then
      local value, first = parser:node(parser:next(), 1)
      if value ~= nil then
        documents[#documents + 1] = value
        marks[#documents] = { line = first.start_mark.line + 1 }
      end
    end
  end
  parser.marks[documents] = marks
  return { value = documents, marks = parser.marks }
end

--- Reads a text: its documents as a list.
---@param text string
---@return dnp.cli.Tree?
---@return { row: integer, reason: string }? err
function yaml.read(text)
  local good, result = pcall(parse, text)
  if good then
    return result
  elseif type(result) == "table" and result.reason then
    return nil, result
  end
  error(result, 0)
end

---- writing ----

local function style_of(text)
  if text:find "[%c\127]" then
    return "DOUBLE_QUOTED"
  elseif text:find "^[A-Za-z][%w_./@ -]*[%w_./@]$" and not ({
    yes = 1, no = 1, on = 1, off = 1, ["true"] = 1, ["false"] = 1, null = 1,
  })[text:lower()] then
    return "PLAIN"
  end
  return "SINGLE_QUOTED"
end

local function emit_scalar(emit, text, style)
  emit { type = "SCALAR", value = text, plain_implicit = true, quoted_implicit = true, style = style }
end

local emit_node

local function emit_mapping(emit, map, order)
  local place, keys = {}, {}
  for index, name in ipairs(order) do
    place[name] = index
  end
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    local left, right = place[a] or math.huge, place[b] or math.huge
    if left ~= right then
      return left < right
    end
    return a < b
  end)
  emit { type = "MAPPING_START", style = "BLOCK", implicit = true }
  for _, key in ipairs(keys) do
    emit_scalar(emit, key, "PLAIN")
    emit_node(emit, map[key], order)
  end
  emit { type = "MAPPING_END" }
end

function emit_node(emit, value, order)
  if type(value) == "string" then
    emit_scalar(emit, value, style_of(value))
  elseif type(value) == "number" then
    emit_scalar(emit, value % 1 == 0 and ("%.0f"):format(value) or ("%.17g"):format(value), "PLAIN")
  elseif type(value) == "boolean" then
    emit_scalar(emit, tostring(value), "PLAIN")
  elseif #value > 0 or next(value) == nil then
    emit { type = "SEQUENCE_START", style = next(value) == nil and "FLOW" or "BLOCK", implicit = true }
    for _, entry in ipairs(value) do
      emit_node(emit, entry, order)
    end
    emit { type = "SEQUENCE_END" }
  else
    emit_mapping(emit, value, order)
  end
end

--- A value as a text that other programs that read YAML understand in the same way. An empty table is a list.
---@param value any
---@param order string[] keys that come first
---@return string
function yaml.write(value, order)
  local emitter = library().emitter()
  local text
  local function emit(event)
    local good, result = emitter.emit(event)
    if not good then
      error("YAML: " .. tostring(result), 0)
    end
    text = result
  end
  emit { type = "STREAM_START", encoding = "UTF8" }
  emit { type = "DOCUMENT_START", implicit = true }
  emit_node(emit, value, order)
  emit { type = "DOCUMENT_END", implicit = true }
  emit { type = "STREAM_END" }
  return text
end

return yaml
