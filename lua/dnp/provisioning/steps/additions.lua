--- Adding records that the panel numbers itself, and of which it takes any number alike: spaces of an account, add-ons
--- of a space.
---
--- Which of them a call created is known from what was there when the workflow began, and by a mark in the record. A
--- request may arrive late, after it was repeated, and another run may add the same at the same time. So after adding
--- the list is read again: of equal records that are new as many stay as are desired, those with the lowest ids. All
--- runs keep the same ones by that rule, and each removes only duplicates that it created itself.

local failure = require "dnp.failure"
local mark = require "dnp.provisioning.model.mark"
local records = require "dnp.provisioning.model.records"

local additions = {}

--- A list that records are added to.
---@class dnp.provisioning.Additions
---@field list fun(context: dnp.provisioning.Context): table[]?, table? reads the list: its rows, or nil and an error
---@field key string the field of its rows with the id
---@field known table<integer, boolean>? ids that were there before; nil: read when the first is added
---@field signature fun(row: table): string the same for equal rows
---@field method string reads one record: "get_package"
---@field type_name string of that record
---@field delete fun(id: integer, plan_id: integer?): dnp.provisioning.Task
---@field noun string "space"
---@field at_last boolean? nothing is built on the records, so one check after the last one is enough
---@field expected dnp.provisioning.Addition[]
---@field tasks dnp.provisioning.Task[] the task of each
---@field is_unique boolean whether it is known that there are no duplicates
---@field own table<integer, boolean> ids that calls of this run returned, or whose records bear its marks
---@field removed boolean? whether the last check removed something
---@field contended boolean whether there are duplicates that are not this run's to remove
local Additions = {}
Additions.__index = Additions

--- One record that is added.
---@class dnp.provisioning.Addition
---@field signature string
---@field what string in words: "space 'www'"
---@field mark string? the purchase date, if this run chose it
---@field date any the purchase date
---@field desired table<string, any> fields of the record
---@field set fun(id: integer?) receives the id, and nil when the record was removed again
---@field step dnp.provisioning.Step? of its task
---@field id integer?
---@field adopted boolean? another run created it
---@field verified boolean? and it is as desired

--- Begins to add to a list.
---@param of dnp.provisioning.Additions its first fields, up to `at_last`
function additions.to(of)
  of.expected, of.tasks, of.own, of.contended, of.is_unique = {}, {}, {}, false, not of.at_last
  local self = setmetatable(of, Additions)
  -- One function for all tasks, by which it is known to be the same.
  self.final_check_once = function(context, run_task)
    return self:final_check(context, run_task)
  end
  return self
end

--- The ids in a list, as for `known`.
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

---- the list ----

-- The addition whose mark a row bears.
function Additions:find_by_mark(row)
  for _, addition in ipairs(self.expected) do
    if addition.mark and mark.equal(addition.mark, row.PurchaseDate) then
      return addition
    end
  end
  return nil
end

-- Whether this run created a row.
function Additions:is_own(row)
  local id = row[self.key]
  self.own[id] = self.own[id] or self:find_by_mark(row) ~= nil or nil
  return self.own[id] ~= nil
end

function Additions:is_claimed(id)
  for _, addition in ipairs(self.expected) do
    if addition.id == id then
      return true
    end
  end
  return false
end

-- New rows that are equal, the lowest id first.
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

-- Whether a row is the one that a lost call was to create. Without a mark any new one counts that is equal.
function Additions:is_created(addition, row)
  if self:is_claimed(row[self.key]) then
    return false
  end
  return mark.equal(addition.date, row.PurchaseDate)
end

-- Whether an addition was made.
function Additions:probe(context, addition)
  local rows, err = self.list(context)
  if not rows then
    return nil, err
  end
  for _, row in ipairs(self:new_rows(rows, addition.signature)) do
    local id = row[self.key]
    if addition.id == id or (not addition.id and self:is_created(addition, row)) then
      self:is_own(row)
      return "done", id
    end
  end
  return "not_done"
end

---- duplicates ----

-- The additions that are equal.
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
    if not self:is_claimed(id) then
      addition.id, addition.adopted = id, not self:is_own(row)
      addition.set(id)
      addition.step.id = id
      return
    end
  end
end

-- What another run created must be what is desired.
function Additions:verify(context, addition)
  if not addition.adopted or addition.verified then
    return true
  end
  local found, err = context:find(self.method, addition.id)
  if found == nil then
    return nil, err
  end
  local different = found
    and records.diff(records.fields_of(context.dialect, self.type_name), found, addition.desired)
  if found and not different then
    addition.verified = true
    return true
  end
  return nil, failure.new {
    kind = "conflict",
    message = ("%s was made by another run at the same time (id %d), and %s"):format(addition.what, addition.id,
      found and "differs from what is desired: " .. records.names(different) or "is gone again"),
  }
end

-- Whether another run has created what the panel refused to this one.
function Additions:find_concurrent(context, addition)
  local rows, err = self.list(context)
  if not rows then
    return nil, err
  end
  self:adopt(addition, self:new_rows(rows, addition.signature))
  return addition.id and "done" or "not_done", addition.id
