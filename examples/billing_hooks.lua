--- The hooks of a billing system on the command `dnp`: each becomes one command line of it, can be called again, and
--- answers with its exit status. What goes wrong is on standard error.
local cli = require "dnp.cli"

local HELP = [[
usage: ./dev lua examples/billing_hooks.lua HOOK USER [OPTION...]

  create USER --owner WHO --plan PLAN --email ADDRESS --first-name NAME --last-name NAME
  suspend USER, unsuspend USER
  change-package USER --plan PLAN
  change-password USER
  terminate USER
  usage [USER] --month YYYY-MM

Other options are those of the command behind it, which --help names. The panel comes from DNP_URL, DNP_USERNAME,
DNP_PASSWORD and DNP_DIALECT, the account's password from DNP_ACCOUNT_PASSWORD or standard input.
]]

-- The command line of each hook, what it must be given, and options that are called otherwise there.
local HOOKS = {
  create = {
    { "user", "add", "--ensure", "--yes" }, needs = { "--owner", "--plan", "--email", "--first-name", "--last-name" },
    fields = { ["--email"] = "Email", ["--first-name"] = "FirstName", ["--last-name"] = "LastName" },
  },
  suspend = { { "user", "suspend" } },
  unsuspend = { { "user", "unsuspend" } },
  ["change-package"] = {
    { "package", "change-plan", "--yes" }, needs = { "--plan" }, renamed = { ["--plan"] = "--to" },
  },
  ["change-password"] = { { "user", "password" } },
  terminate = { { "user", "terminate", "--yes", "--ignore-absent" } },
  usage = { { "usage" } },
}

local function fail(message, ...)
  io.stderr:write("billing_hooks: ", message:format(...), "\n")
  os.exit(2)
end

-- The command line for `dnp`.
local function translate(hook, arguments)
  local words, given = { (table.unpack or unpack)(hook[1]) }, {}
  local fields, renamed = hook.fields or {}, hook.renamed or {}
  local index = 2
  while arguments[index] do
    local name, value = arguments[index]:match "^(%-%-[%w-]+)=(.*)$"
    name = name or arguments[index]
    given[name] = true
    if fields[name] and not value then
      index = index + 1
      value = arguments[index] or fail("%s needs a value", name)
    end
    if fields[name] then
      words[#words + 1] = ("%s=%s"):format(fields[name], value)
    else
      words[#words + 1] = (renamed[name] or name) .. (value and "=" .. value or "")
    end
    index = index + 1
  end
  for _, name in ipairs(hook.needs or {}) do
    if not given[name] and not given["--help"] then
      fail("%s is needed", name)
    end
  end
  return words
end

local name = arg[1]
if name == nil or name == "--help" or name == "-h" then
  io.write(HELP)
  os.exit(name and 0 or 2)
end
local hook = HOOKS[name] or fail("there is no hook %s", name)
os.exit(cli.main(translate(hook, arg)), true)
