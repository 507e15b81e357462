--- `dnp user`: accounts.

local args = require "dnp.cli.args"
local confirm = require "dnp.cli.confirm"
local errors = require "dnp.cli.files.errors"
local fail = require "dnp.cli.fail"
local fields = require "dnp.cli.fields"
local password = require "dnp.cli.password"
local provisioning = require "dnp.provisioning"
local who = require "dnp.cli.who"

local COLUMNS = { "UserId", "Username", "Status", "Role", "FullName", "Email", "OwnerUsername" }

local WHO = { "who", "ids or user names (name:123 is the name 123)", args = "*", convert = args.id_or_name }
local ONE = { "who", "id or user name", convert = args.id_or_name }
local SPACE = { "--space", "SPACE", "only this space, by id or name", convert = args.id_or_name }

local function list(run)
  local given = run.given
  local filter
  if given.where then
    local column, text = given.where:match "^(%w+)=(.*)$"
    if not column then
      fail.usage("--where: expected COLUMN=TEXT, got '%s'", given.where)
    end
    filter = { column = column, contains = text }
  end
  local users, err = fail.checked(provisioning.all_users, run:panel(), {
    owner = given.owner, recursive = given.recursive, status = given.status, role = given.role, filter = filter,
  })
  run.output:rows(COLUMNS, run:need(users, err))
end

