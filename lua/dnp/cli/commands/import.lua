--- `dnp import`: accounts of a file, however many, whatever happens meanwhile.

local args = require "dnp.cli.args"
local check = require "dnp.cli.import.check"
local digest = require "dnp.cli.import.digest"
local fail = require "dnp.cli.fail"
local failures = require "dnp.cli.import.failures"
local files = require "dnp.cli.files"
local journal = require "dnp.cli.import.journal"
local mistakes = require "dnp.cli.files.mistakes"
local password = require "dnp.cli.password"
local passwords = require "dnp.cli.passwords"
local progress = require "dnp.cli.progress"
local status = require "dnp.cli.status"
local work = require "dnp.cli.import.work"

-- Ends the command when the file cannot be imported.
local function check_all(run, path, new)
  local panel = run:panel()
  local found = check.file(path, panel:info().dialect, new)
  local wrong = found.mistakes
  if #wrong == 0 then
    wrong = check.panel(panel, path, new, found.named)
  end
  if #wrong > 0 then
    mistakes.tell(run, path, wrong)
    fail.usage("%s: %d mistake%s; nothing was done", path, #wrong, #wrong == 1 and "" or "s")
  end
  return found
end

-- Every account's password is on the disk before the first account is made.
local function make_passwords(run, path, new)
  local file = passwords.open(run.given.passwords_out)
  local reader = files.open(path, run:panel():info().dialect, { new = new })
  for account in reader.next, reader do
    local name = account.spec.user.Username
    if account.needs_password and not file:known(name) then
      file:add(name, password.make(run.given.password_length))
    end
  end
  reader:close()
  file:close()
  return file
end

-- A journal of another file or another panel would skip what was never done.
local function check_journal(run, book, path)
  local panel = run:panel():info()
  local facts = { digest = digest(path), url = panel.url, dialect = panel.dialect }
  for name, value in pairs(facts) do
    local known = book:fact(name)
    if known and known ~= value then
      fail.usage("%s is the journal of %s; with --fresh it is begun anew, which does no harm: what is there already is "
        .. "left as it is", book.path, name == "digest" and "this file as it was before it was changed"
        or ("an import to %s"):format(known))
    end
  end
  return facts
end

local function open_journal(run, path)
  local place = run.given.journal or path .. ".journal"
  if run.given.fresh then
    for _, ending in ipairs { "", "-wal", "-shm" } do
      os.remove(place .. ending)
    end
  end
  return journal.open(place)
end

-- How many accounts there are. What was checked once is not checked again: the digest says that it is the same file.
local function count_accounts(run, book, path, new)
  local facts = check_journal(run, book, path)
  local known = book:fact "accounts"
  if known then
    return tonumber(known)
  end
  local found = check_all(run, path, new)
  facts.accounts = ("%d"):format(found.count)
  book:note(facts)
  return found.count
end

local function count_done(states)
  local count = 0
  for _, state in pairs(states) do
    count = count + (state == "done" and 1 or 0)
  end
  return count
end

local function tell_end(run, job, code)
  local bar, total = job.progress, job.progress.total
  bar:clear()
  local left = total - bar.done - bar.failed
  local text = ("%d of %d done, %d failed"):format(bar.done, total, bar.failed)
  if job.failures.count > 0 then
    text = ("%s; the failures are in %s"):format(text, job.failures.path)
  end
  if job.down then
    text = ("%s. The panel does not answer any more, so %d were not tried; the same command goes on from here"):format(
      text, left)
  elseif code == status.INTERRUPTED then
    text = text .. ". The same command goes on from here"
  end
  run.output:say({
    done = bar.done, failed = bar.failed, left = left, accounts = total,
    failures = job.failures.count > 0 and job.failures.path or nil,
  }, text, code == status.DONE and "green" or "red")
end

local function import(run)
  local given = run.given
  local path = given.file
  local panel = run:panel()
  local new = { owner = given.owner or panel:info().username, passwords = given.passwords_out ~= nil }
  if given.check then
    local found = check_all(run, path, new)
    return run.output:say({ accounts = found.count, passwords = found.passwords },
      ("%d accounts, no mistakes"):format(found.count))
  end
  local book = open_journal(run, path)
  local total = count_accounts(run, book, path, new)
  local states = book:states()
  local reader = files.open(path, panel:info().dialect)
  local job = work.new {
    run = run, panel = panel, path = path, dialect = panel:info().dialect, new = new, jobs = given.jobs,
    journal = book, states = states, failures = failures.new(path, reader),
    passwords = given.passwords_out and make_passwords(run, path, new),
  }
  reader:close()
  job.progress = progress.new(total, count_done(states), given.json)
  local code = job:all()
  job.failures:close()
  book:close()
  tell_end(run, job, code)
  return code
end

return {
  name = "import",
  summary = "Make the accounts of a CSV or JSON Lines file, however many, whatever happens meanwhile.",
  about = "Columns are the fields of UserInfo by the API's names, and Owner, Space, Plan, Addons ('Extra Mailboxes:2; "
    .. "Extra Web Sites') and Status; several rows of one Username are several spaces. The whole file is checked "
    .. "before the first account is made. A journal beside the file remembers what is done: after a crash or Ctrl-C "
    .. "the same command goes on, and makes nothing twice. Failures go to a file of the same format, with a column "
    .. "Error.\n\n"
    .. "Made passwords are written before the first account is made. An account that is there already and has none in "
    .. "the file is given the made one, so that the file is right.",
  examples = {
    "dnp import customers.csv --check",
    "dnp import customers.csv --owner reseller --passwords-out passwords.csv --jobs 32",
  },
  arguments = { { "file", "CSV or JSON Lines" } },
  options = {
    { "--check", nil, "only check the file" },
    { "--owner", "WHO", "whose customers, where the file does not say; by default one's own",
      convert = args.id_or_name },
    { "-j --jobs", "N", "how many at a time (16)", convert = args.integer(1, 1000), default = 16 },
    passwords.OPTIONS[1], passwords.OPTIONS[2],
    { "--journal", "FILE", "by default FILE.journal" },
    { "--fresh", nil, "begin anew, without what the journal says" },
    { "--deadline", "SECONDS", "for each account (300)", convert = args.integer(1, 1000000) },
  },
  run = import,
}
