--- The report of a workflow: its steps, what became of each, and how they print. Of a dry run, what would be done.

local labels = require "dnp.provisioning.model.labels"

local reports = {}

---@class dnp.provisioning.Step
---@field action string what kind of step: "add_user", "change_space_status"…
---@field text string the step in words; never a secret
---@field operation string the operation of the API that it calls
---@field state dnp.provisioning.StepState
---@field id integer? of the record that it created
---@field field string? that it changes, the first of `changes`
---@field from any? its value before; members of enumerations by name
---@field to any? its value after
---@field changes dnp.provisioning.FieldChange[]? all fields that it changes
---@field error dnp.Error? why it is not done, or why it could not be undone

---@alias dnp.provisioning.StepState
---| "not_done" # it did not happen, or not yet
---| "done"
---| "undone" # it was done and rolled back
---| "kept" # it was done and should have been rolled back, but cannot be, or the rollback failed
---| "unknown" # the panel could not be asked whether it happened

---@alias dnp.provisioning.Plan dnp.provisioning.Report its name until 0.1

--- What a workflow that changes something returns; `tostring` has a line for each step.
---@class dnp.provisioning.Report
---@field workflow string
---@field username string? of the account
---@field user_id integer? of the account; of a new one, once it exists
---@field spaces { name: string, id: integer? }[]? the spaces that were named, in that order
---@field steps dnp.provisioning.Step[]
---@field remembered dnp.provisioning.Snapshot? of `suspend` and `unsuspend`: what was not active before
---@field stayed dnp.provisioning.Stayed[]? accounts and spaces below that a change of status left as they were
---@field notes string[]? what was asked for and is left out, and why
---@field unchecked string[]? of a dry run: what could not be found out by reading
---@field dry_run boolean whether nothing was to be changed
---@field changed boolean whether something on the panel is not as it was
local Report = {}
Report.__index = Report
Report.__name = "dnp.provisioning.Report"

local STATES = {
  not_done = "not done",
  done = "done",
  undone = "undone",
  kept = "done, not undone",
  unknown = "unknown whether done",
}

local function heading(self)
  local count = #self.steps
  local subject = self.username and " " .. labels.quote(self.username) or ""
  local what = count == 0 and "nothing to do" or ("%d step%s"):format(count, count == 1 and "" or "s")
  return ("%s%s: %s%s"):format(self.workflow, subject, what, self.dry_run and count > 0 and ", planned only" or "")
end

local function line(self, index, step)
  if self.dry_run then
    return ("%3d. %s"):format(index, step.text)
  end
  local id = step.id and step.state == "done" and (", id %d"):format(step.id) or ""
  return ("%3d. %s - %s%s"):format(index, step.text, STATES[step.state], id)
end

function Report:__tostring()
  local lines = { heading(self) }
  for index, step in ipairs(self.steps) do
    lines[index + 1] = line(self, index, step)
  end
  for _, entry in ipairs(self.stayed or {}) do
    lines[#lines + 1] = ("     %s %s (id %d) stayed %s"):format(entry.kind, labels.quote(entry.name), entry.id,
      labels.user_status(entry.status))
  end
  for _, note in ipairs(self.notes or {}) do
    lines[#lines + 1] = "     " .. note
  end
  for _, what in ipairs(self.unchecked or {}) do
    lines[#lines + 1] = "     not checked: " .. what
  end
  return table.concat(lines, "\n")
end

--- How many steps are in a state.
---@param state dnp.provisioning.StepState
---@return integer
function Report:count(state)
  local count = 0
  for _, step in ipairs(self.steps) do
    count = count + (step.state == state and 1 or 0)
  end
  return count
end

--- What the panel holds of all steps, in one word.
---@return "not_done"|"partly_done"|"done"|"unknown"
function Report:outcome()
  local remaining = self:count "done" + self:count "kept"
  if self:count "unknown" > 0 then
    return "unknown"
  elseif remaining == 0 then
    return "not_done"
  end
  return remaining == #self.steps and "done" or "partly_done"
end

--- Makes a report, of whose steps none is done yet.
---@param fields table becomes the report
---@return dnp.provisioning.Report
function reports.new(fields)
  fields.steps = fields.steps or {}
  fields.changed = false
  return setmetatable(fields, Report)
end

return reports
