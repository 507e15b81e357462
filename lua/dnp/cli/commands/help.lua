--- `dnp help`: help of commands and topics.

local fail = require "dnp.cli.fail"
local fields = require "dnp.cli.fields"
local stdout = require "dnp.cli.stdout"
local topics = require "dnp.cli.topics"

return {
  name = "help",
  summary = "Show help of a command or a topic.",
  examples = { "dnp help user add", "dnp help profiles" },
  arguments = { { "words", "a command, or one of the topics: " .. topics.list(), args = "*",
    words = function()
      local words = topics.names()
      for _, definition in ipairs(require("dnp.cli").definitions()) do
        words[#words + 1] = definition.name
      end
      return words
    end } },
  offline = true, plain = true,
  run = function(run)
    local parser = require("dnp.cli").parser()
    local name = table.concat(run.given.words, " ")
    local found = parser.commands[name]
    if name == "" then
      stdout.write(parser.root:get_help(), "\n")
    elseif found then
      stdout.write(found.command:get_help(), "\n")
    elseif topics.text(name) then
      stdout.write(topics.text(name))
    else
      local names = topics.names()
      for path in pairs(parser.commands) do
        names[#names + 1] = path
      end
      fail.usage("there is no help about '%s'%s", name, fields.did_you_mean(name, names))
    end
  end,
}
