--- Suspending and resuming: an account with all that is below it, or one space.
---
--- The panel's own calls resume everything, also what was suspended for a reason of its own. So what was not active
--- before is written down on the panel (steps/memory.lua) and put back after the account is resumed. What a change fell
--- on is read after it (cascade.lua says why it cannot be predicted): what it should not have fallen on is put right,
--- and what it left alone is told. A script that dies in between leaves enough on the panel for the next run to finish.

local dnp = require "dnp"
local cascade = require "dnp.provisioning.read.status_tree"
local check = require "dnp.provisioning.model.options"
local failure = require "dnp.provisioning.model.failure"
local memory = require "dnp.provisioning.steps.snapshot"
local names = require "dnp.provisioning.model.labels"
local status = require "dnp.provisioning.steps.status"
local values = require "dnp.provisioning.model.values"

local suspension = {}

local ACTIVE = dnp.UserStatus.Active
local PARTS = { user = "users", space = "spaces" }

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

local function is_empty(held)
  return next(held.users) == nil and next(held.spaces) == nil
end

-- What is remembered of an entry; nil when nothing is.
local function remembered_of(held, entry)
  return held and held[PARTS[entry.kind]][entry.id] or nil
end

local function with_status(set, number)
  local more = { [number] = true }
  for each in pairs(set or {}) do
    more[each] = true
  end
  return more
end

-- The statuses as they were before an unfinished resumption began to put some back: each of those fell on what is below
-- it, which was active.
local function before_putting_back(tree, held)
  local before = { users = {}, spaces = {} }
  -- Gives the statuses that were put back on an entry and above it.
  tree:walk(function(entry, above, owner)
    local fallen = above or owner
    if above and owner and above ~= owner then
      for number in pairs(owner) do
        fallen = with_status(fallen, number)
      end
    end
    local number = entry.status
    if remembered_of(held, entry) == number then
      fallen = fallen and fallen[number] and fallen or with_status(fallen, number)
    end
    before[PARTS[entry.kind]][entry.id] = fallen and fallen[number] and ACTIVE or number
    return fallen
  end)
  return before
end

-- What is below the subject and not active, and what an unfinished resumption had not put back yet.
local function not_active(tree, subject, held)
  local resuming = held and held.state == "waking"
  local now = resuming and before_putting_back(tree, held) or tree:statuses()
  local found = { state = "suspended", users = {}, spaces = {} }
  for _, entry in ipairs(tree:below { { kind = subject.kind, id = subject.ref.id } }) do
    local part = PARTS[entry.kind]
    local unfinished = resuming and held[part][entry.id]
    if now[part][entry.id] ~= ACTIVE or unfinished then
      found[part][entry.id] = unfinished or now[part][entry.id]
    end
  end
  found[PARTS[subject.kind]][subject.ref.id] = nil
  return found
end

---- putting right ----

--- What a change of status is to lead to.
---@class dnp.provisioning.Chain
---@field tree dnp.provisioning.Tree
---@field desired dnp.provisioning.Statuses what has no status there may be as it likes
---@field tried table<dnp.provisioning.Entry, true> what has been put right
---@field root dnp.provisioning.Task? whose undoing takes all of it back
---@field finish fun(): dnp.provisioning.Task[]?, table? asked when there is nothing more to do

-- The tasks that put right what is wrong now; the last looks what the others led to, and goes on.
---@param chain dnp.provisioning.Chain
---@return dnp.provisioning.Task[]?
---@return table? err
local function put_right(chain)
  local wrong = chain.tree:wrong(chain.desired, chain.tried)
  local tasks = {}
  for index, entry in ipairs(wrong) do
    chain.tried[entry] = true
    tasks[index] = status.set(entry.kind, { id = entry.id, name = entry.name }, entry.status,
      chain.desired[PARTS[entry.kind]][entry.id], { trusting = true, inside = chain.root })
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
    return put_right(chain)
  end
  return tasks
end

local function describe(entry)
  return ("%s %s (id %d)"):format(entry.kind, values.show(entry.name), entry.id)
end

