--- What a task of ./dev bench is made of, for each client in Lua.
local mark = require "bench_mark"

local task = {}

--- The bytes of a file.
---@param path string
---@return string
function task.read_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

--- Begins to measure. Garbage of the start is not what is measured.
function task.start()
  collectgarbage()
  collectgarbage()
  mark.start()
end

--- How many records there are, and the sum of their ids.
---@param rows table[]
---@return integer count
---@return integer sum
function task.sum_of_ids(rows)
  local sum = 0
  for _, row in ipairs(rows) do
    sum = sum + (row.UserId or row.UserID)
  end
  return #rows, sum
end

return task
