--- `dnp completion`: what a shell needs to complete command lines.

local completion = require "dnp.cli.completion"
local stdout = require "dnp.cli.stdout"

return {
  name = "completion",
  summary = "Write a completion script for a shell.",
  examples = { "dnp completion bash > /etc/bash_completion.d/dnp", 'dnp completion zsh > "${fpath[1]}/_dnp"',
    "dnp completion fish > ~/.config/fish/completions/dnp.fish" },
  arguments = { { "shell", "bash, zsh or fish", choices = { "bash", "zsh", "fish" } } },
  offline = true, plain = true,
  run = function(run)
    stdout.write(completion.script(require("dnp.cli").parser(), run.given.shell))
  end,
}
