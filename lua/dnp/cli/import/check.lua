--- Looks at a whole file before the first change: by itself, then with what owners and plans the panel has.

local confirm = require "dnp.cli.confirm"
local dnp = require "dnp"
local fail = require "dnp.cli.fail"
local files = require "dnp.cli.files"
local fold = require "dnp.cli.fold"
local names = require "dnp.cli.import.names"
local password = require "dnp.cli.password"
local provisioning = require "dnp.provisioning"

local check = {}

-- "owner" of an account, as find_plan and find_user take it.
local function owner_of(spec)
  return spec.user.Owner or spec.user.OwnerId
end

local function key_of(value)
  return type(value) .. " " .. fold(tostring(value))
end

-- Visits the owners and plans that an account names.
local function each_named(account, visit)
  local spec = account.spec
  local owner = owner_of(spec)
  local of_owner = key_of(owner)
  visit("owner " .. of_owner, account.line, "Owner", owner)
  for index, space in ipairs(spec.spaces or {}) do
    local row = account.space_rows and account.space_rows[index] or account.line
    if space.plan then
      visit(("plan %s of %s"):format(key_of(space.plan), of_owner), row, "Plan", owner, space.plan, false)
    end
    for _, addon in ipairs(space.addons or {}) do
      visit(("addon %s of %s"):format(key_of(addon.plan), of_owner), row, "Addons", owner, addon.plan, true)
    end
  end
end

-- What is wrong with an account beside what its reader has found.
local function more_errors(account, seen)
  local name = type(account.spec.user) == "table" and account.spec.user.Username
  local known = type(name) == "string" and seen:add(name, account.line, account.position)
  if known then
    return { row = account.line, column = "Username",
      reason = ("is that of line %d, too; rows of one account stand one after the other"):format(known) }
  elseif account.spec.absent then
    return { row = account.line, reason = "accounts are not deleted by an import" }
  end
end

--- Reads a file to its end.
---@param path string
---@param dialect string
---@param new dnp.cli.NewAccounts
---@param tell fun(err: dnp.cli.FileError)
---@return { errors: integer, count: integer, named: table, passwords: integer, names: dnp.cli.Names }
function check.file(path, dialect, new, tell)
  local result = { errors = 0, count = 0, named = {}, passwords = 0, names = names.new() }
  local function found(err)
    result.errors = result.errors + 1
    tell(err)
  end
  local reader = files.open(path, dialect, { new = new })
  if reader.format ~= "csv" and reader.format ~= "jsonl" then
    fail.usage("%s: CSV or JSON Lines expected; `dnp apply` takes specs in %s", path, reader.format:upper())
  end
  for account in reader.next, reader do
    result.count = result.count + 1
    for _, err in ipairs(account.errors) do
      found(err)
    end
    local err = more_errors(account, result.names)
    if err then
      found(err)
    elseif #account.errors == 0 then
      each_named(account, function(thing, _, _, owner, plan, addon)
        local named = result.named
        named[thing] = named[thing] or { key = thing, owner = owner, plan = plan, addon = addon }
      end)
      result.passwords = result.passwords + (account.needs_password and 1 or 0)
    end
  end
  reader:close()
  return result
end

-- Looks up owners, or plans; what is missing goes to `reasons`, by key.
local function look_up(panel, list, reasons)
  dnp.parallel(list, function(thing)
    if thing.plan == nil then
      return fail.checked(provisioning.find_user, panel, thing.owner)
    end
    return fail.checked(provisioning.find_plan, panel, thing.plan, { owner = thing.owner, addon = thing.addon })
  end, {
    on_result = function(thing, _, value, err)
      if value then
        return
      elseif type(err) ~= "table" or err.kind ~= "absent" and err.kind ~= "conflict" then
        fail.with(err)
      end
      reasons[thing.key] = tostring(err) .. (thing.plan == nil
        and "; owners come first, in a file of their own, or let `dnp apply` make both" or "")
    end,
  })
end

--- Looks up all owners and plans that a file names. Only when something is missing, the file is read again, to tell
--- where.
---@param panel dnp.Session
---@param path string
---@param new dnp.cli.NewAccounts
---@param named table as `check.file` gives it
---@param tell fun(err: dnp.cli.FileError)
---@return integer errors
function check.panel(panel, path, new, named, tell)
  local owners, plans, reasons, count = {}, {}, {}, 0
  for _, thing in pairs(named) do
    table.insert(thing.plan == nil and owners or plans, thing)
  end
  look_up(panel, owners, reasons)
  local of_known = {}
  for _, thing in ipairs(plans) do
    of_known[#of_known + 1] = not reasons["owner " .. key_of(thing.owner)] and thing or nil
  end
  look_up(panel, of_known, reasons)
  if next(reasons) == nil then
    return 0
  end
  local reader = files.open(path, panel:info().dialect, { new = new })
  for account in reader.next, reader do
    each_named(account, function(key, row, column)
      if reasons[key] then
        count = count + 1
        tell { row = row, column = column, reason = reasons[key] }
      end
    end)
  end
  reader:close()
  return count
end

-- Only a list of all that there must be says what must not be.
local function may_delete(spec)
  for _, space in ipairs(spec.spaces or {}) do
    if space.addons then
      return true
    end
  end
  return spec.spaces_complete or false
end

-- The accounts that may lose something.
local function candidates(reader)
  return function()
    for account in reader.next, reader do
      if may_delete(account.spec) then
        return account
      end
    end
  end
end

-- A dry run, if the account is there.
local function rehearse(panel, account)
  local user = account.spec.user
  local exists, err = panel:user_exists(user.Username)
  if exists ~= true then
    return exists == false and {} or nil, err
  end
  user.Password = user.Password or password.STAND_IN
  local report
  report, err = fail.checked(provisioning.ensure_account, panel, account.spec, { dry_run = true })
  return report and confirm.deletions(report), err
end

--- Tells what would be deleted from accounts that are there, by reading each of them.
---@param run dnp.cli.Run
---@param path string
---@param new dnp.cli.NewAccounts
---@return integer count of accounts that would lose something
---@return integer status
function check.deletions(run, path, new)
  local panel, count = run:panel(), 0
  local reader = files.open(path, panel:info().dialect, { new = new })
  local code = run:each(candidates(reader), { name = function(account)
    return account.spec.user.Username
  end }, function(account)
    return rehearse(panel, account)
  end, function(account, deletions, err)
    local subject = ("%s (line %d)"):format(account.spec.user.Username, account.line)
    if not deletions then
      run.output:error(tostring(err), err, subject)
      return fail.status_of(err)
    elseif #deletions > 0 then
      count = count + 1
      run.output:remark("would " .. table.concat(deletions, ", "), subject)
    end
  end)
  reader:close()
  return count, code
end

return check
