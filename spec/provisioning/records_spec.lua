-- What lists give can be given back: to the workflows, and to the calls that write.
local dnp = require "dnp"
local fixture = require "spec.support.panel"
local specs = require "spec.support.specs"
local provisioning = require "dnp.provisioning"

local options = specs.options

local function pick(record, names)
  local picked = {}
  for _, name in ipairs(names) do
    picked[name] = record[name]
  end
  return picked
end

local USER_FIELDS = { "FirstName", "LastName", "Email", "Comments", "CompanyName", "RoleId", "IsDemo" }

for _, dialect in ipairs(dnp.dialects) do
  describe("a record of a list, on " .. dialect, function()
    local host, panel
    local function use(...)
      host, panel = ...
    end

    fixture.provide(dialect, use)

    local function nothing_to_do(report, err)
      assert(report, err)
      assert.are.equal(0, #report.steps, tostring(report))
    end

    local function users()
      local all = assert(provisioning.all_users(panel, { recursive = true }))
      for _, info in ipairs(assert(panel:get_users(1, true))) do
        all[#all + 1] = info
      end
      for _, row in ipairs(assert(panel:get_user_peers(1))) do
        all[#all + 1] = row
      end
      return all
    end

    it("of accounts is what workflows and dates take", function()
      local all = users()
      assert.is_true(#all > 10)
      for _, user in ipairs(all) do
        local found = assert(panel:get_user_by_id(user.UserId))
        assert.are.same({ found.Created, found.Changed }, { user.Created, user.Changed })
      end
      for _, user in ipairs(all) do
        nothing_to_do(provisioning.edit_user(panel, user.UserId, pick(user, USER_FIELDS), options()))
        local desired = pick(user, USER_FIELDS)
        desired.UserId, desired.Username, desired.OwnerId = user.UserId, user.Username, user.OwnerId
        nothing_to_do(provisioning.ensure_account(panel, { user = desired, status = user.Status }, options()))
        local found = assert(panel:get_user_by_id(user.UserId))
        found.Created, found.Changed = user.Created, user.Changed
        assert(panel:update_user(found))
      end
    end)

    local function spaces_of(user_id)
      local all = assert(provisioning.all_packages(panel, { user = user_id }))
      for _, row in ipairs(assert(provisioning.all_packages(panel, { owner = 1 }))) do
        if row.UserId == user_id then
          all[#all + 1] = row
        end
      end
      for _, row in ipairs(assert(panel:get_my_packages(user_id))) do
        all[#all + 1] = row
      end
      return all
    end

    it("of spaces is what workflows and calls take", function()
      for _, user_id in ipairs { 2, 3 } do
        local all = spaces_of(user_id)
        assert.are.equal(3, #all)
        for _, space in ipairs(all) do
          nothing_to_do(provisioning.ensure_account(panel, {
            user = { UserId = user_id },
            spaces = { {
              id = space.PackageId, name = space.PackageName, plan = space.PlanId,
              status = space.Status or space.StatusId, purchase_date = space.PurchaseDate,
            } },
          }, options()))
          local found = assert(panel:get_package(space.PackageId))
          assert.are.equal(found.PurchaseDate, space.PurchaseDate)
          found.PurchaseDate = space.PurchaseDate
          assert(panel:update_package(found))
          assert.are.equal(found.PurchaseDate, assert(panel:get_package(space.PackageId)).PurchaseDate)
        end
      end
    end)

    it("of add-ons is what workflows and calls take", function()
      local all = assert(provisioning.all_addons(panel, { user = 3 }))
      assert.are.equal(1, #all)
      for _, addon in ipairs(all) do
        nothing_to_do(provisioning.set_addons(panel, 3, { {
          plan = addon.PlanId, quantity = addon.Quantity, status = addon.Status, comments = addon.Comments,
          purchase_date = addon.PurchaseDate,
        } }, options()))
        local record = pick(addon, { "PackageAddonId", "PackageId", "PlanId", "Quantity", "StatusId", "PurchaseDate",
          "Comments" })
        local before = host:state()
        assert(panel:update_package_addon(record))
        assert.are.same(before, host:state())
        record.PackageAddonId = nil
        local id = assert(panel:add_package_addon(record))
        assert.are.equal(addon.PurchaseDate, assert(panel:get_package_addon(id)).PurchaseDate)
      end
    end)

    it("of plans is what names one", function()
      for _, list in ipairs { "get_hosting_plans", "get_user_available_hosting_plans" } do
        for _, plan in ipairs(assert(panel[list](panel, list == "get_hosting_plans" and 2 or 3))[1]) do
          local by_id = assert(provisioning.ensure_account(panel, {
            user = { UserId = 3 }, spaces = { { name = "new", plan = plan.PlanID } },
          }, options { dry_run = true }))
          local by_name = assert(provisioning.ensure_account(panel, {
            user = { UserId = 3 }, spaces = { { name = "new", plan = plan.PlanName } },
          }, options { dry_run = true }))
          assert.are.equal(tostring(by_id), tostring(by_name))
        end
      end
    end)
  end)
end
