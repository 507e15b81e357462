-- From one panel to another in another dialect: `dnp export` here, `dnp apply` there, in all pairs.
local child = require "spec.support.child"
local cjson = require "cjson"
local command = require "spec.support.command"
local dialects = require("dnp").dialects
local fixture = require "spec.support.panel"

local has_yaml = pcall(require, "yaml")
local scratch = require "spec.support.scratch"

-- The panel to move to: its reseller has the same plans under other names, and no customers.
local function empty(host)
  host:reset()
  local server = host.server
  for _, sql in ipairs {
    "DELETE FROM PackageAddons", "DELETE FROM Packages WHERE UserID > 2", "DELETE FROM Users WHERE UserID > 2",
    "UPDATE HostingPlans SET PlanName = 'Basic' WHERE PlanName = 'Shared Small'",
    "UPDATE HostingPlans SET PlanName = 'Mail' WHERE PlanName = 'Extra Mailboxes'",
  } do
    server:query(sql)
  end
  server:clear_calls()
end

local MAPPED = "--map-plan 'shared small=Basic' --map-plan 'Extra Mailboxes=Mail'"

-- The plans and statuses of spaces and add-ons by name, and what accounts are, but for ids and passwords.
local function state_of(host)
  return {
    host.server:query [[SELECT U.Username, O.Username AS Owner, U.RoleID, U.StatusID, U.IsPeer, U.IsDemo, U.FirstName,
        U.LastName, U.Email, replace(coalesce(U.Comments, ''), char(13), '') AS Comments,
        coalesce(U.Address, '') AS Address, coalesce(U.City, '') AS City,
        coalesce(U.CompanyName, '') AS Company, U.HtmlMail, U.EcommerceEnabled
      FROM Users AS U JOIN Users AS O ON O.UserID = U.OwnerID WHERE U.UserID > 2 ORDER BY U.Username]],
    host.server:query [[SELECT U.Username, P.PackageName, P.StatusID, P.PurchaseDate,
        replace(H.PlanName, 'Shared Small', 'Basic') AS PlanName FROM Packages AS P JOIN Users AS U
        ON U.UserID = P.UserID JOIN HostingPlans AS H ON H.PlanID = P.PlanID WHERE U.UserID > 2
      ORDER BY U.Username, P.PackageName]],
    host.server:query [[SELECT P.PackageName, A.Quantity, A.StatusID, A.PurchaseDate, A.Comments,
        replace(H.PlanName, 'Extra Mailboxes', 'Mail') AS PlanName FROM PackageAddons AS A JOIN Packages AS P
        ON P.PackageID = A.PackageID JOIN HostingPlans AS H ON H.PlanID = A.PlanID ORDER BY P.PackageName, A.Quantity]],
  }
end

-- Exports all of a panel into a file.
local function export(from, form)
  local output = command.done(command.runner(from))("export " .. (form == "json" and "--json" or ""))
  return child.write(("%s/accounts.%s"):format(scratch.path, form), output)
end

