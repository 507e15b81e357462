--- What `diff` and `apply` share: specs of a file, in the order in which they can be brought about.

local args = require "dnp.cli.args"
local fail = require "dnp.cli.fail"
local fields = require "dnp.cli.fields"
local files = require "dnp.cli.files"
local errors = require "dnp.cli.files.errors"
local fold = require "dnp.cli.fold"

local specs = {}

--- The options that both have.
specs.OPTIONS = {
  { "--map-plan", "OLD=NEW", "a plan of the file, by name or id, is another one on this panel", many = true },
  { "--map-owner", "OLD=NEW", "an owner in the file is called otherwise on this panel", many = true },
  { "--leave-out", nil, "fields that this panel has no place for are left out, and named" },
}

---@class dnp.cli.Names old and new names that --map-plan or --map-owner gives
---@field option string
---@field new table<string, integer|string> by the old one in small letters
---@field used table<string, boolean>
local Names = {}
Names.__index = Names

local function names_of(option, given)
  local names = setmetatable({ option = option, new = {}, used = {} }, Names)
  for _, text in ipairs(given or {}) do
    local old, new = text:match "^(.-)=(.+)$"
    local value, message = args.id_or_name(new or "")
    if not old or old == "" then
      fail.usage("%s: expected OLD=NEW, got '%s'", option, text)
    elseif not value then
      fail.usage("%s: %s", option, message)
    end
    names.new[fold(old)] = value
  end
  return names
end

-- What a name of the file is on this panel.
function Names:of(name)
  local key = fold(tostring(name))
  self.used[key] = true
  return self.new[key] or name
end

-- A name that the file does not have is a typing error.
function Names:check(path)
  for old in pairs(self.new) do
    if not self.used[old] then
      fail.usage("%s: %s has no '%s'%s", self.option, path, old, fields.did_you_mean(old, self.used))
    end
  end
end

local function rename(spec, plans, owners)
  local user = spec.user
  for _, field in ipairs { "Owner", "OwnerId" } do
    user[field] = user[field] and owners:of(user[field])
  end
  for _, space in ipairs(spec.spaces or {}) do
    space.plan = space.plan and plans:of(space.plan)
    for _, addon in ipairs(space.addons or {}) do
      addon.plan = addon.plan and plans:of(addon.plan)
    end
  end
end

local function key_of(name)
  return type(name) == "string" and fold(name) or nil
end

-- How many of a file's accounts have to be there before each; false for a circle.
local function levels(accounts)
  local by_name, known = {}, {}
  for _, account in ipairs(accounts) do
    by_name[key_of(account.spec.user.Username) or account] = account
  end
  local function level(account, guard)
    if known[account] then
      return known[account]
    elseif guard > #accounts then
      return nil
    end
    local user = account.spec.user
    local owner = by_name[key_of(user.Owner or user.OwnerId) or false]
    local above = owner and owner ~= account and level(owner, guard + 1)
    if owner and not above then
      return nil
    end
    account.owner = owner
    known[account] = above and above + 1 or 1
    return known[account]
  end
  local waves = {}
  for _, account in ipairs(accounts) do
    local number = level(account, 0)
    if not number then
      return nil, account
    end
    waves[number] = waves[number] or {}
    table.insert(waves[number], account)
  end
  return waves
end

-- Ends the command when something is wrong with the file.
local function refuse(run, path, accounts, wrong)
  local lost = {}
  for _, account in ipairs(run.given.leave_out and {} or accounts) do
    for _, one in ipairs(account.lost) do
      lost[#lost + 1] = one
    end
  end
  errors.tell(run, path, lost)
  if #wrong > 0 then
    errors.tell(run, path, wrong)
    fail.usage("%s: %d error%s; nothing was sent", path, #wrong, #wrong == 1 and "" or "s")
  elseif #lost > 0 then
    fail.usage("%s: this panel has no place for %s; --leave-out goes on without. Nothing was sent", path,
      #lost == 1 and "this field" or "these fields")
  end
end

---@class dnp.cli.Spec: dnp.cli.FileAccount
---@field owner dnp.cli.Spec? the account of the file that owns it

--- The accounts of the run's file in waves: owners before what they own. Ends the command, with all errors told, when
--- there are any. What this panel has no place for is told as well, and left out if that was asked for.
---@param run dnp.cli.Run
---@param path string
---@return dnp.cli.Spec[][] waves
function specs.read(run, path)
  local plans = names_of("--map-plan", run.given.map_plan)
  local owners = names_of("--map-owner", run.given.map_owner)
  local accounts, wrong = files.read(path, (run:about()), { may_lose = true })
  local waves
  if #wrong == 0 then
    for _, account in ipairs(accounts) do
      rename(account.spec, plans, owners)
    end
    local circle
    waves, circle = levels(accounts)
    if not waves then
      wrong[1] = { row = circle.line, column = "Owner", reason = "the accounts own one another in a circle" }
    end
  end
  refuse(run, path, accounts, wrong)
  plans:check(path)
  owners:check(path)
  for _, account in ipairs(accounts) do
    for _, one in ipairs(account.lost) do
      run.output:remark(("%s is left out: %s"):format(one.column, one.reason), specs.name(account))
    end
  end
  return waves
end

--- Whom a spec is about, in words.
---@param account dnp.cli.FileAccount
---@return string
function specs.name(account)
  local user = account.spec.user
  return tostring(user.Username or user.UserId)
end

return specs
