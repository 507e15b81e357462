--- Provisioning workflows that cannot half-happen, on a session of `dnp`.
---
--- Every workflow is called with a session, reports what it did, and distinguishes what was done, undone, not done and
--- unknown. A change whose response was lost is reconciled by asking the panel, never by guessing, and never made
--- twice.
--- Usage errors raise before anything is sent; everything else that goes wrong is returned as `nil, err`.

local core = require "dnp.core"
local account = require "dnp.provisioning.workflows.account"
local connection = require "dnp.provisioning.workflows.connection"
local export = require "dnp.provisioning.workflows.export"
local lists = require "dnp.provisioning.read.lists"
local policy = require "dnp.provisioning.retry.policy"
local retry = require "dnp.provisioning.retry.retry"
local suspend = require "dnp.provisioning.workflows.suspend"
local terminate = require "dnp.provisioning.workflows.terminate"
local usage = require "dnp.provisioning.read.usage"
local user = require "dnp.provisioning.workflows.user"
local wait = require "dnp.provisioning.workflows.wait"

---@class dnp.provisioning
local provisioning = {
  -- accounts
  ensure_account = account.ensure_account,
  create_account = account.create_account,
  check_spec = account.check_spec,
  change_plan = account.change_plan,
  set_addons = account.set_addons,
  suspend = suspend.suspend,
  unsuspend = suspend.unsuspend,
  terminate = terminate.terminate,
  find_user = user.find_user,
  edit_user = user.edit_user,
  change_password = user.change_password,

  -- what the panel holds
  test_connection = connection.test_connection,
  users = lists.users,
  spaces = lists.spaces,
  addons = lists.addons,
  all_users = lists.all_users,
  all_spaces = lists.all_spaces,
  all_addons = lists.all_addons,
  usage = usage.usage,
  export_account = export.export_account,
  find_plan = export.find_plan,

  -- retries and waiting
  policy = policy.new,
  is_transient = retry.is_transient,
  wait_until = wait.wait_until,
  wait_user_gone = wait.wait_user_gone,
  wait_space_gone = wait.wait_space_gone,
  wait_user_status = wait.wait_user_status,
  wait_space_status = wait.wait_space_status,

  -- by the names of 0.1
  packages = lists.packages,
  all_packages = lists.all_packages,
  is_passing = retry.is_transient,
}

-- A misspelt function raises where it is named, not as a call of nil.
return setmetatable(provisioning, {
  __index = function(_, name)
    if type(name) == "string" then
      error(("dnp.provisioning has no function '%s'%s"):format(name, core.did_you_mean(name, provisioning)), 2)
    end
    return nil
  end,
}) --[[@as dnp.provisioning]]
