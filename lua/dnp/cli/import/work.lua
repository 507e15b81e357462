--- Brings the accounts of a file about, several at a time.

local confirm = require "dnp.cli.confirm"
local dnp = require "dnp"
local fail = require "dnp.cli.fail"
local files = require "dnp.cli.files"
local guard = require "dnp.cli.import.guard"
local password = require "dnp.cli.password"
local provisioning = require "dnp.provisioning"
local status = require "dnp.cli.status"
local system = require "dnp.cli.system"

---@class dnp.cli.Work
---@field run dnp.cli.Run
---@field panel dnp.Session
---@field path string
---@field jobs integer
---@field journal dnp.cli.Journal
---@field passwords dnp.cli.Passwords?
---@field failures dnp.cli.Failures
---@field progress dnp.cli.Progress
---@field timeout number of the session
---@field results dnp.cli.Result[] that are not in the journal yet
---Transient failures that changed nothing, and may mean that the panel is down.
---@field suspects { account: dnp.cli.FileAccount, err: any }[]
---@field transient integer how many transient failures there were in a row
---@field down any the error of a panel that does not answer any more
---@field trouble string? why no further accounts are begun
---@field interrupted boolean? nothing more is to be begun
---@field cut integer how many accounts were left to others
---@field halves string[] those of them that may be half-made
---@field may_delete boolean what the file does not want is deleted from accounts that are there
---@field asks boolean a person can be asked whether to
---@field waiting dnp.cli.Waiting accounts that wait for the answer
local Work = {}
Work.__index = Work

-- Seconds that what is done is kept before it is written.
local WRITE_EVERY = 0.5
-- So many accounts are taken at once for each that is worked on; and at most.
local TAKEN_FOR_EACH, MOST_TAKEN = 2, 64
-- So many accounts wait for an answer before the question is asked.
local MOST_WAITING = 1000
-- Seconds between two looks whether accounts that others are at come back; and at what all others have done.
local LOOK_EVERY, COUNT_EVERY = 0.5, 5

---@class dnp.cli.Waiting
---@field names table<string, true>
---@field count integer
---@field deletions string[] what would be deleted from the first of them

local function nobody_waiting()
  return { names = {}, count = 0, deletions = {} }
end

---- one account ----

local function was_made(report)
  for _, step in ipairs(report.steps) do
    if step.action == "add_user" then
      return true
    end
  end
  return false
end

-- Nothing is deleted unasked. The account has been read just now, so that this is what would be deleted.
function Work:approve(account, report)
  local deletions = self.may_delete and {} or confirm.deletions(report)
  if #deletions == 0 then
    return true
  end
  account.deletions = deletions
  return false, ("would %s; --yes allows that"):format(table.concat(deletions, ", "))
end

-- Where a lease has to be renewed, no pause may be longer than it allows for.
function Work:options(account)
  local options = self.run:workflow_options {
    approve = function(report)
      return self:approve(account, report)
    end,
  }
  if self.journal.lease then
    options.policy.max_delay = math.min(20, self.timeout)
  end
  return options
end

-- A password that was made for an account that is there already is not its password yet.
function Work:bring_about(account)
  local user = account.spec.user
  local panel = account.taken.lease and guard(self.panel, account.taken) or self.panel
  local report, err = fail.checked(provisioning.ensure_account, panel, account.spec, self:options(account))
  if report and account.needs_password and not was_made(report) then
    local changed
    changed, err = provisioning.change_password(panel, report.user_id or user.Username, user.Password,
      self:options(account))
    return changed and report, err
  end
  return report, err
end

---- the journal ----

-- What is not written is kept, and written with what comes next.
function Work:flush()
  if #self.results > 0 and self.journal:finish(self.results) then
    self.results = {}
  end
  self.written_at = dnp.clock()
end

