--- Programs at a terminal, which the program `script` makes, and somebody who answers.
local child = require "spec.support.child"

local terminal = {}

--- Whether there is a program that makes terminals.
---@return boolean
function terminal.is_there()
  return child.run "script --version" == 0
end

--- Runs a command line at a terminal. Each response is typed when the question before it is on the screen.
---@param command string
---@param dialog { [1]: string, [2]: string, [3]: string? }[] question and response; a response ends with what ends it:
---       "\n", "\3"; a command line that is run before the response
---@return integer status
---@return string screen all that the terminal showed
function terminal.run(command, dialog)
  local folder, remove = child.folder()
  local screen = folder .. "/screen"
  local lines = {}
  for _, turn in ipairs(dialog) do
    -- A question that is asked again is waited for again.
    lines[#lines + 1] = ([[n=0
      until [ "$(grep -aoF -- %s %s 2>/dev/null | wc -l)" -ge %d ] || [ $n -ge 600 ] || [ -e %s/ended ]; do
        n=$((n + 1)); sleep 0.05
      done
      %s
      printf %%b %s]]):format(child.quote(turn[1]), screen, turn.nth or 1, folder, turn[3] or ":",
      child.quote((turn[2]:gsub("[%c\\]", function(letter)
        return ("\\0%03o"):format(letter:byte())
      end))))
  end
  lines[#lines + 1] = ("until [ -e %s/ended ]; do sleep 0.05; done"):format(folder)
  -- Ctrl-C is for the command; a shell such as dash would end with it.
  command = "trap : INT; " .. command
  local status, _, errors = child.run(("{ %s\n} | { TERM=xterm timeout -k 1 45 script -q -e -f -c %s %s >/dev/null; "
    .. "code=$?; : >%s/ended; exit $code; }"):format(table.concat(lines, "\n"), child.quote(command), screen, folder))
  local text = child.read(screen) .. errors
  remove()
  return status, text
end

return terminal
