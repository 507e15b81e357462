--- `dnp package`: hosting spaces.

local args = require "dnp.cli.args"
local confirm = require "dnp.cli.confirm"
local fail = require "dnp.cli.fail"
local fields = require "dnp.cli.fields"
local fold = require "dnp.cli.fold"
local json = require "dnp.cli.json"
local provisioning = require "dnp.provisioning"
local stdout = require "dnp.cli.stdout"
local who = require "dnp.cli.who"

local COLUMNS = { "PackageId", "PackageName", "Status", "PlanName", "Username", "Email", "PurchaseDate" }

local OWNER = { "--owner", "WHO", "of the accounts below this one; by default one's own", convert = args.id_or_name }
local SPACE = { "--space", "SPACE", "which space, by id or name, if there are several", convert = args.id_or_name }

-- "plan=Shared Small": the column of the list, and the text that it must equal.
local WHERE = { plan = "PlanName", user = "Username", name = "PackageName", server = "ServerName", email = "Email" }

local function filter_of(given)
  if not given.where then
    return nil
  end
  local key, text = given.where:match "^(%w+)=(.+)$"
  if not key or not (WHERE[key] or key:find "^%u") then
    fail.usage("--where: expected one of plan, user, name, server, email with =TEXT, got '%s'", given.where)
  end
  return { column = WHERE[key] or key, equals = text }
end

local function spaces_of(run)
  local given = run.given
  local user = given.user
  local spaces, err = fail.checked(provisioning.all_packages, run:panel(), {
    owner = not user and given.owner or nil, user = user, status = given.status, filter = filter_of(given),
  })
  return run:need(spaces, err)
end

local function add(run)
  local given = run.given
  local account = type(given.who) == "number" and { UserId = given.who } or { Username = given.who }
  local addons = #given.addon > 0 and given.addon or nil
  local spec = {
    user = account,
    spaces = { {
      name = given.space or tostring(given.who), plan = given.plan, status = given.status, addons = addons,
    } },
  }
  run:confirm_deletions(addons and { given.who } or {}, function()
    return provisioning.ensure_account(run:panel(), spec, { dry_run = true })
  end)
  return run:workflows({ given.who }, function(panel)
    return provisioning.ensure_account(panel, spec, run:workflow_options())
  end)
end

