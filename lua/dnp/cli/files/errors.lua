--- What is wrong with files: all of it at once, each with file, row, column and reason.

local provisioning = require "dnp.provisioning"

local errors = {}

---@class dnp.cli.FileError
---@field row integer
---@field column string?
---@field reason string

-- What takes the place of a value that is wrong or missing, so that the rest can be looked at.
local function stand_in(key, count)
  if key == "name" or key == "Username" then
    return ("stand-in %d"):format(count)
  elseif key == "plan" or key == "OwnerId" or key == "id" then
    return 1000000 + count
  elseif key == "FirstName" or key == "LastName" or key == "Email" or key == "Password" then
    return "stand-in"
  end
  return nil
end

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local made = {}
  for key, entry in pairs(value) do
    made[key] = copy(entry)
  end
  return made
end

-- Puts something else where an error points to; false when that cannot be done.
local function replace(spec, path, count)
  local at, key = { spec = spec }, "spec"
  for index, name in (path:match "^spec(.*)$" or ""):gmatch "%[?(%d*)%]?%.?([%w_]*)" do
    local step = index ~= "" and tonumber(index) or nil
    if step then
      at, key = at[key], step
      if type(at) ~= "table" then
        return false
      end
    end
    if name ~= "" then
      at, key = at[key], name
      if type(at) ~= "table" then
        return false
      end
    end
  end
  if key == "spec" or type(key) == "number" then
    return false
  end
  at[key] = stand_in(key, count)
  return true
end

-- No file of errors is read to its end by anybody.
local MOST = 50

--- All errors of a spec.
---@param spec table
---@param dialect string
---@param options { new: boolean? }
---@return { path: string, reason: string }[]
function errors.of_spec(spec, dialect, options)
  local good, wrong = provisioning.check_spec(spec, dialect, options)
  if good then
    return {}
  end
  local list, seen, rest = {}, {}, copy(spec)
  while not good and #list < MOST do
    local path, reason = wrong:match "^(spec[%w_.%[%]]*): (.*)$"
    path, reason = path or "spec", reason or wrong
    if not seen[path] then
      list[#list + 1] = { path = path, reason = reason }
      seen[path] = 0
    end
    seen[path] = seen[path] + 1
    if seen[path] > 3 or not replace(rest, path, #list) then
      break
    end
    good, wrong = provisioning.check_spec(rest, dialect, options)
  end
  return list
end

--- What a panel has no place for.
---@param row integer
---@param column string
---@param dialect string
---@return dnp.cli.FileError
function errors.lost(row, column, dialect)
  return { row = row, column = column, reason = ("panels of the dialect %s have no such field"):format(dialect) }
end

local function by_place(a, b)
  if a.row ~= b.row then
    return a.row < b.row
  end
  return (a.column or "") < (b.column or "")
end

--- Tells errors in order, with the file's name.
---@param run dnp.cli.Run
---@param path string
---@param list dnp.cli.FileError[]
function errors.tell(run, path, list)
  table.sort(list, by_place)
  for _, err in ipairs(list) do
    local place = ("%s:%d"):format(path, err.row)
    run.output:error(err.column and ("%s: %s"):format(err.column, err.reason) or err.reason, {
      file = path, row = err.row, column = err.column, kind = "file", outcome = "not_done",
    }, place)
  end
end

return errors
