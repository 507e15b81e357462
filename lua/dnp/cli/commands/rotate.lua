--- `dnp rotate-passwords`: new passwords for many accounts.

local args = require "dnp.cli.args"
local fail = require "dnp.cli.fail"
local password = require "dnp.cli.password"
local passwords = require "dnp.cli.passwords"
local provisioning = require "dnp.provisioning"
local rotation = require "dnp.cli.rotation"
local status = require "dnp.cli.status"
local who = require "dnp.cli.who"

-- All are written before the first is set. Those that an earlier run has set stay as they are; of the others nobody
-- knows what became, or they were not set, so that the same password is tried again.
local function write_all(run, subjects)
  local file, left = rotation.open(run.given.out), {}
  for _, one in ipairs(subjects) do
    local name = tostring(one)
    local known, state = file:known(name)
    if not known then
      file:add(name, password.make(run.given))
    end
    if state ~= rotation.SET then
      left[#left + 1] = one
    end
  end
  local good, message = file:save()
  if not good then
    fail.with(message .. "; nothing was done", status.FAILED)
  end
  return file, left
end

local function tell_earlier(run, count, left)
  if left < count then
    run.output:remark(("%d of %d were set by an earlier run, as %s says; another file gives them new ones"):format(
      count - left, count, run.given.out))
  end
end

local function state_of(report, err)
  if report then
    return rotation.SET
  end
  return fail.status_of(err) == status.FAILED and rotation.NOT_SET or rotation.UNKNOWN
end

local function set(run, panel, file, subjects)
  local code = run:each(subjects, {}, function(one)
    -- Until its end is known: what is interrupted is not known.
    file:mark(tostring(one), rotation.UNKNOWN)
    return fail.checked(provisioning.change_password, panel, one, (file:known(tostring(one))), run:workflow_options())
  end, function(one, report, err)
    file:mark(tostring(one), state_of(report, err))
    return run:report(tostring(one), report, err)
  end)
  return code
end

local function rotate(run)
  local subjects = who.all(run, run.given.who)
  local panel = run:panel()
  if run.given.dry_run then
    return run:workflows(subjects, function(_, one)
      return provisioning.change_password(panel, one, password.STAND_IN, run:workflow_options())
    end)
  end
  local file, left = write_all(run, subjects)
  tell_earlier(run, #subjects, #left)
  local good, code = pcall(set, run, panel, file, left)
  local saved, message = file:save()
  if not good then
    error(code, 0)
  elseif not saved then
    run.output:error(message .. (": it has all passwords, but does not say which of them are set; the same command "
      .. "goes on"))
    return math.max(code, status.FAILED)
  elseif code ~= status.DONE then
    run.output:remark(("%s says which are set; the same command goes on with the others"):format(run.given.out))
  end
  return code
end

return {
  name = "rotate-passwords",
  summary = "Set new passwords of many accounts, and write them to a file.",
  about = "The file (CSV with Username, Password and State; mode 600) is complete before the first password is set. "
    .. "At the end State says 'set', 'not set' (the old password holds), 'unknown' (the old or the new one does) or "
    .. "'to set' (its turn did not come); after a crash it is 'to set' for all. The same command goes on with those "
    .. "that are not 'set', with the same passwords. New ones for all need a new file.",
  examples = { "dnp rotate-passwords --from customers.csv --out passwords.csv" },
  arguments = { { "who", "ids or user names", args = "*", convert = args.id_or_name } },
  options = {
    { "--out", "FILE", "where the passwords go; a file of an earlier run is gone on with", required = true },
    passwords.OPTIONS[2], passwords.OPTIONS[3],
  },
  changes = true, many = true,
  run = rotate,
}
