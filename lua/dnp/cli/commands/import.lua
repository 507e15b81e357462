--- `dnp import`: accounts of a file, however many, whatever happens meanwhile.

local args = require "dnp.cli.args"
local check = require "dnp.cli.import.check"
local confirm = require "dnp.cli.confirm"
local digest = require "dnp.cli.import.digest"
local fail = require "dnp.cli.fail"
local failures = require "dnp.cli.import.failures"
local files = require "dnp.cli.files"
local journal = require "dnp.cli.import.journal"
local errors = require "dnp.cli.files.errors"
local names = require "dnp.cli.import.names"
local passwords = require "dnp.cli.passwords"
local postgresql = require "dnp.cli.import.postgresql"
local progress = require "dnp.cli.progress"
local status = require "dnp.cli.status"
local system = require "dnp.cli.system"
local work = require "dnp.cli.import.work"

-- Ends the command when the file cannot be imported; else tells what is in it.
local function check_all(run, path, new)
  local panel = run:panel()
  local function tell(err)
    errors.tell(run, path, { err })
  end
  local found = check.file(path, panel:info().dialect, new, tell)
  local wrong = found.errors
  if wrong == 0 then
    wrong = check.panel(panel, path, new, found.named, tell)
  end
  if wrong > 0 then
    fail.usage("%s: %d error%s; nothing was done", path, wrong, wrong == 1 and "" or "s")
  end
  return found
end

-- Tells what would be deleted from accounts that are there, which is read from the panel here only: an import finds it
-- out when an account's turn comes.
local function only_check(run, path, new)
  local found = check_all(run, path, new)
  found.names:close()
  local losing, code = check.deletions(run, path, new)
  if code ~= status.DONE then
    return code
  end
  return run.output:say({ accounts = found.count, passwords = found.passwords, losing = losing },
    ("%d account%s, no errors%s"):format(found.count, found.count == 1 and "" or "s", losing == 0 and ""
      or ("; %d would lose something, which --yes allows"):format(losing)))
end

-- By what a journal is known again: one of another file or another panel would skip what was never done.
local function facts_of(run, path, new)
  local panel = run:panel():info()
  return {
    { name = "digest", value = digest(path), tell = function()
      return "another file, or of this one before it was changed"
    end },
    { name = "url", value = panel.url, tell = function(known)
      return ("an import to %s"):format(known)
    end },
    { name = "dialect", value = panel.dialect, tell = function(known)
      return ("an import to a panel of dialect %s"):format(known)
    end },
    { name = "owner", value = tostring(new.owner), tell = function(known)
      return ("an import with --owner %s"):format(known)
    end },
    { name = "passwords", value = new.passwords and "made" or "of the file", tell = function(known)
      return known == "made" and "an import with --passwords-out" or "an import without --passwords-out"
    end },
  }
end

local function open_journal(run, path)
  local given = run.given
  local place = given.journal or path .. ".journal"
  if given.journal_password_file and not postgresql.is_url(place) then
    fail.usage "--journal-password-file is for a journal in PostgreSQL"
  end
  return journal.open(place, {
    password = given.journal_password_file and system.read_secret(given.journal_password_file),
    fresh = given.fresh, timeout = run:panel():info().timeout,
  })
end

-- What was checked once is not checked again: the digest says that it is the same file.
local function begin(run, book, path, new, facts)
  local found
  if not book:knows(facts) then
    found = check_all(run, path, new).names
    if digest(path) ~= facts[1].value then
      fail.usage("%s was changed while it was checked; nothing was done", path)
    end
  end
  book:need(function()
    book:enter(facts, found)
  end)
  if found then
    found:close()
  end
end

local function open_passwords(run, book)
  local places = names.new()
  return passwords.open(run.given.passwords_out, { turns = book.lease ~= nil, places = {
    find = function(_, name)
      return select(2, places:find(name))
    end,
    put = function(_, name, at)
      places:put(name, 0, at)
    end,
  } })
end

---- the end ----

local GO_ON = "the same command goes on from here"

-- Why not everything was tried.
local function reason_to_stop(job, code)
  local book = job.journal
  if job.down then
    return ("The panel does not answer any more, so %%d were not tried; %s"):format(GO_ON)
  elseif job.trouble or book.trouble then
    return ("%s, so %%d were not tried; %s when that is put right"):format(job.trouble or book.trouble, GO_ON)
  elseif book.lost then
    return ("%s, and the lease is over: nothing more is changed, and %%d were not tried; others go on, or %s"):format(
      book.lost, GO_ON)
  elseif code == status.INTERRUPTED then
    return "T" .. GO_ON:sub(2)
  end
  return nil
end

-- The worst that happened.
local function final_status(job, code, failed)
  local book = job.journal
  if code == status.INTERRUPTED then
    return code
  elseif (book.lost or book.trouble) and #job.halves > 0 then
    return math.max(code, status.PARTLY)
  elseif failed > 0 or job.down or job.trouble or book.trouble or book.lost then
    return math.max(code, status.FAILED)
  end
  return code
end

local function tell_halves(run, job)
  if (job.journal.lost or job.journal.trouble) and #job.halves > 0 then
    table.sort(job.halves)
    run.output:error(("left in the middle when the lease was over: %s"):format(table.concat(job.halves, ", ")),
      { kind = "conflict", name = "lease", outcome = "partly_done" })
  end
end

