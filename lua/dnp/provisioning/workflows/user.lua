--- One user account: finding it, changing its fields, its password.

local arguments = require "dnp.arguments"
local contexts = require "dnp.provisioning.retry.context"
local ecommerce = require "dnp.provisioning.diff.ecommerce"
local records = require "dnp.provisioning.model.records"
local resolve = require "dnp.provisioning.read.resolve"
local spec = require "dnp.provisioning.model.spec"
local steps = require "dnp.provisioning.steps.user"
local workflow = require "dnp.provisioning.workflows.workflow"

local user = {}

--- Finds an account by id or user name (in any case). The record has no password.
---
--- Source operations: GetUserById, GetUserByUsername.
---@param panel dnp.Session
---@param who integer|string
---@param options dnp.provisioning.ReadOptions?
---@return dnp.UserInfo?
---@return dnp.provisioning.Error err of kind "absent" when it does not exist, or this account may not see it
function user.find_user(panel, who, options)
  arguments.session("find_user", panel, 2)
  local checked = arguments.options("find_user", options, { policy = contexts.FIELDS.policy }, 2)
  workflow.who("find_user", who)
  local found, err = resolve.known_user(contexts.new(panel, checked, 2), who)
  if found then
    found.Password = nil
  end
  return found, err
end

-- An account and a reference to it.
local function find_known(context, who)
  local info, err = resolve.known_user(context, who)
  if not info then
    return nil, err
  end
  return info, { id = info.UserId, name = info.Username }
end

--- Changes fields of an account. UpdateUser replaces all fields, so the whole record is read, changed and written, with
--- fields of newer panels that this version does not know; what `changes` does not name stays as it is.
---
--- Owner, user name, password and status cannot be changed here: naming them raises.
---
--- Source operations: UpdateUser; GetUserById or GetUserByUsername.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param changes dnp.provisioning.UserChanges "" empties a text
---@param options dnp.provisioning.WorkflowOptions?
---@return dnp.provisioning.Report?
---@return dnp.provisioning.Error
function user.edit_user(panel, who, changes, options)
  local context, checked = workflow.begin("edit_user", panel, options)
  workflow.who("edit_user", who)
  local desired = workflow.accept("edit_user", spec.user_changes(changes, context.dialect))
  local read_at = context.policy.clock()
  local info, ref = find_known(context, who)
  if not info then
    return nil, ref
  end
  local fields = records.fields_of(context.dialect, "UserInfo")
  local notes = { ecommerce.adapt(desired, info) }
  local different = records.diff(fields, info, desired)
  local tasks = { different and steps.update(ref, fields, records.pick(info, different), different, {
    info = info,
    at = read_at,
  }) }
  return workflow.run("edit_user", context, checked, tasks, {
    username = ref.name,
    user_id = ref.id,
    notes = notes,
  })
end

--- Sets an account's password. Mailboxes, FTP accounts and databases have passwords of their own.
---
--- Source operations: ChangeUserPassword; AuthenticateUser when a response was lost.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param password string
---@param options dnp.provisioning.WorkflowOptions?
---@return dnp.provisioning.Report?
---@return dnp.provisioning.Error
function user.change_password(panel, who, password, options)
  local context, checked = workflow.begin("change_password", panel, options)
  workflow.who("change_password", who)
  workflow.accept("change_password", spec.password("argument 3 (password)", password))
  local info, ref = find_known(context, who)
  if not info then
    return nil, ref
  end
  return workflow.run("change_password", context, checked, { steps.set_password(ref, password) },
    { username = ref.name, user_id = ref.id })
end

return user
