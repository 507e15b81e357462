--- `dnp completion`: what a shell needs to complete command lines.

local stdout = require "dnp.cli.stdout"

return {
  name = "completion",
  summary = "Write a completion script for a shell.",
  examples = { "dnp completion bash > /etc/bash_completion.d/dnp", 'dnp completion zsh > "${fpath[1]}/_dnp"',
    "dnp completion fish > ~/.config/fish/completions/dnp.fish" },
  arguments = { { "shell", "bash, zsh or fish", choices = { "bash", "zsh", "fish" } } },
  offline = true, plain = true,
  run = function(run)
    local root = require("dnp.cli").parser().root
    stdout.write(root["get_" .. run.given.shell .. "_complete"](root))
  end,
}
