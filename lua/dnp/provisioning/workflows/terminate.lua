--- Deleting accounts for good.

local failure = require "dnp.failure"
local labels = require "dnp.provisioning.model.labels"
local protected = require "dnp.provisioning.read.protected"
local resolve = require "dnp.provisioning.read.resolve"
local users = require "dnp.provisioning.steps.user"
local workflow = require "dnp.provisioning.workflows.workflow"

local terminate = {}

local function conflict(message, ...)
  return failure.new { kind = "conflict", message = ("terminate: " .. message):format(...) }
end

local function has_children(info, children)
  local names = {}
  for index = 1, math.min(#children, 3) do
    names[index] = labels.quote(children[index].Username)
  end
  return failure.new {
    kind = "conflict",
    code = -102,
    name = "ERROR_USER_HAS_USERS",
    message = ("terminate: user %s has %d child users (%s%s); with children = true they are deleted too"):format(
      labels.quote(info.Username), #children, table.concat(names, ", "), #children > 3 and ", ..." or ""),
  }
end

-- Deepest first: the panel refuses to delete an account with others below it.
local function deepest_first(info, children)
  local owners, depths = {}, {}
  for _, child in ipairs(children) do
    owners[child.UserId] = child.OwnerId
  end
  for _, child in ipairs(children) do
    local depth, id = 0, child.UserId
    while id ~= info.UserId and owners[id] and depth <= #children do
      depth, id = depth + 1, owners[id]
    end
    depths[child.UserId] = depth
  end
  table.sort(children, function(a, b)
    if depths[a.UserId] ~= depths[b.UserId] then
      return depths[a.UserId] > depths[b.UserId]
    end
    return a.UserId < b.UserId
  end)
  return children
end

-- All accounts that have to be deleted, in order.
local function accounts_to_delete(context, info, with_children)
  local guard, err = protected.guard(context)
  if not guard then
    return nil, err
  end
  local children
  children, err = context:read("get_users", info.UserId, true)
  if not children then
    return nil, err
  end
  local reason = guard(info)
  for _, child in ipairs(children) do
    reason = reason or guard(child)
  end
  if reason then
    return nil, conflict("%s", reason)
  elseif #children > 0 and not with_children then
    return nil, has_children(info, children)
  end
  local list = deepest_first(info, children)
  list[#list + 1] = info
  return list
end

--- The tasks that delete an account.
---@param context dnp.provisioning.Context
---@param info dnp.UserInfo
---@param with_children boolean
---@return dnp.provisioning.Task[]?
---@return dnp.provisioning.Error
function terminate.tasks(context, info, with_children)
  if info.UserId <= 1 then
    return nil, conflict("user %d is the panel itself", info.UserId)
  end
  local list, err = accounts_to_delete(context, info, with_children)
  if not list then
    return nil, err
  end
  local tasks = {}
  for index, entry in ipairs(list) do
    tasks[index] = users.delete { id = entry.UserId, name = entry.Username }
  end
  return tasks
end

---@class dnp.provisioning.TerminateOptions: dnp.provisioning.ReadOptions
---@field children boolean? delete its child users first (false)
---@field dry_run boolean? only find out what would be deleted

--- Deletes an account with all its spaces, and waits until the panel no longer knows it.
---
--- Refused with an error of kind "conflict": the account that calls, the ids 0 and 1, and an account with child users
--- (code -102) unless `children` is true; then they are deleted first, deepest first. An account that is not there is
--- an error of kind "absent". It cannot be rolled back.
---
--- Source operations: DeleteUser; GetUsers, GetUserById.
---@param panel dnp.Session
---@param who integer|string user id or user name
---@param options dnp.provisioning.TerminateOptions?
---@return dnp.provisioning.Report?
---@return dnp.provisioning.Error
function terminate.terminate(panel, who, options)
  local context, checked = workflow.begin("terminate", panel, options, {
    children = { type = "boolean", default = false },
  })
  if who == 0 or who == 1 then
    return nil, conflict("user %d is the panel itself", who)
  end
  workflow.who("terminate", who)
  local info, err = resolve.known_user(context, who)
  if not info then
    return nil, err
  end
  local tasks
  tasks, err = terminate.tasks(context, info, checked.children)
  if not tasks then
    return nil, err
  end
  return workflow.run("terminate", context, checked, tasks, { username = info.Username, user_id = info.UserId })
end

return terminate
