--- Desired against actual status of an account with all that is below it, or of one space: the tasks that suspend and
--- resume.
---
--- The panel's own calls resume everything, also what was suspended for a reason of its own. So a snapshot of what was
--- not active before is stored on the panel (steps/snapshot.lua), and restored after the account is resumed. What a
--- change affects is read after it (read/status_tree.lua says why it cannot be predicted): what it should not have
--- affected is corrected, and what it left alone is reported. A script that dies in between leaves enough on the panel
--- for the next run to finish.

local dnp = require "dnp"
local compare = require "dnp.provisioning.model.compare"
local failure = require "dnp.failure"
local labels = require "dnp.provisioning.model.labels"
local snapshots = require "dnp.provisioning.steps.snapshot"
local status = require "dnp.provisioning.steps.status"
local targets = require "dnp.provisioning.diff.status_targets"
local status_tree = require "dnp.provisioning.read.status_tree"

local status_diff = {}

local ACTIVE = dnp.UserStatus.Active
local PARTS = status_tree.PARTS

--- An account or one of its spaces whose status is to change.
---@class dnp.provisioning.Subject
---@field kind "user"|"space"
---@field ref dnp.provisioning.UserRef|dnp.provisioning.SpaceRef
---@field status integer as it is
---@field user dnp.provisioning.UserRef the account, or the one whose space it is

--- An account as the subject of a change of status.
---@param info dnp.UserInfo
---@return dnp.provisioning.Subject
function status_diff.of_user(info)
  local ref = { id = info.UserId, name = info.Username }
  return { kind = "user", ref = ref, status = info.StatusId, user = ref }
end

--- A space as the subject of a change of status.
---@param info dnp.UserInfo whose space it is
---@param space dnp.PackageInfo
---@return dnp.provisioning.Subject
function status_diff.of_space(info, space)
  return {
    kind = "space",
    ref = { id = space.PackageId, name = space.PackageName or "" },
    status = space.StatusId,
    user = { id = info.UserId, name = info.Username },
  }
end

---- correcting ----

--- The desired statuses after a change, and what was done for them.
---@class dnp.provisioning.Chain
---@field tree dnp.provisioning.Tree
---@field desired dnp.provisioning.Statuses what has no status there may have any
---@field tried table<dnp.provisioning.Entry, true> what has been corrected
---@field root dnp.provisioning.Task? whose undoing undoes all of it
---@field finish fun(): dnp.provisioning.Task[]?, table? called when there is nothing more to do

