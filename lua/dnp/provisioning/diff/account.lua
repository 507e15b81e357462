--- Desired against actual state of an account: the tasks that lead from one to the other.
---
--- Order: what is added comes first, then what is changed, and what is removed comes last, so that nobody is without
--- what was paid for if something fails in between.

local dnp = require "dnp"
local compare = require "dnp.provisioning.model.compare"
local ecommerce = require "dnp.provisioning.diff.ecommerce"
local failure = require "dnp.failure"
local labels = require "dnp.provisioning.model.labels"
local protected = require "dnp.provisioning.read.protected"
local records = require "dnp.provisioning.model.records"
local resolve = require "dnp.provisioning.read.resolve"
local space_steps = require "dnp.provisioning.steps.space"
local spaces = require "dnp.provisioning.diff.spaces"
local spec = require "dnp.provisioning.model.spec"
local status_diff = require "dnp.provisioning.diff.status"
local user_steps = require "dnp.provisioning.steps.user"

local account_diff = {}

--- A hosting plan that a space or an add-on is to be created from. `new`: with the space that it goes into.
---@alias dnp.provisioning.UsedPlan { path: string, plan: dnp.provisioning.PlanRef, is_addon: boolean, new: boolean }

---@class dnp.provisioning.AccountDiff
---@field context dnp.provisioning.Context
---@field desired dnp.provisioning.AccountSpec a validated one
---@field actual dnp.UserInfo|false the account as it is
---@field user dnp.provisioning.UserRef
---@field owner_id integer whose hosting plans are meant
---@field status integer the account's, when all is done
---@field status_changes boolean? the account's status changes, and with it that of its spaces
---@field named dnp.provisioning.NamedSpace[] spaces whose status is named
---@field stayed dnp.provisioning.Stayed[]? what changes of status left as it was, when all is done
---@field added dnp.provisioning.Task[]
---@field changed dnp.provisioning.Task[]
---@field removed dnp.provisioning.Task[]
---@field adds_user dnp.provisioning.Task? the task that adds the account
---@field used dnp.provisioning.UsedPlan[] the hosting plans that something is created from
---@field notes string[] what of the spec is left out, and why
---@field new_spaces dnp.provisioning.Additions?
---@field spaces dnp.provisioning.SpaceRef[]? in the order of the spec
---@field read_at number when reading began, on the policy's clock
local AccountDiff = {}
AccountDiff.__index = AccountDiff

local must, fail = failure.must, failure.fail

local function fail_taken(name, remark)
  failure.exit(failure.new {
    kind = "conflict",
    code = -100,
    name = "ERROR_USER_ALREADY_EXISTS",
    message = ("a user %s exists already%s"):format(labels.quote(name), remark),
  })
end