describe("a migration", function()
  scratch.provide()
  local hosts = {}

  setup(function()
    for _, dialect in ipairs(dialects) do
      hosts[dialect] = fixture.start(dialect)
    end
  end)
  before_each(function()
    for _, host in pairs(hosts) do
      host:reset()
    end
  end)
  teardown(function()
    for _, host in pairs(hosts) do
      host:stop()
    end
  end)

  for _, source in ipairs(dialects) do
    for _, target in ipairs(dialects) do
      it(("from %s to %s carries accounts, spaces, add-ons and states"):format(source, target), function()
        -- A panel cannot be its own target here.
        local from = source == target and fixture.start(source) or hosts[source]
        local to, there = hosts[target], command.runner(hosts[target])
        local path = export(from, has_yaml and "yaml" or "json")
        local before = state_of(from)
        if source == target then
          from:stop()
        end
        empty(to)

        local status, _, errors = there("apply " .. path)
        assert.are.equal(1, status)
        assert.matches("Shared Small", errors, 1, true)
        status, _, errors = there(("apply %s %s"):format(path, MAPPED))
        assert.are.equal(2, status)
        assert.matches("are without a password", errors, 1, true)
        assert.are.equal(4, (there(("diff %s %s"):format(path, MAPPED))))
        status = there(("apply %s %s --dry-run --passwords-out %s/new.csv"):format(path, MAPPED, scratch.path))
        assert.are.equal(0, status)
        assert.are.same({}, to:changes())
        assert.is_nil(io.open(scratch.path .. "/new.csv"))

        local output
        status, output, errors = there(("apply %s %s --passwords-out %s/new.csv"):format(path, MAPPED, scratch.path))
        assert.are.same({ 0, "" }, { status, errors }, output)
        assert.are.same(before, state_of(to))
        for name, password in child.read(scratch.path .. "/new.csv"):gmatch "\n([^\n,]+),([^\n,]+)" do
          local row = to.server:query("SELECT Password FROM Users WHERE Username = ?", name)[1]
          assert.are.equal(password, row.Password)
        end
        status, output, errors = there(("diff %s %s"):format(path, MAPPED))
        assert.are.same({ 0, "", "" }, { status, output, errors })
      end)
    end
  end

  it("says before anything is done which fields the other panel has no place for", function()
    local from = hosts.solidcp
    from.server:query "UPDATE Users SET SubscriberNumber = '77', MfaMode = 1 WHERE Username = 'jdoe'"
    for target, lost in pairs { dotnetpanel = { "SubscriberNumber", "MfaMode" }, websitepanel = { "MfaMode" } } do
      local to, there = hosts[target], command.runner(hosts[target])
      for _, form in ipairs(has_yaml and { "yaml", "json" } or { "json" }) do
        local path = export(from, form)
        to:reset()
        local status, output, errors = there("apply " .. path)
        assert.are.same({ 2, "" }, { status, output })
        assert.are.equal(0, #to:operations())
        for _, name in ipairs(lost) do
          assert.matches(("user.%s: panels of the dialect %s have no such field"):format(name, target), errors, 1, true)
        end
        assert.matches("--leave-out", errors, 1, true)
        assert.are.equal(#lost, select(2, errors:gsub("no such field", "")), errors)
        status, _, errors = there("apply --leave-out " .. path)
        assert.are.equal(0, status)
        assert.matches(("note: jdoe: user.%s is left out"):format(lost[1]), errors, 1, true)
      end
      local path = scratch.write("a.csv", "Username,MfaMode\njdoe,1\nunicode,0\n")
      local status, _, errors = there("diff " .. path)
      assert.are.equal(2, status)
      assert.matches("a.csv:2: MfaMode: ", errors, 1, true)
      assert.is_nil(errors:find("a.csv:3", 1, true))
    end
    local status, _, errors = command.runner(hosts.dotnetpanel)("diff " .. scratch.write("a.json",
      '[{"user":{"Username":"helper","Role":"ResellerCSR"}}]'))
    assert.are.equal(2, status)
    assert.matches("user.Role: ", errors, 1, true)
  end)

  it("makes owners and what they own from one file, unless they need plans that nobody has", function()
    for source, target in pairs { dotnetpanel = "solidcp", solidcp = "websitepanel", websitepanel = "dotnetpanel" } do
      local to, there = hosts[target], command.runner(hosts[target])
      hosts[source]:reset()
      to:reset()
      to.server:query "DELETE FROM PackageAddons"
      to.server:query "DELETE FROM Packages WHERE UserID > 1"
      to.server:query "DELETE FROM Users WHERE UserID > 1"
      local path = export(hosts[source], "json")
      local passwords = ("--passwords-out %s/%s.csv"):format(scratch.path, target)
      local status, _, errors = there(("apply %s %s"):format(path, passwords))
      assert.are.equal(1, status)
      assert.matches("'Shared Small' is looked for among those of the owner 'reseller', who is made by this file",
        errors, 1, true)
      status, _, errors = there(("apply %s %s --map-plan 'Shared Small=1' --map-plan 'Extra Mailboxes=999'"):format(
        path, passwords))
      assert.are.equal(1, status)
      assert.matches("999", errors, 1, true)
      assert.are.same({}, to:changes())

      local specs = cjson.decode(child.read(path))
      for _, spec in ipairs(specs) do
        spec.spaces = spec.user.Username ~= "jdoe" and #spec.spaces > 0 and spec.spaces or nil
      end
      -- What is owned comes first in the file.
      table.sort(specs, function(a, b)
        return a.user.Username < b.user.Username
      end)
      child.write(path, cjson.encode(specs))
      local output
      status, output, errors = there(("apply %s %s"):format(path, passwords))
      assert.are.same({ 0, "" }, { status, errors }, output)
      local owners = {}
      for _, row in ipairs(to.server:query [[SELECT U.Username, O.Username AS Owner FROM Users AS U JOIN Users AS O
          ON O.UserID = U.OwnerID WHERE U.UserID > 1]]) do
        owners[row.Username] = row.Owner
      end
      assert.are.equal("reseller", owners.jdoe)
      assert.are.equal("reseller", owners.unicode)
      assert.are.equal("serveradmin", owners.adminpeer)
    end
  end)

  it("does not try what is below an owner that could not be made", function()
    local to, there = hosts.solidcp, command.runner(hosts.solidcp)
    local rest = '"FirstName":"A","LastName":"B","Email":"a@example.com","Password":"pass word"'
    local path = scratch.write("a.jsonl", ('{"Username":"below","Owner":"above",%s}\n'
      .. '{"Username":"above","Owner":"serveradmin","Role":"Reseller",%s}\n'):format(rest, rest))
    to.server:misbehave { action = "refuse", code = -2, operation = "AddUser" }
    local status, _, errors = there("apply " .. path)
    assert.are.equal(1, status)
    assert.matches("dnp: below: not tried, since its owner 'above' failed", errors, 1, true)
    assert.are.equal(1, to.server:call_count "AddUser")
    assert.are.equal(0, (there("apply " .. path)))
    assert.are.equal("", select(2, there("diff " .. path)))
  end)

  it("renames owners, and knows a name that the file does not have for an error", function()
    local to, there = hosts.websitepanel, command.runner(hosts.websitepanel)
    local path = export(hosts.solidcp, "json")
    local status, _, errors = there(("diff %s --map-plan 'Shared Smal=Basic'"):format(path))
    assert.are.equal(2, status)
    assert.matches("--map-plan: " .. path .. " has no 'shared smal'; did you mean 'shared small'?", errors, 1, true)
    status, _, errors = there(("diff %s --map-owner nobody=x"):format(path))
    assert.are.equal(2, status)
    assert.matches("--map-owner", errors, 1, true)
    assert.are.equal(2, (there(("diff %s --map-owner =x"):format(path))))
    assert.are.equal(0, #to:operations())
    to.server:query "UPDATE Users SET Username = 'partner' WHERE Username = 'reseller'"
    path = scratch.write("jdoe.json", command.done(command.runner(hosts.solidcp)) "export jdoe --json")
    assert.are.equal(1, (there("diff " .. path)))
    local output
    status, output, errors = there(("diff %s --map-owner RESELLER=partner"):format(path))
    assert.are.same({ 0, "", "" }, { status, output, errors })
  end)

  it("begins with an export that says what it leaves out", function()
    local host = hosts.solidcp
    local here = command.runner(host)
    host.server:query "UPDATE Packages SET OverrideQuotas = 1, PlanID = 1 WHERE PackageID = 3"
    host.server:seed { packages = {
      { PackageID = 30, ParentPackageID = 2, UserID = 9, PlanID = 2, PackageName = "same" },
      { PackageID = 31, ParentPackageID = 2, UserID = 9, PlanID = 2, PackageName = "Same" },
    } }
    local status, output, errors = here "export jdoe unicode --json"
    assert.are.equal(0, status)
    assert.are.equal(1, cjson.decode(output)[1].spaces[1].plan)
    local notes = {}
    for line in errors:gmatch "[^\n]+" do
      local note = cjson.decode(line).note
      notes[#notes + 1] = note.subject .. ": " .. note.message
    end
    local all = table.concat(notes, "\n")
    for _, text in ipairs {
      "jdoe: space 'John's <space>': the plan 1 'Reseller' is not one of the owner's",
      "jdoe: space 'John's <space>' has quotas of its own",
      "unicode: two spaces are called 'Same'",
    } do
      assert.matches(text, all, 1, true)
    end
    host:reset()
    output = command.done(here) "export --json"
    local names = {}
    for _, spec in ipairs(cjson.decode(output)) do
      names[spec.user.Username] = spec.user.IsPeer
    end
    assert.is_true(names.adminpeer)
    assert.is_nil(names.serveradmin)
  end)
end)
