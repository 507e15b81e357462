--- The hooks of a billing system, for its shell: each does its work once, however often it is called, and says what the
--- panel holds afterwards.
local dnp = require "dnp"
local provisioning = require "dnp.provisioning"

local HELP = [[
usage: ./dev lua examples/billing_hooks.lua COMMAND [OPTION...]

  create USER            make the account with one space, or what of it is missing
      --owner WHO        whose customer it is, by id or name; needed
      --plan PLAN        hosting plan of the space, by id or name; needed
      --email ADDRESS    needed, and so are
      --first-name NAME
      --last-name NAME
      --space NAME       name of the space; by default the user's name
      --addon PLAN[:N]   an add-on of the space, N times; can be given several times
      --letter           send the account letter
  suspend USER           suspend the account, or one space of it
  unsuspend USER         resume it, but not what was suspended before that
      --space NAME       only that space, by id or name
  change-package USER    move a space to another plan
      --plan PLAN        needed
      --addon PLAN[:N]   all add-ons that it shall have; without any it keeps its own
      --space NAME       needed when there are several
  change-password USER   set the account's password
  terminate USER         delete the account, and wait until it is gone
      --children         with its child users
  usage [USER]           traffic of a month and disk space, of one account or all
      --month YYYY-MM    needed

With every command:
  --dry-run              only show what would be done
  --json                 answer in JSON
  --help                 this text

Secrets come from the environment, never from the command line, which everybody can read:
  DNP_URL, DNP_USERNAME, DNP_PASSWORD    the panel; DNP_DIALECT, if it is not dotnetpanel
  DNP_ACCOUNT_PASSWORD                   the password to set; without it, the first line of standard input

Exit status: 0 done, or nothing was to do; 1 not done, the panel is as it was; 2 wrong usage; 3 partly done, or nobody
knows: have a look.
]]

local DONE, NOT_DONE, WRONG_USAGE, HAVE_A_LOOK = 0, 1, 2, 3

---- JSON ----

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function quote(text)
  return '"' .. text:gsub('[%c"\\]', function(letter)
    return ESCAPES[letter] or ("\\u%04x"):format(letter:byte())
  end) .. '"'
end

local json

