--- `dnp export`: accounts as specs.

local args = require "dnp.cli.args"
local fail = require "dnp.cli.fail"
local json = require "dnp.cli.json"
local provisioning = require "dnp.provisioning"
local status = require "dnp.cli.status"

local ORDER = {
  "user", "Username", "Owner", "FirstName", "LastName", "Email", "name", "plan", "quantity", "status", "spaces",
}

-- In order of the ids, so that owners come before what they own.
local function everybody(run)
  local users = run:need(fail.checked(provisioning.all_users, run:panel(),
    { owner = run.given.owner, recursive = true }))
  local ids = {}
  for index, user in ipairs(users) do
    ids[index] = user.UserId
  end
  table.sort(ids)
  return ids
end

local function write(run, spec, first)
  if run.given.json then
    io.write(first and "[" or ",\n", json.encode(spec, ORDER))
  else
    io.write(require("dnp.cli.files.yaml").write({ spec }, ORDER))
  end
end

return {
  name = "export",
  summary = "Write accounts as specs, in YAML, or in JSON with --json.",
  about = "Without WHO, all accounts. There are no passwords in it, since panels do not tell them. `dnp diff` compares "
    .. "the file with a panel, `dnp apply` brings a panel to what it says.",
  examples = { "dnp export > accounts.yaml", "dnp export jdoe mary", "dnp export --owner reseller --json" },
  arguments = { { "who", "ids or user names", args = "*", convert = args.id_or_name } },
  options = {
    { "--owner", "WHO", "all accounts below this one", convert = args.id_or_name },
    { "-j --jobs", "N", "how many at a time (8)", convert = args.integer(1, 1000), default = 8 },
    { "--json", nil, "JSON" },
  },
  plain = true,
  run = function(run)
    local panel = run:panel()
    if not run.given.json then
      require("dnp.cli.system").library("yaml", "lua-yaml")
    end
    local subjects = #run.given.who > 0 and run.given.who or everybody(run)
    -- Written in order, as soon as those before are there.
    local numbers, results, written = {}, {}, 0
    for index in ipairs(subjects) do
      numbers[index] = index
    end
    local first = true
    local code = run:each(numbers, { name = function(index)
      return tostring(subjects[index])
    end }, function(index)
      return fail.checked(provisioning.export_account, panel, subjects[index])
    end, function(index, spec, err)
      results[index] = spec or false
      while results[written + 1] ~= nil do
        written = written + 1
        if results[written] then
          write(run, results[written], first)
          first = false
        end
        results[written] = nil
      end
      if not spec then
        run.output:complain(tostring(err), err, tostring(subjects[index]))
        return status.PARTLY
      end
    end)
    if run.given.json then
      io.write(first and "[]\n" or "]\n")
    elseif first and code == status.DONE then
      io.write "[]\n"
    end
    return code
  end,
}
