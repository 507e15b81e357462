--- Looks at a whole file before the first change: by itself, then with what owners and plans the panel has.

local dnp = require "dnp"
local fail = require "dnp.cli.fail"
local files = require "dnp.cli.files"
local provisioning = require "dnp.provisioning"

local check = {}

-- "owner" of an account, as find_plan and find_user take it.
local function owner_of(spec)
  return spec.user.Owner or spec.user.OwnerId
end

local function key_of(value)
  return type(value) .. " " .. tostring(value):lower()
end

-- Notes where an owner or a plan is named.
local function name_at(found, key, thing, place)
  found[key] = found[key] or { thing = thing, places = {} }
  table.insert(found[key].places, place)
end

local function collect(found, account)
  local spec = account.spec
  local owner = owner_of(spec)
  name_at(found, "owner " .. key_of(owner), { owner = owner }, { row = account.line, column = "Owner" })
  for index, space in ipairs(spec.spaces or {}) do
    local row = account.space_rows and account.space_rows[index] or account.line
    if space.plan then
      name_at(found, ("plan %s of %s"):format(key_of(space.plan), key_of(owner)), { owner = owner, plan = space.plan },
        { row = row, column = "Plan" })
    end
    for _, addon in ipairs(space.addons or {}) do
      name_at(found, ("addon %s of %s"):format(key_of(addon.plan), key_of(owner)),
        { owner = owner, plan = addon.plan, addon = true }, { row = row, column = "Addons" })
    end
  end
end

--- Reads a file to its end.
---@param path string
---@param dialect string
---@param new dnp.cli.NewAccounts
---@return { mistakes: dnp.cli.Mistake[], count: integer, named: table, passwords: integer }
function check.file(path, dialect, new)
  local result = { mistakes = {}, count = 0, named = {}, passwords = 0 }
  local rows = {}
  local reader = files.open(path, dialect, { new = new })
  if reader.format ~= "csv" and reader.format ~= "jsonl" then
    fail.usage("%s: CSV or JSON Lines expected; `dnp apply` takes specs in %s", path, reader.format:upper())
  end
  for account in reader.next, reader do
    result.count = result.count + 1
    for _, mistake in ipairs(account.mistakes) do
      table.insert(result.mistakes, mistake)
    end
    local name = type(account.spec.user) == "table" and account.spec.user.Username
    local key = type(name) == "string" and name:lower()
    if key and rows[key] then
      table.insert(result.mistakes, { row = account.line, column = "Username",
        reason = ("is that of line %d, too; rows of one account stand one after the other"):format(rows[key]) })
    elseif key then
      rows[key] = account.line
    end
    if account.spec.absent then
      table.insert(result.mistakes, { row = account.line, reason = "accounts are not deleted by an import" })
    elseif #account.mistakes == 0 then
      collect(result.named, account)
      result.passwords = result.passwords + (account.needs_password and 1 or 0)
    end
  end
  reader:close()
  return result
end

--- Looks up all owners and plans that a file names.
---@param panel dnp.Session
---@param named table as `check.file` gives it
---@return dnp.cli.Mistake[]
function check.panel(panel, named)
  local list, mistakes = {}, {}
  for _, entry in pairs(named) do
    list[#list + 1] = entry
  end
  local missing = {}
  local function look_up(kind)
    dnp.parallel(list, function(entry)
      local thing = entry.thing
      if (thing.plan == nil) ~= (kind == "owners") or missing[key_of(thing.owner)] then
        return true
      elseif thing.plan == nil then
        return fail.checked(provisioning.find_user, panel, thing.owner)
      end
      return fail.checked(provisioning.find_plan, panel, thing.plan, { owner = thing.owner, addon = thing.addon })
    end, {
      on_result = function(entry, _, value, err)
        if value then
          return
        elseif type(err) ~= "table" or err.kind ~= "absent" and err.kind ~= "conflict" then
          fail.with(err)
        end
        if kind == "owners" then
          missing[key_of(entry.thing.owner)] = true
        end
        for _, place in ipairs(entry.places) do
          table.insert(mistakes, { row = place.row, column = place.column, reason = tostring(err) })
        end
      end,
    })
  end
  look_up "owners"
  look_up "plans"
  table.sort(mistakes, function(a, b)
    if a.row ~= b.row then
      return a.row < b.row
    end
    return (a.column or "") < (b.column or "")
  end)
  return mistakes
end

return check
