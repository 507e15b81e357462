--- The digest of a file, by which a journal knows it again.

local fail = require "dnp.cli.fail"
local system = require "dnp.cli.system"

--- The digest of a file, and what made it: "sha256 2c26b46b..."
---@param path string
---@return string
return function(path)
  local file = system.quote(path)
  for name, program in pairs { sha256 = { "sha256sum", "shasum -a 256" } } do
    for _, command in ipairs(program) do
      local pipe = io.popen(("%s <%s 2>/dev/null"):format(command, file))
      local hash = pipe and (pipe:read "*l" or ""):match "^%x+"
      if pipe then
        pipe:close()
      end
      if hash then
        return name .. " " .. hash
      end
    end
  end
  fail.with "neither sha256sum nor shasum is installed"
end
