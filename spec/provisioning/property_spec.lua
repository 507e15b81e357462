-- Whatever is desired and whatever goes wrong: ensure_account, repeated until it succeeds, makes one account exactly as
-- specified, and one more run changes nothing. DNP_PROPERTY_SEED=N repeats a run that failed.
local dnp = require "dnp"
local lost_responses = require "spec.support.lost_responses"
local fixture = require "spec.support.panel"
local prng = require "spec.support.prng"
local provisioning = require "dnp.provisioning"

local ROUNDS = 25
local REPEATS = 200

---- what is desired ----

local TEXTS = {
  "", "x", "Zoë Œuvré-Иванов", "日本語 😀 & <tag> \"quoted\" 'apos'", "  two spaces  ", "line 1\r\nline 2\ttab", "]]>",
  ("long "):rep(200),
}
-- Characters that panels keep of a field (parameters of the procedures AddUser and UpdateUser: SolidCP's master,
-- Database/install_db.sql); those of narrow ones are kept in one byte each.
local LENGTHS = { FirstName = 50, LastName = 50, City = 50, Address = 200, CompanyName = 100, Fax = 30, Zip = 20 }
local NARROW = { Fax = true, Zip = true }

-- Those of the texts that a field holds.
local function texts_for(field)
  local fitting = {}
  for _, text in ipairs(TEXTS) do
    local narrow = not NARROW[field] or not text:find "[\128-\255]"
    if narrow and #text <= (LENGTHS[field] or #text) then
      fitting[#fitting + 1] = text
    end
  end
  fitting[#fitting + 1] = ("x"):rep(LENGTHS[field] or 1000)
  return fitting
end

local STATUSES = { "Active", "Suspended", "Cancelled", "Pending" }
local SPACE_STATUSES = { "Active", "Suspended", "Cancelled", "New" }
local NAMES = { "www", "shop", "blog & <more>", "Übung" }
local PLANS = { 2, "Shared Small", "shared medium", 20 }
local ADDONS = { 4, "Extra Mailboxes", 21, "more disk" }
local DATES = { "2024-02-29", "2010-01-02T03:04:05", "2024-06-07T08:09:10.333", 1700000000 }

local function random_addons(random)
  local addons = {}
  for index = 1, random:integer(0, 3) do
    addons[index] = {
      plan = random:of(ADDONS),
      quantity = random:maybe(70, random:integer(1, 4)),
      status = random:maybe(30, random:of(SPACE_STATUSES)),
      comments = random:maybe(40, random:of(TEXTS)),
      purchase_date = random:maybe(30, random:of(DATES)),
    }
  end
  return addons
end

local function random_spaces(random)
  local spaces = {}
  for _, name in ipairs(NAMES) do
    if random:chance(45) then
      spaces[#spaces + 1] = {
        name = random:chance(20) and name:upper() or name,
        plan = random:of(PLANS),
        status = random:maybe(40, random:of(SPACE_STATUSES)),
        comments = random:maybe(50, random:of(TEXTS)),
        purchase_date = random:maybe(40, random:of(DATES)),
        addons = random:maybe(60, random_addons(random)),
      }
    end
  end
  return spaces
end

local function random_user(random)
  local user = {
    Username = random:chance(20) and "PROP" or "prop", Password = "pw", OwnerId = 2,
    FirstName = random:of(texts_for "FirstName"), LastName = random:of(texts_for "LastName"),
    Email = "prop@example.com",
  }
  for _, field in ipairs { "Comments", "City", "Address", "CompanyName", "Fax", "Zip" } do
    user[field] = random:maybe(40, random:of(texts_for(field)))
  end
  user.HtmlMail = random:maybe(40, random:chance(50))
  user.RoleId = random:maybe(40, random:integer(2, 3))
  return user
end

local function random_spec(random)
  local spaces = random:maybe(85, random_spaces(random))
  return {
    user = random_user(random),
    status = random:maybe(50, random:of(STATUSES)),
    spaces = spaces,
    spaces_complete = spaces and random:maybe(50, true),
  }
end

---- what goes wrong ----

local FAILURES = {
  { action = "drop" },
  { action = "drop", when = "after" },
  { action = "fault" },
  { action = "fault", when = "after" },
  { action = "html", status = 502 },
  { action = "html", status = 503, when = "after" },
  { action = "cut", bytes = 30 },
  { action = "refuse", code = -106 },
  { action = "refuse", code = -999 },
}

local HANGING = { "AddUser", "UpdateUser", "AddPackage", "UpdatePackage", "AddPackageAddon", "DeletePackage" }

-- A session for a panel that fails. What hangs comes first: the first rule that applies to a call has it. It is a call
-- that changes something, because those can be counted: reads are sent anew when a kept connection is closed.
local function break_panel(sessions, random)
  local server = sessions.host.server
  local hanging, at = random:of(HANGING), random:integer(1, 3)
  server:misbehave { action = "hang", when = random:of { "before", "after" }, operation = hanging, nth = at }
  for _ = 1, random:integer(1, 3) do
    local rule = { rate = random:integer(2, 15) / 100, seed = random:integer(0, 2 ^ 30) }
    for name, value in pairs(random:of(FAILURES)) do
      rule[name] = value
    end
    server:misbehave(rule)
  end
  return lost_responses.panel(sessions, function(operation, nth)
    return operation == hanging and nth == at
  end)
end

---- what must be ----

-- What a text is after it went over the wire and back; nothing and "" are one.
local function normal(text)
  return ((text or ""):gsub("\r\n?", "\n"))
end

local function day_and_time(date)
  if type(date) == "number" then
    date = os.date("%Y-%m-%dT%H:%M:%S", date)
  end
  return #date == 10 and date .. "T00:00:00" or date:sub(1, 19)
end

local function plan_id(plan)
  return ({ ["Shared Small"] = 2, ["shared medium"] = 20, ["Extra Mailboxes"] = 4, ["more disk"] = 21 })[plan] or plan
end

local function check_fields(desired, found)
  for field, value in pairs(desired) do
    if type(value) == "string" then
      assert.are.equal(normal(value), normal(found[field]), field)
    elseif type(value) == "boolean" then
      assert.are.equal(value and 1 or 0, found[field], field)
    else
      assert.are.equal(value, found[field], field)
    end
  end
end

local function check_user(host, spec)
  local found = assert(host.server:query("SELECT *, RoleID AS RoleId, OwnerID AS OwnerId FROM Users "
    .. "WHERE Username = 'prop'"))
  assert.are.equal(1, #found, "accounts")
  local desired = {}
  for field, value in pairs(spec.user) do
    if field ~= "Username" and field ~= "Password" then
      desired[field] = value
    end
  end
  check_fields(desired, found[1])
  if spec.status then
    assert.are.equal(dnp.UserStatus[spec.status], found[1].StatusID)
  end
  return found[1]
end

local function is_addon(desired, found)
  return found.PlanID == plan_id(desired.plan)
    and (not desired.quantity or found.Quantity == desired.quantity)
    and (not desired.status or found.StatusID == dnp.PackageStatus[desired.status])
    and (not desired.comments or normal(found.Comments) == normal(desired.comments))
    and (not desired.purchase_date or found.PurchaseDate:sub(1, 19) == day_and_time(desired.purchase_date))
end

-- Whether each desired add-on from `index` on has one of its own.
local function all_there(desired, found, index, taken)
  if index > #desired then
    return true
  end
  for number, addon in ipairs(found) do
    if not taken[number] and is_addon(desired[index], addon) then
      taken[number] = true
      if all_there(desired, found, index + 1, taken) then
        return true
      end
      taken[number] = nil
    end
  end
  return false
end

local function check_addons(host, space_id, desired)
  local found = host.server:query("SELECT * FROM PackageAddons WHERE PackageID = ?", space_id)
  assert.are.equal(#desired, #found, "add-ons")
  assert.is_true(all_there(desired, found, 1, {}), "add-ons are others than desired")
end

local function check_spaces(host, spec, user)
  local all = host.server:query("SELECT * FROM Packages WHERE UserID = ?", user.UserID)
  assert.is_true(not spec.spaces_complete or #all == #spec.spaces, "spaces")
  for _, desired in ipairs(spec.spaces) do
    local found = host.server:query("SELECT * FROM Packages WHERE UserID = ? AND lower(PackageName) = lower(?)",
      user.UserID, desired.name)
    assert.are.equal(1, #found, desired.name)
    assert.are.equal(plan_id(desired.plan), found[1].PlanID)
    if desired.status then
      assert.are.equal(dnp.PackageStatus[desired.status], found[1].StatusID)
    end
    if desired.comments then
      assert.are.equal(normal(desired.comments), normal(found[1].PackageComments))
    end
    if desired.purchase_date then
      assert.are.equal(day_and_time(desired.purchase_date), found[1].PurchaseDate:sub(1, 19))
    end
    if desired.addons then
      check_addons(host, found[1].PackageID, desired.addons)
    end
  end
end

---- the property ----

local function succeed(host, panel, spec, random)
  for _ = 1, REPEATS do
    local on_failure = random:of { "undo", "keep" }
    local before = host:state()
    local report, err = provisioning.ensure_account(panel, spec, {
      on_failure = on_failure,
      policy = fixture.policy { attempts = random:integer(1, 3), limit = random:of { 1, 8 } },
    })
    if report then
      assert.are.equal(#report.steps, report:count "done")
      return
    elseif err.outcome == "not_done" then
      assert.are.same(before, host:state(), tostring(err))
    end
  end
  error("no success in " .. REPEATS .. " runs")
end

local function check_round(sessions, random)
  local host, panel = sessions.host, sessions.normal
  host:reset()
  if random:chance(60) then
    assert(provisioning.ensure_account(panel, random_spec(random), { policy = fixture.policy() }))
  end
  local spec = random_spec(random)
  succeed(host, break_panel(sessions, random), spec, random)
  host.server:behave()
  local user = check_user(host, spec)
  if spec.spaces then
    check_spaces(host, spec, user)
  end
  host.server:clear_calls()
  local again = assert(provisioning.ensure_account(panel, spec, { policy = fixture.policy() }))
  assert.are.equal("ensure_account 'prop': nothing to do", (tostring(again):gsub("'PROP'", "'prop'")))
  for _, operation in ipairs(host:operations()) do
    assert.is_false(fixture.is_change(operation), operation)
  end
end

for _, dialect in ipairs(dnp.dialects) do
  describe("ensure_account, repeated until it succeeds, on " .. dialect, function()
    local sessions

    fixture.provide(dialect, function(host)
      sessions = lost_responses.sessions(host)
    end)

    it("makes exactly what is desired, and then nothing more #slow", function()
      prng.rounds(ROUNDS, function(random)
        check_round(sessions, random)
      end)
    end)
  end)
end
