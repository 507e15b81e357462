--- The command line by argparse: what commands say of themselves becomes parser, help and completion.

local fail = require "dnp.cli.fail"
local system = require "dnp.cli.system"
local topics = require "dnp.cli.topics"

local args = {}

---@class dnp.cli.Option
---@field [1] string names, as argparse has them: "-o --owner"
---@field [2] string? what the value is called in help; without it the option is a flag
---@field [3] string text
---@field convert (fun(text: string): any, string?)?
---@field many boolean? may be given several times
---@field choices string[]?
---@field default any
---@field required boolean?

---@class dnp.cli.Argument
---@field [1] string name
---@field [2] string text
---@field args string|integer|nil as argparse has it: "?", "*", "+"
---@field convert (fun(text: string): any, string?)?
---@field choices string[]?
---@field words (fun(): string[])? what completion offers, where there are no choices

---@class dnp.cli.Command
---@field name string
---@field aliases string[]?
---@field summary string
---@field about string? further text of its help
---@field examples string[]?
---@field arguments dnp.cli.Argument[]?
---@field options dnp.cli.Option[]?
---@field commands dnp.cli.Command[]? or commands of its own
---@field changes boolean? it takes what commands that change something take
---@field many boolean? it is about several accounts
---@field offline boolean? it needs no panel
---@field run fun(run: dnp.cli.Run): integer?

---- values ----

--- An account, a plan or a space: an id if it looks like one, else a name; `name:123` is the name 123.
---@param text string
---@return integer|string|nil
---@return string?
function args.id_or_name(text)
  local name = text:match "^name:(.*)$"
  if name and name ~= "" then
    return name
  elseif text:find "^%d+$" then
    local id = tonumber(text)
    if id < 1 or id > 2147483647 then
      return nil, ("'%s' is not an id"):format(text)
    end
    return math.floor(id)
  elseif text == "" or name then
    return nil, "expected an id or a name, got an empty text"
  end
  return text
end

--- An add-on and how many: "Extra Mailboxes:2".
---@param text string
---@return dnp.provisioning.AddonSpec?
---@return string?
function args.addon(text)
  local plan, quantity = text:match "^(.+):(%d+)$"
  local id, message = args.id_or_name(plan or text)
  if not id then
    return nil, message
  end
  return { plan = id, quantity = quantity and math.floor(tonumber(quantity)) or 1 }
end

--- Converts to a whole number in a range.
---@param least integer
---@param most integer
---@return fun(text: string): integer?, string?
function args.integer(least, most)
  return function(text)
    local number = text:find "^%d+$" and tonumber(text)
    if not number or number < least or number > most then
      return nil, ("expected a whole number from %d to %d, got '%s'"):format(least, most, text)
    end
    return math.floor(number)
  end
end

---- what several commands take ----

local PANEL = {
  { "--profile", "NAME", "profile of the config file (DNP_PROFILE; 'default')" },
  { "--url", "URL", "address of the Enterprise Server (DNP_URL)" },
  { "--username", "NAME", "whom to call as (DNP_USERNAME)" },
  { "--password-file", "FILE", "file whose first line is the password; '-' is standard input" },
  { "--dialect", "NAME", "dotnetpanel, websitepanel or solidcp (DNP_DIALECT)" },
  { "--timeout", "SECONDS", "for each call (DNP_TIMEOUT)" },
  { "--ca-file", "FILE", "PEM file with the certificates to trust (DNP_CA_FILE)" },
  { "--log", "FILE", "append a line of JSON for each request and answer, without contents" },
  { "--trace", nil, "show requests and answers on standard error, secrets replaced" },
}

local OUTPUT = {
  { "--json", nil, "answer in JSON; errors, too, on standard error" },
  { "--csv", nil, "answer in CSV" },
}

local CHANGES = {
  { "-n --dry-run", nil, "only show what would be done" },
  { "--deadline", "SECONDS", "for each account", convert = args.integer(1, 1000000) },
}

local MANY = {
  { "--from", "FILE", "accounts from a file: one a line, or CSV with a column Username or UserId; '-' is standard "
    .. "input" },
  { "-j --jobs", "N", "how many at a time (8)", convert = args.integer(1, 1000), default = 8 },
}

--- What many commands have in common, for the manual page.
args.COMMON = {
  { title = "Options of what changes something", options = CHANGES },
  { title = "Options of what is about several accounts", options = MANY },
  { title = "Output", options = OUTPUT },
  { title = "The panel", options = PANEL },
}

---- the parser ----

-- An error of a value names the option or the argument.
local function named(name, convert)
  return function(text)
    local value, message = convert(text)
    if value == nil then
      return nil, ("%s: %s"):format(name, message)
    end
    return value
  end
end

