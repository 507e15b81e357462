--- `dnp plan`: hosting plans.

local args = require "dnp.cli.args"
local fail = require "dnp.cli.fail"
local provisioning = require "dnp.provisioning"

local function list(run)
  local panel = run:panel()
  local owner = run:need(fail.checked(provisioning.find_user, panel, run.given.owner or panel:info().username))
  local id = owner.IsPeer and owner.OwnerId or owner.UserId
  local tables = run:need((run.given.addons and panel.get_hosting_addons or panel.get_hosting_plans)(panel, id))
  local rows = {}
  for index, row in ipairs(tables[1] or {}) do
    rows[index] = {
      PlanId = row.PlanID, PlanName = row.PlanName, PackageId = row.PackageID, PackageName = row.PackageName,
      ServerName = row.ServerName, Description = row.PlanDescription,
    }
  end
  run.output:rows({ "PlanId", "PlanName", "PackageName", "ServerName", "Description" }, rows)
end

return {
  name = "plan",
  summary = "Hosting plans: list.",
  commands = {
    {
      name = "list", aliases = { "ls" },
      summary = "List the hosting plans that an account has made.",
      examples = { "dnp plan list --owner reseller", "dnp plan list --addons" },
      options = {
        { "--owner", "WHO", "whose plans; by default one's own", convert = args.id_or_name },
        { "--addons", nil, "add-on plans" },
      },
      run = list,
    },
  },
}
