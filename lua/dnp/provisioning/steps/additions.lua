--- Adding records that the panel numbers itself, and of which it takes any number alike: spaces of an account, add-ons
--- of a space.
---
--- Which of them a call made is told by what was there when the workflow was planned, and by a mark in the record. A
--- request may be carried out late, after it was repeated, and another run may add the same at the same time; so after
--- adding the list is read again, and of those alike that are new as many stay as are wanted, those with the lowest
--- ids. All runs keep the same ones by that rule, and each removes only what it made itself.

local failure = require "dnp.provisioning.model.failure"
local mark = require "dnp.provisioning.model.mark"
local record = require "dnp.provisioning.model.fields"

local additions = {}

--- A list that records are added to.
---@class dnp.provisioning.Additions
---@field list fun(context: dnp.provisioning.Context): table[]?, table? what is there, or nil and an error
---@field key string the field of its rows with the id
---@field known table<integer, boolean>? ids that were there before; nil: read when the first is added
---@field signature fun(row: table): string the same for rows that are alike
---@field method string reads one record: "get_package"
---@field type_name string of that record
---@field delete fun(id: integer, plan_id: integer?): dnp.provisioning.Task
---@field noun string "space"
---@field at_last boolean? nothing is built on the records, so looking again after the last one is enough
---@field expected dnp.provisioning.Addition[]
---@field tasks dnp.provisioning.Task[] the task of each
---@field looked boolean it is known that nothing is there twice
---@field own table<integer, boolean> ids that calls of this run answered, or whose records bear its marks
---@field removed boolean? something was removed when it was looked at last
---@field contended boolean there are more than are wanted, and the others are not this run's to remove
local Additions = {}
Additions.__index = Additions

--- One record that is added.
---@class dnp.provisioning.Addition
---@field signature string
---@field what string in words: "space 'www'"
---@field mark string? the purchase date, if this run chose it
---@field date any the purchase date
---@field wanted table<string, any> fields of the record
---@field set fun(id: integer?) is told the id, and nil when the record was taken back
---@field step dnp.provisioning.Step? of its task
---@field id integer?
---@field adopted boolean? another run made it
---@field verified boolean? and it is as wanted

--- Begins to add to a list.
---@param of dnp.provisioning.Additions its first fields, up to `at_last`
---@return dnp.provisioning.Additions
function additions.to(of)
  of.expected, of.tasks, of.own, of.contended, of.looked = {}, {}, {}, false, not of.at_last
  local self = setmetatable(of, Additions)
  -- One function for all tasks, by which it is known to be the same.
  self.last_look = function(context, carry)
    return self:look_at_last(context, carry)
  end
  return self
end

--- The ids in a list, as `known` wants them.
---@param rows table[]
---@param key string
---@return table<integer, boolean>
function additions.ids(rows, key)
  local ids = {}
  for _, row in ipairs(rows) do
    ids[row[key]] = true
  end
  return ids
end

---- what is there ----

-- The addition whose mark a row bears.
function Additions:bears_mark(row)
  for _, addition in ipairs(self.expected) do
    if addition.mark and mark.same(addition.mark, row.PurchaseDate) then
      return addition
    end
  end
  return nil
end

-- Whether this run made a row.
function Additions:is_own(row)
  local id = row[self.key]
  self.own[id] = self.own[id] or self:bears_mark(row) ~= nil or nil
  return self.own[id] ~= nil
end

function Additions:claimed(id)
  for _, addition in ipairs(self.expected) do
    if addition.id == id then
      return true
    end
  end
  return false
end

