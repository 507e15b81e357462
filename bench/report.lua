--- Writes what was measured: as a table for a terminal or for Markdown, or as JSON.
local targets = require "bench.targets"

local report = {}

---- figures ----

-- Three digits and a unit: 407 M, 90.1 k, 12.
local function with_unit(number, units)
  local unit = 1
  while number >= 999.5 and units[unit + 1] do
    number = number / 1000
    unit = unit + 1
  end
  local digits = number >= 99.95 and "%.0f" or number >= 9.995 and "%.1f" or "%.2f"
  return digits:format(number) .. units[unit]
end

local function count(number)
  return number and number > 0 and with_unit(number, { "", " k", " M", " G" }) or "–"
end

local function time(milliseconds)
  return with_unit(milliseconds * 1000, { " µs", " ms", " s" })
end

local function memory(kibibytes)
  return kibibytes < 1024 and ("%.0f KiB"):format(kibibytes) or ("%.1f MiB"):format(kibibytes / 1024)
end

local function ratio(number, of)
  if not number or not of or of == 0 or number == 0 then
    return "–"
  end
  return ("%.2f"):format(number / of)
end

report.time, report.memory, report.count = time, memory, count

---- rows ----

-- What the others of a row are compared with, and lua-dnp's own.
local function references(results)
  local found = {}
  for _, result in ipairs(results) do
    found[result.client.id] = result
    if result.client.yardstick then
      found.yardstick = result
    end
  end
  return found
end

local COLUMNS = {
  "client", "instructions", "× yardstick", "CPU", "× yardstick", "wall", "× Lua 5.4", "× LuaJIT", "memory",
}

-- The cells of a client.
local function cells(row, result, references_)
  local yardstick, own, jit = references_.yardstick or {}, references_["lua5.4"] or {}, references_.luajit or {}
  return {
    result.client.yardstick and row.yardstick or result.client.name, count(result.instructions),
    ratio(result.instructions, yardstick.instructions),
    time(result.cpu), ratio(result.cpu, yardstick.cpu), time(result.wall), ratio(result.wall, own.wall),
    ratio(result.wall, jit.wall), memory(result.peak),
  }
end

local function each_row(measured, visit)
  for _, entry in ipairs(measured) do
    local found, lines = references(entry.results), {}
    for index, result in ipairs(entry.results) do
      lines[index] = cells(entry.row, result, found)
    end
    visit(entry.row, lines)
  end
end

---- targets ----

local COMPARED = { libxml2 = "libxml2's", libcurl = "libcurl's", leaves = "those of the slow path" }
local NAMES = { gsoap = "gSOAP", php = "PHP's SoapClient" }
local KINDS = { instructions = "instructions", cpu = "CPU", wall = "wall" }

local function figure(target, value)
  return target.of and ("%.2f"):format(value) or count(value)
end

-- "0.75 / 0.45", or one figure where both are the same.
local function pair(target, values)
  local first, second = figure(target, values[1]), values[2] and figure(target, values[2])
  return (not second or first == second and values == target.most) and first or first .. " / " .. second
end

-- What a target asks for, in words.
local function wanted(target)
  if target.least then
    return ("wall at least %g times shorter than %s"):format(target.least[1], NAMES[target.of])
  end
  return ("%s at most %s%s"):format(KINDS[target.what], pair(target, target.most),
    target.of and " of " .. COMPARED[target.of] or "")
end

local function each_target(measured, visit)
  for _, entry in ipairs(targets.judge(measured)) do
    visit(entry.target, wanted(entry.target), pair(entry.target, entry.actual), entry.met)
  end
end

--- The targets of what was measured, for a page of the documentation.
---@param measured { row: bench.Row, results: table[] }[]
---@return string
function report.targets(measured)
  local lines = { "| row | target, Lua 5.4 / LuaJIT | measured | |", "|---|---|--:|---|" }
  each_target(measured, function(target, title, actual, met)
    lines[#lines + 1] = ("| `%s` | %s | %s | %s |"):format(target.row, title, actual, met and "met" or "**not met**")
  end)
  return table.concat(lines, "\n") .. "\n"
end

---- a terminal ----

-- As wide as it looks: characters beyond ASCII have several bytes.
local function pad(text, width, left)
  local _, more = text:gsub("[\128-\191]", "")
  local blanks = (" "):rep(width + more - #text)
  return left and text .. blanks or blanks .. text
end

local WIDTHS = { 27, 13, 13, 9, 13, 9, 11, 10, 10 }

--- A line of a table; the first column is to the left where it is not a figure.
---@param columns string[]
---@param widths integer[]
---@return string
function report.line(columns, widths)
  local padded = {}
  for index, text in ipairs(columns) do
    padded[index] = pad(text, widths[index], index == 1 and not text:find "^[%d,]+$")
  end
  return table.concat(padded)
end

--- A table for a terminal.
---@param measured { row: bench.Row, results: table[] }[]
---@return string
function report.text(measured)
  local lines = { report.line(COLUMNS, WIDTHS) }
  each_row(measured, function(row, rows)
    lines[#lines + 1] = ""
    lines[#lines + 1] = row.name .. ": " .. row.title
    for _, columns in ipairs(rows) do
      lines[#lines + 1] = report.line(columns, WIDTHS)
    end
  end)
  each_target(measured, function(target, title, actual, met)
    lines[#lines + 1] = ("\ntarget for %s: %s; measured: %s%s"):format(target.row, title, actual,
      met and "" or ", not met")
  end)
  return table.concat(lines, "\n") .. "\n"
end

---- Markdown ----

--- The same for a page of the documentation.
---@param measured { row: bench.Row, results: table[] }[]
---@return string
function report.markdown(measured)
  local lines = {
    "| " .. table.concat(COLUMNS, " | ") .. " |",
    "|---|" .. ("--:|"):rep(#COLUMNS - 1),
  }
  each_row(measured, function(row, rows)
    lines[#lines + 1] = ("| **`%s`** %s |%s"):format(row.name, row.title, (" |"):rep(#COLUMNS - 1))
    for _, columns in ipairs(rows) do
      lines[#lines + 1] = "| " .. table.concat(columns, " | ") .. " |"
    end
  end)
  return table.concat(lines, "\n") .. "\n"
end

---- JSON ----

--- The figures as they are: instructions, milliseconds, KiB.
---@param measured { row: bench.Row, results: table[] }[]
---@param about table
---@return string
function report.json(measured, about)
  local cjson = require "cjson"
  local list = {}
  for _, entry in ipairs(measured) do
    local found, clients = references(entry.results), {}
    for index, result in ipairs(entry.results) do
      local yardstick = found.yardstick
      clients[index] = {
        client = result.client.id, instructions = result.instructions or cjson.null, cpu_ms = result.cpu,
        wall_ms = result.wall, peak_kib = result.peak,
        of_yardstick = yardstick and {
          instructions = result.instructions and yardstick.instructions and
            result.instructions / yardstick.instructions or nil,
          cpu = result.cpu / yardstick.cpu,
        } or cjson.null,
        times_lua54 = found["lua5.4"] and result.wall / found["lua5.4"].wall or nil,
        times_luajit = found.luajit and result.wall / found.luajit.wall or nil,
      }
    end
    list[#list + 1] = { row = entry.row.name, title = entry.row.title, clients = clients }
  end
  local judged = {}
  each_target(measured, function(target, title, actual, met)
    judged[#judged + 1] = { row = target.row, target = title, measured = actual, met = met }
  end)
  return cjson.encode { about = about, rows = list, targets = judged[1] and judged or nil } .. "\n"
end

return report
