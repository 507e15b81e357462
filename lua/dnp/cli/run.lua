--- One run of a command: its options, the panel, and what many accounts at a time have in common.

local dnp = require "dnp"
local confirm = require "dnp.cli.confirm"
local fail = require "dnp.cli.fail"
local log = require "dnp.cli.log"
local output = require "dnp.cli.output"
local password = require "dnp.cli.password"
local profile = require "dnp.cli.profile"
local provisioning = require "dnp.provisioning"
local status = require "dnp.cli.status"

---@class dnp.cli.Run
---@field given table the options and arguments
---@field output dnp.cli.Output
---@field session dnp.Session?
---@field options table? of the session
---@field ask (fun(): string)? gives the password
---@field info table? of a session with these options
---@field approved table<string, true>|true what may be deleted, in the words of its steps; true: everything
local Run = {}
Run.__index = Run

-- A session with these options; what is wrong with them ends the command.
local function open(options)
  local session, err = fail.checked(dnp.session, options)
  if not session then
    fail.with(err)
  end
  return session
end

-- What is known of the panel without its password, so that nobody is asked for it without need.
function Run:prepare()
  if self.options then
    return
  end
  local options, ask, is_trial = profile.options(self.given)
  if is_trial then
    self.output:remark(("no panel is configured, so this is the sandbox at %s"):format(options.url))
  end
  options.password = password.STAND_IN
  local session = open(options)
  self.options, self.ask, self.info = options, ask, session:info()
  session:close()
end

--- The panel's dialect and the caller's name; nobody is asked for a password.
---@return string dialect
---@return string username
function Run:about()
  self:prepare()
  return self.info.dialect, self.info.username
end

--- The panel; the session is made when it is first wanted.
---@return dnp.Session
function Run:panel()
  if not self.session then
    self:prepare()
    self.options.password = self.ask()
    self.options.trace = log.target(self.given, self.output)
    self.session = open(self.options)
  end
  return self.session
end

--- Of what passes: the value; ends the command when there is none.
---@generic T
---@param value T?
---@param err any
---@return T
function Run.need(_, value, err)
  if value == nil then
    fail.with(err)
  end
  return value
end

-- Nothing is deleted but what was confirmed: what was not there then has come since.
function Run:approve(report)
  for _, text in ipairs(self.approved == true and {} or confirm.deletions(report)) do
    if not self.approved[text] then
      return false, ("would %s, which it did not when it was looked at; nothing was done"):format(text)
    end
  end
  return true
end

--- The options that every workflow takes.
---@param more table? options of this one
---@return table
function Run:workflow_options(more)
  local options = {
    dry_run = self.given.dry_run, policy = { deadline = self.given.deadline },
    approve = function(report)
      return self:approve(report)
    end,
  }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  return options
end

--- Asks whether to delete, where a person can be asked.
---@param question string
function Run:confirm(question)
  if not self.given.dry_run then
    confirm.ask(self.given, question)
    self.approved = true
  end
end

--- Ends the command unless these may be deleted.
---@param deletions string[] in the words of their steps
function Run:confirm_all(deletions)
  confirm.ask_about(self.given, deletions)
  for _, text in ipairs(self.given.yes and {} or deletions) do
    self.approved[text] = true
  end
end

