--- Runs the examples of a page on sandboxes.
local assertions = require "luassert"
local child = require "spec.support.child"
local dnp = require "dnp"
local provisioning = require "dnp.provisioning"
local sandboxes = require "dnp.sandbox"

local examples = {}

-- The address that pages use for a panel.
local ADDRESS = "http://127.0.0.1:9002"

--- The sample panel as the pages use it: with a session of serveradmin, or of what the environment names.
---@param dialect string
function examples.sample(dialect)
  return { dialect = dialect, username = "reseller", password = "Res3ller!", plan = "Shared Small" }
end

--- A panel that has nothing in common with the sample panel but its kind.
---@param dialect string
function examples.other(dialect)
  return {
    dialect = dialect, username = "acme", password = "4cme", plan = "Basic",
    seed = {
      users = { { UserId = 70, Username = "acme", Password = "4cme", RoleId = dnp.UserRole.Reseller } },
      packages = { { PackageId = 71, UserId = 70, PackageName = "Acme", quotas = { ["Web.Sites"] = 5 } } },
      plans = { { PlanId = 72, UserId = 70, PackageId = 71, PlanName = "Basic", quotas = { ["Web.Sites"] = 1 } } },
    },
  }
end

-- Busted's words for a block that is a spec: what it says is done at once, in its order.
local function speak_busted(environment)
  local before, after, last = {}, {}, {}
  local function later(list)
    return function(action)
      list[#list + 1] = action
    end
  end
  local function all(...)
    for _, list in ipairs { ... } do
      for _, action in ipairs(list) do
        action()
      end
    end
  end
  function environment.setup(action)
    action()
  end
  environment.before_each, environment.after_each, environment.teardown = later(before), later(after), later(last)
  function environment.describe(_, body)
    all({ body }, last)
  end
  function environment.it(_, body)
    all(before, { body }, after)
  end
end

-- What a block sees: `print` collects, and the environment names the panel.
local function globals(printed, variables)
  local environment = setmetatable({
    assert = setmetatable({}, {
      __index = assertions,
      __call = function(_, ...)
        return assert(...)
      end,
    }),
    os = setmetatable({ getenv = function(name) return variables[name] end }, { __index = os }),
    print = function(...)
      local parts = { ... }
      for index = 1, select("#", ...) do
        parts[index] = tostring(parts[index])
      end
      printed[#printed + 1] = table.concat(parts, "\t")
    end,
  }, { __index = _G })
  speak_busted(environment)
  return environment
end

local function literal(text)
  return (text:gsub("%p", "%%%0"))
end

--- A sandbox on which blocks can be run.
---@class spec.Examples
---@field url string
local Examples = {}
Examples.__index = Examples

---@param place table one of `examples.sample` and `examples.other`
---@return spec.Examples
function examples.start(place)
  local server = assert(sandboxes.start { dialect = place.dialect, seed = place.seed })
  local panel = assert(dnp.session {
    url = server.url, username = "serveradmin", password = "serveradmin", dialect = place.dialect,
  })
  return setmetatable({
    server = server, panel = panel, url = server.url,
    variables = {
      DNP_URL = server.url, DNP_USERNAME = place.username, DNP_PASSWORD = place.password, DNP_DIALECT = place.dialect,
      DNP_PLAN = place.plan,
    },
  }, Examples)
end

--- Runs one block and gives what it printed. Before it come the locals that the pages speak of: dnp, provisioning,
--- sandbox, and panel, a session of serveradmin.
---@param page string
---@param block { code: string, line: integer }
---@return string
function Examples:run(page, block)
  local printed = {}
  local environment = globals(printed, self.variables)
  local code = ("\n"):rep(block.line - 1) .. "local dnp, provisioning, sandbox, panel = ... "
    .. block.code:gsub(literal(ADDRESS), self.url)
  local chunk = assert(load(code, "@" .. page, "t", environment))
  local good, err = xpcall(chunk, function(err)
    if type(err) == "table" then
      return ("%s:%d and following: %s"):format(page, block.line, tostring(err))
    end
    return debug.traceback(err)
  end, dnp, provisioning, self.server, self.panel)
  assert(good, err)
  return (table.concat(printed, "\n"):gsub(literal(self.url), ADDRESS))
end

--- The variables of the environment for a script that is run in a shell.
---@return string
function Examples:environment()
  local assignments = {}
  for name, value in pairs(self.variables) do
    assignments[#assignments + 1] = name .. "=" .. child.quote(value)
  end
  return table.concat(assignments, " ")
end

function Examples:stop()
  self.panel:close()
  self.server:stop()
end

--- Runs one block on a sandbox of its own.
---@param page string
---@param block { code: string, line: integer }
---@param place table one of `examples.sample` and `examples.other`
---@return string
function examples.run(page, block, place)
  local started = examples.start(place)
  local good, printed = pcall(started.run, started, page, block)
  started:stop()
  assert(good, printed)
  return printed
end

return examples
