--- `dnp export`: accounts as specs.

local args = require "dnp.cli.args"
local fail = require "dnp.cli.fail"
local json = require "dnp.cli.json"
local provisioning = require "dnp.provisioning"
local status = require "dnp.cli.status"
local stdout = require "dnp.cli.stdout"
local system = require "dnp.cli.system"

local ORDER = {
  "user", "Username", "Owner", "FirstName", "LastName", "Email", "name", "plan", "quantity", "status", "spaces",
}

-- No list of accounts holds peers, which may have peers in turn.
local function add_peers(run, panel, ids)
  local position, worst = 1, status.DONE
  while position <= #ids and worst == status.DONE do
    local wave = { (table.unpack or unpack)(ids, position, math.min(#ids, position + 999)) }
    position = position + #wave
    worst = run:each(wave, {}, function(id)
      return panel:get_user_peers(id)
    end, function(_, peers, err)
      for _, peer in ipairs(run:need(peers, err)) do
        ids[#ids + 1] = peer.UserId
      end
    end)
  end
  return worst
end

-- In order of the ids, so that owners mostly come before what they own.
local function everybody(run, panel)
  local owner = run:need(fail.checked(provisioning.find_user, panel, run.given.owner or panel:info().username))
  local owner_id = owner.IsPeer and owner.OwnerId or owner.UserId
  local users = run:need(fail.checked(provisioning.all_users, panel, { owner = owner_id, recursive = true }))
  local ids = { owner_id }
  for index, user in ipairs(users) do
    ids[index + 1] = user.UserId
  end
  local code = add_peers(run, panel, ids)
  table.remove(ids, 1)
  table.sort(ids)
  return ids, code
end

---@class dnp.cli.Exporting
---@field run dnp.cli.Run
---@field subjects (integer|string)[]
---@field results table<integer, table|false> those that wait for others before them
---@field written integer how many are done with
---@field is_empty boolean nothing was written yet
local Exporting = {}
Exporting.__index = Exporting

function Exporting:write(spec)
  if self.run.given.json then
    stdout.write(self.is_empty and "[" or ",\n", json.encode(spec, ORDER))
  else
    stdout.write(require("dnp.cli.files.yaml").write({ spec }, ORDER))
  end
  self.is_empty = false
end

-- Written in order, as soon as those before are there.
function Exporting:report(index, result, err)
  local subject = tostring(self.subjects[index])
  self.results[index] = result or false
  while self.results[self.written + 1] ~= nil do
    self.written = self.written + 1
    local one = self.results[self.written]
    self.results[self.written] = nil
    if one then
      self:write(one.spec)
    end
  end
  for _, note in ipairs(result and result.notes or {}) do
    self.run.output:remark(note, result.spec.user.Username)
  end
  if not result then
    self.run.output:error(tostring(err), err, subject)
    return fail.status_of(err)
  end
end

-- Those that are left when nobody reads any more need not be asked for.
function Exporting:indexes()
  local index = 0
  return function()
    index = index + 1
    return not stdout.is_lost() and self.subjects[index] and index or nil
  end
end

function Exporting:finish(code)
  if self.run.given.json then
    stdout.write(self.is_empty and "[]\n" or "]\n")
  elseif self.is_empty and code == status.DONE then
    stdout.write "[]\n"
  end
end

local function export(run)
  local panel = run:panel()
  if not run.given.json then
    system.library("yaml", "lua-yaml")
  end
  local subjects, code = run.given.who, status.DONE
  if #subjects == 0 then
    subjects, code = everybody(run, panel)
  end
  if code ~= status.DONE then
    return code
  end
  local exporting = setmetatable({ run = run, subjects = subjects, results = {}, written = 0, is_empty = true },
    Exporting)
  code = run:each(exporting:indexes(), { name = function(index)
    return tostring(subjects[index])
  end }, function(index)
    local spec, err, notes = fail.checked(provisioning.export_account, panel, subjects[index])
    return spec and { spec = spec, notes = notes }, err
  end, function(index, result, err)
    return exporting:report(index, result, err)
  end)
  exporting:finish(code)
  return code
end

return {
  name = "export",
  summary = "Write accounts as specs, in YAML, or in JSON with --json.",
  about = "Without WHO, all accounts, peers included. There are no passwords in it, since panels do not tell them, and "
    .. "neither the contents of spaces; what else is not in it, or says something else on another panel, is told on "
    .. "standard error. `dnp diff` compares the file with a panel, `dnp apply` brings a panel to what it says.",
  examples = { "dnp export > accounts.yaml", "dnp export jdoe mary", "dnp export --owner reseller --json" },
  arguments = { { "who", "ids or user names", args = "*", convert = args.id_or_name } },
  options = {
    { "--owner", "WHO", "all accounts below this one", convert = args.id_or_name },
    { "-j --jobs", "N", "how many at a time (8)", convert = args.integer(1, 1000), default = 8 },
    { "--json", nil, "JSON; errors, too, on standard error" },
  },
  plain = true,
  run = export,
}
