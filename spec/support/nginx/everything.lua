--- Every operation and every workflow once, for two engines to be compared: inside nginx and outside.
local dnp = require "dnp"
local provisioning = require "dnp.provisioning"

local everything = {}

---- operations ----

local TEXTS = { username = "jdoe", filterColumn = "", sortColumn = "", settingsName = "AccountSummaryLetter" }

local function value_of(contract, type_name, field, required)
  local definition = contract.types[type_name]
  if field.enum or type_name == "int" then
    return field.enum and 1 or 3 -- user, space, plan and add-on 3 are there
  elseif type_name == "boolean" then
    return true
  elseif type_name == "dateTime" then
    return 1700000000
  elseif type_name == "string" then
    return field.secret and "s3cretOfOperations" or TEXTS[field.name] or "some " .. field.name
  elseif definition.kind == "enum" then
    return definition.values[1].name or definition.values[1]
  elseif definition.kind == "record" then
    local record = {}
    for _, member in ipairs(definition.fields) do
      for _, name in ipairs(required) do
        if name == member.name then
          record[name] = value_of(contract, member.type, member, {})
        end
      end
    end
    return record
  end
  return {}
end

--- Plausible arguments of an operation.
---@param contract table
---@param operation table
---@return any[] arguments
---@return integer count
function everything.arguments(contract, operation)
  local arguments, count = {}, 0
  for _, parameter in ipairs(operation.parameters) do
    if parameter.argument then
      count = count + 1
      arguments[count] = value_of(contract, parameter.type, parameter, operation.required)
    end
  end
  return arguments, count
end

--- What a call returned, in a form that can be compared.
---@param value any
---@param err dnp.Error?
---@return table
function everything.result(value, err)
  if err == nil then
    return { value = value }
  end
  return {
    kind = err.kind, name = err.name, code = err.code, outcome = err.outcome, http_status = err.http_status,
    message = tostring(err):gsub("127%.0%.0%.1:%d+", "HOST"):gsub("%d+%.%d s", "N s"),
  }
end

--- Calls one operation.
---@param panel dnp.Session
---@param name string
---@return table
function everything.call(panel, name)
  local contract = dnp.contract(panel:info().dialect)
  for _, operation in ipairs(contract.operations) do
    if operation.name == name then
      local arguments, count = everything.arguments(contract, operation)
      return everything.result(panel[operation.method](panel, unpack(arguments, 1, count)))
    end
  end
end

---- workflows ----

local SPEC = {
  user = {
    OwnerId = 2, Username = "wanda", Password = "s3cretOfWorkflows", FirstName = "Wanda", LastName = "Woe",
    Email = "wanda@example.com",
  },
  spaces = { { name = "www", plan = "Shared Small", addons = { { plan = "Extra Mailboxes", quantity = 2 } } } },
}

local workflows = {
  function(panel)
    return provisioning.create_account(panel, SPEC)
  end,
  function(panel)
    return provisioning.create_account(panel, SPEC)
  end,
  function(panel)
    return provisioning.ensure_account(panel, SPEC)
  end,
  function(panel)
    return provisioning.suspend(panel, "wanda")
  end,
  function(panel)
    return provisioning.unsuspend(panel, "wanda")
  end,
  function(panel)
    return provisioning.change_password(panel, "wanda", "n3w s3cretOfWorkflows")
  end,
  function(panel)
    return provisioning.edit_user(panel, "wanda", { City = "Bonn" })
  end,
  function(panel)
    return provisioning.set_addons(panel, "wanda", {})
  end,
  function(panel)
    return provisioning.change_plan(panel, "wanda", "Shared Huge")
  end,
  function(panel)
    return provisioning.find_user(panel, "wanda")
  end,
  function(panel)
    return provisioning.all_users(panel)
  end,
  function(panel)
    local names = {}
    for user in provisioning.users(panel) do
      names[#names + 1] = user.Username
    end
    return names
  end,
  function(panel)
    return provisioning.usage(panel, "2010-07")
  end,
  function(panel)
    return provisioning.suspend(panel, "reseller")
  end,
  function(panel)
    return provisioning.unsuspend(panel, "reseller")
  end,
  function(panel)
    return provisioning.terminate(panel, "wanda")
  end,
  function(panel)
    return provisioning.wait_user_gone(panel, 10)
  end,
  function(panel)
    return provisioning.terminate(panel, "wanda")
  end,
  function(panel)
    return provisioning.create_account(panel, {
      user = SPEC.user, spaces = { { name = "one", plan = "Shared Small" }, { name = "two", plan = "Shared Huge" } },
    })
  end,
}

local TIMES = { Created = true, Changed = true, PurchaseDate = true }

-- Reports and records as they print; the times of what was just made are left out.
local function shown(value, err)
  if err ~= nil then
    return { kind = err.kind, name = err.name, outcome = err.outcome, message = tostring(err),
      report = err.report and tostring(err.report) }
  elseif type(value) ~= "table" or getmetatable(value) and getmetatable(value).__tostring then
    return tostring(value)
  end
  local copy = {}
  for key, item in pairs(value) do
    copy[tostring(key)] = not TIMES[key] and shown(item) or nil
  end
  return copy
end

--- Runs every workflow, one after the other.
---@param panel dnp.Session
---@return table[]
function everything.workflows(panel)
  local results = {}
  for number, workflow in ipairs(workflows) do
    results[number] = shown(workflow(panel))
  end
  return results
end

return everything
