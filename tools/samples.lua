--- What operations with a DataSet give on the sandbox's sample panel: their columns are in no contract.
local dnp = require "dnp"
local examples = require "tools.reference.examples"
local sandboxes = require "dnp.sandbox"

local samples = {}

--- The code of an example: a call whose result is in a local of that name.
---@param method string
---@param result string
---@return string
function samples.call(method, result)
  local example = examples[method]
  return ("%slocal %s = assert(panel:%s(%s))"):format(example.before and example.before .. "\n" or "", result, method,
    example.args)
end

--- DataSets by the method that gives them, as SolidCP's newest version has them.
---@return table<string, dnp.DataSet>
function samples.all()
  local server = assert(sandboxes.start { dialect = "solidcp" })
  local panel = assert(dnp.session {
    url = server.url, username = "serveradmin", password = "serveradmin", dialect = "solidcp",
  })
  local found = {}
  for _, operation in ipairs(dnp.contract("solidcp").operations) do
    if operation.result == "DataSet" then
      local code = "local dnp, panel = ... " .. samples.call(operation.method, "it") .. " return it"
      found[operation.method] = assert((loadstring or load)(code))(dnp, panel)
    end
  end
  panel:close()
  server:stop()
  return found
end

return samples
