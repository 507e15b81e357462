--- `dnp test`: whether the panel can be worked with.

local fail = require "dnp.cli.fail"
local provisioning = require "dnp.provisioning"

return {
  name = "test",
  summary = "Find out whether the panel can be reached, lets us in, and may be changed.",
  examples = { "dnp test", "dnp test --profile staging --json" },
  run = function(run)
    local report, err = provisioning.test_connection(run:panel())
    if not report then
      if err.dialect then
        run.output:note("The panel speaks %s: --dialect %s", err.dialect, err.dialect)
      end
      fail.with(err)
    end
    run.output:say(report, ("%s (%s): signed in as %s, %s, %.0f ms"):format(report.url, report.dialect,
      report.user.Username, report.user.Role, report.round_trip * 1000), "green")
  end,
}
