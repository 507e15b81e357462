--- What `diff` and `apply` share: specs of a file, in the order in which they can be brought about.

local fail = require "dnp.cli.fail"
local files = require "dnp.cli.files"
local mistakes = require "dnp.cli.files.mistakes"

local specs = {}

--- The options that both have.
specs.OPTIONS = {
  { "--map-plan", "OLD=NEW", "a plan of the file is called otherwise on this panel", many = true },
}

local function map_of(given)
  local map = {}
  for _, text in ipairs(given.map_plan or {}) do
    local old, new = text:match "^(.-)=(.+)$"
    if not old then
      fail.usage("--map-plan: OLD=NEW expected, got '%s'", text)
    end
    map[old:lower()] = new:find "^%d+$" and math.floor(tonumber(new)) or new
  end
  return map
end

local function rename_plans(spec, map)
  for _, space in ipairs(spec.spaces or {}) do
    space.plan = map[tostring(space.plan):lower()] or space.plan
    for _, addon in ipairs(space.addons or {}) do
      addon.plan = map[tostring(addon.plan):lower()] or addon.plan
    end
  end
end

local function key_of(name)
  return type(name) == "string" and name:lower() or nil
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

--- The accounts of the run's file in waves: owners before what they own. Ends the command, with all mistakes told, when
--- there are any.
---@param run dnp.cli.Run
---@param path string
---@return dnp.cli.FileAccount[][] waves
function specs.read(run, path)
  local dialect = run:panel():info().dialect
  local map = map_of(run.given)
  local accounts, wrong = files.read(path, dialect)
  local waves
  if #wrong == 0 then
    local circle
    waves, circle = levels(accounts)
    if not waves then
      wrong[1] = { row = circle.line, column = "Owner", reason = "the accounts own one another in a circle" }
    end
  end
  if #wrong > 0 then
    mistakes.tell(run, path, wrong)
    fail.usage("%s: %d mistake%s; nothing was sent", path, #wrong, #wrong == 1 and "" or "s")
  end
  for _, account in ipairs(accounts) do
    rename_plans(account.spec, map)
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