--- Asks about what a workflow would delete, where that is not what it is for. What it could not do comes to light when
--- it is meant.
---@param subjects any[]
---@param rehearse fun(subject: any): dnp.provisioning.Report?, any a dry run
---@param name (fun(subject: any): string)?
function Run:confirm_deletions(subjects, rehearse, name)
  if self.given.dry_run or self.given.yes then
    return
  end
  local deletions = {}
  local code, is_down = self:each(subjects, { name = name }, function(subject)
    return fail.checked(rehearse, subject)
  end, function(_, report)
    for _, text in ipairs(report and confirm.deletions(report) or {}) do
      deletions[#deletions + 1] = text
    end
  end)
  if code == status.INTERRUPTED then
    fail.with("interrupted; nothing was done", code)
  elseif is_down then
    fail.with("nothing was done", status.FAILED)
  end
  self:confirm_all(deletions)
end

--- Tells what became of a workflow; an exit status.
---@param subject string
---@param report dnp.provisioning.Report?
---@param err any
---@return integer
function Run:report(subject, report, err)
  if not report then
    self.output:error(tostring(err), err, subject)
    return fail.status_of(err)
  end
  self.output:say(output.report(report), tostring(report), report.changed and "green" or nil)
  return status.DONE
end

-- "jdoe, mary and 3 more"
local function names_of(under_way)
  local names = {}
  for name in pairs(under_way) do
    names[#names + 1] = tostring(name)
  end
  table.sort(names)
  local more = #names - 8
  return table.concat(names, ", ", 1, math.min(#names, 8)) .. (more > 0 and (" and %d more"):format(more) or "")
end

-- So many transient failures in a row: the panel is down.
Run.DOWN_AFTER = 5

-- Hands out subjects until `is_over`; the second result tells how many were not handed out, where that is known.
local function supply(subjects, is_over)
  local given = 0
  return function()
    if is_over() then
      return nil
    elseif type(subjects) == "function" then
      return subjects()
    end
    given = given + 1
    return subjects[given]
  end, function()
    return type(subjects) == "table" and math.max(#subjects - given, 0) or nil
  end
end

function Run:tell_down(err, left)
  self.output:error(("the panel does not answer any more, so %s not tried; repeat the command when it answers"):format(
    left and ("%d %s"):format(left, left == 1 and "was" or "were") or "the others were"), err)
end

---@class dnp.cli.EachOptions
---@field jobs integer?
---@field name (fun(subject: any): string)?
---@field on_stop fun()? called as soon as nothing more is to be begun
---@field is_stopped (fun(): boolean)? asked before each, in place of counting failures

--- Does something for each of many subjects, several at a time, and goes on when one fails, but not when the panel does
--- not answer any more. An interrupt lets what is under way come to its end; whoever interrupts again is told before
--- what will be unknown then.
---@param subjects any[]|fun(): any
---@param options dnp.cli.EachOptions
---@param work fun(subject: any): any, any
---@param report fun(subject: any, value: any, err: any): integer?
---@return integer status the worst of all
---@return boolean is_down the panel does not answer any more
function Run:each(subjects, options, work, report)
  local worst, under_way, interrupted = status.DONE, {}, false
  local name = options.name or tostring
  local transient, down = 0, nil
  local is_stopped = options.is_stopped or function()
    return down ~= nil
  end
  local next_subject, count_left = supply(subjects, function()
    return interrupted or is_stopped()
  end)
  local function stop()
    interrupted = true
    if options.on_stop then
      options.on_stop()
    end
    io.stderr:write("\ndnp: interrupted", next(under_way) and "; what is under way is brought to its end. "
      .. "Interrupted again, nobody knows what became of: " or "", names_of(under_way), "\n")
  end
  local good, raised = pcall(dnp.parallel, next_subject, function(subject)
    under_way[name(subject)] = true
    return work(subject)
  end, {
    limit = options.jobs or self.given.jobs or 8,
    on_result = function(subject, _, value, err)
      under_way[name(subject)] = nil
      transient = value == nil and provisioning.is_transient(err) and transient + 1 or 0
      down = down or transient >= Run.DOWN_AFTER and err or nil
      if not interrupted and fail.is_interrupt(err) then
        stop()
      end
      worst = math.max(worst, report(subject, value, err) or status.DONE)
    end,
    on_stop = stop,
  })
  if interrupted then
    return status.INTERRUPTED
  elseif not good then
    error(raised, 0)
  end
  local left = count_left()
  local is_down = down ~= nil and not options.is_stopped and left ~= 0
  if is_down then
    self:tell_down(down, left)
  end
  return worst, is_down
end

--- Carries out a workflow for each account.
---@param subjects (integer|string)[]
---@param workflow fun(panel: dnp.Session, who: integer|string): dnp.provisioning.Report?, any
---@return integer status
---@return boolean is_down
function Run:workflows(subjects, workflow)
  local panel = self:panel()
  return self:each(subjects, {}, function(who)
    return fail.checked(workflow, panel, who)
  end, function(who, report, err)
    if fail.is(err) then
      self.output:error(err.message, nil, tostring(who))
      return err.status
    end
    return self:report(tostring(who), report, err)
  end)
end

local run = {}

--- A run of a command with these options.
---@param given table
---@return dnp.cli.Run
function run.new(given)
  return setmetatable({ given = given, output = output.new(given), approved = given.yes or {} }, Run)
end

return run