-- Nothing and false are not added.
local function add(list, entry)
  list[#list + 1] = entry or nil
end

--- A record as it was read for the diff.
---@param info table
---@return dnp.provisioning.Known
function AccountDiff:known(info)
  return { info = info, at = self.read_at }
end

---- the account ----

local ACTIVE = dnp.UserStatus.Active

local function new_user_record(desired, user_status)
  local info = { RoleId = dnp.UserRole.User, IsDemo = false, IsPeer = false }
  records.apply(info, desired)
  info.StatusId = user_status
  return info
end

-- Whether an account that was not found may be created. Returns it, if somebody has created it since.
---@return dnp.UserInfo|false
function AccountDiff:find_again()
  local desired = self.desired.user
  if desired.UserId then
    fail("absent", "there is no user %d, or this account may not see it", desired.UserId)
  end
  local missing = spec.missing_field(desired)
  if missing then
    fail("absent", "there is no user %s, and to create it spec.user.%s is missing", labels.quote(desired.Username),
      missing)
  elseif not must(self.context:read("user_exists", desired.Username)) then
    return false
  end
  local found = must(resolve.user(self.context, desired.Username))
  if not found then
    fail_taken(desired.Username, ", and this account may not see it")
  end
  return found
end

---@param send_letter boolean
function AccountDiff:add_user(send_letter)
  self.status = self.desired.status or ACTIVE
  add(self.notes, ecommerce.adapt(self.desired.user, false))
  self.adds_user = user_steps.add(self.user, new_user_record(self.desired.user, self.status), send_letter)
  add(self.added, self.adds_user)
end

-- Not compared: what says which account it is, and what only a new account gets.
local NOT_COMPARED = { UserId = true, Username = true, Password = true, OwnerId = true }

-- Compares the account's own fields.
function AccountDiff:change_user()
  local desired, actual = self.desired.user, self.actual
  add(self.notes, ecommerce.adapt(desired, actual))
  if desired.OwnerId and desired.OwnerId ~= actual.OwnerId then
    fail("conflict", "user %s belongs to owner %d, not to %d, and the panel cannot move it",
      labels.quote(actual.Username), actual.OwnerId, desired.OwnerId)
  elseif desired.UserId and desired.Username and not compare.equal_names(desired.Username, actual.Username) then
    fail("conflict", "user %d is %s, not %s", desired.UserId, labels.quote(actual.Username),
      labels.quote(desired.Username))
  end
  local fields, compared = records.fields_of(self.context.dialect, "UserInfo"), {}
  for name, value in pairs(desired) do
    if not NOT_COMPARED[name] then
      compared[name] = value
    end
  end
  local changes = records.diff(fields, actual, compared)
  if changes then
    add(self.changed, user_steps.update(self.user, fields, records.pick(actual, changes), changes,
      self:known(actual)))
  end
end

-- Finds out whether the account's status is to change, with all that is below it.
function AccountDiff:compare_status()
  self.status = self.actual.StatusId
  local desired = self.desired.status
  if desired and desired ~= ACTIVE and desired ~= self.status then
    local reason = must(protected.guard(self.context))(self.actual)
    if reason then
      fail("conflict", "spec.status: %s", reason)
    end
  end
  self.status_changes = desired ~= nil and desired ~= self.status
  self.status = desired or self.status
end

-- Changes the account's status and those of spaces. It affects spaces, and a space's those nested in it, so it is one
-- list of tasks.
---@param named dnp.provisioning.NamedSpace[]
function AccountDiff:change_statuses(named)
  local transition
  if self.desired.status then
    transition = must(status_diff.transition(self.context, self.actual, status_diff.of_user(self.actual),
      self.desired.status, { named = named }))
  else
    transition = must(status_diff.of_spaces(self.context, self.actual, named))
  end
  for _, task in ipairs(transition.tasks) do
    add(self.changed, task)
  end
  self.stayed = transition.stayed
end

---- reading ahead ----

-- What does not depend on one another is read at once, in as few rounds as possible; what follows finds it read.

-- The account, and what can be read without knowing it.
function AccountDiff:prefetch_account(who, must_be_new)
  local owner = self.desired.user.OwnerId
  local calls = { resolve.read_of_user(who) }
  if must_be_new then
    add(calls, { "user_exists", who })
  end
  if type(owner) == "string" then
    add(calls, resolve.read_of_user(owner))
  end
  spaces.add_reads_of_plans(calls, self.desired.spaces or {}, type(owner) == "number" and owner or nil)
  self.context:prefetch(calls)
end

-- What depends on the account only.
function AccountDiff:prefetch_plans()
  local calls = {}
  if self.actual and self.desired.spaces then
    add(calls, { "get_my_packages", self.actual.UserId })
  end
  spaces.add_reads_of_plans(calls, self.desired.spaces or {}, self.owner_id)
  self.context:prefetch(calls)
end

---- all of it ----

-- Replaces the owner's name by his id.
function AccountDiff:find_owner()
  local owner = self.desired.user.OwnerId
  if type(owner) == "string" then
    local found, err = resolve.known_user(self.context, owner)
    if not found and err.kind == "absent" then
      fail("absent", "spec.user.OwnerId: %s", err.message)
    end
    self.desired.user.OwnerId = must(found, err).UserId
  end
end

-- Compares everything.
---@param options { send_letter: boolean?, must_be_new: boolean? }
---@return dnp.provisioning.AccountDiff
function AccountDiff:compute(options)
  local who = self.desired.user.UserId or self.desired.user.Username
  self:prefetch_account(who, options.must_be_new)
  self:find_owner()
  self.actual = must(resolve.user(self.context, who)) or self:find_again()
  self.user = { id = self.actual and self.actual.UserId or nil, name = self.actual and self.actual.Username or who }
  self.owner_id = self.actual and self.actual.OwnerId or self.desired.user.OwnerId
  self:prefetch_plans()
  if self.actual and options.must_be_new then
    fail_taken(who, "")
  elseif self.actual then
    self:change_user()
    self:compare_status()
  else
    self:add_user(options.send_letter or false)
  end
  if self.desired.spaces then
    spaces.compare(self)
  end
  if self.actual then
    self:change_statuses(self.named)
  else
    self.adds_user.contains = self.new_spaces or space_steps.additions(self.user, {})
  end
  return self
end

--- The tasks in their order.
---@return dnp.provisioning.Task[]
function AccountDiff:tasks()
  local tasks = {}
  for _, part in ipairs { self.added, self.changed, self.removed } do
    for _, task in ipairs(part) do
      add(tasks, task)
    end
  end
  return tasks
end

--- Compares an account with its spec. A "conflict" that is `retryable` may be gone in a moment, when other runs put
--- right what is in the way.
---@param context dnp.provisioning.Context a caching one
---@param desired dnp.provisioning.AccountSpec a validated one
---@param options { send_letter: boolean?, must_be_new: boolean? } for an account that has to be created
---@return dnp.provisioning.AccountDiff?
---@return table? err something cannot be read, or what is there does not allow what is desired
function account_diff.compute(context, desired, options)
  local self = setmetatable({
    context = context,
    desired = desired,
    read_at = context.policy.clock(),
    named = {},
    added = {},
    changed = {},
    removed = {},
    used = {},
    notes = {},
  }, AccountDiff)
  return failure.catch(self.compute, self, options)
end

return account_diff
