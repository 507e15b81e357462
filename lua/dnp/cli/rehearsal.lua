--- Finds out by reading what of a file cannot work, before anything is done: a dry run of each account.

local confirm = require "dnp.cli.confirm"
local fail = require "dnp.cli.fail"
local output = require "dnp.cli.output"
local password = require "dnp.cli.password"
local provisioning = require "dnp.provisioning"
local specs = require "dnp.cli.specs"
local status = require "dnp.cli.status"

local rehearsal = {}

---@class dnp.cli.Rehearsal
---@field wrong dnp.cli.FileError[] what cannot work
---@field deletions string[] what is going to be deleted, in words
---@field without_password dnp.cli.Spec[] accounts to be made for which the file has none
---@field changes table<dnp.cli.Spec, { value: table, text: string }> what is going to be done
local Rehearsal = {}
Rehearsal.__index = Rehearsal

function Rehearsal:add_error(account, reason)
  self.wrong[#self.wrong + 1] = { row = account.line, column = specs.name(account), reason = reason }
end

-- With a password that is never sent, where the file has none.
local function with_password(account, fn)
  local user = account.spec.user
  local given = user.Password
  user.Password = given or password.STAND_IN
  local first, second = fn()
  user.Password = given
  return first, second
end

-- A plan of an owner that is not there yet: none of his own can be, others go by id.
local function check_plan(panel, account, path, plan, is_addon)
  if type(plan) ~= "number" then
    return ("%s: the hosting plan '%s' is looked for among those of the owner '%s', who is made by this file and has "
      .. "none yet. Make the owner first, and his plans on the panel, or take another plan: --map-plan '%s=ID'")
      :format(path, tostring(plan), specs.name(account.owner), tostring(plan))
  end
  local found, err = fail.checked(provisioning.find_plan, panel, plan, { addon = is_addon })
  return not found and ("%s: %s"):format(path, tostring(err)) or nil
end

local function check_plans(panel, account)
  for index, space in ipairs(account.spec.spaces or {}) do
    local path = ("spec.spaces[%d]"):format(index)
    local wrong = check_plan(panel, account, path .. ".plan", space.plan, false)
    for number, addon in ipairs(not wrong and space.addons or {}) do
      wrong = wrong or check_plan(panel, account, ("%s.addons[%d].plan"):format(path, number), addon.plan, true)
    end
    if wrong then
      return wrong
    end
  end
end

-- What can be said of an account whose owner is made by the file itself.
local function try_below_new(panel, account)
  local name = account.spec.user.Username
  local good, reason = with_password(account, function()
    return provisioning.check_spec(account.spec, panel:info().dialect, { new = true })
  end)
  if not good then
    return nil, reason
  end
  local exists, err = panel:user_exists(name)
  if exists ~= false then
    return nil, err or ("there is a user '%s' already, and its owner '%s' is going to be made"):format(name,
      specs.name(account.owner))
  end
  reason = check_plans(panel, account)
  if reason then
    return nil, reason
  end
  return { is_new = true, text = ("ensure_account '%s': to be made when its owner '%s' is there"):format(name,
    specs.name(account.owner)), value = { workflow = "ensure_account", username = name, outcome = "planned",
    changed = true } }
end

local function try(panel, account)
  local report, err = with_password(account, function()
    return fail.checked(provisioning.ensure_account, panel, account.spec, { dry_run = true })
  end)
  if not report then
    return nil, err
  end
  local is_new = false
  for _, step in ipairs(report.steps) do
    is_new = is_new or step.action == "add_user"
  end
  return {
    is_new = is_new, text = tostring(report), value = output.report(report), deletions = confirm.deletions(report),
  }
end

function Rehearsal:note(account, found)
  self.changes[account] = found
  self.is_new[account] = found.is_new or nil
  for _, text in ipairs(found.deletions or {}) do
    self.deletions[#self.deletions + 1] = text
  end
  if found.is_new and not account.spec.user.Password then
    self.without_password[#self.without_password + 1] = account
  end
end

--- Tries all accounts, owners before what they own.
---@param run dnp.cli.Run
---@param panel dnp.Session
---@param waves dnp.cli.Spec[][]
---@return dnp.cli.Rehearsal
---@return integer status
function rehearsal.hold(run, panel, waves)
  local self = setmetatable({ wrong = {}, deletions = {}, without_password = {}, changes = {}, is_new = {} }, Rehearsal)
  local worst = status.DONE
  for _, wave in ipairs(waves) do
    local code, is_down = run:each(wave, { name = specs.name }, function(account)
      return (account.owner and self.is_new[account.owner] and try_below_new or try)(panel, account)
    end, function(account, found, err)
      if found then
        self:note(account, found)
      else
        self:add_error(account, tostring(err))
      end
    end)
    worst = math.max(worst, code)
    if worst == status.INTERRUPTED or is_down then
      break
    end
  end
  return self, worst
end

return rehearsal
