--- Which business codes an operation answers, read from the sandbox's scripts, each of which names where the panels'
--- sources have it.
local refusals = {}

local FOLDER = "csrc/sandbox/sql/"

local function read(name)
  local file = assert(io.open(FOLDER .. name .. ".sql", "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

-- The statements that end a call, without comments: those whose first column is `refuse` or `result`.
local function scan(name, codes, seen)
  if seen[name] then
    return
  end
  seen[name] = true
  local text = read(name):gsub("%-%-[^\n]*", "")
  for part in text:gmatch "'([%w_]+)' AS call" do
    scan(part, codes, seen)
  end
  for statement in text:gmatch "[^;]+" do
    local column = statement:match "SELECT%s+(.-)%s+AS%s+refuse" or statement:match "SELECT%s+(CASE.-END)%s+AS%s+result"
    for code in (column or ""):gmatch "%-%d+" do
      codes[tonumber(code)] = true
    end
  end
end

--- The codes of an operation, in the order of the product's list.
---@param operation string
---@return integer[]
function refusals.of(operation)
  local codes, list = {}, {}
  scan(operation, codes, {})
  for code in pairs(codes) do
    list[#list + 1] = code
  end
  table.sort(list, function(a, b)
    return a > b
  end)
  return list
end

return refusals
