--- A name as panels compare names: neither case nor width counts, beyond ASCII too, nor blanks at the end.

local core = require "dnp.core"

---@param name string
---@return string
return function(name)
  return (core.fold(name):gsub(" +$", ""))
end