-- The spaces to change: those that accounts and --space name, or those that --where finds.
local function targets(run)
  local list = {}
  if run.given.where then
    for index, space in ipairs(spaces_of(run)) do
      list[index] = { who = space.UserId, space = space.PackageId, name = ("%s/%s"):format(space.Username,
        space.PackageName) }
    end
  end
  if not run.given.where or #run.given.who > 0 or run.given.from then
    for _, one in ipairs(who.all(run, run.given.who)) do
      list[#list + 1] = { who = one, space = run.given.space, name = tostring(one) }
    end
  end
  return list
end

local function name_of(target)
  return target.name
end

local function change_plan(run)
  local panel, given = run:panel(), run.given
  local list = targets(run)
  if #list == 0 then
    run.output:note "Nothing to do: there is no such space."
  end
  local addons = #given.addon > 0 and given.addon or nil
  run:confirm_deletions(addons and list or {}, function(target)
    return provisioning.change_plan(panel, target.who, given.to,
      { space = target.space, addons = addons, dry_run = true })
  end, name_of)
  return run:each(list, { name = name_of }, function(target)
    return fail.checked(provisioning.change_plan, panel, target.who, given.to,
      run:workflow_options { space = target.space, addons = addons })
  end, function(target, report, err)
    return run:report(target.name, report, err)
  end)
end

-- One space of an account, by id or name, or the only one.
local function known_space(run, panel)
  local given = run.given
  local spaces = run:need(fail.checked(provisioning.all_packages, panel, { user = given.who }))
  local found, names = {}, {}
  for index, space in ipairs(spaces) do
    names[index] = ("%s (id %d)"):format(space.PackageName or "", space.PackageId)
    if given.space == nil or space.PackageId == given.space
      or type(given.space) == "string" and fold(space.PackageName or "") == fold(given.space) then
      found[#found + 1] = space
    end
  end
  if #found ~= 1 then
    fail.with(("%s has %s%s"):format(given.who, #found == 0 and (given.space and "no such space" or "no space")
      or ("%d spaces, name one with --space"):format(#found), #names > 0 and ": " .. table.concat(names, ", ") or ""))
  end
  return found[1]
end

-- A number is the space itself, since an account may have several.
local function show(run)
  local panel = run:panel()
  local id = type(run.given.who) == "number" and not run.given.space and run.given.who
    or known_space(run, panel).PackageId
  local space = run:need(fail.checked(panel.get_package, panel, id))
  local addons = run:need(fail.checked(provisioning.all_addons, panel, { package = space.PackageId }))
  local plan = panel:get_hosting_plan(space.PlanId)
  space.PlanName = plan and plan.PlanName
  local _, types, names = fields.of(panel:info().dialect, "PackageInfo")
  table.insert(names, 2, "PlanName")
  local record = fields.with_lists(space, types, "PackageInfo")
  record.addons = run.output.form == "json" and json.list(addons) or nil
  run.output:record(names, record)
  if #addons > 0 and run.output.form == "text" then
    stdout.write "\n"
    run.output:rows({ "PackageAddonId", "PlanName", "Quantity", "Status" }, addons)
  end
end

local function terminate(run)
  local panel = run:panel()
  local space = known_space(run, panel)
  local what = ("space '%s' (id %d)"):format(space.PackageName or "", space.PackageId)
  run:confirm(("Delete %s of %s with all that is in it, for good?"):format(what, run.given.who))
  if run.given.dry_run then
    return run.output:say({ outcome = "planned", package_id = space.PackageId }, "would delete " .. what)
  end
  return run:each({ space.PackageId }, { name = function()
    return what
  end }, function(id)
    local good, err = panel:delete_package(id)
    if not good then
      return nil, err
    end
    return provisioning.wait_space_gone(panel, id, run:workflow_options().policy)
  end, function(id, good, err)
    if not good then
      run.output:error(tostring(err), err, what)
      return fail.status_of(err)
    end
    run.output:say({ outcome = "done", package_id = id }, "deleted " .. what, "green")
  end)
end

return {
  name = "package", aliases = { "space" },
  summary = "Hosting spaces: list, show, add, change-plan, terminate.",
  commands = {
    {
      name = "list", aliases = { "ls" },
      summary = "List hosting spaces.",
      examples = { "dnp package list --where plan='Shared Small'", "dnp package list --user jdoe --json" },
      options = {
        OWNER,
        { "--user", "WHO", "only this account's", convert = args.id_or_name },
        { "--status", "STATUS", "such as Active or Suspended" },
        { "--where", "KEY=TEXT", "only those whose plan, user, name, server or email is this" },
      },
      run = function(run)
        run.output:rows(COLUMNS, spaces_of(run))
      end,
    },
    {
      name = "show",
      summary = "Show a hosting space with its add-ons.",
      examples = { "dnp package show 3", "dnp package show jdoe --space shop" },
      arguments = { { "who", "id of the space, or whose space it is", convert = args.id_or_name } },
      options = { SPACE },
      run = show,
    },
    {
      name = "add",
      summary = "Give an account a hosting space, unless it has it.",
      examples = { "dnp package add jdoe --plan 'Shared Small' --space shop" },
      arguments = { { "who", "id or user name", convert = args.id_or_name } },
      options = {
        { "--plan", "PLAN", "hosting plan, by id or name", convert = args.id_or_name },
        { "--space", "NAME", "its name; by default the user name" },
        { "--addon", "PLAN[:N]", "an add-on, N times", convert = args.addon, many = true },
        { "--status", "STATUS", "such as Active or Suspended" },
        confirm.YES,
      },
      changes = true,
      run = add,
    },
    {
      name = "change-plan",
      summary = "Move spaces to another hosting plan.",
      examples = {
        "dnp package change-plan jdoe --to 'Shared Medium'",
        "dnp package change-plan --where plan='Shared Small' --to 'Shared Medium' --dry-run",
      },
      arguments = { { "who", "accounts", args = "*", convert = args.id_or_name } },
      options = {
        { "--to", "PLAN", "the plan, by id or name", convert = args.id_or_name, required = true },
        SPACE, OWNER,
        { "--where", "KEY=TEXT", "all spaces whose plan, user, name, server or email is this" },
        { "--addon", "PLAN[:N]", "all add-ons that they shall have; without any they keep theirs",
          convert = args.addon, many = true },
        confirm.YES,
      },
      changes = true, many = true,
      run = change_plan,
    },
    {
      name = "terminate", aliases = { "rm", "delete" },
      summary = "Delete a hosting space of an account for good.",
      examples = { "dnp package terminate jdoe --space shop" },
      arguments = { { "who", "id or user name", convert = args.id_or_name } },
      options = { SPACE, confirm.YES },
      changes = true,
      run = terminate,
    },
  },
}