end

-- Removes duplicates that are this run's own; additions that lost theirs go on with a record that stays.
function Additions:drop_duplicates_of(context, run_task, rows, group)
  local kept, duplicates = {}, {}
  for index, row in ipairs(rows) do
    local list = index <= #group and kept or duplicates
    list[#list + 1] = row
  end
  local gone = additions.ids(duplicates, self.key)
  for _, row in ipairs(duplicates) do
    if not self:is_own(row) then
      self.contended = true
    else
      local good, err = run_task(context, self.delete(row[self.key], row.PlanID))
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

-- Reads the list again, and removes duplicates.
function Additions:drop_duplicates(context, run_task)
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
      good, err = self:drop_duplicates_of(context, run_task, self:new_rows(rows, signature), self:group(signature))
      if not good then
        return nil, err
      end
    end
  end
  return true, rows
end

-- What is still there twice although every run had time to remove its own, or was removed.
function Additions:problem(rows)
  local ids = additions.ids(rows, self.key)
  for _, addition in ipairs(self.expected) do
    local alike = self:new_rows(rows, addition.signature)
    local list = {}
    for index, row in ipairs(alike) do
      list[index] = ("%d"):format(row[self.key])
    end
    if #alike > #self:group(addition.signature) then
      return ("%s is there more than once (ids %s): another run made one, or a request that arrived late, and "
        .. "this run removes only what it surely made itself; delete the one that is not needed and run the workflow "
        .. "again"):format(addition.what, table.concat(list, ", "))
    elseif addition.id and not ids[addition.id] then
      return ("%s (id %d) was removed by somebody else meanwhile"):format(addition.what, addition.id)
    end
  end
  return nil
end

-- Whether one of these may have a duplicate, or be gone.
function Additions:is_ambiguous()
  for index, addition in ipairs(self.expected) do
    if addition.adopted or self.tasks[index].ambiguous then
      return true
    end
  end
  return self.contended
end

-- Checks once more when all is added, for as long as others may need to remove what is theirs.
function Additions:final_check(context, run_task)
  if self.is_unique and not self:is_ambiguous() then
    return "done"
  end
  local window = context:window()
  while true do
    local good, rows = self:drop_duplicates(context, run_task)
    if not good then
      return nil, rows
    end
    -- These rows still have what was removed.
    local problem = not self.removed and self:problem(rows)
    if problem == nil then
      self.is_unique = true
      return "done"
    elseif problem and not (self.contended and window:pause()) then
      return nil, failure.new { kind = "conflict", message = problem }
    end
  end
end

-- Before anything is rolled back: removes what requests of this run created that arrived late.
function Additions:remove_late(context, run_task)
  local rows, err = self.list(context)
  if not rows then
    return nil, err
  end
  for _, row in ipairs(rows) do
    local id = row[self.key]
    if not self.known[id] and not self:is_claimed(id) and self:is_own(row) then
      local good
      good, err = run_task(context, self.delete(id, row.PlanID))
      if not good then
        return nil, err
      end
    end
  end
  return true
end

--- What is in the list that this run did not create: the id of one; nil when there is nothing, or nobody can say.
function Additions:find_foreign(context)
  for _, row in ipairs(self.list(context) or {}) do
    local id = row[self.key]
    if not self.known[id] and not self:is_claimed(id) and not self:is_own(row) then
      return id
    end
  end
  return nil
end

---- the task ----

-- Reads the list before the first is added.
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

-- The tasks that remove what was added, if this run created it.
function Additions:undo(addition)
  if self.own[addition.id] then
    return { self.delete(addition.id, addition.desired.PlanId) }
  end
  return nil, failure.new {
    kind = "conflict",
    message = ("%s (id %d) stays: it is not known whether this run made it"):format(addition.what, addition.id),
  }
end

--- A task that adds one record.
---@param addition dnp.provisioning.Addition
---@param step dnp.provisioning.Step
---@param call fun(context: dnp.provisioning.Context): any, table?
function Additions:task(addition, step, call)
  addition.step = step
  self.expected[#self.expected + 1] = addition
  local task = { step = step, call = call, not_unique = true, verify_last = self.at_last }
  self.tasks[#self.expected] = task
  function task.prepare(context)
    return self:prepare(context)
  end
  function task.probe(context)
    return self:probe(context, addition)
  end
  function task.on_created(id, returned)
    addition.id = id
    if id and returned then
      self.own[id] = true
    end
    addition.set(id)
  end
  function task.drop_duplicates(context, run_task)
    local good, err = self:drop_duplicates(context, run_task)
    return good and addition.id, err
  end
  function task.after_refusal(context)
    return self:find_concurrent(context, addition)
  end
  task.final_check = self.final_check_once
  function task.remove_late(context, run_task)
    return self:remove_late(context, run_task)
  end
  function task.is_adopted()
    return addition.adopted
  end
  function task.undo()
    return self:undo(addition)
  end
  return task
end

return additions
