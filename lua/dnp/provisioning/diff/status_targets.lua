--- Which statuses a change of status is to lead to, and what of the present ones a snapshot keeps.

local dnp = require "dnp"
local arguments = require "dnp.arguments"
local labels = require "dnp.provisioning.model.labels"
local status_tree = require "dnp.provisioning.read.status_tree"

local targets = {}

local ACTIVE = dnp.UserStatus.Active
local PARTS = status_tree.PARTS

---- snapshots ----

-- JSON makes texts of ids; statuses by such keys would be lost.
local function are_statuses(list)
  if type(list) ~= "table" then
    return false
  end
  for id, number in pairs(list) do
    if not arguments.is_integer(id) or not labels.is_status(number) then
      return false
    end
  end
  return true
end

--- Whether a value can be a snapshot; for options.
---@param value table
---@return boolean
---@return string expected what else it should have been
function targets.is_snapshot(value)
  return are_statuses(value.users) and are_statuses(value.spaces),
    "expected 'remembered' of a report of suspend: { users = ..., spaces = ... }, each with statuses by id, all numbers"
end

--- Whether a snapshot keeps nothing.
---@param snapshot dnp.provisioning.Snapshot
---@return boolean
function targets.is_empty(snapshot)
  return next(snapshot.users) == nil and next(snapshot.spaces) == nil
end

-- The status of an entry in a snapshot; nil when it has none.
local function status_in(snapshot, entry)
  return snapshot and snapshot[PARTS[entry.kind]][entry.id] or nil
end

local function with_status(set, number)
  local more = { [number] = true }
  for each in pairs(set or {}) do
    more[each] = true
  end
  return more
end

-- The statuses as they were before an unfinished resumption began to restore some: each of those affected what is below
-- it, which was active.
local function before_restoring(tree, snapshot)
  local before = { users = {}, spaces = {} }
  -- Returns the statuses that were restored on an entry and above it.
  tree:walk(function(entry, above, owner)
    local restored = above or owner
    if above and owner and above ~= owner then
      for number in pairs(owner) do
        restored = with_status(restored, number)
      end
    end
    local number = entry.status
    if status_in(snapshot, entry) == number then
      restored = restored and restored[number] and restored or with_status(restored, number)
    end
    before[PARTS[entry.kind]][entry.id] = restored and restored[number] and ACTIVE or number
    return restored
  end)
  return before
end

--- A snapshot of what is below the subject and not active, with what an unfinished resumption had not restored yet.
---@param tree dnp.provisioning.Tree
---@param subject dnp.provisioning.Subject
---@param snapshot dnp.provisioning.Snapshot|false the one that is stored
---@return dnp.provisioning.Snapshot
function targets.take_snapshot(tree, subject, snapshot)
  local resuming = snapshot and snapshot.state == "resuming"
  local now = resuming and before_restoring(tree, snapshot) or tree:statuses()
  local found = { state = "suspended", users = {}, spaces = {} }
  for _, entry in ipairs(tree:below { { kind = subject.kind, id = subject.ref.id } }) do
    local part = PARTS[entry.kind]
    local unfinished = resuming and snapshot[part][entry.id]
    if now[part][entry.id] ~= ACTIVE or unfinished then
      found[part][entry.id] = unfinished or now[part][entry.id]
    end
  end
  found[PARTS[subject.kind]][subject.ref.id] = nil
  return found
end

---- desired statuses ----

--- A space that must have a status of its own; a new one has no id before it is created. `found`: the status it has.
---@alias dnp.provisioning.NamedSpace { ref: dnp.provisioning.SpaceRef, status: integer, found: integer? }

-- Whether a change of what is above applies to what has a status.
local function applies_to(found, from, to)
  return found == from or (to ~= ACTIVE and found == ACTIVE)
end

--- Overrides statuses by those of named spaces. The panel gives them to what is nested, too, but what was suspended or
--- cancelled for a reason of its own stays so.
---@param tree dnp.provisioning.Tree
---@param desired dnp.provisioning.Statuses is changed
---@param named dnp.provisioning.NamedSpace[]
---@return table<integer, integer> statuses of the named ones by id
function targets.override(tree, desired, named)
  local own = {}
  for _, space in ipairs(named) do
    if space.ref.id then
      own[space.ref.id] = space.status
    end
  end
  tree:walk(function(entry, above)
    if entry.kind == "user" then
      return nil
    end
    local found = desired.spaces[entry.id] or entry.status
    local to = own[entry.id]
    if to then
      desired.spaces[entry.id] = to
      return found ~= to and { from = found, to = to } or nil
    elseif above then
      desired.spaces[entry.id] = applies_to(found, above.from, above.to) and above.to or found
    end
    return above
  end)
  return own
end

--- The desired statuses below a subject when it is resumed.
---@param tree dnp.provisioning.Tree
---@param subject dnp.provisioning.Subject
---@param snapshot dnp.provisioning.Snapshot|false
---@return dnp.provisioning.Statuses
function targets.after_resuming(tree, subject, snapshot)
  local suspended = subject.status ~= ACTIVE
  local base = suspended and tree:statuses() or before_restoring(tree, snapshot)
  local target = { users = {}, spaces = {} }
  for _, entry in ipairs(tree:below { { kind = subject.kind, id = subject.ref.id } }) do
    local part = PARTS[entry.kind]
    local found, kept = base[part][entry.id], status_in(snapshot, entry)
    -- What has another status than the subject was resumed or cancelled meanwhile, and stays as it is.
    local changed_since = suspended and entry.status ~= subject.status
    if kept and not changed_since then
      found = kept
    elseif suspended and found == subject.status then
      found = ACTIVE
    end
    target[part][entry.id] = found
  end
  target[PARTS[subject.kind]][subject.ref.id] = ACTIVE
  return target
end

--- A snapshot of what is not Active in some statuses.
---@param target dnp.provisioning.Statuses
---@return dnp.provisioning.Snapshot
function targets.inactive_in(target)
  local snapshot = { state = "resuming", users = {}, spaces = {} }
  for _, part in pairs(PARTS) do
    for id, number in pairs(target[part]) do
      snapshot[part][id] = number ~= ACTIVE and number or nil
    end
  end
  return snapshot
end

return targets
