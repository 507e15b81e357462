--- Suspending and waking: an account with all that is below it, or one space.
---
--- The panel's own calls wake everything, also what was suspended for a reason of its own. So what was not active
--- before is written down on the panel (steps/memory.lua) and put back after the account is woken. A script that dies
--- in between leaves enough there for the next run to finish.

local dnp = require "dnp"
local cascade = require "dnp.provisioning.cascade"
local check = require "dnp.provisioning.check"
local memory = require "dnp.provisioning.steps.memory"
local names = require "dnp.provisioning.names"
local status = require "dnp.provisioning.steps.status"

local suspension = {}

local ACTIVE = dnp.UserStatus.Active

--- An account or one of its spaces whose status is to change.
---@class dnp.provisioning.Subject
---@field kind "user"|"space"
---@field ref dnp.provisioning.UserRef|dnp.provisioning.SpaceRef
---@field status integer as it is
---@field user dnp.provisioning.UserRef the account, or the one whose space it is

--- An account as the subject of a change of status.
---@param info dnp.UserInfo
---@return dnp.provisioning.Subject
function suspension.of_user(info)
  local ref = { id = info.UserId, name = info.Username }
  return { kind = "user", ref = ref, status = info.StatusId, user = ref }
end

--- A space as the subject of a change of status.
---@param info dnp.UserInfo whose space it is
---@param space dnp.PackageInfo
---@return dnp.provisioning.Subject
function suspension.of_space(info, space)
  return {
    kind = "space",
    ref = { id = space.PackageId, name = space.PackageName or "" },
    status = space.StatusId,
    user = { id = info.UserId, name = info.Username },
  }
end

---- remembering ----

-- JSON makes texts of ids; statuses under such would be forgotten.
local function are_statuses(list)
  if type(list) ~= "table" then
    return false
  end
  for id, number in pairs(list) do
    if not check.is_integer(id) or not names.is_status(number) then
      return false
    end
  end
  return true
end

--- Whether a value can be a memory; for options.
---@param value table
---@return boolean
---@return string? expected
function suspension.is_memory(value)
  return are_statuses(value.users) and are_statuses(value.spaces),
    "what suspend told as 'remembered' expected: { users = ..., spaces = ... }, each with statuses by id, all numbers"
end

local PARTS = { user = "users", space = "spaces" }

-- The statuses as they were before an unfinished waking began to put some back: each of those fell on what is below it,
-- which was awake.
local function before_putting_back(tree, held)
  local now = tree:statuses()
  local before = cascade.copy(now)
  local function lift(remembered, below)
    for part, ids in pairs(below) do
      for id in pairs(ids) do
        if now[part][id] == remembered then
          before[part][id] = ACTIVE
        end
      end
    end
  end
  for kind, part in pairs(PARTS) do
    for id, remembered in pairs(held[part]) do
      if now[part][id] == remembered then
        lift(remembered, tree:below(kind, id))
      end
    end
  end
  return before
end

-- What is below the subject and not active, and what an unfinished waking had not put back yet.
local function not_active(tree, subject, held)
  local waking = held and held.state == "waking"
  local now = waking and before_putting_back(tree, held) or tree:statuses()
  local found = { state = "suspended", users = {}, spaces = {} }
  for part, ids in pairs(tree:below(subject.kind, subject.ref.id)) do
    for id in pairs(ids) do
      local unfinished = waking and held[part][id]
      if now[part][id] ~= ACTIVE or unfinished then
        found[part][id] = unfinished or now[part][id]
      end
    end
  end
  found[PARTS[subject.kind]][subject.ref.id] = nil
  return found
end

local function is_empty(held)
  return next(held.users) == nil and next(held.spaces) == nil
end

-- The remembered statuses put over others. What somebody has woken meanwhile stays awake.
local function put_back(statuses, now, held)
  local target = cascade.copy(statuses)
  for _, part in pairs(PARTS) do
    for id, remembered in pairs(held and held[part] or {}) do
      local woken_since = held.state == "suspended" and now[part][id] == ACTIVE
      if now[part][id] ~= nil and not woken_since then
        target[part][id] = remembered
      end
    end
  end
  return target
