--- Asks a person before something is deleted; where none sits there, wants `--yes`.

local fail = require "dnp.cli.fail"
local status = require "dnp.cli.status"
local system = require "dnp.cli.system"

local confirm = {}

--- Asks the person at the terminal.
---@param question string
---@return boolean yes
function confirm.is_yes(question)
  local answer = (system.ask(question .. " [y/N] ") or ""):lower()
  return answer == "y" or answer == "yes"
end

--- Ends the command unless the answer is yes.
---@param given { yes: boolean? }
---@param question string
function confirm.ask(given, question)
  if given.yes then
    return
  elseif not system.is_terminal(0) then
    fail.usage("%s Nobody can be asked here: say --yes", question)
  elseif not confirm.is_yes(question) then
    fail.with("nothing was done", status.FAILED)
  end
end

local DELETIONS = { DeleteUser = true, DeletePackage = true, DeletePackageAddon = true }

--- What of a workflow deletes something, in words.
---@param report dnp.provisioning.Report
---@return string[]
function confirm.deletions(report)
  local list = {}
  for _, step in ipairs(report.steps) do
    if DELETIONS[step.operation] then
      list[#list + 1] = step.text
    end
  end
  return list
end

--- The question whether these may be deleted.
---@param deletions string[]
---@param count integer? how many there are, if these are the first of them
---@return string
function confirm.question(deletions, count)
  count = count or #deletions
  return ("Delete what is not wanted (%s%s)?"):format(table.concat(deletions, ", ", 1, math.min(5, #deletions)),
    count > 5 and (" and %d more"):format(count - 5) or "")
end

--- Ends the command unless these may be deleted.
---@param given { yes: boolean?, dry_run: boolean? }
---@param deletions string[]
function confirm.ask_about(given, deletions)
  if #deletions > 0 and not given.dry_run then
    confirm.ask(given, confirm.question(deletions))
  end
end

--- The option of commands that delete.
confirm.YES = { "-y --yes", nil, "do not ask before something is deleted" }

return confirm
