--- The case of ASCII letters. string.lower and string.upper ask the process's locale, and in a Turkish one they leave
--- "I" and "i" as they are.
local ascii = {}

local LOWER, UPPER = {}, {}
for code = ("A"):byte(), ("Z"):byte() do
  local upper, lower = string.char(code), string.char(code + 32)
  LOWER[upper], UPPER[lower] = lower, upper
end

---@param text string
---@return string
function ascii.lower(text)
  return (text:gsub("[A-Z]", LOWER))
end

---@param text string
---@return string
function ascii.upper(text)
  return (text:gsub("[a-z]", UPPER))
end

return ascii
