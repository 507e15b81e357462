--- Steps that change fields of a record: it is read, changed and written as a whole, with fields of newer panels that
--- this version does not know.

local records = require "dnp.provisioning.model.records"
local step = require "dnp.provisioning.steps.step"

local update = {}

--- A record that can be changed, and how.
---@class dnp.provisioning.Updatable
---@field action string of the step
---@field operation string of the step
---@field subject string the record in words: "user 'jdoe'"
---@field writes string? as of a task
---@field fields dnp.provisioning.Fields of the record's type
---@field labels table<string, table<any, string>>? labels of values by field
---@field read fun(context: dnp.provisioning.Context): table?, table? the record as it is now, or nil and an error
---Whether it is done, if that can be found out without reading the whole record.
---@field verify (fun(context: dnp.provisioning.Context): dnp.provisioning.Observation?, any)?
---Puts the changes into the record that was read and calls the panel with it.
---@field write fun(context: dnp.provisioning.Context, info: table, changes: table): any, table?

-- Seconds for which a record that was read counts as it is now.
local FRESH = 2

--- A record that was read already.
---@class dnp.provisioning.Known
---@field info table
---@field at number when, on the policy's clock

--- Changes fields of a record.
---@param of dnp.provisioning.Updatable
---@param before table the fields' values as they were
---@param changes table the fields' new values; `compare.NONE` for none
---@param known dnp.provisioning.Known?
function update.task(of, before, changes, known)
  local info
  local function probe(context)
    local found, err = of.read(context)
    if not found then
      return nil, err
    end
    return records.observe(of.fields, found, before, changes)
  end
  local new = step.new(of.action, of.operation, "change %s: %s", of.subject,
    records.describe(of.fields, before, changes, of.labels))
  return {
    step = step.with_changes(new, records.changes(of.fields, before, changes)),
    prepare = function(context)
      if known and context.policy.clock() - known.at <= FRESH then
        info, known = known.info, nil
        return true
      end
      local err
      info, err = of.read(context)
      return info and true, err
    end,
    call = function(context)
      return of.write(context, info, changes)
    end,
    probe = probe,
    writes = of.writes,
    verify_last = true,
    verify = of.verify or probe,
    undo = function()
      return { update.task(of, changes, records.pick(before, changes)) }
    end,
  }
end

return update
