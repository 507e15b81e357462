--- What has to be done so that an account is as its spec says: reads what is there, compares, gives the tasks.
---
--- Order: what is added comes first, then what is changed, and what is removed comes last, so that nobody is without
--- what was paid for if something fails in between.

local dnp = require "dnp"
local additions = require "dnp.provisioning.steps.additions"
local addons = require "dnp.provisioning.steps.addon"
local ecommerce = require "dnp.provisioning.diff.ecommerce"
local failure = require "dnp.provisioning.model.failure"
local lookup = require "dnp.provisioning.read.resolve"
local names = require "dnp.provisioning.model.labels"
local own = require "dnp.provisioning.read.protected"
local pairing = require "dnp.provisioning.diff.matching"
local protect = require "dnp.protect"
local record = require "dnp.provisioning.model.fields"
local spaces = require "dnp.provisioning.steps.space"
local spec = require "dnp.provisioning.model.spec"
local suspension = require "dnp.provisioning.diff.status"
local users = require "dnp.provisioning.steps.user"
local values = require "dnp.provisioning.model.values"

local difference = {}

--- A plan that a space or an add-on is to be made of. `space` is where that goes, nil for a new space.
---@alias dnp.provisioning.UsedPlan { path: string, plan: dnp.provisioning.PlanRef, is_addon: boolean, new: boolean }

---@class dnp.provisioning.Difference
---@field context dnp.provisioning.Context
---@field wanted dnp.provisioning.AccountSpec a checked one
---@field info dnp.UserInfo|false the account as it is
---@field user dnp.provisioning.UserRef
---@field owner_id integer whose plans are meant
---@field status integer the account's, when all is done
---@field status_changes boolean? the account's status changes, and with it that of its spaces
---@field named dnp.provisioning.NamedSpace[] spaces whose status is named
---@field stayed dnp.provisioning.Stayed[]? what changes of status left as it was, when all is done
---@field added dnp.provisioning.Task[]
---@field changed dnp.provisioning.Task[]
---@field removed dnp.provisioning.Task[]
---@field making dnp.provisioning.Task? the one that adds the account
---@field used dnp.provisioning.UsedPlan[] the plans that something is made of
---@field notes string[] what of the spec is left out, and why
---@field new_spaces dnp.provisioning.Additions?
---@field spaces dnp.provisioning.SpaceRef[]? in the order of the spec
---@field read_at number when reading began, on the policy's clock
local Difference = {}
Difference.__index = Difference

-- Reads are made deep inside; what they cannot read ends all of it. `difference.find` takes this up.
local function must(value, err)
  if value == nil then
    error({ failed = err }, 0)
  end
  return value
end

local function give_up(kind, message, ...)
  error({ failed = failure.new { kind = kind, message = message:format(...) } }, 0)
end

local function give_up_taken(name, remark)
  error({
    failed = failure.new {
      kind = "conflict",
      code = -100,
      name = "ERROR_USER_ALREADY_EXISTS",
      message = ("a user %s exists already%s"):format(values.show(name), remark),
    },
  }, 0)
end

