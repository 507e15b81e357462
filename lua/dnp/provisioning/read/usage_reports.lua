--- The panel's two reports, traffic and disk space of spaces, each with many spaces in one response.
---
--- What a report holds (GetPackagesBandwidthPaged and GetPackagesDiskspacePaged; SolidCP install_db.sql:12951, 13120,
--- the same in all families): the spaces of one account, or the spaces directly in one space, whoever owns them; each
--- with all that is nested in it, at any depth, so the figures of a space and of one in it must not be added. Amounts
--- are megabytes, rounded. So a walk from space to space finds all that are below an account: one call of each report
--- for each space that holds others.

local pages = require "dnp.provisioning.read.pages"

local usage_reports = {}

-- All rows in one response, as the panel's own pages ask for them: each call counts over all spaces of the panel, so
-- few large ones are cheaper than many pages. With this the first row must be 0: the panel adds the two.
local ALL = 2147483647
-- Where that is too much for one response.
local PAGE = 5000
-- Without it the order is by usage, and not the same twice where that is equal.
local SORT = "P.PackageID"
local BYTES_PER_UNIT = 1048576

--- A space as the reports have it.
---@class dnp.provisioning.ReportedSpace
---@field id integer
---@field user integer
---@field name string?
---@field parent integer? the space that it is nested in, where the walk came by it
---@field holds_others boolean
---@field BytesTotal number
---@field DiskspaceBytes number

local REPORTS = {
  { method = "get_packages_bandwidth_paged", column = "Bandwidth", amount = "BytesTotal", of_month = true },
  { method = "get_packages_diskspace_paged", column = "Diskspace", amount = "DiskspaceBytes" },
}

-- All rows of a report.
local function read_rows(context, method, arguments)
  local list = { method = method, arguments = arguments, sort = SORT }
  local function read(...)
    return context:read(...)
  end
  local rows, err = pages.read(read, list, 0, ALL)
  if rows or err.kind ~= "limit" then
    return rows, err
  end
  local all, is_last = {}, false
  while not is_last do
    -- A page holds one row more than was asked for.
    local total
    rows, err, total = pages.read(read, list, #all, PAGE)
    if not rows then
      return nil, err
    end
    for _, row in ipairs(rows) do
      all[#all + 1] = row
    end
    is_last = #rows == 0 or #all >= total
  end
  return all
end

--- Whether a failure says that the panel does not know the reports.
---@param err dnp.Error
function usage_reports.are_unknown(err)
  local blames_us = err.kind == "fault" and tostring(err.name):find "^Client" ~= nil
  return blames_us or err.kind == "fault" and tostring(err.message):find("did not recognize", 1, true) ~= nil
end

---@class dnp.provisioning.ReportWalk
---@field context dnp.provisioning.Context
---@field owner_id integer
---@field period dnp.provisioning.Period
---@field spaces table<integer, dnp.provisioning.ReportedSpace> by id
---@field by_user table<integer, dnp.provisioning.ReportedSpace[]>
---@field opened table<integer, true> spaces whose content was read
local Walk = {}
Walk.__index = Walk

--- Begins a walk.
---@param period dnp.provisioning.Period
---@param owner_id integer the account to begin with
---@return dnp.provisioning.ReportWalk
function usage_reports.walk(context, period, owner_id)
  return setmetatable({
    context = context, period = period, owner_id = owner_id, spaces = {}, by_user = {}, opened = {},
  }, Walk)
end

-- The space that a row is about. Where a Lua has only doubles, numbers that these cannot hold come as text.
function Walk:space_of(row, parent)
  local space = self.spaces[row.PackageID]
  if not space then
    space = { id = row.PackageID, user = row.UserID, name = row.PackageName, BytesTotal = 0, DiskspaceBytes = 0 }
    self.spaces[space.id] = space
    self.by_user[space.user] = self.by_user[space.user] or {}
    table.insert(self.by_user[space.user], space)
  end
  space.parent = space.parent or parent
  space.holds_others = (row.PackagesNumber or 0) > 0
  return space
end

-- Reads both reports.
function Walk:read(user_id, package_id)
  local found = {}
  for _, report in ipairs(REPORTS) do
    local arguments = { user_id, package_id }
    if report.of_month then
      arguments[3], arguments[4] = self.period.first, self.period.last
    end
    local rows, err = read_rows(self.context, report.method, arguments)
    if not rows then
      return nil, err
    end
    found[report] = rows
  end
  return found
end

-- Adds the rows of both reports to the walk. Returns their spaces.
function Walk:add(found, parent)
  local list, seen = {}, {}
  for _, report in ipairs(REPORTS) do
    for _, row in ipairs(found[report]) do
      local space = self:space_of(row, parent)
      space[report.amount] = (tonumber(row[report.column]) or 0) * BYTES_PER_UNIT
      if not seen[space] then
        seen[space] = true
        list[#list + 1] = space
      end
    end
  end
  return list
end

--- Reads the spaces of an account.
---@return dnp.provisioning.ReportedSpace[]?
function Walk:of_user(user_id)
  local found, err = self:read(user_id, -1)
  if not found then
    return nil, err
  end
  return self:add(found)
end

--- Reads the spaces directly in some spaces, each of which is opened once.
---@param ids integer[]
---@return dnp.provisioning.ReportedSpace[]?
function Walk:inside(ids)
  local list = {}
  for _, id in ipairs(ids) do
    if not self.opened[id] then
      self.opened[id] = true
      list[#list + 1] = id
    end
  end
  local found, err = self.context:map(list, 1, #list, function(id)
    -- Whose account is asked for does not matter then.
    return self:read(self.owner_id, id)
  end)
  if not found then
    return nil, err
  end
  local spaces = {}
  for index, id in ipairs(list) do
    for _, space in ipairs(self:add(found[index], id)) do
      spaces[#spaces + 1] = space
    end
  end
  return spaces
end

--- Goes on into the spaces that hold others, as deep as there are any.
---@param spaces dnp.provisioning.ReportedSpace[]
---@param enters fun(space: dnp.provisioning.ReportedSpace): boolean whether a space is worth it
function Walk:descend(spaces, enters)
  while #spaces > 0 do
    local ids = {}
    for _, space in ipairs(spaces) do
      if space.holds_others and enters(space) then
        ids[#ids + 1] = space.id
      end
    end
    local err
    spaces, err = self:inside(ids)
    if not spaces then
      return nil, err
    end
  end
  return true
end

return usage_reports