function Work:record(account, state, report)
  self.results[#self.results + 1] = { account = account.taken, state = state, user_id = report and report.user_id }
  if #self.results >= MOST_TAKEN or dnp.clock() - self.written_at >= WRITE_EVERY then
    self:flush()
  end
end

---- what became of an account ----

-- An error without its report, which is a page of text for each of many.
local function in_short(err)
  local copy = {}
  for key, value in pairs(type(err) == "table" and err or {}) do
    copy[key] = key ~= "plan" and key ~= "report" and value or nil
  end
  return copy
end

function Work:tell_failure(account, err)
  self.progress:clear()
  local subject = ("%s (line %d)"):format(account.spec.user.Username, account.line)
  self.run.output:error(tostring(err), in_short(err), subject)
end

function Work:fail_account(account, err)
  self:record(account, "failed")
  self.progress:add(false)
  self.failures:add(account, tostring(err))
  self:tell_failure(account, err)
  return fail.is(err) and err.status or fail.status_of(err)
end

-- Failures that could have meant that the panel is down, and did not.
function Work:tell_suspects()
  local code, suspects = status.DONE, self.suspects
  self.suspects = {}
  for _, one in ipairs(suspects) do
    code = math.max(code, self:fail_account(one.account, one.err))
  end
  return code
end

-- Accounts that nothing is wrong with but that the panel did not answer are as if they had not been tried.
function Work:return_suspects()
  for _, one in ipairs(self.suspects) do
    self:record(one.account, "open")
  end
  self.suspects = {}
end

-- An account that was left to whoever takes it next. What was sent without the lease may have undone what that one did.
function Work:leave_account(account, err)
  self.cut = self.cut + 1
  if account.taken.overrun then
    self.overruns[#self.overruns + 1] = account.taken
  end
  if account.taken.overrun or type(err) == "table" and err.outcome ~= "not_done" then
    self.halves[#self.halves + 1] = account.spec.user.Username
  end
end

-- An account that waits stays in the journal as one that was begun, so that it is taken again whatever happens.
function Work:wait_for_answer(account)
  local waiting, name = self.waiting, account.spec.user.Username
  if not waiting.names[name] then
    waiting.names[name] = true
    waiting.count = waiting.count + 1
  end
  for _, text in ipairs(#waiting.deletions < 5 and account.deletions or {}) do
    waiting.deletions[#waiting.deletions + 1] = ("%s: %s"):format(name, text)
  end
end

function Work:note_result(account, report, err)
  if account.taken.overrun or not report and account.taken.cut then
    self:leave_account(account, err)
    return nil
  elseif not report and provisioning.is_transient(err) then
    self.transient = self.transient + 1
    if self.transient >= self.run.DOWN_AFTER then
      self.down = self.down or err
    end
    -- One that may be half-made is a failure whatever the reason.
    if err.outcome ~= "not_done" then
      return self:fail_account(account, err)
    end
    table.insert(self.suspects, { account = account, err = err })
    return nil
  end
  self.transient = 0
  local code = self:tell_suspects()
  if fail.is_interrupt(err) and (type(err) ~= "table" or err.outcome == "not_done") then
    self:record(account, "open")
    return code
  end
  if account.deletions and not report and self.asks then
    self:wait_for_answer(account)
    return code
  end
  if not report then
    return math.max(code, self:fail_account(account, err))
  end
  self:record(account, "done", report)
  self.progress:add(true)
  return code
end

---- passwords ----

-- Writes the passwords of a block. An account that was taken before may have the one of its last turn.
function Work:give_passwords(block)
  local wrote = false
  for _, account in ipairs(block) do
    if account.needs_password then
      local name = account.spec.user.Username
      local text = self.passwords:known(name)
      if not text or self.journal.lease then
        text = text or password.make(self.run.given)
        self.passwords:add(name, text, account.taken.turn)
        wrote = true
      end
      account.spec.user.Password = text
    end
  end
  if wrote then
    self.passwords:sync()
  end
end

---- the accounts, in blocks ----

-- The account that a row of the journal is about.
function Work:read(taken)
  local account = self.reader:at(taken.line, taken.position)
  local name = account and account.spec.user and account.spec.user.Username
  if name ~= taken.username then
    fail.with(("%s was changed while it was imported: %s is not at line %d any more"):format(self.path, taken.username,
      taken.line))
  end
  if #account.errors > 0 then
    fail.with(("%s was changed while it was imported: line %d: %s"):format(self.path, account.errors[1].row,
      account.errors[1].reason))
  end
  account.taken = taken
  return account
end

-- What others have done meanwhile.
function Work:count()
  if self.journal.lease and dnp.clock() - self.counted_at >= COUNT_EVERY then
    local counts = self.journal:counts()
    if counts then
      self.progress:set(counts.done, counts.failed)
    end
    self.counted_at = dnp.clock()
  end
end

function Work:is_stopped()
  return self.interrupted or self.down ~= nil or self.journal.trouble ~= nil or self.trouble ~= nil
end

-- Marks accounts that were changed when their lease was over, so that somebody looks at them once more.
function Work:repeat_overruns()
  while self.overruns[1] and self.journal:repeat_account(self.overruns[1]) do
    table.remove(self.overruns, 1)
  end
end

-- Takes accounts; waits while others are at those that are left. Nil when there is nothing more to do.
function Work:take()
  while not self:is_stopped() do
    self:repeat_overruns()
    local taken = self.journal:take(self.results, math.min(self.jobs * TAKEN_FOR_EACH, MOST_TAKEN))
    if taken then
      self.results = {}
      self.written_at = dnp.clock()
      self:count()
      if #taken > 0 then
        return taken
      elseif not self.journal:others() then
        return nil
      end
    elseif not self.journal.lease or self.journal.lease:is_over() then
      return nil
    end
    dnp.sleep(LOOK_EVERY)
  end
end

function Work:next_block()
  local taken = self:take()
  if not taken then
    return {}
  end
  local good, block = pcall(function()
    local accounts = {}
    for index, row in ipairs(taken) do
      accounts[index] = self:read(row)
    end
    self:give_passwords(accounts)
    return accounts
  end)
  if good then
    return block
  elseif not fail.is(block) then
    error(block, 0)
  end
  self.trouble = block.message
  return {}
end

function Work:accounts()
  local block, position = {}, 0
  return function()
    position = position + 1
    if not block[position] then
      block, position = self:next_block(), 1
    end
    if self:is_stopped() or self.waiting.count >= MOST_WAITING then
      return nil
    end
    return block[position]
  end
end

function Work:pass()
  self.cut = 0
  return self.run:each(self:accounts(), {
    jobs = self.jobs,
    name = function(account)
      return account.spec.user.Username
    end,
    on_stop = function()
      self.interrupted = true
    end,
    is_stopped = function()
      return self:is_stopped()
    end,
  }, function(account)
    return self:bring_about(account)
  end, function(account, report, err)
    return self:note_result(account, report, err)
  end)
end

-- What is left to be written when no more accounts are begun.
function Work:finish()
  local code
  if self.down then
    self:return_suspects()
    code = status.FAILED
  else
    code = self:tell_suspects()
  end
  self:repeat_overruns()
  self:flush()
  return code
end

---- what would be deleted ----

-- Asks once, when all others are done, or many wait; the answer holds for all. Whether there is more to do.
function Work:ask()
  local waiting = self.waiting
  if waiting.count == 0 or self:is_stopped() then
    return false
  end
  self.progress:clear()
  local good, answer = pcall(confirm.is_yes, ("%d account%s of the file would lose something. %s"):format(waiting.count,
    waiting.count == 1 and "" or "s", confirm.question(waiting.deletions, waiting.count)))
  if not good then
    if not fail.is_interrupt(answer) then
      error(answer, 0)
    end
    self.interrupted = true
    return false
  end
  self.asks, self.may_delete, self.waiting = false, answer, nobody_waiting()
  return self.journal:release()
end

--- Works on all that is left. What an earlier run began and did not finish comes last, so that what it had sent by then
--- has happened.
---@return integer status
function Work:all()
  self.reader = files.open(self.path, self.panel:info().dialect, { new = self.new })
  local code = status.DONE
  repeat
    local good, result = pcall(self.pass, self)
    local written = self:finish()
    if not good then
      self.reader:close()
      error(result, 0)
    end
    code = math.max(code, result, written)
    local is_over = code == status.INTERRUPTED or self:is_stopped() or self.journal.lost
  until is_over or self.cut == 0 and not self:ask()
  self.reader:close()
  return self.interrupted and status.INTERRUPTED or code
end

local work = {}

--- Prepares for work; fields as of dnp.cli.Work.
---@param fields table
---@return dnp.cli.Work
function work.new(fields)
  local now = dnp.clock()
  fields.results, fields.written_at, fields.counted_at = {}, now, now
  fields.suspects, fields.overruns, fields.halves = {}, {}, {}
  fields.transient, fields.cut = 0, 0
  fields.may_delete, fields.waiting = fields.run.given.yes or false, nobody_waiting()
  fields.asks = not fields.may_delete and system.is_terminal(0)
  return setmetatable(fields, Work)
end

return work