-- Nothing and false are not added.
local function add(tasks, task)
  tasks[#tasks + 1] = task or nil
end

-- A record as it was read for the plan.
function Difference:known(info)
  return { info = info, at = self.read_at }
end

---- the account ----

local ACTIVE = dnp.UserStatus.Active

local function new_user_record(wanted, user_status)
  local info = { RoleId = dnp.UserRole.User, IsDemo = false, IsPeer = false }
  record.apply(info, wanted)
  info.StatusId = user_status
  return info
end

-- Whether an account that was not found may be made. Gives it, if somebody has made it since.
---@return dnp.UserInfo|false
function Difference:must_be_free()
  local wanted = self.wanted.user
  if wanted.UserId then
    give_up("absent", "there is no user %d, or this account may not see it", wanted.UserId)
  end
  local lacking = spec.lacking(wanted)
  if lacking then
    give_up("absent", "there is no user %s, and to make it spec.user.%s is missing", values.show(wanted.Username),
      lacking)
  elseif not must(self.context:read("user_exists", wanted.Username)) then
    return false
  end
  local found = must(lookup.user(self.context, wanted.Username))
  if not found then
    give_up_taken(wanted.Username, ", and this account may not see it")
  end
  return found
end

-- Plans a new account.
---@param send_letter boolean
function Difference:add_user(send_letter)
  self.status = self.wanted.status or ACTIVE
  add(self.notes, ecommerce.adapt(self.wanted.user, false))
  self.making = users.add(self.user, new_user_record(self.wanted.user, self.status), send_letter)
  add(self.added, self.making)
end

-- Not compared: what says which account it is, and what only a new account takes.
local NOT_COMPARED = { UserId = true, Username = true, Password = true, OwnerId = true }

-- Plans what differs in the account's own fields.
function Difference:change_user()
  local wanted, info = self.wanted.user, self.info
  add(self.notes, ecommerce.adapt(wanted, info))
  if wanted.OwnerId and wanted.OwnerId ~= info.OwnerId then
    give_up("conflict", "user %s belongs to owner %d, not to %d, and the panel cannot move it",
      values.show(info.Username), info.OwnerId, wanted.OwnerId)
  elseif wanted.UserId and wanted.Username and not values.same_name(wanted.Username, info.Username) then
    give_up("conflict", "user %d is %s, not %s", wanted.UserId, values.show(info.Username),
      values.show(wanted.Username))
  end
  local fields, compared = record.fields(self.context.dialect, "UserInfo"), {}
  for name, value in pairs(wanted) do
    if not NOT_COMPARED[name] then
      compared[name] = value
    end
  end
  local changes = record.changes(fields, info, compared)
  if changes then
    add(self.changed, users.update(self.user, fields, record.pick(info, changes), changes, self:known(info)))
  end
end

-- Finds out whether the account's status is to change, with all that is below it.
function Difference:want_status()
  self.status = self.info.StatusId
  local wanted = self.wanted.status
  if wanted and wanted ~= ACTIVE and wanted ~= self.status then
    local reason = must(own.guard(self.context))(self.info)
    if reason then
      give_up("conflict", "spec.status: %s", reason)
    end
  end
  self.status_changes = wanted ~= nil and wanted ~= self.status
  self.status = wanted or self.status
end

-- Plans the change of the account's status and of those of spaces: it falls on spaces, and a space's on those nested in
-- it, so it is one plan.
---@param named dnp.provisioning.NamedSpace[]
function Difference:change_statuses(named)
  local transition
  if self.wanted.status then
    transition = must(suspension.transition(self.context, self.info, suspension.of_user(self.info), self.wanted.status,
      { named = named }))
  else
    transition = must(suspension.of_spaces(self.context, self.info, named))
  end
  for _, task in ipairs(transition.tasks) do
    add(self.changed, task)
  end
  self.stayed = transition.stayed
end

---- spaces ----

-- The plan that the spec names at `path`.
---@param path string
---@param plan integer|string
---@param is_addon boolean
---@return dnp.provisioning.PlanRef
function Difference:plan(path, plan, is_addon)
  local found, err = lookup.plan(self.context, plan, is_addon, self.owner_id)
  if not found and (err.kind == "absent" or err.kind == "conflict") then
    give_up(err.kind, "%s: %s", path, err.message)
  end
  return must(found, err)
end

-- Notes that something is made of a plan.
function Difference:use(path, plan, is_addon, new)
  add(self.used, { path = path .. ".plan", plan = plan, is_addon = is_addon, new = new })
end

-- Plans a new space with its add-ons.
---@param wanted dnp.provisioning.SpaceSpec
---@return dnp.provisioning.SpaceRef
function Difference:add_space(wanted)
  if wanted.id then
    give_up("absent", "%s.id: user %s has no space %d", wanted.path, values.show(self.user.name), wanted.id)
  elseif not wanted.plan then
    give_up("absent", "%s.plan is missing, and user %s has no space %s yet", wanted.path, values.show(self.user.name),
      values.show(wanted.name))
  end
  local plan = self:plan(wanted.path .. ".plan", wanted.plan, false)
  self:use(wanted.path, plan, false, true)
  local ref = { name = wanted.name }
  local space_status = wanted.status or self.status
  local task = spaces.add(self.new_spaces, self.user, ref, {
    PlanId = plan.id,
    PackageName = wanted.name,
    PackageComments = wanted.comments,
    StatusId = space_status,
    PurchaseDate = wanted.purchase_date,
  }, plan.name)
  task.inside = self.making
  add(self.added, task)
  -- A change of the account's status may fall on the new space too.
  if self.status_changes then
    add(self.named, { ref = ref, status = space_status })
  end
  local new_addons = addons.additions(ref, {})
  task.contains = new_addons
  for _, addon in ipairs(wanted.addons or {}) do
    self:add_addon(new_addons, ref, addon, self:plan(addon.path .. ".plan", addon.plan, true), task)
  end
  return ref
end

-- Plans what differs in a space, its add-ons included, but for its status.
---@param wanted dnp.provisioning.SpaceSpec
---@param found dnp.PackageInfo
---@return dnp.provisioning.SpaceRef
function Difference:change_space(wanted, found)
  local ref = { id = found.PackageId, name = found.PackageName or "" }
  local fields = record.fields(self.context.dialect, "PackageInfo")
  local plan = wanted.plan and self:plan(wanted.path .. ".plan", wanted.plan, false)
  local changes = record.changes(fields, found, {
    -- Without an id the name says which space, and in another case it is the same.
    PackageName = wanted.id and wanted.name,
    PackageComments = wanted.comments,
    PlanId = plan and plan.id,
    PurchaseDate = wanted.purchase_date,
  })
  if changes then
    local words
    if changes.PlanId then
      self:use(wanted.path, plan, false, false)
      words = {
        [plan.id] = names.plan(plan.id, plan.name),
        [found.PlanId or false] = must(lookup.plan_in_words(self.context, found.PlanId)),
      }
    end
    add(self.changed, spaces.update(ref, fields, record.pick(found, changes), changes, words, self:known(found)))
  end
  if wanted.addons then
    self:change_addons(ref, wanted.addons)
  end
  return ref
end

local function ambiguous(user, name, matches)
  local ids = {}
  for index, space in ipairs(matches) do
    ids[index] = ("%d"):format(space.PackageId)
  end
  error({
    failed = failure.new {
      kind = "conflict",
      message = ("user %s has several spaces called %s (%s); %s"):format(values.show(user.name), values.show(name),
        table.concat(ids, ", "), lookup.way_out(matches)),
    },
    may_pass = lookup.are_of_runs(matches),
  }, 0)
end

-- The space that is meant, as the list tells it, or nil when it has to be made.
---@param wanted dnp.provisioning.SpaceSpec
---@param list dnp.PackageInfo[]
---@return dnp.PackageInfo?
function Difference:match(wanted, list)
  for _, space in ipairs(wanted.id and list or {}) do
    if space.PackageId == wanted.id then
      return space
    end
  end
  local matches = wanted.id and {} or lookup.spaces_called(list, wanted.name)
  if #matches > 1 then
    ambiguous(self.user, wanted.name, matches)
  end
  return matches[1]
end

local function refuse_the_same(wanted, space, matched)
  if matched[space.PackageId] then
    give_up("conflict", "%s and %s are the same space, %d", matched[space.PackageId], wanted.path, space.PackageId)
  end
  matched[space.PackageId] = wanted.path
end

-- Finds the spaces that are meant: by their places in the spec, and what names each by its id.
---@param list dnp.PackageInfo[]
---@return table<integer, dnp.PackageInfo> rows
---@return table<integer, string> matched
function Difference:match_all(list)
  local rows, matched = {}, {}
  for index, wanted in ipairs(self.wanted.spaces) do
    local row = self:match(wanted, list)
    if row then
      refuse_the_same(wanted, row, matched)
    end
    rows[index] = row
  end
  return rows, matched
end

-- Whether a spec names what lists of spaces do not tell, or tell in part.
local function needs_record(wanted)
  return wanted.plan ~= nil or wanted.comments ~= nil or wanted.purchase_date ~= nil
    or (wanted.id ~= nil and wanted.name ~= nil)
end

-- A space as it is; false when it is gone by now.
function Difference:space_as_it_is(wanted, row)
  return needs_record(wanted) and must(self.context:find("get_package", row.PackageId)) or row
end

-- What is nested was made later and goes first: the panel refuses to delete a space that holds others.
---@param found dnp.PackageInfo[]
---@param matched table<integer, string> by the ids of those that stay
function Difference:remove_spaces(found, matched)
  table.sort(found, function(a, b)
    return a.PackageId > b.PackageId
  end)
  for _, space in ipairs(found) do
    if not matched[space.PackageId] then
      add(self.removed, spaces.delete { id = space.PackageId, name = space.PackageName or "" })
    end
  end
end

-- Plans all that is about spaces.
function Difference:compare_spaces()
  local list = self.info and must(lookup.list_spaces(self.context, self.info.UserId)) or {}
  self.new_spaces = spaces.additions(self.user, additions.ids(list, "PackageId"))
  local rows, matched = self:match_all(list)
  self:read_spaces_ahead(rows)
  local refs = {}
  for index, wanted in ipairs(self.wanted.spaces) do
    local space = rows[index] and self:space_as_it_is(wanted, rows[index])
    if space then
      refs[index] = self:change_space(wanted, space)
      if wanted.status then
        add(self.named, { ref = refs[index], found = space.StatusId, status = wanted.status })
      end
    else
      refs[index] = self:add_space(wanted)
    end
  end
  if self.wanted.spaces_complete then
    self:remove_spaces(list, matched)
  end
  self.spaces = refs
end

---- reading ahead ----

-- What does not depend on one another is read at once, in as few rounds as possible; what follows finds it read.

--- Adds to `calls` the reads that find the plans of spaces, as far as it is known whose they are.
---@param calls any[][]
---@param wanted_list dnp.provisioning.SpaceSpec[]
---@param owner_id integer?
function difference.add_reads_of_plans(calls, wanted_list, owner_id)
  for _, wanted in ipairs(wanted_list) do
    add(calls, wanted.plan and lookup.read_of_plan(wanted.plan, false, owner_id))
    for _, addon in ipairs(wanted.addons or {}) do
      add(calls, lookup.read_of_plan(addon.plan, true, owner_id))
    end
  end
end

-- The account, and what can be read without knowing it.
function Difference:read_account_ahead(who, must_be_new)
  local owner = self.wanted.user.OwnerId
  local calls = { lookup.read_of_user(who) }
  if must_be_new then
    add(calls, { "user_exists", who })
  end
  if type(owner) == "string" then
    add(calls, lookup.read_of_user(owner))
  end
  difference.add_reads_of_plans(calls, self.wanted.spaces or {}, type(owner) == "number" and owner or nil)
  self.context:read_ahead(calls)
end

-- What depends on the account only.
function Difference:read_plans_ahead()
  local calls = {}
  if self.info and self.wanted.spaces then
    add(calls, { "get_my_packages", self.info.UserId })
  end
  difference.add_reads_of_plans(calls, self.wanted.spaces or {}, self.owner_id)
  self.context:read_ahead(calls)
end

-- The spaces that are there with their add-ons.
---@param rows table<integer, dnp.PackageInfo>
function Difference:read_spaces_ahead(rows)
  local calls, of_addons = {}, {}
  for index, wanted in ipairs(self.wanted.spaces) do
    local id = rows[index] and rows[index].PackageId
    add(calls, id and needs_record(wanted) and { "get_package", id })
    add(calls, id and wanted.addons and { "get_package_addons", id })
  end
  self.context:read_ahead(calls)
  for index, wanted in ipairs(self.wanted.spaces) do
    for _, row in ipairs(rows[index] and wanted.addons and must(lookup.list_addons(self.context,
      rows[index].PackageId)) or {}) do
      add(of_addons, { "get_package_addon", row.PackageAddonID })
    end
  end
  self.context:read_ahead(of_addons)
end

---- add-ons ----

-- Plans a new add-on.
---@param to dnp.provisioning.Additions
---@param space dnp.provisioning.SpaceRef
---@param wanted dnp.provisioning.AddonSpec
---@param plan { id: integer, name: string? }
---@param inside dnp.provisioning.Task? the one that adds the space
function Difference:add_addon(to, space, wanted, plan, inside)
  self:use(wanted.path, plan, true, inside ~= nil)
  local task = addons.add(to, space, {
    PlanId = plan.id,
    Quantity = wanted.quantity or 1,
    StatusId = wanted.status or ACTIVE,
    PurchaseDate = wanted.purchase_date,
    Comments = wanted.comments,
  }, plan.name)
  task.inside = inside
  add(self.added, task)
end

local function wanted_of_addon(wanted)
  return {
    Quantity = wanted.quantity,
    StatusId = wanted.status,
    PurchaseDate = wanted.purchase_date,
    Comments = wanted.comments,
  }
end

-- Plans what differs in the add-ons of a space that is there.
---@param space dnp.provisioning.SpaceRef
---@param wanted_list dnp.provisioning.AddonSpec[]
function Difference:change_addons(space, wanted_list)
  local rows = must(lookup.list_addons(self.context, space.id))
  local found = must(lookup.addons(self.context, rows))
  local new_addons = addons.additions(space, additions.ids(rows, "PackageAddonID"))
  local fields = record.fields(self.context.dialect, "PackageAddonInfo")
  local plans = {}
  for index, wanted in ipairs(wanted_list) do
    plans[index] = self:plan(wanted.path .. ".plan", wanted.plan, true)
  end
  local claims, claimed = pairing.find(#wanted_list, #found, function(index, number)
    return found[number].PlanId == plans[index].id
  end, function(index, number)
    return record.holds(fields, found[number], wanted_of_addon(wanted_list[index]))
  end)
  for index, wanted in ipairs(wanted_list) do
    if claims[index] then
      self:change_addon(space, fields, found[claims[index]], wanted_of_addon(wanted), plans[index])
    else
      self:add_addon(new_addons, space, wanted, plans[index])
    end
  end
  local names_of_plans = {}
  for _, row in ipairs(rows) do
    names_of_plans[row.PlanID or false] = row.PlanName
  end
  for number, addon in ipairs(found) do
    if not claimed[number] then
      add(self.removed, addons.delete(space, addon, names_of_plans[addon.PlanId]))
    end
  end
end

-- Plans what differs in one add-on.
---@param space dnp.provisioning.SpaceRef
---@param fields dnp.provisioning.Fields of PackageAddonInfo
---@param addon dnp.PackageAddonInfo as it is
---@param wanted table the wanted values by field
---@param plan { id: integer, name: string? }
function Difference:change_addon(space, fields, addon, wanted, plan)
  local changes = record.changes(fields, addon, wanted)
  if changes then
    local which = { id = addon.PackageAddonId, plan_id = plan.id, plan_name = plan.name }
    add(self.changed, addons.update(space, fields, which, record.pick(addon, changes), changes, self:known(addon)))
  end
end

---- all of it ----

-- The owner's id in place of his name.
function Difference:find_owner()
  local owner = self.wanted.user.OwnerId
  if type(owner) == "string" then
    local found, err = lookup.known_user(self.context, owner)
    if not found and err.kind == "absent" then
      give_up("absent", "spec.user.OwnerId: %s", err.message)
    end
    self.wanted.user.OwnerId = must(found, err).UserId
  end
end

-- Plans everything.
---@param options { send_letter: boolean?, must_be_new: boolean? }
---@return dnp.provisioning.Difference
function Difference:find_out(options)
  local who = self.wanted.user.UserId or self.wanted.user.Username
  self:read_account_ahead(who, options.must_be_new)
  self:find_owner()
  self.info = must(lookup.user(self.context, who)) or self:must_be_free()
  self.user = { id = self.info and self.info.UserId or nil, name = self.info and self.info.Username or who }
  self.owner_id = self.info and self.info.OwnerId or self.wanted.user.OwnerId
  self:read_plans_ahead()
  if self.info and options.must_be_new then
    give_up_taken(who, "")
  elseif self.info then
    self:change_user()
    self:want_status()
  else
    self:add_user(options.send_letter or false)
  end
  if self.wanted.spaces then
    self:compare_spaces()
  end
  if self.info then
    self:change_statuses(self.named)
  else
    self.making.contains = self.new_spaces or spaces.additions(self.user, {})
  end
  return self
end

--- The tasks in their order.
---@return dnp.provisioning.Task[]
function Difference:tasks()
  local tasks = {}
  for _, part in ipairs { self.added, self.changed, self.removed } do
    for _, task in ipairs(part) do
      add(tasks, task)
    end
  end
  return tasks
end

--- Compares an account with its spec.
---@param context dnp.provisioning.Context one that remembers
---@param wanted dnp.provisioning.AccountSpec a checked one
---@param options { send_letter: boolean?, must_be_new: boolean? } for an account that has to be made
---@return dnp.provisioning.Difference?
---@return table? err when something cannot be read, or what is there does not allow what is wanted
---@return boolean? may_pass whether other runs may be about to put right what is in the way
function difference.find(context, wanted, options)
  local self = setmetatable({
    context = context,
    wanted = wanted,
    read_at = context.policy.clock(),
    named = {},
    added = {},
    changed = {},
    removed = {},
    used = {},
    notes = {},
  }, Difference)
  local good, result = protect.call(self.find_out, self, options)
  if good then
    return result
  elseif type(result) == "table" and result.failed then
    return nil, result.failed, result.may_pass
  end
  error(result, 0)
end

return difference
