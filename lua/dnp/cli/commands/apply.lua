--- `dnp apply`: brings a panel to what a file says.

local args = require "dnp.cli.args"
local fail = require "dnp.cli.fail"
local mistakes = require "dnp.cli.files.mistakes"
local password = require "dnp.cli.password"
local passwords = require "dnp.cli.passwords"
local provisioning = require "dnp.provisioning"
local specs = require "dnp.cli.specs"
local status = require "dnp.cli.status"

-- Finds out by reading what cannot work, before anything is done: a dry run of each account. Those whose owner is made
-- by the file itself cannot be tried.
local function rehearse(run, panel, waves)
  local wrong, deletions, missing = {}, {}, {}
  local code = run:each(waves[1] or {}, { name = specs.name }, function(account)
    local given = account.spec.user.Password
    account.spec.user.Password = given or "Secret00"
    local plan, err = fail.checked(provisioning.ensure_account, panel, account.spec, { dry_run = true })
    account.spec.user.Password = given
    return plan, err
  end, function(account, plan, err)
    if not plan then
      wrong[#wrong + 1] = { row = account.line, column = specs.name(account), reason = tostring(err) }
    else
      for _, step in ipairs(plan.steps) do
        if step.operation == "DeleteUser" or step.operation == "DeletePackage" then
          deletions[#deletions + 1] = specs.name(account)
        end
      end
    end
  end)
  for _, wave in ipairs(waves) do
    for _, account in ipairs(wave) do
      if not account.spec.user.Password and not account.spec.absent and account.spec.user.Username then
        missing[#missing + 1] = account
      end
    end
  end
  table.sort(wrong, function(a, b)
    return a.row < b.row
  end)
  return wrong, deletions, missing, code
end

-- Accounts without a password in the file that are not there yet.
local function without_password(run, panel, missing)
  local new = {}
  run:each(missing, { name = specs.name }, function(account)
    return { exists = run:need(panel:user_exists(account.spec.user.Username)) }
  end, function(account, value, err)
    if not value then
      fail.with(err)
    elseif not value.exists then
      new[#new + 1] = account
    end
  end)
  table.sort(new, function(a, b)
    return a.line < b.line
  end)
  return new
end

local function give_passwords(run, panel, missing)
  local new = without_password(run, panel, missing)
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
      or file:add(account.spec.user.Username, password.make(run.given.password_length))
  end
  file:close()
end

return {
  name = "apply",
  summary = "Bring the panel to what a file says: make what is missing, change what differs.",
  about = "Each account is tried with reading alone first, and nothing is done when one cannot work. Owners come "
    .. "before what they own. Panels give no passwords, so those of new accounts are in the file, or made with "
    .. "--passwords-out.",
  examples = {
    "dnp apply accounts.yaml --dry-run",
    "dnp apply accounts.yaml --map-plan 'Shared Small=Basic' --passwords-out new.csv",
  },
  arguments = { { "file", "YAML, JSON, JSON Lines or CSV; '-' is standard input" } },
  options = {
    { "-j --jobs", "N", "how many at a time (8)", convert = args.integer(1, 1000), default = 8 },
    specs.OPTIONS[1],
    passwords.OPTIONS[1], passwords.OPTIONS[2],
    { "-y --yes", nil, "do not ask before something is deleted" },
  },
  changes = true,
  run = function(run)
    local panel = run:panel()
    local waves = specs.read(run, run.given.file)
    local wrong, deletions, missing, code = rehearse(run, panel, waves)
    if code == status.INTERRUPTED then
      return code
    elseif #wrong > 0 then
      mistakes.tell(run, run.given.file, wrong)
      fail.with("nothing was done, since it could not be done as a whole", status.FAILED)
    end
    if #deletions > 0 then
      run:confirm(("%d deletion%s (%s%s)?"):format(#deletions, #deletions == 1 and "" or "s",
        table.concat(deletions, ", ", 1, math.min(5, #deletions)), #deletions > 5 and " ..." or ""))
    end
    if not run.given.dry_run then
      give_passwords(run, panel, missing)
    end
    local worst = status.DONE
    for _, wave in ipairs(waves) do
      code = run:each(wave, { name = specs.name }, function(account)
        if run.given.dry_run and not account.spec.user.Password then
          account.spec.user.Password = "Secret00"
        end
        return fail.checked(provisioning.ensure_account, panel, account.spec, run:workflow_options())
      end, function(account, plan, err)
        return run:report(specs.name(account), plan, err)
      end)
      worst = math.max(worst, code)
      if worst == status.INTERRUPTED then
        break
      end
    end
    return worst
  end,
}
