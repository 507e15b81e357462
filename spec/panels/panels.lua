--- The panels that the sandbox can be, oldest first, and what rules are tried on.
local dnp = require "dnp"
local sandboxes = require "dnp.sandbox"

local panels = {}

panels.list = {
  { name = "dotnetpanel", dialect = "dotnetpanel" },
  { name = "websitepanel 1.2.0", dialect = "websitepanel", version = "1.2.0" },
  { name = "websitepanel 1.2.2", dialect = "websitepanel", version = "1.2.2" },
  { name = "websitepanel 2.1", dialect = "websitepanel", version = "2.1" },
  { name = "solidcp", dialect = "solidcp" },
}

--- The place of a panel in the list.
---@param name string
---@return integer
function panels.place(name)
  for place, panel in ipairs(panels.list) do
    if panel.name == name then
      return place
    end
  end
  error("there is no panel " .. name)
end

-- Beside the sample accounts: an administrator of its own with a user, peers of the reseller and of its customer, a
-- space of an account that is not the reseller's, with an add-on, and one of the other customer.
local seed = {
  users = {
    { UserId = 30, OwnerId = 1, RoleId = 1, Username = "admin2", Password = "admin2" },
    { UserId = 31, OwnerId = 30, RoleId = 3, Username = "below2", Password = "below2" },
    { UserId = 32, OwnerId = 2, RoleId = 2, IsPeer = true, Username = "peer", Password = "peer" },
    { UserId = 33, OwnerId = 3, RoleId = 3, IsPeer = true, Username = "peer3", Password = "peer3" },
  },
  packages = {
    { PackageId = 40, ParentPackageId = 1, UserId = 5, PlanId = 1, PackageName = "demo's" },
    { PackageId = 42, ParentPackageId = 2, UserId = 9, PlanId = 2, PackageName = "unicode's" },
  },
  addons = { { PackageAddonId = 2, PackageId = 40, PlanId = 4, Quantity = 1 } },
}

local PASSWORDS = { reseller = "Res3ller!", jdoe = "secret", unicode = "pässwörd" }

--- Starts one; sessions come by the name of their account, serveradmin when there is none.
---@param panel table of the list
---@param options? table more options of the sandbox
function panels.start(panel, options)
  local complete = { dialect = panel.dialect, version = panel.version }
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  local sandbox = assert(sandboxes.start(complete))
  sandbox:seed(seed)
  local sessions, state = {}, sandbox:freeze()
  local started = { sandbox = sandbox }
  function started.session(name)
    name = name or "serveradmin"
    sessions[name] = sessions[name] or assert(dnp.session { url = sandbox.url, username = name,
      password = PASSWORDS[name] or name, dialect = panel.dialect })
    return sessions[name]
  end
  function started.reset()
    sandbox:restore(state)
    sandbox:clear_calls()
  end
  function started.stop()
    sandbox:stop()
  end
  return started
end

return panels
