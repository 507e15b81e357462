--- Walks the panel's paged lists so that no record comes twice and none is left out.
---
--- The panel's pages are off by one, in different ways: users count from 0 and both ends belong to the page, so it
--- holds one row more than was asked for; spaces count from 1, so their pages do so from the second on; other servers
--- may have it right. So the length of a page says nothing. What is relied on:
---
--- - The list is sorted by its key, which is unique and grows: what is added meanwhile comes at the end.
--- - A page that is not the first must begin at or before the last record that was seen. If it does not, records
---   before it are gone and the rest has moved up: the page is asked for again from further back.
--- - Each page has the total. A walk that has seen fewer begins again for what is missing (a record that began to
---   match the filter meanwhile), and fails if that does not help.
---
--- For each page the panel puts the whole list into a temporary table (SolidCP update_db.sql:9977), so many small pages
--- of a long list cost it the square of the list's length. Unless the caller chose a size, pages after the first
--- therefore hold a tenth of the list.

local failure = require "dnp.failure"
local retry = require "dnp.provisioning.retry.retry"

local unpack = table.unpack or unpack

local pages = {}

local MAX_WALKS = 3
local FIRST_PAGE, LARGEST_PAGE, PAGES = 1000, 10000, 10

---@class dnp.provisioning.PagedList
---@field next_policy fun(): dnp.provisioning.Policy the policy of the next page
---@field panel dnp.Session
---@field method string "get_users_paged"
---@field arguments any[] those before sortColumn
---@field sort string the key as the panel's SQL takes it: "P.PackageID"
---@field key string the key's column: "PackageID"
---@field page_size integer? nil: as many rows as the length of the list suggests

-- The keys that came: ranges without gaps, in order, as the list has them, and those that came out of order. Panels
-- number densely, so a list of any length leaves little behind.
local Seen = {}
Seen.__index = Seen

local function new_seen()
  return setmetatable({ firsts = {}, lasts = {}, strays = {}, count = 0 }, Seen)
end

function Seen:has(key)
  local low, high = 1, #self.firsts
  while low <= high do
    local middle = math.floor((low + high) / 2)
    if key < self.firsts[middle] then
      high = middle - 1
    elseif key > self.lasts[middle] then
      low = middle + 1
    else
      return true
    end
  end
  return self.strays[key] or false
end

-- Whether a key is new; then it is added.
function Seen:add(key)
  local newest = #self.lasts
  if newest == 0 or key > self.lasts[newest] + 1 then
    self.firsts[newest + 1], self.lasts[newest + 1] = key, key
  elseif key > self.lasts[newest] then
    self.lasts[newest] = key
  elseif self:has(key) then
    return false
  else
    self.strays[key] = true
  end
  self.count = self.count + 1
  return true
end

local function unusable(list, name, message)
  return failure.new { kind = "protocol", name = name, message = ("%s: %s"):format(list.method, message) }
end

--- Reads one page, as the panel has it.
---@param read fun(method: string, ...: any): dnp.DataSet?, table? makes the call
---@param list { method: string, arguments: any[], sort: string }
---@param first integer the first row
---@param count integer
---@return table[]? rows
---@return table? err
---@return integer? total how many rows the list has
function pages.read(read, list, first, count)
  local arguments, size = { unpack(list.arguments) }, #list.arguments
  arguments[size + 1], arguments[size + 2], arguments[size + 3] = list.sort, first, count
  local tables, err = read(list.method, unpack(arguments))
  if not tables then
    return nil, err
  end
  local head, rows = tables[1], tables[2]
  local total = head and head[1] and head[1][head.columns[1].name]
  if not rows or type(total) ~= "number" then
    return nil, unusable(list, "no_page", "the response is not a page of a list")
  end
  return rows, nil, total
end

-- One page: its rows in the order of their keys, and the total.
local function read_page(list, from, count)
  local body, err, total = pages.read(function(...)
    return retry.read(list.next_policy(), list.panel, ...)
  end, list, from, count)
  if not body then
    return nil, err
  end
  local page = {}
  for index, row in ipairs(body) do
    if row[list.key] == nil then
      return nil, unusable(list, "no_page", "a row has no " .. list.key)
    end
    page[index] = row
  end
  table.sort(page, function(a, b)
    return a[list.key] < b[list.key]
  end)
  return page, nil, total
end

-- Reads the page that holds what comes after `last`, from as far back as it takes to be sure.
local function read_joined(walk, list)
  while true do
    local from = math.max(0, walk.start - walk.overlap)
    local page, err, total = read_page(list, from, walk.size + walk.start - from)
    if not page then
      return nil, err
    end
    local joined = from == 0 or (page[1] and page[1][list.key] <= walk.last)
    if joined then
      return page, nil, total
    end
    walk.overlap = walk.overlap * 2 + 1
  end
end

local function new_walk(list)
  return { start = 0, size = list.page_size or FIRST_PAGE, overlap = 0, last = -math.huge, total = math.huge }
end

-- The next row of the page that did not come before; nil when the page is used up.
local function next_row(reading, list)
  while reading.position < #reading.page do
    reading.position = reading.position + 1
    local row = reading.page[reading.position]
    if reading.seen:add(row[list.key]) then
      return row
    end
  end
  return nil
end

local function turn_page(reading, list)
  local walk = reading.walk
  local page, err, total = read_joined(walk, list)
  if not page then
    return nil, err
  end
  reading.page, reading.position = page, 0
  walk.start, walk.total = walk.start + walk.size, total
  if not list.page_size then
    walk.size = math.max(walk.size, math.min(math.floor(total / PAGES), LARGEST_PAGE))
  end
  if #page > 0 then
    walk.last = math.max(walk.last, page[#page][list.key])
  end
  return true
end

-- Goes on to the next page, or to the next walk: true; false when all records have come.
local function advance(reading, list)
  local walk = reading.walk
  if walk.start < walk.total then
    return turn_page(reading, list)
  elseif reading.seen.count >= walk.total then
    return false
  elseif reading.walks == MAX_WALKS then
    return nil, unusable(list, "incomplete",
      ("%d of %d records came, although the list was read several times"):format(reading.seen.count, walk.total))
  end
  reading.walk, reading.walks = new_walk(list), reading.walks + 1
  return true
end

--- A function that returns one raw row after the other: a row, or nil at the end, or nil and an error object.
---@param list dnp.provisioning.PagedList
---@return fun(): table?, table?
function pages.rows(list)
  local reading = { walk = new_walk(list), walks = 1, page = {}, position = 0, seen = new_seen() }
  local more, err = true, nil
  return function()
    while more do
      local row = next_row(reading, list)
      if row then
        return row
      end
      more, err = advance(reading, list)
    end
    return nil, err
  end
end

return pages
