--- `dnp addon`: hosting add-ons.

local args = require "dnp.cli.args"
local confirm = require "dnp.cli.confirm"
local fail = require "dnp.cli.fail"
local provisioning = require "dnp.provisioning"

local WHO = { "who", "id or user name", convert = args.id_or_name }
local SPACE = { "--space", "SPACE", "which space, by id or name", convert = args.id_or_name }

return {
  name = "addon",
  summary = "Hosting add-ons: list, set.",
  commands = {
    {
      name = "list", aliases = { "ls" },
      summary = "List the add-ons of an account.",
      examples = { "dnp addon list jdoe" },
      arguments = { WHO }, options = { SPACE },
      run = function(run)
        local addons = run:need(fail.checked(provisioning.all_addons, run:panel(),
          { user = run.given.who, package = run.given.space }))
        run.output:rows({ "PackageAddonId", "PackageId", "PlanName", "Quantity", "Status", "PurchaseDate" }, addons)
      end,
    },
    {
      name = "set",
      summary = "Give a space exactly these add-ons; without any, none.",
      examples = { "dnp addon set jdoe 'Extra Mailboxes:3' 'Extra Web Sites'" },
      arguments = { WHO, { "addons", "PLAN[:N]", args = "*", convert = args.addon } },
      options = { SPACE, confirm.YES },
      changes = true,
      run = function(run)
        local function set(options)
          return provisioning.set_addons(run:panel(), run.given.who, run.given.addons, options)
        end
        run:confirm_deletions({ run.given.who }, function()
          return set { dry_run = true, space = run.given.space }
        end)
        return run:workflows({ run.given.who }, function()
          return set(run:workflow_options { space = run.given.space })
        end)
      end,
    },
  },
}
