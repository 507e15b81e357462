--- `dnp diff`: what a file says otherwise than the panel.

local args = require "dnp.cli.args"
local errors = require "dnp.cli.files.errors"
local rehearsal = require "dnp.cli.rehearsal"
local specs = require "dnp.cli.specs"
local status = require "dnp.cli.status"

local function diff(run)
  local waves = specs.read(run, run.given.file)
  local panel = run:panel()
  local found, code = rehearsal.hold(run, panel, waves)
  if code ~= status.DONE then
    return code
  end
  local different = false
  for _, wave in ipairs(waves) do
    for _, account in ipairs(wave) do
      local change = found.changes[account]
      if change and change.value.outcome == "planned" then
        different = true
        run.output:say(change.value, change.text, "yellow")
      end
    end
  end
  errors.tell(run, run.given.file, found.wrong)
  return #found.wrong > 0 and status.FAILED or different and status.DIFFERENT or status.DONE
end

return {
  name = "diff",
  summary = "Show what `dnp apply FILE` would change.",
  about = "FILE has specs in YAML or JSON, as `dnp export` writes them, or rows of CSV or JSON Lines. Exits with 4 "
    .. "when something differs, so that cron can mail it.",
  examples = { "dnp diff accounts.yaml", "dnp diff customers.csv --json" },
  arguments = { { "file", "YAML, JSON, JSON Lines or CSV; '-' is standard input" } },
  options = {
    { "-j --jobs", "N", "how many at a time (8)", convert = args.integer(1, 1000), default = 8 },
    specs.OPTIONS[1], specs.OPTIONS[2], specs.OPTIONS[3],
  },
  run = diff,
}