local function json_array(list)
  local parts = {}
  for index, value in ipairs(list) do
    parts[index] = json(value)
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function json_object(object)
  local parts = {}
  for name, value in pairs(object) do
    parts[#parts + 1] = quote(tostring(name)) .. ":" .. json(value)
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

-- An empty table is an empty list: no object here is empty.
function json(value)
  if type(value) == "string" then
    return quote(value)
  elseif type(value) == "number" then
    return ("%.17g"):format(value)
  elseif type(value) == "table" then
    return (#value > 0 or next(value) == nil) and json_array(value) or json_object(value)
  end
  return tostring(value)
end

---- what people see ----

local function is_terminal()
  local good = os.execute "test -t 1"
  return good == true or good == 0
end

local COLOURS = { [DONE] = "32", [NOT_DONE] = "31", [HAVE_A_LOOK] = "33" }

local function paint(status, text)
  if (os.getenv "NO_COLOR" or "") ~= "" or not is_terminal() then
    return text
  end
  return ("\27[%sm%s\27[0m"):format(COLOURS[status], text)
end

local function fail_usage(message, ...)
  io.stderr:write("billing_hooks: ", message:format(...), "\n--help tells more.\n")
  os.exit(WRONG_USAGE)
end

---- the command line ----

-- What each command takes besides what all take. An option of another command could mean what is not done: whoever
-- says `terminate jane --space www` does not want to lose the account.
local OPTIONS = {
  create = { "--owner", "--plan", "--email", "--first-name", "--last-name", "--space", "--addon", "--letter" },
  suspend = { "--space" },
  unsuspend = { "--space" },
  ["change-package"] = { "--plan", "--addon", "--space" },
  ["change-password"] = {},
  terminate = { "--children" },
  usage = { "--month" },
}
local FLAGS = { ["--dry-run"] = true, ["--json"] = true, ["--letter"] = true, ["--children"] = true }
local VALUES = {
  ["--owner"] = true, ["--plan"] = true, ["--email"] = true, ["--first-name"] = true, ["--last-name"] = true,
  ["--space"] = true, ["--addon"] = true, ["--month"] = true,
}

-- "--name=value" as two words.
local function split(arguments)
  local words = {}
  for _, argument in ipairs(arguments) do
    local name, value = argument:match "^(%-%-[%w-]+)=(.*)$"
    words[#words + 1] = name or argument
    words[#words + 1] = value
  end
  return words
end

local function parse(arguments)
  local words, given = split(arguments), { addons = {}, options = {} }
  local index = 1
  while words[index] do
    local word = words[index]
    local key = word:gsub("^%-%-", ""):gsub("%-", "_")
    given.options[word] = FLAGS[word] or VALUES[word]
    if FLAGS[word] then
      given[key] = true
    elseif VALUES[word] then
      index = index + 1
      local value = words[index] or fail_usage("%s needs a value", word)
      if word == "--addon" then
        given.addons[#given.addons + 1] = value
      else
        given[key] = value
      end
    elseif word:find "^%-" then
      fail_usage("there is no option %s", word)
    else
      given[#given + 1] = word
    end
    index = index + 1
  end
  return given
end

local function check_options(command, given)
  local known = { ["--dry-run"] = true, ["--json"] = true }
  for _, option in ipairs(OPTIONS[command]) do
    known[option] = true
  end
  for option in pairs(given.options) do
    if not known[option] then
      fail_usage("%s has no option %s", command, option)
    end
  end
end

local function need(given, ...)
  for _, name in ipairs { ... } do
    if given[name] == nil then
      fail_usage("--%s is needed", (name:gsub("_", "-")))
    end
  end
end

-- An id if it is one, else a name.
local function id_or_name(text)
  return text and (text:find "^%d+$" and math.floor(tonumber(text)) or text)
end

local function addons_of(given)
  local addons = {}
  for index, text in ipairs(given.addons) do
    local plan, quantity = text:match "^(.+):(%d+)$"
    addons[index] = { plan = id_or_name(plan or text), quantity = quantity and math.floor(tonumber(quantity)) or 1 }
  end
  return addons
end

local function account_password()
  local password = os.getenv "DNP_ACCOUNT_PASSWORD" or io.read "*l" or ""
  if password == "" then
    fail_usage "DNP_ACCOUNT_PASSWORD is not set, and standard input is empty"
  end
  return password
end

---- the hooks ----

local hooks = {}

function hooks.create(panel, given)
  need(given, "owner", "plan", "email", "first_name", "last_name")
  local addons = #given.addons > 0 and addons_of(given) or nil
  return provisioning.ensure_account(panel, {
    user = {
      Username = given[2], Password = account_password(), OwnerId = id_or_name(given.owner), Email = given.email,
      FirstName = given.first_name, LastName = given.last_name,
    },
    spaces = { { name = given.space or given[2], plan = id_or_name(given.plan), addons = addons } },
  }, { dry_run = given.dry_run, send_letter = given.letter })
end

function hooks.suspend(panel, given)
  return provisioning.suspend(panel, given[2], { dry_run = given.dry_run, space = id_or_name(given.space) })
end

function hooks.unsuspend(panel, given)
  return provisioning.unsuspend(panel, given[2], { dry_run = given.dry_run, space = id_or_name(given.space) })
end

hooks["change-package"] = function(panel, given)
  need(given, "plan")
  return provisioning.change_plan(panel, given[2], id_or_name(given.plan), {
    dry_run = given.dry_run, space = id_or_name(given.space), addons = #given.addons > 0 and addons_of(given) or nil,
  })
end

hooks["change-password"] = function(panel, given)
  return provisioning.change_password(panel, given[2], account_password(), { dry_run = given.dry_run })
end

function hooks.terminate(panel, given)
  local plan, err = provisioning.terminate(panel, given[2], { dry_run = given.dry_run, children = given.children })
  -- A hook that is called again for an account that is gone has nothing to do. One out of sight is not gone.
  if not plan and err.kind == "absent" and panel:user_exists(given[2]) == false then
    return { workflow = "terminate", username = given[2], steps = {}, text = "terminate: there is no such user" }
  end
  return plan, err
end

function hooks.usage(panel, given)
  need(given, "month")
  return provisioning.usage(panel, given.month, { user = given[2] })
end

---- answers ----

local function steps_of(steps)
  local list = {}
  for index, step in ipairs(steps or {}) do
    list[index] = { text = step.text, state = step.state, id = step.id }
  end
  return list
end

local function answer_of_plan(command, plan)
  return DONE, {
    command = command, outcome = plan.dry_run and "planned" or "done", username = plan.username,
    user_id = plan.user_id, steps = steps_of(plan.steps),
  }, plan.text or tostring(plan)
end

local function answer_of_usage(report)
  local lines = {}
  for index, account in ipairs(report.accounts) do
    lines[index] = ("%-20s %14.0f bytes transferred %14.0f bytes on disk"):format(account.Username, account.BytesTotal,
      account.DiskspaceBytes)
  end
  for _, failure in ipairs(report.failures) do
    lines[#lines + 1] = ("%-20s %s"):format(failure.Username, tostring(failure.error))
  end
  local accounts, failures = {}, {}
  for index, account in ipairs(report.accounts) do
    accounts[index] = { username = account.Username, user_id = account.UserId, email = account.Email,
      owner = account.OwnerUsername, plan = account.PlanName, transferred = account.BytesTotal,
      on_disk = account.DiskspaceBytes }
  end
  for index, failure in ipairs(report.failures) do
    failures[index] = { username = failure.Username, message = tostring(failure.error) }
  end
  return report.complete and DONE or HAVE_A_LOOK,
    { command = "usage", outcome = report.complete and "done" or "partly_done", month = report.month,
      accounts = accounts, failures = failures }, table.concat(lines, "\n")
end

local function answer_of_failure(command, err)
  local lines = { tostring(err) }
  for _, quota in ipairs(err.exceeding_quotas or {}) do
    lines[#lines + 1] = ("  %s is exceeded"):format(quota.QuotaName)
  end
  lines[#lines + 1] = err.plan and tostring(err.plan)
  return err.outcome == "not_done" and NOT_DONE or HAVE_A_LOOK, {
    command = command, outcome = err.outcome, steps = steps_of(err.steps),
    error = { kind = err.kind, code = err.code, name = err.name, message = err.message },
  }, table.concat(lines, "\n")
end

local function answer(command, result, err)
  if not result then
    return answer_of_failure(command, err)
  elseif command == "usage" then
    return answer_of_usage(result)
  end
  return answer_of_plan(command, result)
end

---- all of it ----

local function from_environment(name)
  local value = os.getenv(name) or ""
  return value ~= "" and value or fail_usage("%s is not set", name)
end

local function connect()
  return dnp.session {
    url = from_environment "DNP_URL",
    username = from_environment "DNP_USERNAME",
    password = from_environment "DNP_PASSWORD",
    dialect = os.getenv "DNP_DIALECT" ~= "" and os.getenv "DNP_DIALECT" or nil,
  }
end

local function main(arguments)
  for _, argument in ipairs(arguments) do
    if argument == "--help" or argument == "-h" then
      io.write(HELP)
      return DONE
    end
  end
  local given = parse(arguments)
  local command = given[1] or fail_usage "which command?"
  local hook = hooks[command] or fail_usage("there is no command %s", command)
  check_options(command, given)
  if not given[2] and command ~= "usage" then
    fail_usage("%s whom?", command)
  elseif given[3] then
    fail_usage("%s is too much", given[3])
  end
  -- What is wrong with the values is told by what they are given to, before anything is sent.
  local good, result, err = pcall(function()
    local panel = assert(connect())
    return hook(panel, given)
  end)
  if not good then
    fail_usage("%s", (tostring(result):gsub("^[^\n]-:%d+: ", "")))
  end
  local status, object, text = answer(command, result, err)
  print(given.json and json(object) or paint(status, text))
  return status
end

os.exit(main(arg))
