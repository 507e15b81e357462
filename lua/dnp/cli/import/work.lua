--- Brings the accounts of a file about, several at a time.

local dnp = require "dnp"
local fail = require "dnp.cli.fail"
local files = require "dnp.cli.files"
local provisioning = require "dnp.provisioning"

---@class dnp.cli.Work
---@field run dnp.cli.Run
---@field panel dnp.Session
---@field journal dnp.cli.Journal
---@field passwords dnp.cli.Passwords?
---@field failures dnp.cli.Failures
---@field progress dnp.cli.Progress
---@field states table<integer, string> of accounts that earlier runs began
---@field down any the error of a panel that does not answer any more
local Work = {}
Work.__index = Work

-- So many transient failures in a row: the panel is down.
local DOWN_AFTER = 5
-- Seconds that what is done is kept before it is written.
local WRITE_EVERY = 0.1

---- one account ----

local function was_made(plan)
  for _, step in ipairs(plan.steps) do
    if step.action == "add_user" then
      return true
    end
  end
  return false
end

-- A password that was made for an account that is there already is not its password yet.
function Work:bring_about(account)
  local user = account.spec.user
  if account.needs_password then
    user.Password = self.passwords:known(user.Username)
  end
  local options = self.run:workflow_options()
  local plan, err = fail.checked(provisioning.ensure_account, self.panel, account.spec, options)
  if plan and account.needs_password and not was_made(plan) then
    local changed
    changed, err = provisioning.change_password(self.panel, plan.user_id or user.Username, user.Password,
      self.run:workflow_options())
    return changed and plan, err
  end
  return plan, err
end

---- the journal ----

function Work:flush()
  if #self.results > 0 then
    self.journal:finish(self.results)
    self.results = {}
  end
  self.written_at = dnp.clock()
end

-- An error without its plan, which is a page of text for each of many.
local function in_short(err)
  local copy = {}
  for key, value in pairs(type(err) == "table" and err or {}) do
    copy[key] = key ~= "plan" and value or nil
  end
  return copy
end

function Work:report(account, plan, err)
  self.results[#self.results + 1] = {
    line = account.line, state = plan and "done" or "failed", user_id = plan and plan.user_id or nil,
  }
  if #self.results >= self.jobs or dnp.clock() - self.written_at >= WRITE_EVERY then
    self:flush()
  end
  self.progress:add(plan ~= nil and plan ~= false)
  if plan then
    self.transient = 0
    return nil
  end
  self.transient = provisioning.is_passing(err) and self.transient + 1 or 0
  if self.transient >= DOWN_AFTER then
    self.down = self.down or err
  end
  self.failures:add(account, tostring(err))
  self.progress:clear()
  local subject = ("%s (line %d)"):format(account.spec.user.Username, account.line)
  self.run.output:complain(tostring(err), in_short(err), subject)
  return fail.is(err) and err.status or fail.status_of(err)
end

---- the accounts, in blocks ----

-- Reads ahead and notes the accounts as started, all with one write.
function Work:next_block(reader, wanted)
  local block = {}
  while #block < self.jobs do
    local account = reader:next()
    if not account then
      break
    elseif wanted(self.states[account.line]) then
      account.name = account.spec.user.Username
      block[#block + 1] = account
    end
  end
  if #block > 0 then
    self.journal:start(block)
  end
  return block
end

function Work:accounts(reader, wanted)
  local block, position = {}, 0
  return function()
    if self.down then
      return nil
    end
    position = position + 1
    if not block[position] then
      block, position = self:next_block(reader, wanted), 1
    end
    return block[position]
  end
end

function Work:pass(wanted)
  local reader = files.open(self.path, self.dialect, { new = self.new })
  local good, code = pcall(self.run.each, self.run, self:accounts(reader, wanted), {
    jobs = self.jobs,
    name = function(account)
      return account.name
    end,
  }, function(account)
    return self:bring_about(account)
  end, function(account, plan, err)
    return self:report(account, plan, err)
  end)
  reader:close()
  self:flush()
  if not good then
    error(code, 0)
  end
  return code
end

--- Works on all that is left. What an earlier run began and did not finish comes last, so that what it had sent by then
--- has happened.
---@return integer status
function Work:all()
  local code = self:pass(function(state)
    return state == nil or state == "failed"
  end)
  if code < 100 and not self.down then
    code = math.max(code, self:pass(function(state)
      return state == "started"
    end))
  end
  return code
end

local work = {}

--- Prepares for work; fields as of dnp.cli.Work.
---@param fields table
---@return dnp.cli.Work
function work.new(fields)
  fields.results, fields.written_at, fields.transient = {}, dnp.clock(), 0
  return setmetatable(fields, Work)
end

return work