local function add_option(command, option, group)
  local made
  if option[2] then
    made = command:option(option[1], option[3]):argname("<" .. option[2] .. ">")
    if option.convert then
      made:convert(named(option[1]:match "%-%-%S+", option.convert))
    end
    if option.choices then
      made:choices(option.choices)
    end
    made:count(option.many and "*" or option.required and 1 or "0-1")
    made:overwrite(option.many ~= nil)
    if option.default ~= nil then
      made:default(tostring(option.default)):show_default(false)
    end
  else
    made = command:flag(option[1], option[3])
  end
  group[#group + 1] = made
end

local function add_options(command, title, ...)
  local group = {}
  for _, list in ipairs { ... } do
    for _, option in ipairs(list) do
      add_option(command, option, group)
    end
  end
  if #group > 0 then
    command:group(title, (table.unpack or unpack)(group))
  end
end

-- A group of commands has the first example of each.
local function examples_of(definition)
  local lines = { "Examples:" }
  for _, example in ipairs(definition.examples or {}) do
    lines[#lines + 1] = "    " .. example
  end
  for _, child in ipairs(definition.commands or {}) do
    lines[#lines + 1] = "    " .. child.examples[1]
  end
  return table.concat(lines, "\n") .. "\n\n" .. topics.EXIT_IN_SHORT
end

-- argparse itself would print and exit, whether or not anything can be printed.
local function add_help(parser, command)
  command:add_help {
    name = "-h --help",
    action = function()
      parser.answer = command:get_help() .. "\n"
      error "help"
    end,
  }
end

local function describe(parser, command, definition)
  add_help(parser, command)
  command:summary(definition.summary)
  command:description(definition.summary .. (definition.about and "\n\n" .. definition.about or ""))
  command:epilog(examples_of(definition))
  command:help_max_width(100)
end

local function fill(parser, command, definition)
  describe(parser, command, definition)
  for _, argument in ipairs(definition.arguments or {}) do
    local made = command:argument(argument[1], argument[2]):args(argument.args or 1)
    if argument.convert then
      made:convert(named(argument[1]:upper(), argument.convert))
    end
    if argument.choices then
      made:choices(argument.choices)
    end
  end
  add_options(command, "Options", definition.options or {}, definition.many and MANY or {},
    definition.changes and CHANGES or {})
  if not definition.plain then
    add_options(command, "Output", OUTPUT)
  end
  if not definition.offline then
    add_options(command, "The panel", PANEL)
  end
end

local function add_command(parser, parent, definition, path)
  local names = definition.name
  for _, alias in ipairs(definition.aliases or {}) do
    names = names .. " " .. alias
  end
  local command = parent:command(names)
  path = path .. definition.name
  if definition.commands then
    describe(parser, command, definition)
    command:require_command(true):command_target(path)
    for _, child in ipairs(definition.commands) do
      add_command(parser, command, child, path .. " ")
    end
  else
    fill(parser, command, definition)
    command:action(function(result)
      result.definition = definition
      result.path = path
    end)
  end
  parser.commands[path] = { command = command, definition = definition }
end

---@class dnp.cli.Parser
---@field root table of argparse
---@field commands table<string, { command: table, definition: dnp.cli.Command }> by path: "user list"
---@field answer string? what is asked for by --help or --version

--- Makes the parser of all commands.
---@param definitions dnp.cli.Command[]
---@param summary string
---@param epilog string
---@return dnp.cli.Parser
function args.parser(definitions, summary, epilog)
  local argparse = system.library("argparse", "lua-argparse")
  local root = argparse("dnp", summary, epilog)
  local parser = { root = root, commands = {} }
  root:require_command(true):command_target "command":help_max_width(100)
  add_help(parser, root)
  root:flag("--version", "Show the version."):action(function()
    parser.answer = require("dnp")._VERSION .. "\n"
    error "version"
  end)
  for _, definition in ipairs(definitions) do
    add_command(parser, root, definition, "")
  end
  return parser
end

-- The commands at the beginning of a command line, and --help.
local function way_to_help(parser, arguments)
  local words = {}
  for _, word in ipairs(arguments) do
    if word:find "^%-" or not parser.commands[table.concat(words, " ") .. (words[1] and " " or "") .. word] then
      break
    end
    words[#words + 1] = word
  end
  words[#words + 1] = "--help"
  return table.concat(words, " ")
end

--- Reads a command line. Ends the command when it is wrong, or asks for help only.
---@param parser dnp.cli.Parser
---@param arguments string[]
---@return table given with `definition` and `path`
function args.parse(parser, arguments)
  local raised, good, given = pcall(parser.root.pparse, parser.root, arguments)
  if parser.answer then
    fail.answer(parser.answer)
  elseif not raised then
    error(good, 0)
  elseif not good then
    local message = given:gsub("\nDid you mean", "; did you mean")
    fail.usage("%s%s `dnp %s` tells more", message, message:find "%?$" and "" or ";", way_to_help(parser, arguments))
  end
  if given.json and given.csv then
    fail.usage "--json and --csv are two forms of the answer; one is enough"
  end
  return given
end

return args