end

---- the two directions ----

local function space_id_of(subject)
  return subject.kind == "space" and subject.ref.id or nil
end

local function remember(subject, before, held)
  return memory.write(subject.user, space_id_of(subject), before, held)
end

local function change(tree, subject, to, after)
  return status.set(subject.kind, subject.ref, subject.status, to, function()
    return tree:way(after, tree:statuses())
  end)
end

-- One of several changes; its way back restores what it fell on.
local function single_change(tree, before, one)
  local after = tree:after(before, one.kind, one.id, one.to)
  return status.set(one.kind, { id = one.id, name = one.name }, one.from, one.to, function()
    return tree:way(after, before)
  end), after
end

--- What a change of status consists of.
---@class dnp.provisioning.Transition
---@field tasks dnp.provisioning.Task[]
---@field after dnp.provisioning.Statuses
---@field remembered dnp.provisioning.Memory?

local function away(tree, subject, to, held)
  local tasks, found = {}, held or nil
  if subject.status == ACTIVE then
    found = not_active(tree, subject, held)
    if not is_empty(found) then
      tasks[1] = remember(subject, held, found)
    elseif held then
      tasks[1] = remember(subject, held, false)
    end
  end
  local after = tree:after(tree:statuses(), subject.kind, subject.ref.id, to)
  tasks[#tasks + 1] = change(tree, subject, to, after)
  return { tasks = tasks, after = after, remembered = found }
end

local function wake(tree, subject, held, given)
  local now = tree:statuses()
  local asleep = subject.status ~= ACTIVE
  if given then
    given = { state = asleep and "suspended" or "waking", users = given.users, spaces = given.spaces }
  end
  local woken = asleep and tree:after(now, subject.kind, subject.ref.id, ACTIVE) or now
  local target = put_back(asleep and woken or before_putting_back(tree, given or held), now, given or held)
  local ways = tree:way(woken, target)
  local tasks, left = {}, held
  if asleep and held and held.state ~= "waking" and #ways > 0 then
    left = { state = "waking", users = held.users, spaces = held.spaces }
    tasks[1] = remember(subject, held, left)
  end
  if asleep then
    tasks[#tasks + 1] = change(tree, subject, ACTIVE, woken)
  end
  local before = woken
  for _, one in ipairs(ways) do
    local task
    task, before = single_change(tree, before, one)
    tasks[#tasks + 1] = task
  end
  if held then
    tasks[#tasks + 1] = remember(subject, left, false)
  end
  return { tasks = tasks, after = target, remembered = given or held or nil }
end

-- An active subject has something to be put back only if its waking was not finished.
local function is_stale(subject, held)
  return subject.status == ACTIVE and held and held.state ~= "waking"
end

--- The tasks that bring a subject to a status, with all that belongs to it.
---@param context dnp.provisioning.Context
---@param info dnp.UserInfo the account, or the one whose space it is
---@param subject dnp.provisioning.Subject
---@param to integer
---@param given dnp.provisioning.Memory? in place of what the panel remembers
---@return dnp.provisioning.Transition?
---@return table? err
function suspension.transition(context, info, subject, to, given)
  local held, err = memory.read(context, info.UserId, space_id_of(subject))
  if held == nil then
    return nil, err
  end
  -- What is below is read only where it matters: that can be thousands of calls.
  local to_finish = to == ACTIVE and (given or held)
  if subject.status == to and not to_finish then
    return { tasks = {}, remembered = held or nil }
  elseif to == ACTIVE and is_stale(subject, held) and not given then
    return { tasks = { remember(subject, held, false) } }
  end
  local tree
  tree, err = cascade.read(context, info, subject.kind)
  if not tree then
    return nil, err
  elseif to == ACTIVE then
    return wake(tree, subject, held, given)
  end
  return away(tree, subject, to, held)
end

return suspension