-- New rows that are alike, the lowest id first.
function Additions:new_rows(rows, signature)
  local found = {}
  for _, row in ipairs(rows) do
    if not self.known[row[self.key]] and self.signature(row) == signature then
      found[#found + 1] = row
    end
  end
  table.sort(found, function(a, b)
    return a[self.key] < b[self.key]
  end)
  return found
end

-- Whether a row is the one that a lost call was to make. Without a mark any new one counts that is alike.
function Additions:is_answer(addition, row)
  if self:claimed(row[self.key]) then
    return false
  end
  return mark.same(addition.date, row.PurchaseDate)
end

-- Whether an addition was made.
function Additions:look(context, addition)
  local rows, err = self.list(context)
  if not rows then
    return nil, err
  end
  for _, row in ipairs(self:new_rows(rows, addition.signature)) do
    local id = row[self.key]
    if addition.id == id or (not addition.id and self:is_answer(addition, row)) then
      self:is_own(row)
      return "done", id
    end
  end
  return "not_done"
end

---- more than are wanted ----

-- The additions that are alike, and how many.
function Additions:group(signature)
  local group = {}
  for _, addition in ipairs(self.expected) do
    if addition.signature == signature then
      group[#group + 1] = addition
    end
  end
  return group
end

-- Gives an addition another record in place of the one that does not stay.
function Additions:adopt(addition, kept)
  for _, row in ipairs(kept) do
    local id = row[self.key]
    if not self:claimed(id) then
      addition.id, addition.adopted = id, not self:is_own(row)
      addition.set(id)
      addition.step.id = id
      return
    end
  end
end

-- What another run made must be what was wanted.
function Additions:verify(context, addition)
  if not addition.adopted or addition.verified then
    return true
  end
  local found, err = context:find(self.method, addition.id)
  if found == nil then
    return nil, err
  end
  local different = found
    and record.changes(record.fields(context.dialect, self.type_name), found, addition.wanted)
  if found and not different then
    addition.verified = true
    return true
  end
  return nil, failure.new {
    kind = "conflict",
    message = ("%s was made by another run at the same time (id %d), and %s"):format(addition.what, addition.id,
      found and "differs from what is wanted: " .. record.names(different) or "is gone again"),
  }
end

-- Whether another run has made what the panel refused to this one.
function Additions:look_for_another(context, addition)
  local rows, err = self.list(context)
  if not rows then
    return nil, err
  end
  self:adopt(addition, self:new_rows(rows, addition.signature))
  return addition.id and "done" or "not_done", addition.id
end

-- Removes what is too much and this run's own; those that lost theirs go on with one that stays.
function Additions:settle_group(context, carry, rows, group)
  local kept, too_much = {}, {}
  for index, row in ipairs(rows) do
    local list = index <= #group and kept or too_much
    list[#list + 1] = row
  end
  local gone = additions.ids(too_much, self.key)
  for _, row in ipairs(too_much) do
    if not self:is_own(row) then
      self.contended = true
    else
      local good, err = carry(context, self.delete(row[self.key], row.PlanID))
      if not good then
        return nil, err
      end
      self.removed = true
    end
  end
  for _, addition in ipairs(group) do
    if gone[addition.id] then
      self:adopt(addition, kept)
    end
    local good, err = self:verify(context, addition)
    if not good then
      return nil, err
    end
  end
  return true
end

-- Looks again, and settles what there is too much of.
function Additions:settle(context, carry)
  local rows, err = self.list(context)
  if not rows then
    return nil, err
  end
  self.contended, self.removed = false, false
  local seen = {}
  for _, addition in ipairs(self.expected) do
    local signature = addition.signature
    if not seen[signature] then
      seen[signature] = true
      local good
      good, err = self:settle_group(context, carry, self:new_rows(rows, signature), self:group(signature))
      if not good then
        return nil, err
      end
    end
  end
  return true, rows
end

-- What is still there twice although everybody had time to remove his own, or has been taken away.
function Additions:complaint(rows)
  local ids = additions.ids(rows, self.key)
  for _, addition in ipairs(self.expected) do
    local alike = self:new_rows(rows, addition.signature)
    local list = {}
    for index, row in ipairs(alike) do
      list[index] = ("%d"):format(row[self.key])
    end
    if #alike > #self:group(addition.signature) then
      return ("%s is there more than once (ids %s): another run made one, or a request that was carried out late, and "
        .. "this run removes only what it surely made itself; delete the one that is not wanted and run the workflow "
        .. "again"):format(addition.what, table.concat(list, ", "))
    elseif addition.id and not ids[addition.id] then
      return ("%s (id %d) was removed by somebody else meanwhile"):format(addition.what, addition.id)
    end
  end
  return nil
end

-- Whether one of these may be there twice, or be gone.
function Additions:is_doubtful()
  for index, addition in ipairs(self.expected) do
    if addition.adopted or self.tasks[index].doubtful then
      return true
    end
  end
  return self.contended
end

-- Looks once more when all is added, for as long as others may need to remove what is theirs.
function Additions:look_at_last(context, carry)
  if self.looked and not self:is_doubtful() then
    return "done"
  end
  local window = context:window()
  while true do
    local good, rows = self:settle(context, carry)
    if not good then
      return nil, rows
    end
    -- What was removed is in these rows yet.
    local complaint = not self.removed and self:complaint(rows)
    if complaint == nil then
      self.looked = true
      return "done"
    elseif complaint and not (self.contended and window:pause()) then
      return nil, failure.new { kind = "conflict", message = complaint }
    end
  end
end

-- Before anything is rolled back: removes what requests of this run made that were carried out late.
function Additions:sweep(context, carry)
  local rows, err = self.list(context)
  if not rows then
    return nil, err
  end
  for _, row in ipairs(rows) do
    local id = row[self.key]
    if not self.known[id] and not self:claimed(id) and self:is_own(row) then
      local good
      good, err = carry(context, self.delete(id, row.PlanID))
      if not good then
        return nil, err
      end
    end
  end
  return true
end

--- What is in the list that this run did not make: the id of one; nil when there is nothing, or nobody can say.
---@param context dnp.provisioning.Context
---@return integer?
function Additions:guest(context)
  for _, row in ipairs(self.list(context) or {}) do
    local id = row[self.key]
    if not self.known[id] and not self:claimed(id) and not self:is_own(row) then
      return id
    end
  end
  return nil
end

---- the task ----

-- Notes what is there before the first is added.
function Additions:prepare(context)
  if self.known then
    return true
  end
  local rows, err = self.list(context)
  if not rows then
    return nil, err
  end
  self.known = additions.ids(rows, self.key)
  return true
end

--- A task that adds one record.
---@param addition dnp.provisioning.Addition
---@param step dnp.provisioning.Step
---@param call fun(context: dnp.provisioning.Context): any, table?
---@return dnp.provisioning.Task
function Additions:task(addition, step, call)
  addition.step = step
  self.expected[#self.expected + 1] = addition
  local task = { step = step, call = call, not_unique = true, check_at_last = self.at_last }
  self.tasks[#self.expected] = task
  function task.prepare(context)
    return self:prepare(context)
  end
  function task.look(context)
    return self:look(context, addition)
  end
  function task.take(id, answered)
    addition.id = id
    if id and answered then
      self.own[id] = true
    end
    addition.set(id)
  end
  function task.contest(context, carry)
    local good, err = self:settle(context, carry)
    return good and addition.id, err
  end
  function task.after_refusal(context)
    return self:look_for_another(context, addition)
  end
  task.look_at_last = self.last_look
  function task.sweep(context, carry)
    return self:sweep(context, carry)
  end
  function task.is_adopted()
    return addition.adopted
  end
  function task.undo()
    if self.own[addition.id] then
      return { self.delete(addition.id, addition.wanted.PlanId) }
    end
    return nil, failure.new {
      kind = "conflict",
      message = ("%s (id %d) stays: it cannot be told that this run made it"):format(addition.what, addition.id),
    }
  end
  return task
end

return additions
