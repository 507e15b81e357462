--- Resolves ids and names: accounts, spaces, add-ons and plans.
---
--- Lists have fewer fields than single reads, so what is compared is read one by one.

local core = require "dnp.core"
local compare = require "dnp.provisioning.model.compare"
local failure = require "dnp.failure"
local labels = require "dnp.provisioning.model.labels"
local mark = require "dnp.provisioning.model.mark"

local resolve = {}

---- sentences ----

-- How many names a message lists.
local LISTED = 8

-- "; there are 'a', 'b'", after what may have been meant; "" when there are none.
local function choices(given, names)
  local shown = {}
  for index = 1, math.min(#names, LISTED) do
    shown[index] = labels.quote(names[index])
  end
  local more = #names > LISTED and (" and %d more"):format(#names - LISTED) or ""
  local there = #shown > 0 and "; there are " .. table.concat(shown, ", ") .. more or ""
  local near = core.did_you_mean(given, names)
  return near ~= "" and near .. there:gsub("^; there", " There") or there
end

-- For a number that was given as a text, and so taken for a name.
local function about_number(given)
  return type(given) == "string" and given:find "^%d+$"
    and (" (a text is a name; an id is a number: %s without quotes)"):format(given) or ""
end

---- accounts ----

-- Panels cut the name that is asked for to the width of their column, and so find others.
local function another(name, info)
  return failure.new {
    kind = "conflict",
    field = "Username",
    message = ("asked for the user name %s, the panel returned the account of %s, which is another; it cuts names that "
      .. "are too long for it"):format(labels.quote(name), labels.quote(info.Username)),
  }
end

--- An account by id or user name: false when there is none.
---@param who integer|string
---@return dnp.UserInfo|false|nil
---@return table? err of kind "conflict" when the panel returned the account of another name
function resolve.user(context, who)
  if type(who) == "number" then
    return context:find("get_user_by_id", who)
  end
  local found, err = context:find("get_user_by_username", who)
  if found and not compare.equal_names(found.Username, who) then
    return nil, another(who, found)
  elseif found then
    context:cache(found, "get_user_by_id", found.UserId)
  end
  return found, err
end

--- The read that finds an account.
---@param who integer|string
---@return any[] call
function resolve.read_of_user(who)
  return { type(who) == "number" and "get_user_by_id" or "get_user_by_username", who }
end

--- An account that must exist.
---@param who integer|string
---@return dnp.UserInfo?
---@return table? err of kind "absent" when it does not
function resolve.known_user(context, who)
  local found, err = resolve.user(context, who)
  if found == false then
    return nil, failure.new {
      kind = "absent",
      message = ("there is no user %s, or this account may not see it%s"):format(labels.quote(who), about_number(who)),
    }
  end
  return found, err
end

--- The id of an account that is given by id or name. An id is not read.
---@param who integer|string
---@return table? err of kind "absent" when there is none of that name
function resolve.user_id(context, who)
  if type(who) == "number" then
    return who
  end
  local found, err = resolve.known_user(context, who)
  return found and found.UserId, err
end

--- Whose accounts are meant: an account by id or name, or else that of the caller. A peer has no customers of its own,
--- it acts for its owner.
---@param given integer|string|nil
---@return table? err of kind "absent" when there is none of that name
function resolve.owner_id(context, given)
  if given ~= nil then
    return resolve.user_id(context, given)
  end
  local found, err = resolve.known_user(context, context.caller)
  return found and (found.IsPeer and found.OwnerId or found.UserId), err
end

---- spaces ----

-- A list without the repeats that some lists have.
local function without_repeats(list, key)
  local seen, once = {}, {}
  for _, info in ipairs(list) do
    if not seen[info[key]] then
      seen[info[key]] = true
      once[#once + 1] = info
    end
  end
  return once
end

--- The spaces of an account, as the list has them.
---@return dnp.PackageInfo[]?
function resolve.list_spaces(context, user_id)
  local found, err = context:read("get_my_packages", user_id)
  if not found then
    return nil, err
  end
  return without_repeats(found, "PackageId")
end

--- The spaces of that name: those that are called exactly so, or else those in another case of letters.
---@param spaces dnp.PackageInfo[]
---@param name string
---@return dnp.PackageInfo[]
function resolve.spaces_called(spaces, name)
  local exact, equal = {}, {}
  for _, space in ipairs(spaces) do
    if compare.equal(space.PackageName, name) then
      exact[#exact + 1] = space
    elseif compare.equal_names(space.PackageName, name) then
      equal[#equal + 1] = space
    end
  end
  return #exact > 0 and exact or equal
end

local function of_one_order(a, b)
  return a.PlanId == b.PlanId and compare.equal(a.PackageName, b.PackageName) and mark.has(a.PurchaseDate)
    and mark.equal(a.PurchaseDate, b.PurchaseDate)
end

--- How to go on when several spaces have a name. Two that have the same mark in their purchase dates were created by
--- one run for one order, because a request arrived late; others were ordered.
---@param spaces dnp.PackageInfo[]
function resolve.advice(spaces)
  for index, space in ipairs(spaces) do
    for before = 1, index - 1 do
      local other = spaces[before]
      if of_one_order(space, other) then
        return ("%d and %d have the same purchase date to a fraction of a second: one order made both by mistake, so "
          .. "delete the one that is not in use (delete_package), or name one by its id"):format(other.PackageId,
            space.PackageId)
      end
    end
  end
  return "they were made by different orders; name one by its id"
end

--- Whether separate runs created the spaces that have one name: those that came second remove theirs.
---@param spaces dnp.PackageInfo[]
function resolve.are_of_separate_runs(spaces)
  local seen = {}
  for _, space in ipairs(spaces) do
    local date = space.PurchaseDate
    if not mark.has(date) or seen[date] then
      return false
    end
    seen[date] = true
  end
  return true
end

-- None, or too many to know which is meant.
local function several(info, found, given)
  local each = {}
  for index, space in ipairs(found) do
    each[index] = ("%s (id %d)"):format(labels.quote(space.PackageName), space.PackageId)
  end
  return failure.new {
    kind = #found == 0 and "absent" or "conflict",
    message = #found == 0 and ("user %s has no space"):format(labels.quote(info.Username))
      or ("user %s has several spaces, name one of them: %s%s"):format(labels.quote(info.Username),
        table.concat(each, ", "), given and "; " .. resolve.advice(found) or ""),
  }
end

--- The id of the space that is meant: the one with that id or name, or the only one.
---@param info dnp.UserInfo whose space it is
---@param given integer|string|nil id or name; nil: the only one
---@return table? err of kind "absent" when there is none, "conflict" when there are several
function resolve.known_space_id(context, info, given)
  local found, err = resolve.list_spaces(context, info.UserId)
  if not found then
    return nil, err
  end
  local matches = type(given) == "string" and resolve.spaces_called(found, given) or {}
  for _, space in ipairs(found) do
    if given == nil or space.PackageId == given then
      matches[#matches + 1] = space
    end
  end
  if #matches == 1 then
    return matches[1].PackageId
  elseif given == nil or #matches > 1 then
    return nil, several(info, matches, given)
  end
  local names = {}
  for index, space in ipairs(found) do
    names[index] = space.PackageName or ""
  end
  return nil, failure.new {
    kind = "absent",
    message = ("user %s has no space %s%s%s"):format(labels.quote(info.Username), labels.quote(given),
      about_number(given), choices(given, names)),
  }
end

--- One space of an account.
---@param info dnp.UserInfo whose space it is
---@param given integer|string|nil id or name; nil: the only one
---@return dnp.PackageInfo?
---@return table? err as of `resolve.known_space_id`
function resolve.known_space(context, info, given)
  local id, err = resolve.known_space_id(context, info, given)
  if not id then
    return nil, err
  end
  return context:read("get_package", id)
end

---- add-ons ----

--- The add-ons of a space, as rows of a DataSet.
---@param space_id integer
---@return table[]?
function resolve.list_addons(context, space_id)
  local found, err = context:read("get_package_addons", space_id)
  if not found then
    return nil, err
  end
  return without_repeats(found[1] or {}, "PackageAddonID")
end

--- Add-ons of a list, each read by itself; those that are gone by then are left out.
---@param list table[] as of `resolve.list_addons`
---@return dnp.PackageAddonInfo[]?
function resolve.addons(context, list)
  local records = {}
  for _, row in ipairs(list) do
    local found, err = context:find("get_package_addon", row.PackageAddonID)
    if found == nil then
      return nil, err
    elseif found then
      records[#records + 1] = found
    end
  end
  return records
end

---- plans ----

--- A hosting plan or add-on plan.
---@class dnp.provisioning.PlanRef
---@field id integer
---@field name string?
---@field owner_id integer? whose it is
---@field space_id integer? the space that spaces created from it are nested in

local function kind_of(is_addon)
  return is_addon and "add-on plan" or "hosting plan"
end

-- The plans of an owner, as rows of a DataSet.
local function list_plans(context, is_addon, owner_id)
  local found, err = context:read(is_addon and "get_hosting_addons" or "get_hosting_plans", owner_id)
  return found and (found[1] or {}), err
end

local function names_of_plans(rows)
  local names = {}
  for index, row in ipairs(rows) do
    names[index] = row.PlanName or ""
  end
  return names
end

local function plan_by_id(context, id, is_addon, owner_id)
  local found, err = context:find("get_hosting_plan", id)
  if found == nil then
    return nil, err
  elseif not found then
    local names = names_of_plans(list_plans(context, is_addon, owner_id) or {})
    return nil, failure.new {
      kind = "absent",
      message = ("there is no %s %d%s"):format(kind_of(is_addon), id, choices(nil, names)),
    }
  elseif found.IsAddon ~= is_addon then
    return nil, failure.new {
      kind = "conflict",
      message = ("plan %s is %s %s"):format(labels.plan(id, found.PlanName), is_addon and "a" or "an",
        kind_of(not is_addon)),
    }
  end
  return { id = id, name = found.PlanName, owner_id = found.UserId, space_id = found.PackageId }
end

local function plan_by_name(context, name, is_addon, owner_id)
  local rows, err = list_plans(context, is_addon, owner_id)
  if not rows then
    return nil, err
  end
  local match
  for _, row in ipairs(rows) do
    if compare.equal_names(row.PlanName, name) then
      if match and match.id ~= row.PlanID then
        return nil, failure.new {
          kind = "conflict",
          message = ("owner %d has several %ss called %s (%d, %d); name it by its id"):format(owner_id,
            kind_of(is_addon), labels.quote(name), match.id, row.PlanID),
        }
      end
      match = { id = row.PlanID, name = row.PlanName, owner_id = row.UserID or owner_id, space_id = row.PackageID }
    end
  end
  return match or nil, not match and failure.new {
    kind = "absent",
    message = ("owner %d has no %s called %s%s%s"):format(owner_id, kind_of(is_addon), labels.quote(name),
      about_number(name), choices(name, names_of_plans(rows))),
  } or nil
end

--- The read that finds a plan; nil when it depends on whose plans are meant and that is not known.
---@param owner_id integer?
---@return any[]? call
function resolve.read_of_plan(plan, is_addon, owner_id)
  if type(plan) == "number" then
    return { "get_hosting_plan", plan }
  end
  return owner_id and { is_addon and "get_hosting_addons" or "get_hosting_plans", owner_id } or nil
end

--- Finds a hosting plan or add-on plan: any by id, or one of an owner's by name.
---@param owner_id integer whose plans are meant: the owner of the account
---@return dnp.provisioning.PlanRef?
function resolve.plan(context, plan, is_addon, owner_id)
  if type(plan) == "number" then
    return plan_by_id(context, plan, is_addon, owner_id)
  end
  return plan_by_name(context, plan, is_addon, owner_id)
end

--- A plan in words: "2 'Shared Small'"; its id alone where the panel does not return it.
---@param id integer?
function resolve.plan_label(context, id)
  if not id then
    return labels.quote(nil)
  end
  local found, err = context:find("get_hosting_plan", id)
  if found == nil then
    return nil, err
  end
  return labels.plan(id, found and found.PlanName or nil)
end

return resolve
