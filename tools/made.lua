--- Files that are made from the contract, wholly or in part: written, or checked for freshness.
local made = {}

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a")
  if file then
    file:close()
  end
  return text
end

--- Whether a file holds what would be made of it now.
---@param path string
---@param make fun(text: string?): string gives the new text of the file from the present one (nil: there is none)
function made.is_fresh(path, make)
  local text = read(path)
  return text ~= nil and text == make(text)
end

--- The command line of a generator: [--check] [FILE]. With --check it only says whether the file is fresh.
---@param arguments string[]
---@param path string the file, unless named
---@param make fun(text: string?): string
function made.main(arguments, path, make)
  local check = arguments[1] == "--check"
  path = arguments[check and 2 or 1] or path
  if not check then
    local text = make(read(path))
    local file = assert(io.open(path, "wb"))
    assert(file:write(text))
    assert(file:close())
  elseif not made.is_fresh(path, make) then
    io.stderr:write(path, " is stale: run ./dev lua ", arguments[0], "\n")
    os.exit(1)
  end
end

return made
