--- `dnp usage`: what accounts used in a month.

local args = require "dnp.cli.args"
local fail = require "dnp.cli.fail"
local json = require "dnp.cli.json"
local provisioning = require "dnp.provisioning"
local status = require "dnp.cli.status"

local COLUMNS = { "Username", "PlanName", "OwnerUsername", "Email", "BytesTotal", "DiskspaceBytes" }

return {
  name = "usage",
  summary = "Show traffic of a month and disk space, of one account or all.",
  examples = { "dnp usage --month 2026-10 --csv", "dnp usage jdoe --month 2026-10 --json" },
  arguments = { { "who", "id or user name", args = "?", convert = args.id_or_name } },
  options = {
    { "--month", "YYYY-MM", "which month", required = true },
    { "--owner", "WHO", "all below this account; by default one's own", convert = args.id_or_name },
  },
  run = function(run)
    local given = run.given
    local report, err = fail.checked(provisioning.usage, run:panel(), given.month,
      { user = given.who, owner = given.owner })
    run:need(report, err)
    for _, failure in ipairs(report.failures) do
      run.output:error(tostring(failure.error), failure.error, failure.Username)
    end
    if report.names_error then
      run.output:note("Names of plans and owners could not be read: %s", tostring(report.names_error))
    end
    for _, account in ipairs(report.accounts) do
      account.packages, account.spaces = account.packages and json.list(account.packages), nil
    end
    run.output:rows(COLUMNS, report.accounts)
    return report.complete and status.DONE or status.PARTLY
  end,
}
