--- Calls a function when what this made is collected. Tables have finalizers from Lua 5.2 on, userdata always.
---@param action fun()
return function(action)
  if rawget(_G, "newproxy") then
    getmetatable(newproxy(true)).__gc = action -- luacheck: globals newproxy
  else
    setmetatable({}, { __gc = action })
  end
end