-- Complains about what stays as it is although the panel said yes.
local function refuse_stuck(tree, desired)
  local stuck = {}
  tree:walk(function(entry)
    local wanted = desired[PARTS[entry.kind]][entry.id]
    if not entry.gone and wanted and wanted ~= entry.status then
      stuck[#stuck + 1] = ("%s is %s, not %s"):format(describe(entry), names.user_status(entry.status),
        names.user_status(wanted))
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

-- Rollback: the subject first, if its status was changed, and then what that did not fall on.
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
      return put_right {
        tree = tree, desired = before, tried = {},
        finish = function()
          return refuse_stuck(tree, before)
        end,
      }
    end
    if first then
      return { first(follow) }
    end
    return follow(context)
  end
end

---- what is wanted ----

--- A space that shall have a status of its own; a new one has no id before it is made. `found`: the status it has.
---@alias dnp.provisioning.NamedSpace { ref: dnp.provisioning.SpaceRef, status: integer, found: integer? }

-- Whether a change of what is above has any business with what has a status.
local function is_meant(found, from, to)
  return found == from or (to ~= ACTIVE and found == ACTIVE)
end

-- Puts the statuses of named spaces over others. The panel gives them to what is nested, too, but what was suspended
-- or cancelled for a reason of its own stays so.
---@param tree dnp.provisioning.Tree
---@param desired dnp.provisioning.Statuses is changed
---@param named dnp.provisioning.NamedSpace[]
---@return table<integer, integer> statuses of the named ones by id
local function put_over(tree, desired, named)
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
      desired.spaces[entry.id] = is_meant(found, above.from, above.to) and above.to or found
    end
    return above
  end)
  return own
end

-- What everything below a subject shall be when it is resumed.
local function after_resuming(tree, subject, held)
  local suspended = subject.status ~= ACTIVE
  local base = suspended and tree:statuses() or before_putting_back(tree, held)
  local target = { users = {}, spaces = {} }
  for _, entry in ipairs(tree:below { { kind = subject.kind, id = subject.ref.id } }) do
    local part = PARTS[entry.kind]
    local found, remembered = base[part][entry.id], remembered_of(held, entry)
    -- What has another status than the subject was resumed or cancelled meanwhile, and stays as it is.
    local changed_since = suspended and entry.status ~= subject.status
    if remembered and not changed_since then
      found = remembered
    elseif suspended and found == subject.status then
      found = ACTIVE
    end
    target[part][entry.id] = found
  end
  target[PARTS[subject.kind]][subject.ref.id] = ACTIVE
  return target
end

-- What of some statuses is not Active.
local function inactive_in(target)
  local held = { state = "waking", users = {}, spaces = {} }
  for _, part in pairs(PARTS) do
    for id, number in pairs(target[part]) do
      held[part][id] = number ~= ACTIVE and number or nil
    end
  end
  return held
end

---- the two directions ----

--- What a change of status consists of.
---@class dnp.provisioning.Transition
---@field tasks dnp.provisioning.Task[]
---@field remembered dnp.provisioning.Memory?
---@field stayed dnp.provisioning.Stayed[] what the panel left as it was, once it is carried out
---@field unforeseen string? what only the change itself shows, in words

--- An account or a space that a change of status did not fall on.
---@class dnp.provisioning.Stayed
---@field kind "user"|"space"
---@field id integer
---@field name string
---@field status integer as it is
---@field expected integer as the change should have left it

local function space_id_of(subject)
  return subject.kind == "space" and subject.ref.id or nil
end

local function remember(subject, before, held)
  return memory.write(subject.user, space_id_of(subject), before, held)
end

-- Notes what the panel left as it was.
local function note_stayed(stayed, entry, expected)
  stayed[#stayed + 1] = {
    kind = entry.kind, id = entry.id, name = entry.name, status = entry.status, expected = expected,
  }
end

-- What is to be put right after a change to `to`: nothing when it suspends, and what shall not be Active when it
-- resumes; putting that back must not fall on what is Active. What the change left alone is only noted: it may be as it
-- is for a reason.
local function to_put_right(below, target, to, stayed)
  local desired = { users = {}, spaces = {} }
  for _, entry in ipairs(below) do
    local part = PARTS[entry.kind]
    local expected = not entry.gone and target[part][entry.id] or nil
    local is_active, puts_back = entry.status == ACTIVE, to == ACTIVE and expected ~= ACTIVE
    if expected == entry.status or puts_back then
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

-- Ends a chain: what could not be put right is noted, unless it was asked for by name.
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
  return refuse_stuck(chain.tree, { users = {}, spaces = own })
end

-- Changes the subject, and puts right what that should not have fallen on.
local function change(tree, subject, to, target, named, stayed)
  local tops = { { kind = subject.kind, id = subject.ref.id } }
  local task
  task = status.set(subject.kind, subject.ref, subject.status, to, {
    undo = rollback(tree, tops, function(follow)
      return status.set(subject.kind, subject.ref, to, subject.status, { trusting = true, follow = follow })
    end),
    follow = function(context)
      local below, err = tree:refresh(context, tops)
      if not below then
        return nil, err
      end
      local chain = { tree = tree, tried = {}, root = task, desired = to_put_right(below, target, to, stayed) }
      local own = put_over(tree, chain.desired, named)
      without_named(stayed, own)
      function chain.finish()
        return finish_chain(chain, own, stayed)
      end
      return put_right(chain)
    end,
  })
  return task
end

