--- Amounts of usage: adding them up without counting anything twice.

local amounts = {}

local TRAFFIC = { "BytesSent", "BytesReceived", "BytesTotal" }
local BY_GROUPS = { "BytesSent", "BytesReceived", "BytesTotal", "DiskspaceBytes" }
local TOTALS = { "BytesTotal", "DiskspaceBytes" }

local function with_zeros(amount, names)
  for _, name in ipairs(names) do
    amount[name] = 0
  end
  return amount
end

--- Nothing used.
---@param fields table becomes the amount
---@param by_groups boolean
---@return dnp.provisioning.UsageAmount
function amounts.new(fields, by_groups)
  fields.groups = by_groups and {} or nil
  return with_zeros(fields, by_groups and BY_GROUPS or TOTALS)
end

local function group_of(amount, name)
  if not amount.groups[name] then
    amount.groups[name] = with_zeros({}, BY_GROUPS)
  end
  return amount.groups[name]
end

-- Where a Lua has only doubles, numbers that these cannot hold come as text.
local function add_row(amount, row, fields)
  local group = group_of(amount, row.GroupName or tostring(row.GroupID))
  for _, name in ipairs(fields) do
    local value = tonumber(row[name]) or 0
    amount[name] = amount[name] + value
    group[name] = group[name] + value
  end
end

--- Adds what a group sent and received.
---@param amount dnp.provisioning.UsageAmount
---@param row table of GetPackageBandwidth
function amounts.add_traffic(amount, row)
  add_row(amount, row, TRAFFIC)
end

--- Adds what a group has on disk.
---@param amount dnp.provisioning.UsageAmount
---@param row table of GetPackageDiskspace
function amounts.add_disk_space(amount, row)
  add_row(amount, row, { "DiskspaceBytes" })
end

local function add_numbers(sum, amount, names)
  for _, name in ipairs(names) do
    sum[name] = sum[name] + amount[name]
  end
end

local function add(sum, amount)
  add_numbers(sum, amount, sum.groups and BY_GROUPS or TOTALS)
  for name, group in pairs(sum.groups and amount.groups or {}) do
    add_numbers(group_of(sum, name), group, BY_GROUPS)
  end
end

--- Adds up spaces, but for those that are nested in one of them: the panel counts them in it already.
---@param sum dnp.provisioning.UsageAmount
---@param spaces dnp.provisioning.SpaceUsage[]
---@param parents table<integer, integer> the space that each space is nested in
---@return dnp.provisioning.UsageAmount sum
function amounts.add_outermost(sum, spaces, parents)
  local measured = {}
  for _, space in ipairs(spaces) do
    measured[space.PackageId] = true
  end
  for _, space in ipairs(spaces) do
    local visited = {}
    local above = parents[space.PackageId]
    while above and not measured[above] and not visited[above] do
      visited[above] = true
      above = parents[above]
    end
    if not (above and measured[above]) then
      add(sum, space)
    end
  end
  return sum
end

return amounts
