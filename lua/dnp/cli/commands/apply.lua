--- `dnp apply`: brings a panel to what a file says.

local args = require "dnp.cli.args"
local confirm = require "dnp.cli.confirm"
local fail = require "dnp.cli.fail"
local errors = require "dnp.cli.files.errors"
local password = require "dnp.cli.password"
local passwords = require "dnp.cli.passwords"
local provisioning = require "dnp.provisioning"
local rehearsal = require "dnp.cli.rehearsal"
local specs = require "dnp.cli.specs"
local status = require "dnp.cli.status"

local function by_line(a, b)
  return a.line < b.line
end

-- New accounts without a password in the file get one, or nothing is begun.
local function give_passwords(run, new)
  table.sort(new, by_line)
  if #new == 0 then
    return
  elseif not run.given.passwords_out then
    local names = {}
    for index = 1, math.min(#new, 8) do
      names[index] = specs.name(new[index])
    end
    fail.usage("%d new account%s without a password (%s%s): --passwords-out FILE makes them", #new,
      #new == 1 and " is" or "s are", table.concat(names, ", "), #new > 8 and " ..." or "")
  end
  local file = passwords.open(run.given.passwords_out)
  for _, account in ipairs(new) do
    account.spec.user.Password = file:known(account.spec.user.Username)
      or file:add(account.spec.user.Username, password.make(run.given))
  end
  file:close()
end

-- Owners first; what is below an owner that could not be made is not tried.
local function bring_about(run, panel, waves)
  local worst, failed = status.DONE, {}
  for _, wave in ipairs(waves) do
    local code, is_down = run:each(wave, { name = specs.name }, function(account)
      if account.owner and failed[account.owner] then
        failed[account] = true
        return { skipped = account.owner }
      end
      return fail.checked(provisioning.ensure_account, panel, account.spec, run:workflow_options())
    end, function(account, report, err)
      if report and report.skipped then
        run.output:error(("not tried, since its owner '%s' failed"):format(specs.name(report.skipped)), nil,
          specs.name(account))
        return status.FAILED
      end
      failed[account] = failed[account] or not report or nil
      return run:report(specs.name(account), report, err)
    end)
    worst = math.max(worst, code)
    if worst == status.INTERRUPTED or is_down then
      break
    end
  end
  return worst
end

local function apply(run)
  local waves = specs.read(run, run.given.file)
  local panel = run:panel()
  local found, code = rehearsal.hold(run, panel, waves)
  if code == status.INTERRUPTED then
    return code
  elseif #found.wrong > 0 then
    errors.tell(run, run.given.file, found.wrong)
    fail.with("nothing was done, since it could not be done as a whole", status.FAILED)
  elseif run.given.dry_run then
    for _, wave in ipairs(waves) do
      for _, account in ipairs(wave) do
        run.output:say(found.changes[account].value, found.changes[account].text)
      end
    end
    return status.DONE
  end
  run:confirm_all(found.deletions)
  give_passwords(run, found.without_password)
  return bring_about(run, panel, waves)
end

return {
  name = "apply",
  summary = "Bring the panel to what a file says: make what is missing, change what differs.",
  about = "Each account is tried with reading alone first, and nothing is done when one cannot work. Owners come "
    .. "before what they own. Panels give no passwords, so those of new accounts are in the file, or made with "
    .. "--passwords-out.\n\n"
    .. "The file may come from another panel, of another dialect: plans and owners go by name, or by --map-plan and "
    .. "--map-owner, and fields that this panel has no place for are named, and left out with --leave-out. `dnp help "
    .. "migration` tells more.",
  examples = {
    "dnp apply accounts.yaml --dry-run",
    "dnp apply accounts.yaml --map-plan 'Shared Small=Basic' --passwords-out new.csv",
  },
  arguments = { { "file", "YAML, JSON, JSON Lines or CSV; '-' is standard input" } },
  options = {
    { "-j --jobs", "N", "how many at a time (8)", convert = args.integer(1, 1000), default = 8 },
    specs.OPTIONS[1], specs.OPTIONS[2], specs.OPTIONS[3],
    passwords.OPTIONS[1], passwords.OPTIONS[2], passwords.OPTIONS[3],
    confirm.YES,
  },
  changes = true,
  run = apply,
}
