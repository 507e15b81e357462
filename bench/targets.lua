--- What lua-dnp is meant to need, and whether it does.
local targets = {}

---@class bench.Target
---@field row string
---@field what string "instructions", "cpu" or "wall"
---@field of string? what it is compared with: an id of a client; nil: it is a number
---@field clients string[] which have it: lua-dnp on both Luas, or one
---@field most number[]? what it may be at most, of each client
---@field least number[]? by how much the other's has to be greater

local LUAS = { "lua5.4", "luajit" }

local function at_most(row, what, of, lua54, luajit)
  return { row = row, what = what, of = of, clients = LUAS, most = { lua54, luajit or lua54 } }
end

local function times_as_fast(row, as, times)
  return { row = row, what = "wall", of = as, clients = LUAS, least = { times, times } }
end

local function back_off(form)
  return { row = "back-off-" .. form, what = "instructions", of = "leaves", clients = { "records" }, most = { 1.03 } }
end

---@type bench.Target[]
targets.all = {
  at_most("users", "instructions", "libxml2", 0.75, 0.45),
  times_as_fast("users", "gsoap", 3.5),
  times_as_fast("users", "php", 6),
  at_most("users-gaps", "instructions", "libxml2", 0.85, 0.60),
  at_most("users-irregular", "instructions", "libxml2", 0.85, 0.60),
  at_most("users-lf", "instructions", "libxml2", 0.95, 0.75),
  at_most("users-crlf", "instructions", "libxml2", 0.95, 0.75),
  at_most("users-prefixed", "instructions", "libxml2", 1.3, 1.1),
  at_most("dataset", "instructions", "libxml2", 0.95, 0.75),
  back_off "reordered",
  back_off "attributes",
  back_off "comments",
  at_most("one-user", "instructions", nil, 25000),
  at_most("bool", "instructions", nil, 6000),
  at_most("encode", "instructions", nil, 25000),
  at_most("call", "instructions", "libcurl", 1.20),
  at_most("call", "cpu", "libcurl", 1.20),
  at_most("parallel-64", "cpu", "libcurl", 1.4),
}

local function by_client(results)
  local found = {}
  for _, result in ipairs(results) do
    found[result.client.id] = result
  end
  return found
end

-- What one Lua has of a target; nil where it or what it is compared with was not measured.
local function actual(target, own, other)
  local value, against = own and own[target.what], other and other[target.what] or nil
  if not value or value == 0 or target.of and (not against or against == 0) then
    return nil
  end
  return target.least and against / value or target.of and value / against or value
end

--- Of each target that was measured: `target`, what its clients have (`actual`), and whether all of them `met` it.
---@param measured { row: bench.Row, results: table[] }[]
---@return table[]
function targets.judge(measured)
  local rows, judged = {}, {}
  for _, entry in ipairs(measured) do
    rows[entry.row.name] = by_client(entry.results)
  end
  for _, target in ipairs(targets.all) do
    local clients = rows[target.row] or {}
    local entry = { target = target, actual = {}, met = true }
    for place, lua in ipairs(target.clients) do
      local value = actual(target, clients[lua], target.of and clients[target.of])
      entry.actual[place] = value
      if value and (target.most and value > target.most[place] or target.least and value < target.least[place]) then
        entry.met = false
      end
    end
    judged[#judged + 1] = #entry.actual == #target.clients and entry or nil
  end
  return judged
end

return targets
