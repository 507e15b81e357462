--- `dnp describe`: what operations there are and what they take.

local dnp = require "dnp"
local fail = require "dnp.cli.fail"
local fields = require "dnp.cli.fields"
local system = require "dnp.cli.system"

local function contract_of(given)
  local dialect = given.dialect or system.environment "DNP_DIALECT" or "solidcp"
  local good, contract = pcall(dnp.contract, dialect)
  if not good then
    fail.usage("there is no dialect '%s'%s", dialect, fields.did_you_mean(dialect, dnp.dialects))
  end
  return contract
end

local function list(run, contract)
  local rows = {}
  for index, operation in ipairs(contract.operations) do
    rows[index] = {
      Operation = operation.name, Changes = operation.mutates and "yes" or "", Summary = operation.summary,
    }
  end
  run.output:rows({ "Operation", "Changes", "Summary" }, rows)
end

local function row_of(name, field)
  local remarks = {}
  remarks[#remarks + 1] = field.optional and "optional" or nil
  remarks[#remarks + 1] = field.secret and "secret" or nil
  remarks[#remarks + 1] = field.enum
  remarks[#remarks + 1] = field.length and ("up to %d characters"):format(field.length) or nil
  return { Name = name, Type = field.type, Remarks = table.concat(remarks, ", ") }
end

local function show(run, contract, name)
  for _, operation in ipairs(contract.operations) do
    if operation.name:lower() == name:lower() or operation.method == name then
      run.output:note("%s (%s): %s Returns %s.", operation.name, operation.service, operation.summary, operation.result)
      local rows = {}
      for _, parameter in ipairs(operation.parameters) do
        if not parameter.from then
          rows[#rows + 1] = row_of(parameter.name, parameter)
          for _, field in ipairs(contract.types[parameter.type].fields or {}) do
            rows[#rows + 1] = row_of(("%s.%s"):format(parameter.name, field.name), field)
          end
        end
      end
      return run.output:rows({ "Name", "Type", "Remarks" }, rows)
    end
  end
  local names = {}
  for index, operation in ipairs(contract.operations) do
    names[index] = operation.name
  end
  fail.usage("there is no operation '%s'%s", name, fields.did_you_mean(name, names))
end

return {
  name = "describe",
  summary = "List the operations of the API, or show what one takes.",
  examples = { "dnp describe", "dnp describe AddUser --dialect websitepanel" },
  arguments = { { "operation", "the API's name of it", args = "?", words = fields.operations } },
  options = { { "--dialect", "NAME", "dotnetpanel, websitepanel or solidcp (DNP_DIALECT)" } },
  offline = true,
  run = function(run)
    local contract = contract_of(run.given)
    if run.given.operation then
      return show(run, contract, run.given.operation)
    end
    list(run, contract)
  end,
}
