--- One user account: finding it, changing its fields, its password.

local check = require "dnp.provisioning.model.options"
local context = require "dnp.provisioning.retry.context"
local ecommerce = require "dnp.provisioning.diff.ecommerce"
local lookup = require "dnp.provisioning.read.resolve"
local record = require "dnp.provisioning.model.fields"
local spec = require "dnp.provisioning.model.spec"
local steps = require "dnp.provisioning.steps.user"
local workflow = require "dnp.provisioning.workflows.workflow"

local user = {}

--- Finds an account by id or user name (in any case). The record comes without a password.
---@param panel dnp.Session
---@param who integer|string
---@param options dnp.provisioning.ReadOptions?
---@return dnp.UserInfo?
---@return dnp.provisioning.Error? err of kind "absent" when there is none, or none that this account may see
function user.find_user(panel, who, options)
  check.session("find_user", panel, 2)
  local checked = check.options("find_user", options, { policy = context.FIELDS.policy }, 2)
  workflow.who("find_user", who)
  local found, err = lookup.known_user(context.new(panel, checked, 2), who)
  if found then
    found.Password = nil
  end
  return found, err
end

-- An account and a reference to it.
local function known(run, who)
  local info, err = lookup.known_user(run, who)
  if not info then
    return nil, err
  end
  return info, { id = info.UserId, name = info.Username }
end

--- Changes fields of an account. UpdateUser replaces all fields, so the whole record is read, changed and written, with
--- fields of newer panels that this version does not know; what `changes` does not name stays as it is.
---
--- Owner, user name, password and status cannot be changed here: naming them raises.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param changes dnp.provisioning.UserChanges "" empties a text
---@param options dnp.provisioning.WorkflowOptions?
---@return dnp.provisioning.Plan?
---@return dnp.provisioning.Error?
function user.edit_user(panel, who, changes, options)
  local run, checked = workflow.begin("edit_user", panel, options)
  workflow.who("edit_user", who)
  local wanted = workflow.accept("edit_user", spec.user_changes(changes, run.dialect))
  local read_at = run.policy.clock()
  local info, ref = known(run, who)
  if not info then
    return nil, ref
  end
  local fields = record.fields(run.dialect, "UserInfo")
  local notes = { ecommerce.adapt(wanted, info) }
  local different = record.changes(fields, info, wanted)
  local tasks = { different and steps.update(ref, fields, record.pick(info, different), different, {
    info = info,
    at = read_at,
  }) }
  return workflow.run("edit_user", run, checked, tasks, {
    username = ref.name,
    user_id = ref.id,
    notes = notes,
  })
end

--- Sets an account's password. Mailboxes, FTP accounts and databases have passwords of their own.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param password string
---@param options dnp.provisioning.WorkflowOptions?
---@return dnp.provisioning.Plan?
---@return dnp.provisioning.Error?
function user.change_password(panel, who, password, options)
  local run, checked = workflow.begin("change_password", panel, options)
  workflow.who("change_password", who)
  workflow.accept("change_password", spec.password("argument 3 (password)", password))
  local info, ref = known(run, who)
  if not info then
    return nil, ref
  end
  return workflow.run("change_password", run, checked, { steps.set_password(ref, password) },
    { username = ref.name, user_id = ref.id })
end

return user