-- Puts right what is wrong already, without any change before.
local function put_right_now(tree, desired, named, stayed)
  local chain = { tree = tree, tried = {}, desired = desired }
  local own = put_over(tree, desired, named)
  function chain.finish()
    return finish_chain(chain, own, stayed)
  end
  local tops = tree:wrong(desired, {})
  if #tops == 0 then
    return {}
  end
  local tasks = put_right(chain)
  chain.root.undo = rollback(tree, tops)
  return tasks
end

-- What a dry run cannot tell.
local function unforeseen(subject, held)
  local text = ("on what the change of status of %s %s falls"):format(subject.kind, values.show(subject.ref.name))
  local count = 0
  for _, part in pairs(PARTS) do
    for _ in pairs(held and held[part] or {}) do
      count = count + 1
    end
  end
  return count == 0 and text or ("%s; %d below that shall not be Active %s put right then"):format(text, count,
    count == 1 and "is" or "are")
end

local function away(tree, subject, to, held, named)
  local tasks, found, stayed = {}, held or nil, {}
  if subject.status == ACTIVE then
    found = not_active(tree, subject, held)
    if not is_empty(found) then
      tasks[1] = remember(subject, held, found)
    elseif held then
      tasks[1] = remember(subject, held, false)
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

local function resume(tree, subject, held, given, named)
  local suspended = subject.status ~= ACTIVE
  if given then
    given = { state = suspended and "suspended" or "waking", users = given.users, spaces = given.spaces }
  end
  local target = after_resuming(tree, subject, given or held)
  local tasks, stayed, left, note = {}, {}, held, nil
  if suspended then
    local inactive = inactive_in(target)
    if not is_empty(inactive) and not values.same(held or nil, inactive) then
      left, tasks[1] = inactive, remember(subject, held, inactive)
    end
    tasks[#tasks + 1] = change(tree, subject, ACTIVE, target, named, stayed)
    note = unforeseen(subject, inactive)
  else
    add_all(tasks, put_right_now(tree, target, named, stayed))
  end
  if left then
    tasks[#tasks + 1] = remember(subject, left, false)
  end
  return { tasks = tasks, remembered = given or held or nil, stayed = stayed, unforeseen = note }
end

-- Whether a named space is not as it shall be. A new one is made as it shall be.
local function differs(named)
  for _, space in ipairs(named) do
    if space.ref.id and space.found ~= space.status then
      return true
    end
  end
  return false
end

--- The tasks that give spaces the statuses that are wanted.
---@param context dnp.provisioning.Context
---@param info dnp.UserInfo whose spaces they are
---@param named dnp.provisioning.NamedSpace[]
---@return dnp.provisioning.Transition?
---@return table? err
function suspension.of_spaces(context, info, named)
  if not differs(named) then
    return { tasks = {}, stayed = {} }
  end
  local tree, err = cascade.read(context, info)
  if not tree then
    return nil, err
  end
  local stayed = {}
  return { tasks = put_right_now(tree, { users = {}, spaces = {} }, named, stayed), stayed = stayed }
end

-- An active subject has something to be put back only if its resumption was not finished.
local function is_stale(subject, held)
  return subject.status == ACTIVE and held and held.state ~= "waking"
end

-- No change of the subject, but perhaps of named spaces; `tasks` come first.
local function only_spaces(context, info, named, tasks, held)
  local transition, err = suspension.of_spaces(context, info, named)
  if not transition then
    return nil, err
  end
  add_all(tasks, transition.tasks)
  transition.tasks, transition.remembered = tasks, held or nil
  return transition
end

--- The tasks that bring a subject to a status, with all that belongs to it.
---@param context dnp.provisioning.Context
---@param info dnp.UserInfo the account, or the one whose space it is
---@param subject dnp.provisioning.Subject
---@param to integer
---@param options { remembered: dnp.provisioning.Memory?, named: dnp.provisioning.NamedSpace[]? } `remembered`: in place
---       of what the panel remembers; `named`: spaces with statuses of their own
---@return dnp.provisioning.Transition?
---@return table? err
function suspension.transition(context, info, subject, to, options)
  local held, err = memory.read(context, info.UserId, space_id_of(subject))
  if held == nil then
    return nil, err
  end
  local given, named = options.remembered, options.named or {}
  -- What is below is read only where it matters: that can be thousands of calls.
  if subject.status == to and not (to == ACTIVE and (given or held)) then
    return only_spaces(context, info, named, {}, held)
  elseif to == ACTIVE and is_stale(subject, held) and not given then
    return only_spaces(context, info, named, { remember(subject, held, false) })
  end
  local tree
  tree, err = cascade.read(context, info)
  if not tree then
    return nil, err
  elseif to == ACTIVE then
    return resume(tree, subject, held, given, named)
  end
  return away(tree, subject, to, held, named)
end

return suspension