-- The tasks that correct what is wrong now; the last reads what the others led to, and goes on.
---@param chain dnp.provisioning.Chain
---@return dnp.provisioning.Task[]?
local function correct(chain)
  local wrong = chain.tree:mismatches(chain.desired, chain.tried)
  local tasks = {}
  for index, entry in ipairs(wrong) do
    chain.tried[entry] = true
    tasks[index] = status.set(entry.kind, { id = entry.id, name = entry.name }, entry.status,
      chain.desired[PARTS[entry.kind]][entry.id], { unverified = true, inside = chain.root })
    chain.root = chain.root or tasks[index]
  end
  if #tasks == 0 then
    return chain.finish()
  end
  tasks[#tasks].follow = function(context)
    local below, err = chain.tree:refresh(context, wrong)
    if not below then
      return nil, err
    end
    return correct(chain)
  end
  return tasks
end

local function describe(entry)
  return ("%s %s (id %d)"):format(entry.kind, labels.quote(entry.name), entry.id)
end

-- An error about what stays as it is although the panel said yes.
local function check_stuck(tree, desired)
  local stuck = {}
  tree:walk(function(entry)
    local expected = desired[PARTS[entry.kind]][entry.id]
    if not entry.gone and expected and expected ~= entry.status then
      stuck[#stuck + 1] = ("%s is %s, not %s"):format(describe(entry), labels.user_status(entry.status),
        labels.user_status(expected))
    end
  end)
  if #stuck == 0 then
    return {}
  end
  return nil, failure.new {
    kind = "conflict",
    message = "the panel said yes, but afterwards " .. table.concat(stuck, ", ", 1, math.min(#stuck, 3))
      .. (#stuck > 3 and (", and %d more"):format(#stuck - 3) or ""),
  }
end

-- Rollback: the subject first, if its status was changed, and then what that did not affect.
---@param tops { kind: "user"|"space", id: integer }[] what was changed first
---@param first (fun(follow: function): dnp.provisioning.Task)? makes the task that changes the subject back
local function rollback(tree, tops, first)
  local before = tree:statuses()
  return function(context)
    local function follow(back)
      local below, err = tree:refresh(back, tops)
      if not below then
        return nil, err
      end
      return correct {
        tree = tree, desired = before, tried = {},
        finish = function()
          return check_stuck(tree, before)
        end,
      }
    end
    if first then
      return { first(follow) }
    end
    return follow(context)
  end
end

---- the two directions ----

--- A change of status.
---@class dnp.provisioning.Transition
---@field tasks dnp.provisioning.Task[]
---@field remembered dnp.provisioning.Snapshot?
---@field stayed dnp.provisioning.Stayed[] what the panel left as it was, once it is done
---@field unforeseen string? what only the change itself shows, in words

--- An account or a space that a change of status did not affect.
---@class dnp.provisioning.Stayed
---@field kind "user"|"space"
---@field id integer
---@field name string
---@field status integer as it is
---@field expected integer as the change should have left it

local function space_id_of(subject)
  return subject.kind == "space" and subject.ref.id or nil
end

local function store(subject, before, snapshot)
  return snapshots.write(subject.user, space_id_of(subject), before, snapshot)
end

-- Notes what the panel left as it was.
local function note_stayed(stayed, entry, expected)
  stayed[#stayed + 1] = {
    kind = entry.kind, id = entry.id, name = entry.name, status = entry.status, expected = expected,
  }
end

-- The statuses to correct after a change to `to`: none when it suspends, and those other than Active when it resumes;
-- restoring those must not affect what is Active. What the change left alone is only noted: it may be as it is for a
-- reason.
local function to_correct(below, target, to, stayed)
  local desired = { users = {}, spaces = {} }
  for _, entry in ipairs(below) do
    local part = PARTS[entry.kind]
    local expected = not entry.gone and target[part][entry.id] or nil
    local is_active, is_restored = entry.status == ACTIVE, to == ACTIVE and expected ~= ACTIVE
    if expected == entry.status or is_restored then
      desired[part][entry.id] = expected
    elseif expected and (is_active or expected == ACTIVE) then
      note_stayed(stayed, entry, expected)
    end
  end
  return desired
end

local function without_named(stayed, own)
  for index = #stayed, 1, -1 do
    if stayed[index].kind == "space" and own[stayed[index].id] then
      table.remove(stayed, index)
    end
  end
end

-- Ends a chain: what could not be corrected is noted, unless the spec names it.
local function finish_chain(chain, own, stayed)
  for entry in pairs(chain.tried) do
    local expected = chain.desired[PARTS[entry.kind]][entry.id]
    if not entry.gone and expected and entry.status ~= expected and not (entry.kind == "space" and own[entry.id]) then
      note_stayed(stayed, entry, expected)
    end
  end
  table.sort(stayed, function(a, b)
    if a.kind ~= b.kind then
      return a.kind > b.kind
    end
    return a.id < b.id
  end)
  return check_stuck(chain.tree, { users = {}, spaces = own })
end

-- Changes the subject, and corrects what that should not have affected.
local function change(tree, subject, to, target, named, stayed)
  local tops = { { kind = subject.kind, id = subject.ref.id } }
  local task
  task = status.set(subject.kind, subject.ref, subject.status, to, {
    undo = rollback(tree, tops, function(follow)
      return status.set(subject.kind, subject.ref, to, subject.status, { unverified = true, follow = follow })
    end),
    follow = function(context)
      local below, err = tree:refresh(context, tops)
      if not below then
        return nil, err
      end
      local chain = { tree = tree, tried = {}, root = task, desired = to_correct(below, target, to, stayed) }
      local own = targets.override(tree, chain.desired, named)
      without_named(stayed, own)
      function chain.finish()
        return finish_chain(chain, own, stayed)
      end
      return correct(chain)
    end,
  })
  return task
end

-- Corrects what is wrong already, without any change before.
local function correct_now(tree, desired, named, stayed)
  local chain = { tree = tree, tried = {}, desired = desired }
  local own = targets.override(tree, desired, named)
  function chain.finish()
    return finish_chain(chain, own, stayed)
  end
  local tops = tree:mismatches(desired, {})
  if #tops == 0 then
    return {}
  end
  local tasks = correct(chain)
  chain.root.undo = rollback(tree, tops)
  return tasks
end

-- What a dry run cannot find out.
local function unforeseen(subject, snapshot)
  local text = ("what the change of status of %s %s affects"):format(subject.kind, labels.quote(subject.ref.name))
  local count = 0
  for _, part in pairs(PARTS) do
    for _ in pairs(snapshot and snapshot[part] or {}) do
      count = count + 1
    end
  end
  return count == 0 and text or ("%s; %d below that must not be Active %s corrected then"):format(text, count,
    count == 1 and "is" or "are")
end

local function suspend(tree, subject, to, snapshot, named)
  local tasks, found, stayed = {}, snapshot or nil, {}
  if subject.status == ACTIVE then
    found = targets.take_snapshot(tree, subject, snapshot)
    if not targets.is_empty(found) then
      tasks[1] = store(subject, snapshot, found)
    elseif snapshot then
      tasks[1] = store(subject, snapshot, false)
    end
  end
  local target = { users = {}, spaces = {} }
  for _, entry in ipairs(tree:below { { kind = subject.kind, id = subject.ref.id } }) do
    target[PARTS[entry.kind]][entry.id] = entry.status == ACTIVE and to or nil
  end
  tasks[#tasks + 1] = change(tree, subject, to, target, named, stayed)
  return { tasks = tasks, remembered = found, stayed = stayed, unforeseen = unforeseen(subject) }
end

local function add_all(list, more)
  for _, entry in ipairs(more) do
    list[#list + 1] = entry
  end
end

local function resume(tree, subject, snapshot, given, named)
  local suspended = subject.status ~= ACTIVE
  if given then
    given = { state = suspended and "suspended" or "resuming", users = given.users, spaces = given.spaces }
  end
  local target = targets.after_resuming(tree, subject, given or snapshot)
  local tasks, stayed, left, note = {}, {}, snapshot, nil
  if suspended then
    local inactive = targets.inactive_in(target)
    if not targets.is_empty(inactive) and not compare.equal(snapshot or nil, inactive) then
      left, tasks[1] = inactive, store(subject, snapshot, inactive)
    end
    tasks[#tasks + 1] = change(tree, subject, ACTIVE, target, named, stayed)
    note = unforeseen(subject, inactive)
  else
    add_all(tasks, correct_now(tree, target, named, stayed))
  end
  if left then
    tasks[#tasks + 1] = store(subject, left, false)
  end
  return { tasks = tasks, remembered = given or snapshot or nil, stayed = stayed, unforeseen = note }
end

-- Whether a named space does not have its status. A new one is created with it.
local function differs(named)
  for _, space in ipairs(named) do
    if space.ref.id and space.found ~= space.status then
      return true
    end
  end
  return false
end

--- The tasks that give spaces their desired statuses.
---@param info dnp.UserInfo whose spaces they are
---@param named dnp.provisioning.NamedSpace[]
---@return dnp.provisioning.Transition?
function status_diff.of_spaces(context, info, named)
  if not differs(named) then
    return { tasks = {}, stayed = {} }
  end
  local tree, err = status_tree.read(context, info)
  if not tree then
    return nil, err
  end
  local stayed = {}
  return { tasks = correct_now(tree, { users = {}, spaces = {} }, named, stayed), stayed = stayed }
end

-- Of an active subject a snapshot counts only if its resumption was not finished.
local function is_stale(subject, snapshot)
  return subject.status == ACTIVE and snapshot and snapshot.state ~= "resuming"
end

-- No change of the subject, but perhaps of named spaces; `tasks` come first.
local function only_spaces(context, info, named, tasks, snapshot)
  local transition, err = status_diff.of_spaces(context, info, named)
  if not transition then
    return nil, err
  end
  add_all(tasks, transition.tasks)
  transition.tasks, transition.remembered = tasks, snapshot or nil
  return transition
end

--- The tasks that bring a subject to a status, with all that belongs to it. `remembered` takes the place of the panel's
--- snapshot; `named` are spaces with statuses of their own.
---@param info dnp.UserInfo the account, or the one whose space it is
---@param subject dnp.provisioning.Subject
---@param to integer
---@param options { remembered: dnp.provisioning.Snapshot?, named: dnp.provisioning.NamedSpace[]? }
---@return dnp.provisioning.Transition?
function status_diff.transition(context, info, subject, to, options)
  local snapshot, err = snapshots.read(context, info.UserId, space_id_of(subject))
  if snapshot == nil then
    return nil, err
  end
  local given, named = options.remembered, options.named or {}
  -- What is below is read only where it matters: that can be thousands of calls.
  if subject.status == to and not (to == ACTIVE and (given or snapshot)) then
    return only_spaces(context, info, named, {}, snapshot)
  elseif to == ACTIVE and is_stale(subject, snapshot) and not given then
    return only_spaces(context, info, named, { store(subject, snapshot, false) })
  end
  local tree
  tree, err = status_tree.read(context, info)
  if not tree then
    return nil, err
  elseif to == ACTIVE then
    return resume(tree, subject, snapshot, given, named)
  end
  return suspend(tree, subject, to, snapshot, named)
end

return status_diff