local function tell_end(run, job, code)
  local bar = job.progress
  bar:clear()
  tell_halves(run, job)
  if job.down then
    run.output:error(tostring(job.down), nil, "the panel does not answer")
  end
  local left = bar.total - bar.done - bar.failed
  local text = ("%d of %d done, %d failed"):format(bar.done, bar.total, bar.failed)
  if job.failures.trouble then
    text = ("%s; the file of failures cannot be written: %s"):format(text, job.failures.trouble)
  elseif job.failures.count > 0 then
    text = ("%s; the failures are in %s"):format(text, job.failures.path)
  elseif bar.failed > 0 then
    text = text .. "; another machine has the failures"
  end
  local reason = reason_to_stop(job, code)
  if reason then
    text = ("%s. %s"):format(text, reason:format(left))
  end
  local final = final_status(job, code, bar.failed)
  run.output:say({
    done = bar.done, failed = bar.failed, left = left, accounts = bar.total,
    failures = job.failures.count > 0 and job.failures.path or nil, reason = reason and reason:format(left) or nil,
  }, text, final == status.DONE and "green" or "red")
  return final
end

local function work_on(run, path, new, book)
  local info = run:panel():info()
  local counts = book:need(function()
    return book:counts()
  end)
  local reader = files.open(path, info.dialect)
  local job = work.new {
    run = run, panel = run:panel(), path = path, new = new, jobs = run.given.jobs, timeout = info.timeout,
    journal = book, passwords = run.given.passwords_out and open_passwords(run, book),
    failures = failures.new(run.given.failures or failures.path(path, book.lease and book.worker), reader,
      info.dialect),
    progress = progress.new(counts.open + counts.started + counts.done + counts.failed, counts.done, run.given.json),
  }
  reader:close()
  local code = job:all()
  job.failures:close()
  counts = book:counts()
  if counts then
    job.progress:set(counts.done, counts.failed)
  end
  return job, code
end

-- What is written must not be written over what is read.
local function check_places(run)
  local given = run.given
  local journal_file = not postgresql.is_url(given.journal or "") and given.journal or nil
  local places = {
    { "the file", given.file }, { "--passwords-out", given.passwords_out }, { "--failures", given.failures },
    { "--journal", journal_file }, { "--log", given.log },
  }
  for index = 1, 5 do
    for other = index + 1, 5 do
      local one, two = places[index], places[other]
      if one[2] and two[2] and system.is_same_file(one[2], two[2]) then
        fail.usage("%s and %s are both %s", one[1], two[1], two[2])
      end
    end
  end
  if given.failures then
    failures.check(given.failures)
  end
  if given.passwords_out then
    system.check_file(given.passwords_out)
  end
end

local function import(run)
  local path = run.given.file
  if path == "-" then
    fail.usage "the file is read more than once, so it cannot be standard input"
  end
  local new = {
    owner = run.given.owner or run:panel():info().username, passwords = run.given.passwords_out ~= nil,
  }
  check_places(run)
  if run.given.check then
    return only_check(run, path, new)
  end
  files.open(path, run:panel():info().dialect):close()
  local facts = facts_of(run, path, new)
  local book = open_journal(run, path)
  begin(run, book, path, new, facts)
  local good, job, code = pcall(work_on, run, path, new, book)
  book:leave()
  if not good then
    error(job, 0)
  end
  return tell_end(run, job, code)
end

return {
  name = "import",
  summary = "Make the accounts of a CSV or JSON Lines file, however many, whatever happens meanwhile.",
  about = "Columns are the fields of UserInfo by the API's names, and Owner, Space, Plan, Addons ('Extra Mailboxes:2; "
    .. "Extra Web Sites') and Status; several rows of one Username are several spaces. The whole file is checked "
    .. "before the first account is made. A journal beside the file remembers what is done: after a crash or Ctrl-C "
    .. "the same command goes on, and makes nothing twice. Failures go to a file of the same format, with a column "
    .. "Error.\n\n"
    .. "An account that is there already is brought to what the file says. If that would delete something, such as "
    .. "add-ons that its row does not name, the account is left as it is until a person at the terminal has allowed "
    .. "it; where none sits, it fails, unless --yes is given. --check tells what would be deleted.\n\n"
    .. "Made passwords are on the disk before the account is made. An account that is there already and has none in "
    .. "the file is given the made one, so that the file is right.\n\n"
    .. "Several machines import one file together when their journal is one database of PostgreSQL. Each reads the "
    .. "same file and writes a file of passwords of its own, with a column Turn: of several lines of one account, that "
    .. "with the greatest Turn is right. A worker that does not answer for four times --timeout counts as dead, and "
    .. "others go on with its accounts; one that cannot reach the database for so long changes nothing more and ends "
    .. "with status 1, or with 3 when it left accounts half-made.",
  examples = {
    "dnp import customers.csv --check",
    "dnp import customers.csv --owner reseller --passwords-out passwords.csv --jobs 32",
    "dnp import customers.csv --passwords-out $(hostname).csv --journal postgresql://dnp@db.example.com/import",
  },
  arguments = { { "file", "CSV or JSON Lines" } },
  options = {
    { "-n --check --dry-run", nil, "only check the file" },
    { "--owner", "WHO", "whose customers, where the file does not say; by default one's own",
      convert = args.id_or_name },
    { "-j --jobs", "N", "how many at a time (16)", convert = args.integer(1, 1000), default = 16 },
    passwords.OPTIONS[1], passwords.OPTIONS[2], passwords.OPTIONS[3],
    { "--journal", "PLACE", "a file, by default FILE.journal; or postgresql://USER@HOST/DATABASE, which several "
      .. "machines can share" },
    { "--journal-password-file", "FILE", "file whose first line is the database's password (PGPASSWORD, .pgpass)" },
    { "--failures", "FILE", "where failures go, by default FILE.failures.csv" },
    { "--fresh", nil, "begin anew, without what the journal says" },
    confirm.YES,
    { "--deadline", "SECONDS", "for each account (300)", convert = args.integer(1, 1000000) },
  },
  run = import,
}
