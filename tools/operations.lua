--- Writes the table of operations into README.md, from the module's own contract.
-- usage: tools/operations.lua [--check] [FILE]; --check says whether FILE is fresh, and writes nothing.
local dnp = require "dnp"
local made = require "tools.made"

local operations = {}

local opening, closing = "<!-- operations, made by tools/operations.lua -->\n", "<!-- end of operations -->"

local function parameters(operation)
  local names = {}
  for _, parameter in ipairs(operation.parameters) do
    names[#names + 1] = parameter.argument
  end
  return table.concat(names, ", ")
end

--- The table's lines; SolidCP's contract is taken because it has every parameter of the others.
local function rows()
  local lines = { "| method | what it does |", "|---|---|" }
  for _, operation in ipairs(dnp.contract("solidcp").operations) do
    lines[#lines + 1] = ("| `%s(%s)` | %s |"):format(operation.method, parameters(operation), operation.summary)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- The file's text with the table as the contract has it.
local function renewed(text)
  local start = select(2, text:find(opening, 1, true))
  local finish = start and text:find(closing, start, true)
  assert(finish, "the marks of the table of operations are missing")
  return text:sub(1, start) .. rows() .. text:sub(finish)
end

--- Whether the file holds what the contract says.
function operations.fresh(path)
  return made.is_fresh(path, renewed)
end

if arg and arg[0] and arg[0]:match("operations%.lua$") then
  made.main(arg, "README.md", renewed)
end

return operations
