--- `dnp rotate-passwords`: new passwords for many accounts.

local args = require "dnp.cli.args"
local password = require "dnp.cli.password"
local passwords = require "dnp.cli.passwords"
local provisioning = require "dnp.provisioning"
local status = require "dnp.cli.status"
local system = require "dnp.cli.system"
local who = require "dnp.cli.who"

local STAND_IN = "Secret00"

-- All are written before the first is set. Those of an earlier run stay, so that the same command goes on.
local function make(run, subjects)
  local made = {}
  if run.given.dry_run then
    for _, one in ipairs(subjects) do
      made[one] = STAND_IN
    end
    return made
  end
  local file = passwords.open(run.given.out)
  for _, one in ipairs(subjects) do
    made[one] = file:known(tostring(one)) or file:add(tostring(one), password.make(run.given.password_length))
  end
  file:close()
  return made
end

return {
  name = "rotate-passwords",
  summary = "Set new passwords of many accounts, and write them to a file.",
  about = "The file (mode 600) is complete before the first password is set. Accounts that failed are named: what the "
    .. "file has for them is not theirs yet, until the same command is run again.",
  examples = { "dnp rotate-passwords --from customers.csv --out passwords.csv" },
  arguments = { { "who", "ids or user names", args = "*", convert = args.id_or_name } },
  options = {
    { "--out", "FILE", "where the passwords go; a file of an earlier run is gone on with", required = true },
    passwords.OPTIONS[2],
  },
  changes = true, many = true,
  run = function(run)
    local subjects = who.all(run, run.given.who)
    local panel = run:panel()
    local made = make(run, subjects)
    local code = run:workflows(subjects, function(_, one)
      return provisioning.change_password(panel, one, made[one], run:workflow_options())
    end)
    if code ~= status.DONE and not run.given.dry_run then
      run.output:note("What %s has for those that failed is not their password yet; the same command goes on.",
        system.quote(run.given.out))
    end
    return code
  end,
}
