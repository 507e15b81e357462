--- Asks a person before something is deleted; where none sits there, wants `--yes`.

local fail = require "dnp.cli.fail"
local status = require "dnp.cli.status"
local system = require "dnp.cli.system"

local confirm = {}

--- Ends the command unless the answer is yes.
---@param given { yes: boolean? }
---@param question string
function confirm.ask(given, question)
  if given.yes then
    return
  elseif not system.is_terminal(0) then
    fail.usage("%s Nobody can be asked here: say --yes", question)
  end
  io.stderr:write(question, " [y/N] ")
  local answer = (io.read "*l" or ""):lower()
  if answer ~= "y" and answer ~= "yes" then
    fail.with("nothing was done", status.FAILED)
  end
end

return confirm
