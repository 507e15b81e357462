--- `dnp diff`: what a file says otherwise than the panel.

local fail = require "dnp.cli.fail"
local output = require "dnp.cli.output"
local provisioning = require "dnp.provisioning"
local specs = require "dnp.cli.specs"
local status = require "dnp.cli.status"

return {
  name = "diff",
  summary = "Show what `dnp apply FILE` would change.",
  about = "FILE has specs in YAML or JSON, as `dnp export` writes them, or rows of CSV or JSON Lines. Exits with 4 "
    .. "when something differs, so that cron can mail it.",
  examples = { "dnp diff accounts.yaml", "dnp diff customers.csv --json" },
  arguments = { { "file", "YAML, JSON, JSON Lines or CSV; '-' is standard input" } },
  options = {
    { "-j --jobs", "N", "how many at a time (8)", convert = require("dnp.cli.args").integer(1, 1000), default = 8 },
    specs.OPTIONS[1],
  },
  run = function(run)
    local panel = run:panel()
    local waves = specs.read(run, run.given.file)
    local different, worst = false, status.DONE
    for _, wave in ipairs(waves) do
      local code = run:each(wave, { name = specs.name }, function(account)
        -- One that has to be made needs a password; none is sent here.
        account.spec.user.Password = account.spec.user.Password or "Secret00"
        return fail.checked(provisioning.ensure_account, panel, account.spec, { dry_run = true })
      end, function(account, plan, err)
        if not plan then
          run.output:complain(tostring(err), err, specs.name(account))
          return fail.status_of(err)
        elseif #plan.steps > 0 then
          different = true
          run.output:say(output.plan(plan), tostring(plan), "yellow")
        end
      end)
      worst = math.max(worst, code)
      if worst == status.INTERRUPTED then
        break
      end
    end
    return worst == status.DONE and different and status.DIFFERENT or worst
  end,
}
