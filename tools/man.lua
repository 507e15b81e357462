--- Writes man/dnp.1 from what the commands say of themselves.
-- usage: tools/man.lua [--check] [FILE]; --check says whether FILE is fresh, and writes nothing.
local args = require "dnp.cli.args"
local cli = require "dnp.cli"
local made = require "tools.made"
local topics = require "dnp.cli.topics"

local man = {}

-- A text as roff has it.
local function roff(text)
  return (text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("^([.'])", "\\&%1"):gsub("\n([.'])", "\n\\&%1"))
end

local function paragraphs(text)
  return (roff(text):gsub("\n\n", "\n.PP\n"))
end

local function synopsis(path, definition)
  local words = { "\\fBdnp " .. roff(path) .. "\\fR" }
  for _, argument in ipairs(definition.arguments or {}) do
    local name = "\\fI" .. roff((argument[1]:gsub("_of_account", ""))) .. "\\fR"
    local count = argument.args or 1
    words[#words + 1] = count == 1 and name or ("[%s%s]"):format(name, count == "?" and "" or " ...")
  end
  words[#words + 1] = "[\\fIoptions\\fR]"
  return table.concat(words, " ")
end

local function add_options(lines, options)
  for _, option in ipairs(options) do
    local names = roff(option[1]:gsub(" ", ", "))
    lines[#lines + 1] = ".TP"
    lines[#lines + 1] = ("\\fB%s\\fR%s"):format(names, option[2] and " \\fI" .. roff(option[2]) .. "\\fR" or "")
    lines[#lines + 1] = roff(option[3])
  end
end

local function add_command(lines, path, definition)
  lines[#lines + 1] = ('.SS "dnp %s"'):format(roff(path))
  lines[#lines + 1] = synopsis(path, definition)
  lines[#lines + 1] = ".PP"
  lines[#lines + 1] = roff(definition.summary)
  if definition.about then
    lines[#lines + 1] = ".PP"
    lines[#lines + 1] = paragraphs(definition.about)
  end
  add_options(lines, definition.options or {})
  if #(definition.examples or {}) > 0 then
    lines[#lines + 1] = ".PP\n.nf"
    for _, example in ipairs(definition.examples) do
      lines[#lines + 1] = "    " .. roff(example)
    end
    lines[#lines + 1] = ".fi"
  end
end

local function add_commands(lines, definitions, path)
  for _, definition in ipairs(definitions) do
    if definition.commands then
      add_commands(lines, definition.commands, path .. definition.name .. " ")
    else
      add_command(lines, path .. definition.name, definition)
    end
  end
end

local function add_text(lines, title, text)
  lines[#lines + 1] = ".SH " .. title
  lines[#lines + 1] = ".nf"
  lines[#lines + 1] = roff((text:gsub("\n$", "")))
  lines[#lines + 1] = ".fi"
end

--- The page.
---@return string
function man.text()
  local lines = {
    '.\\" Made by tools/man.lua; do not edit.',
    '.TH DNP 1 "" "lua\\-dnp" ""',
    ".SH NAME",
    "dnp \\- " .. roff "administers a hosting panel: DotNetPanel, WebsitePanel, SolidCP",
    ".SH SYNOPSIS",
    "\\fBdnp\\fR \\fIcommand\\fR [\\fIarguments\\fR] [\\fIoptions\\fR]",
    ".SH COMMANDS",
  }
  add_commands(lines, cli.definitions(), "")
  for _, group in ipairs(args.COMMON) do
    lines[#lines + 1] = ".SH " .. group.title:upper()
    add_options(lines, group.options)
  end
  for _, name in ipairs { "accounts", "files", "migration", "profiles", "secrets" } do
    add_text(lines, name:upper(), topics.text(name))
  end
  add_text(lines, "EXIT STATUS", (topics.text("exit"):gsub("^[^\n]*\n", "")))
  return table.concat(lines, "\n") .. "\n"
end

--- Whether the file is what this would write.
---@param path string
---@return boolean
function man.fresh(path)
  return made.is_fresh(path, man.text)
end

if arg and arg[0] and arg[0]:match("man%.lua$") then
  made.main(arg, "man/dnp.1", man.text)
end

return man
