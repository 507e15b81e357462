--- What was raised, in words for the message of an error object.

-- Where Lua says an error was raised: a file or a piece of code, and a line. It is of no use to whoever reads the
-- message, and shows where programs lie.
local POSITIONS = { "^%[string \".-\"%]:%d+: ", "^[^\n]-%.lua:%d+: ", "^[^%s:]*[^%s%d:][^%s:]*:%d+: " }

--- The text of what was raised, without the position in a program that Lua puts before it.
---@param reason any
---@return string
return function(reason)
  local good, text = pcall(tostring, reason) -- an object's __tostring may raise, or give no string
  if not good or type(text) ~= "string" then
    return "a " .. type(reason) .. " that cannot be printed"
  end
  for _, pattern in ipairs(POSITIONS) do
    local _, last = text:find(pattern)
    if last then
      return text:sub(last + 1)
    end
  end
  return text
end
