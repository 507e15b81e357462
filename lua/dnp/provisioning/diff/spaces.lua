--- The spaces and add-ons of an account, desired against actual: part of the account's diff.

local additions = require "dnp.provisioning.steps.additions"
local addon_steps = require "dnp.provisioning.steps.addon"
local failure = require "dnp.failure"
local labels = require "dnp.provisioning.model.labels"
local matching = require "dnp.provisioning.diff.matching"
local records = require "dnp.provisioning.model.records"
local resolve = require "dnp.provisioning.read.resolve"
local space_steps = require "dnp.provisioning.steps.space"
local spec = require "dnp.provisioning.model.spec"

local spaces = {}

local must, fail = failure.must, failure.fail

-- Nothing and false are not added.
local function add(list, entry)
  list[#list + 1] = entry or nil
end

---- hosting plans ----

-- The hosting plan that the spec names at `path`.
---@return dnp.provisioning.PlanRef
local function find_plan(diff, path, plan, is_addon)
  local found, err = resolve.plan(diff.context, plan, is_addon, diff.owner_id)
  if not found and (err.kind == "absent" or err.kind == "conflict") then
    fail(err.kind, "%s: %s", path, err.message)
  end
  return must(found, err)
end

-- Notes that something is created from a hosting plan.
local function use_plan(diff, path, plan, is_addon, new)
  add(diff.used, { path = path .. ".plan", plan = plan, is_addon = is_addon, new = new })
end

--- Adds to `calls` the reads that find the hosting plans of spaces, as far as it is known whose they are.
---@param calls any[][]
---@param desired_list dnp.provisioning.SpaceSpec[]
---@param owner_id integer?
function spaces.add_reads_of_plans(calls, desired_list, owner_id)
  for _, desired in ipairs(desired_list) do
    add(calls, desired.plan and resolve.read_of_plan(desired.plan, false, owner_id))
    for _, addon in ipairs(desired.addons or {}) do
      add(calls, resolve.read_of_plan(addon.plan, true, owner_id))
    end
  end
end

---- add-ons ----

---@param to dnp.provisioning.Additions
---@param desired dnp.provisioning.AddonSpec
---@param plan dnp.provisioning.PlanRef
---@param inside dnp.provisioning.Task? the one that adds the space
local function add_addon(diff, to, space, desired, plan, inside)
  use_plan(diff, desired.path, plan, true, inside ~= nil)
  local record = spec.to_record(spec.ADDON, desired, true)
  record.PlanId = plan.id
  local task = addon_steps.add(to, space, record, plan.name)
  task.inside = inside
  add(diff.added, task)
end

---@param fields dnp.provisioning.Fields of PackageAddonInfo
---@param actual dnp.PackageAddonInfo
---@param desired table values by field
---@param plan dnp.provisioning.PlanRef
local function change_addon(diff, space, fields, actual, desired, plan)
  local changes = records.diff(fields, actual, desired)
  if changes then
    local which = { id = actual.PackageAddonId, plan_id = plan.id, plan_name = plan.name }
    add(diff.changed, addon_steps.update(space, fields, which, records.pick(actual, changes), changes,
      diff:known(actual)))
  end
end

-- Removes the add-ons that are not claimed by the spec.
local function remove_addons(diff, space, rows, actual, claimed)
  local plan_names = {}
  for _, row in ipairs(rows) do
    plan_names[row.PlanID or false] = row.PlanName
  end
  for number, addon in ipairs(actual) do
    if not claimed[number] then
      add(diff.removed, addon_steps.delete(space, addon, plan_names[addon.PlanId]))
    end
  end
end

-- Compares the add-ons of a space that exists.
---@param desired_list dnp.provisioning.AddonSpec[]
local function compare_addons(diff, space, desired_list)
  local rows = must(resolve.list_addons(diff.context, space.id))
  local actual = must(resolve.addons(diff.context, rows))
  local new_addons = addon_steps.additions(space, additions.ids(rows, "PackageAddonID"))
  local fields = records.fields_of(diff.context.dialect, "PackageAddonInfo")
  local plans, desired_records = {}, {}
  for index, desired in ipairs(desired_list) do
    plans[index] = find_plan(diff, desired.path .. ".plan", desired.plan, true)
    desired_records[index] = spec.to_record(spec.ADDON, desired)
  end
  local claims, claimed = matching.find(#desired_list, #actual, function(index, number)
    return actual[number].PlanId == plans[index].id
  end, function(index, number)
    return records.matches(fields, actual[number], desired_records[index])
  end)
  for index, desired in ipairs(desired_list) do
    if claims[index] then
      change_addon(diff, space, fields, actual[claims[index]], desired_records[index], plans[index])
    else
      add_addon(diff, new_addons, space, desired, plans[index])
    end
  end
  remove_addons(diff, space, rows, actual, claimed)
end

---- spaces ----

-- Adds a space with its add-ons.
---@return dnp.provisioning.SpaceRef
local function add_space(diff, desired)
  if desired.id then
    fail("absent", "%s.id: user %s has no space %d", desired.path, labels.quote(diff.user.name), desired.id)
  elseif not desired.plan then
    fail("absent", "%s.plan is missing, and user %s has no space %s yet", desired.path, labels.quote(diff.user.name),
      labels.quote(desired.name))
  end
  local plan = find_plan(diff, desired.path .. ".plan", desired.plan, false)
  use_plan(diff, desired.path, plan, false, true)
  local ref, record = { name = desired.name }, spec.to_record(spec.SPACE, desired, true)
  record.PlanId, record.StatusId = plan.id, desired.status or diff.status
  local task = space_steps.add(diff.new_spaces, diff.user, ref, record, plan.name)
  task.inside = diff.adds_user
  add(diff.added, task)
  -- A change of the account's status may affect the new space too.
  if diff.status_changes then
    add(diff.named, { ref = ref, status = record.StatusId })
  end
  local new_addons = addon_steps.additions(ref, {})
  task.contains = new_addons
  for _, addon in ipairs(desired.addons or {}) do
    add_addon(diff, new_addons, ref, addon, find_plan(diff, addon.path .. ".plan", addon.plan, true), task)
  end
  return ref
end

-- The fields of a space that a change of it may write; statuses have calls of their own.
local function desired_record(desired, plan)
  local record = spec.to_record(spec.SPACE, desired)
  record.PlanId, record.StatusId = plan and plan.id, nil
  if not desired.id then
    record.PackageName = nil -- says which space, and is the same in another case
  end
  return record
end

-- Compares a space that exists, its add-ons included, except for its status.
---@param actual dnp.PackageInfo
---@return dnp.provisioning.SpaceRef
local function compare_space(diff, desired, actual)
  local ref = { id = actual.PackageId, name = actual.PackageName or "" }
  local fields = records.fields_of(diff.context.dialect, "PackageInfo")
  local plan = desired.plan and find_plan(diff, desired.path .. ".plan", desired.plan, false)
  local changes = records.diff(fields, actual, desired_record(desired, plan))
  if changes then
    local plan_labels
    if changes.PlanId then
      use_plan(diff, desired.path, plan, false, false)
      plan_labels = {
        [plan.id] = labels.plan(plan.id, plan.name),
        [actual.PlanId or false] = must(resolve.plan_label(diff.context, actual.PlanId)),
      }
    end
    add(diff.changed, space_steps.update(ref, fields, records.pick(actual, changes), changes, plan_labels,
      diff:known(actual)))
  end
  if desired.addons then
    compare_addons(diff, ref, desired.addons)
  end
  return ref
end

---- which space is which ----

local function fail_several(user, name, matches)
  local ids = {}
  for index, space in ipairs(matches) do
    ids[index] = ("%d"):format(space.PackageId)
  end
  failure.exit(failure.new {
    kind = "conflict",
    retryable = resolve.are_of_separate_runs(matches),
    message = ("user %s has several spaces called %s (%s); %s"):format(labels.quote(user.name), labels.quote(name),
      table.concat(ids, ", "), resolve.advice(matches)),
  })
end

-- The space that is meant, as the list has it, or nil when it has to be created.
---@return dnp.PackageInfo?
local function match(diff, desired, list)
  for _, space in ipairs(desired.id and list or {}) do
    if space.PackageId == desired.id then
      return space
    end
  end
  local matches = desired.id and {} or resolve.spaces_called(list, desired.name)
  if #matches > 1 then
    fail_several(diff.user, desired.name, matches)
  end
  return matches[1]
end

-- Finds the spaces that are meant: by their places in the spec, and what names each by its id.
---@return table<integer, dnp.PackageInfo> rows
---@return table<integer, string> matched
local function match_all(diff, list)
  local rows, matched = {}, {}
  for index, desired in ipairs(diff.desired.spaces) do
    local row = match(diff, desired, list)
    if row then
      if matched[row.PackageId] then
        fail("conflict", "%s and %s are the same space, %d", matched[row.PackageId], desired.path, row.PackageId)
      end
      matched[row.PackageId] = desired.path
    end
    rows[index] = row
  end
  return rows, matched
end

-- Whether a spec names what lists of spaces do not have, or have in part.
local function needs_record(desired)
  for _, row in ipairs(spec.SPACE) do
    if row.field and not row.column and desired[row.name] ~= nil then
      return true
    end
  end
  return desired.id ~= nil and desired.name ~= nil
end

-- A space as it is; false when it is gone by now.
local function actual_space(diff, desired, row)
  return needs_record(desired) and must(diff.context:find("get_package", row.PackageId)) or row
end

-- What is nested was created later and goes first: the panel refuses to delete a space that holds others.
---@param matched table<integer, string> by the ids of those that stay
local function remove_spaces(diff, list, matched)
  table.sort(list, function(a, b)
    return a.PackageId > b.PackageId
  end)
  for _, space in ipairs(list) do
    if not matched[space.PackageId] then
      add(diff.removed, space_steps.delete { id = space.PackageId, name = space.PackageName or "" })
    end
  end
end

-- Reads ahead the spaces that exist, with their add-ons.
---@param rows table<integer, dnp.PackageInfo>
local function prefetch(diff, rows)
  local calls, of_addons = {}, {}
  for index, desired in ipairs(diff.desired.spaces) do
    local id = rows[index] and rows[index].PackageId
    add(calls, id and needs_record(desired) and { "get_package", id })
    add(calls, id and desired.addons and { "get_package_addons", id })
  end
  diff.context:prefetch(calls)
  for index, desired in ipairs(diff.desired.spaces) do
    for _, row in ipairs(rows[index] and desired.addons and must(resolve.list_addons(diff.context,
      rows[index].PackageId)) or {}) do
      add(of_addons, { "get_package_addon", row.PackageAddonID })
    end
  end
  diff.context:prefetch(of_addons)
end

--- Compares all that is about spaces; the diff's lists get the tasks.
function spaces.compare(diff)
  local list = diff.actual and must(resolve.list_spaces(diff.context, diff.actual.UserId)) or {}
  diff.new_spaces = space_steps.additions(diff.user, additions.ids(list, "PackageId"))
  local rows, matched = match_all(diff, list)
  prefetch(diff, rows)
  diff.spaces = {}
  for index, desired in ipairs(diff.desired.spaces) do
    local actual = rows[index] and actual_space(diff, desired, rows[index])
    if actual then
      diff.spaces[index] = compare_space(diff, desired, actual)
      if desired.status then
        add(diff.named, { ref = diff.spaces[index], found = actual.StatusId, status = desired.status })
      end
    else
      diff.spaces[index] = add_space(diff, desired)
    end
  end
  if diff.desired.spaces_complete then
    remove_spaces(diff, list, matched)
  end
end

return spaces
