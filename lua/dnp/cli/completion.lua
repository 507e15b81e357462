--- Completion scripts for shells: lua-argparse makes them of the parser, for commands and options. What the first
--- argument of a command may be is added here.

local completion = {}

-- Paths of commands whose first argument is one of some words, in order; and the words.
local function offers(parser)
  local paths, words = {}, {}
  for path, entry in pairs(parser.commands) do
    local first = (entry.definition.arguments or {})[1]
    local list = first and (first.choices or first.words and first.words())
    if list then
      paths[#paths + 1] = path
      words[path] = table.concat(list, " ")
    end
  end
  table.sort(paths)
  return paths, words
end

-- Puts a text in place of what comes first from a place on, if it is there.
local function replace(script, from, old, new)
  local first, last = script:find(old, from, true)
  return first and script:sub(1, first - 1) .. new .. script:sub(last + 1) or script
end

-- The word before is the command itself.
local function bash(script, paths, words)
  local lines = { '    case "$cmd $prev $cur" in', "        *' -'*) ;;" }
  for _, path in ipairs(paths) do
    lines[#lines + 1] = ("        '%s %s '*) COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;"):format(path,
      path:match "%S+$", words[path])
  end
  local options = '    if [[ "$cur" = -* ]]; then\n'
  return replace(script, 1, options, ("%s\n    esac\n\n%s"):format(table.concat(lines, "\n"), options))
end

local function fish(script, paths, words)
  local lines = {}
  for _, path in ipairs(paths) do
    local _, depth = path:gsub("%S+", "")
    lines[#lines + 1] = ("complete -c dnp -n '__fish_dnp_using_command %s; and test (count (commandline -poc)) -eq %d' "
      .. "-xa '%s'\n"):format(path, depth + 1, words[path])
  end
  return script .. "\n" .. table.concat(lines)
end

-- Choices are there already; the others are files so far.
local function zsh(script, paths, words)
  for _, path in ipairs(paths) do
    local section = script:find(("\n    %s)\n"):format(path), 1, true)
    local is_choice = section and script:find(("(%s)"):format(words[path]), section, true)
    local files = section and script:match('"%*?: :_files"', section)
    script = files and not is_choice and replace(script, section, files, ('": :(%s)"'):format(words[path])) or script
  end
  return script
end

local SHELLS = { bash = bash, fish = fish, zsh = zsh }

--- The script for a shell.
---@param parser dnp.cli.Parser
---@param shell "bash"|"zsh"|"fish"
---@return string
function completion.script(parser, shell)
  local script = parser.root[("get_%s_complete"):format(shell)](parser.root)
  return SHELLS[shell](script, offers(parser))
end

return completion