local function show(run)
  local panel = run:panel()
  local user = run:need(fail.checked(provisioning.find_user, panel, run.given.who))
  local known, types, names = fields.of(panel:info().dialect, "UserInfo")
  local shown = {}
  for _, name in ipairs(names) do
    shown[#shown + 1] = not known[name].secret and name or nil
  end
  run.output:record(shown, fields.with_lists(user, types, "UserInfo"))
end

-- Ends the command when something is wrong with a spec: all of it at once, without the paths of specs.
local function refuse(wrong)
  local reasons = {}
  for index, err in ipairs(wrong) do
    reasons[index] = ("%s: %s"):format(err.path:match "[%a_]+$" or err.path, err.reason)
  end
  if #reasons > 0 then
    fail.usage("%s", table.concat(reasons, "; "))
  end
end

-- The spec that `user add` asks for, checked before anybody is asked for a password.
local function spec_of(run)
  local given = run.given
  local dialect, username = run:about()
  local user = fields.record(given.fields, dialect, "UserInfo", { Owner = { type = "string" } })
  user.Username = given.name
  user.OwnerId = given.owner or user.OwnerId or args.id_or_name(user.Owner or username)
  user.Owner = nil
  local spaces
  if given.plan then
    spaces = { { name = given.space or user.Username, plan = given.plan, addons = given.addon and #given.addon > 0
      and given.addon or nil } }
  elseif given.space or given.addon and #given.addon > 0 then
    fail.usage "a space needs --plan"
  end
  local spec = { user = user, status = given.status, spaces = spaces }
  local own = user.Password
  user.Password = own or password.STAND_IN
  refuse(errors.of_spec(spec, dialect, { new = not given.ensure }))
  user.Password = own or not given.dry_run and password.of_account(given, user.Username) or password.STAND_IN
  return spec
end

local function add(run)
  local spec = spec_of(run)
  local panel = run:panel()
  local function name()
    return spec.user.Username
  end
  run:confirm_deletions(run.given.ensure and { spec } or {}, function()
    return provisioning.ensure_account(panel, spec, { dry_run = true })
  end, name)
  return run:each({ spec }, { name = name }, function()
    return fail.checked(run.given.ensure and provisioning.ensure_account or provisioning.create_account, panel, spec,
      run:workflow_options { send_letter = run.given.letter })
  end, function(_, report, err)
    if fail.is(err) then
      fail.with(err)
    end
    return run:report(spec.user.Username, report, err)
  end)
end

local function edit(run)
  local changes = fields.record(run.given.fields, (run:about()), "UserInfo")
  if next(changes) == nil then
    fail.usage "which fields? FIELD=VALUE, such as City=Bonn"
  end
  return run:workflows({ run.given.who }, function(panel, one)
    return provisioning.edit_user(panel, one, changes, run:workflow_options())
  end)
end

local function set_password(run)
  local one = run.given.who
  local text = run.given.dry_run and password.STAND_IN or password.of_account(run.given, tostring(one))
  return run:workflows({ one }, function(panel)
    return provisioning.change_password(panel, one, text, run:workflow_options())
  end)
end

local function status_command(workflow)
  return function(run)
    local options = run:workflow_options { space = run.given.space }
    return run:workflows(who.all(run, run.given.who), function(panel, one)
      return provisioning[workflow](panel, one, options)
    end)
  end
end

local function name_some(subjects)
  local names = {}
  for index = 1, math.min(#subjects, 5) do
    names[index] = tostring(subjects[index])
  end
  return table.concat(names, ", ") .. (#subjects > 5 and (" and %d more"):format(#subjects - 5) or "")
end

local function terminate(run)
  local subjects = who.all(run, run.given.who)
  if #subjects > 0 then
    run:confirm(("Delete %s with all spaces, for good?"):format(name_some(subjects)))
  end
  local panel = run:panel()
  return run:workflows(subjects, function(_, one)
    local report, err = provisioning.terminate(panel, one, run:workflow_options { children = run.given.children })
    -- One that is gone is what is wanted. One out of sight is not gone.
    if not report and err.kind == "absent" and run.given.ignore_absent and type(one) == "string"
      and panel:user_exists(one) == false then
      return provisioning.ensure_account(panel, { user = { Username = one }, absent = true },
        run:workflow_options())
    elseif not report then
      err.message = err.message:gsub("with children = true", "with --children")
    end
    return report, err
  end)
end

local FIELDS = { "fields", "FIELD=VALUE with fields of UserInfo by the API's names; @FILE is what a file holds",
  args = "*" }

return {
  name = "user",
  summary = "Accounts: list, show, add, edit, suspend, unsuspend, password, terminate.",
  commands = {
    {
      name = "list", aliases = { "ls" },
      summary = "List accounts.",
      examples = { "dnp user list --owner reseller --recursive", "dnp user list --where Email=@example.com --csv" },
      options = {
        { "--owner", "WHO", "whose accounts; by default one's own", convert = args.id_or_name },
        { "-r --recursive", nil, "with those below them" },
        { "--status", "STATUS", "Active, Suspended, Cancelled or Pending" },
        { "--role", "ROLE", "such as Reseller or User" },
        { "--where", "COLUMN=TEXT", "whose column contains the text: Username, FirstName, Email, CompanyName ..." },
      },
      run = list,
    },
    {
      name = "show",
      summary = "Show an account.",
      examples = { "dnp user show jdoe", "dnp user show 3 --json" },
      arguments = { ONE },
      run = show,
    },
    {
      name = "add",
      summary = "Make an account, with a space if a plan is given. All of it or nothing.",
      examples = { "dnp user add mary FirstName=Mary LastName=Moe Email=mary@example.com \\\n        --owner reseller "
        .. "--plan 'Shared Small' --addon 'Extra Mailboxes:2'" },
      arguments = { { "name", "user name" }, FIELDS },
      options = {
        { "--owner", "WHO", "whose customer; by default one's own", convert = args.id_or_name },
        { "--plan", "PLAN", "hosting plan of its space, by id or name", convert = args.id_or_name },
        { "--space", "NAME", "name of the space; by default the user name" },
        { "--addon", "PLAN[:N]", "an add-on of the space, N times", convert = args.addon, many = true },
        { "--status", "STATUS", "Active, Suspended, Cancelled or Pending" },
        { "--ensure", nil, "an account that is there already is brought to this state" },
        { "--letter", nil, "send the account letter" },
        confirm.YES,
        password.OPTIONS[1],
      },
      changes = true,
      run = add,
    },
    {
      name = "edit",
      summary = "Change fields of an account.",
      examples = { "dnp user edit jdoe City=Bonn Zip=53111", "dnp user edit jdoe Comments=@notes.txt" },
      arguments = { ONE, FIELDS },
      changes = true,
      run = edit,
    },
    {
      name = "suspend",
      summary = "Suspend accounts with all their spaces, or one space.",
      examples = { "dnp user suspend jdoe mary", "dnp user suspend --from overdue.txt --jobs 16" },
      arguments = { WHO }, options = { SPACE },
      changes = true, many = true,
      run = status_command "suspend",
    },
    {
      name = "unsuspend",
      summary = "Resume suspended accounts, but not what was suspended before them.",
      examples = { "dnp user unsuspend jdoe" },
      arguments = { WHO }, options = { SPACE },
      changes = true, many = true,
      run = status_command "unsuspend",
    },
    {
      name = "password", aliases = { "passwd" },
      summary = "Set an account's password.",
      examples = { "dnp user password jdoe", "dnp user password jdoe --new-password-file new.txt" },
      arguments = { ONE }, options = password.OPTIONS,
      changes = true,
      run = set_password,
    },
    {
      name = "terminate", aliases = { "rm", "delete" },
      summary = "Delete accounts for good, and wait until they are gone.",
      examples = { "dnp user terminate jdoe --dry-run", "dnp user terminate --from gone.csv --yes" },
      arguments = { WHO },
      options = {
        { "--children", nil, "with their child users" },
        { "--ignore-absent", nil, "an account that is gone already is not a failure" },
        confirm.YES,
      },
      changes = true, many = true,
      run = terminate,
    },
  },
}
