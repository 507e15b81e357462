-- A folder of its own for each test of a `describe` block.
local busted = require "busted"
local child = require "spec.support.child"

local scratch = {}

--- Writes a file of the folder.
---@param name string
---@param text string
---@return string path
function scratch.write(name, text)
  return child.write(scratch.path .. "/" .. name, text)
end

--- Makes the folder, `scratch.path`, before each test and removes it after.
---@param leave fun()? comes before it is removed
function scratch.provide(leave)
  local remove
  busted.before_each(function()
    scratch.path, remove = child.folder()
  end)
  busted.after_each(function()
    if leave then
      leave()
    end
    remove()
    scratch.path = nil
  end)
end

return scratch
