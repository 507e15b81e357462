--- Writes docs/reference: a page for each service, one for types, business codes and errors, from the module's own
--- contract, its lists of names, and the sandbox's scripts.
-- usage: ./dev lua tools/reference.lua [--check]; --check says whether the pages are fresh, and writes nothing.
local dnp = require "dnp"
local contracts = require "tools.contracts"
local examples = require "tools.reference.examples"
local made = require "tools.made"
local refusals = require "tools.reference.refusals"
local samples = require "tools.samples"
local words = require "tools.reference.words"

local reference = {}

local FOLDER = "docs/reference/"
local NOTICE = "<!-- Made by tools/reference.lua; do not edit. -->\n"

local services = {
  { name = "esUsers", page = "users.md", title = "Users: esUsers" },
  { name = "esPackages", page = "packages.md", title = "Hosting spaces, plans and add-ons: esPackages" },
  { name = "esAuthentication", page = "authentication.md", title = "Checking passwords: esAuthentication" },
}

local function append(lines, format, ...)
  lines[#lines + 1] = select("#", ...) > 0 and format:format(...) or format
end

-- The text of a cell: a bar would end it.
local function cell(text)
  return (text:gsub("|", "\\|"))
end

local function page(lines)
  return NOTICE .. "\n" .. table.concat(lines, "\n") .. "\n"
end

---- types ----

local scalar_types = {
  int = "integer", unsignedShort = "integer", long = "integer", double = "number", decimal = "number or string",
  boolean = "boolean", string = "string", dateTime = "date", DataSet = "[DataSet](types.md#dataset)",
}

local function type_link(types, name)
  local kind = types[name].kind
  if kind == "array" then
    return "array of " .. type_link(types, types[name].item)
  elseif kind == "record" or kind == "enum" then
    return ("[%s](types.md#%s)"):format(name, name:lower())
  end
  return assert(scalar_types[name], name)
end

local function field_type(types, field)
  return type_link(types, field.enum or field.type)
end

-- "WebsitePanel, SolidCP"
local function panel_names(products)
  return #products == #dnp.dialects and "all" or table.concat(products, ", ")
end

local function remark(item, products)
  local remarks = {}
  if item.optional then
    remarks[#remarks + 1] = "optional"
  end
  if item.positive then
    remarks[#remarks + 1] = "at least 1"
  end
  if item.length then
    remarks[#remarks + 1] = ("at most %d characters"):format(item.length)
  end
  if item.narrow then
    remarks[#remarks + 1] = "of a one-byte character set"
  end
  if #products < #dnp.dialects then
    remarks[#remarks + 1] = "only " .. panel_names(products)
  end
  return table.concat(remarks, "; ")
end

local function write_enum(lines, all, name)
  append(lines, "| name | number | panels |\n|---|---|---|")
  for _, entry in ipairs(contracts.merge(contracts.with_type(all, name), function(contract)
    return contract.types[name].values
  end)) do
    append(lines, "| `%s` | %d | %s |", entry.name, entry.item.number, panel_names(entry.products))
  end
end

local function write_record(lines, all, types, name)
  append(lines, "| field | type | |\n|---|---|---|")
  for _, entry in ipairs(contracts.merge(contracts.with_type(all, name), function(contract)
    return contract.types[name].fields
  end)) do
    append(lines, "| `%s` | %s | %s |", entry.name, field_type(types, entry.item), remark(entry.item, entry.products))
  end
end

local function types_page(all)
  local types, names = contracts.types(all)
  local lines = { words.types_head }
  for _, name in ipairs(names) do
    local kind = types[name].kind
    if kind == "enum" or kind == "record" and not contracts.hidden(all)[name] then
      append(lines, "## %s\n", name)
      if kind == "enum" then
        write_enum(lines, all, name)
      else
        write_record(lines, all, types, name)
      end
      append(lines, "")
    end
  end
  lines[#lines] = nil
  return page(lines)
end

---- operations ----

local function parameters_of(all, operation)
  return contracts.merge(all, function(contract)
    for _, candidate in ipairs(contract.operations) do
      if candidate.name == operation.name then
        return candidate.parameters
      end
    end
  end)
end

local function arguments_of(parameters)
  local names = {}
  for _, entry in ipairs(parameters) do
    names[#names + 1] = entry.item.argument
  end
  return table.concat(names, ", ")
end

-- A call as an indented block, broken where lines get long.
local function signature(method, arguments)
  local lines, line = {}, ("    panel:%s("):format(method)
  for argument in (arguments .. ")"):gmatch "%S+" do
    if #line + #argument > 76 then
      lines[#lines + 1], line = line:gsub("%s+$", ""), "        "
    end
    line = line .. argument .. " "
  end
  lines[#lines + 1] = line:gsub("%s+$", "")
  return table.concat(lines, "\n")
end

local function write_parameters(lines, types, parameters)
  append(lines, "| parameter | in the API | type | |\n|---|---|---|---|")
  for _, entry in ipairs(parameters) do
    local item = entry.item
    local note = remark(item, entry.products)
    if item.from then
      note = ("taken from the record's `%s`; %s"):format(item.from, note)
    end
    append(lines, "| %s | `%s` | %s | %s |", item.argument and "`" .. item.argument .. "`" or "", item.name,
      field_type(types, item), note)
  end
  append(lines, "")
end

-- The columns of a DataSet, as the sandbox gives them.
local function write_columns(lines, tables)
  for index, rows in ipairs(tables) do
    local columns = {}
    for position, column in ipairs(rows.columns) do
      columns[position] = ("`%s` %s"):format(column.name, column.type)
    end
    append(lines, "Table %d: %s.\n", index, table.concat(columns, ", "))
  end
end

local function write_result(lines, types, operation, sample)
  local text = words.results[operation.result_kind] or words.values[operation.result]
    or "Returns " .. type_link(types, operation.result) .. ", or `nil, err`."
  append(lines, text .. "\n")
  for _, name in ipairs(operation.remarks or {}) do
    append(lines, "The second result is `\"%s\"` when %s.\n", name, words.code_of(name).sentence)
  end
  if operation.result == "DataSet" then
    write_columns(lines, sample)
  end
end

local function write_codes(lines, operation)
  local codes = refusals.of(operation.name)
  if #codes == 0 then
    return
  end
  append(lines, "| refused with | name | |\n|---|---|---|")
  for _, code in ipairs(codes) do
    append(lines, "| [%d](codes.md) | `%s` | %s |", code, dnp.codes[code].name, cell(dnp.codes[code].sentence))
  end
  append(lines, "")
end

local function write_example(lines, operation)
  append(lines, "```lua\n%s\nprint(%s)\n```\n", samples.call(operation.method, "result"),
    examples[operation.method].show)
end

local function write_operation(lines, all, types, operation, sample)
  local parameters = parameters_of(all, operation)
  local panels = {}
  for _, contract in ipairs(all) do
    for _, candidate in ipairs(contract.operations) do
      panels[#panels + 1] = candidate.name == operation.name and contract.product or nil
    end
  end
  append(lines, "## %s\n", operation.method)
  append(lines, "%s\n", operation.summary)
  append(lines, "%s\n", signature(operation.method, arguments_of(parameters)))
  append(lines, "Operation `%s.%s`, in %s. %s\n", operation.service, operation.name,
    #panels == #dnp.dialects and "all panels" or panel_names(panels),
    operation.mutates and "It changes something: it is sent once and never repeated." or "It only reads.")
  write_parameters(lines, types, parameters)
  if #operation.required > 0 then
    append(lines, "Fields that the record must have: `%s`.\n", table.concat(operation.required, "`, `"))
  end
  write_result(lines, types, operation, sample)
  write_codes(lines, operation)
  write_example(lines, operation)
end

local function service_page(all, types, operations, service, sampled)
  local lines = { ("# %s\n\n%s"):format(service.title, words.service_head) }
  for _, operation in ipairs(operations) do
    if operation.service == service.name then
      write_operation(lines, all, types, operation, sampled[operation.method])
    end
  end
  lines[#lines] = lines[#lines]:gsub("\n$", "")
  return page(lines)
end

local function index_page(operations, all)
  local lines = { words.index_head }
  for _, service in ipairs(services) do
    append(lines, "## %s\n\n| method | |\n|---|---|", service.name)
    for _, operation in ipairs(operations) do
      if operation.service == service.name then
        append(lines, "| [`%s(%s)`](%s#%s) | %s |", operation.method, arguments_of(parameters_of(all, operation)),
          service.page, operation.method, cell(operation.summary))
      end
    end
    append(lines, "")
  end
  lines[#lines] = nil
  return page(lines)
end

---- codes and errors ----

local function codes_page(all)
  local products = {}
  for _, contract in ipairs(all) do
    products[contract.dialect] = contract.product
  end
  local numbers = {}
  for code in pairs(dnp.codes) do
    numbers[#numbers + 1] = code
  end
  table.sort(numbers, function(a, b)
    return a > b
  end)
  local lines = { words.codes_head }
  for _, number in ipairs(numbers) do
    local code, panels = dnp.codes[number], {}
    for index, dialect in ipairs(code.dialects) do
      panels[index] = products[dialect]
    end
    append(lines, "| %d | `%s`%s | %s | %s |", number, code.name, code.alias and ", `" .. code.alias .. "`" or "",
      cell(code.sentence), panel_names(panels))
  end
  return page(lines)
end

-- What a failure of the transport becomes, as the C core makes it: asked with a request that nobody sends.
local function failure_of(panel, name, sent)
  local receiver = panel:receive(panel:request("UserExists", "jdoe"))
  local _, err = receiver:fail { name = name, sent = sent }
  return err
end

local function errors_page()
  local lines = { words.errors_head, "| `kind` | |\n|---|---|" }
  for _, kind in ipairs(dnp.error_kinds) do
    append(lines, "| `%s` | %s |", kind, assert(words.kinds[kind], kind))
  end
  append(lines, "\n" .. words.failures_head .. "\n")
  append(lines, "| `name` | `kind` | `retryable` when nothing was sent | message |\n|---|---|---|---|")
  local panel = assert(dnp.session { url = "http://panel.example.com:9002", username = "admin", password = "secret" })
  for _, name in ipairs(dnp.failure_names) do
    local err = failure_of(panel, name, false)
    append(lines, "| `%s` | `%s` | %s | %s |", name, err.kind, tostring(err.retryable),
      cell(err.message:gsub("^[%w_%.]+: ", "")))
  end
  panel:close()
  return page(lines)
end

---- the pages ----

--- The pages by their paths.
---@return table<string, string>
function reference.pages()
  local all = contracts.all()
  local types = contracts.types(all)
  local operations = {}
  for index, entry in ipairs(contracts.merge(all, function(contract)
    return contract.operations
  end)) do
    operations[index] = entry.item
  end
  local sampled = samples.all()
  local pages = {
    [FOLDER .. "README.md"] = index_page(operations, all),
    [FOLDER .. "types.md"] = types_page(all),
    [FOLDER .. "codes.md"] = codes_page(all),
    [FOLDER .. "errors.md"] = errors_page(),
  }
  for _, service in ipairs(services) do
    pages[FOLDER .. service.page] = service_page(all, types, operations, service, sampled)
  end
  return pages
end

if arg and arg[0] and arg[0]:match "reference%.lua$" then
  for path, text in pairs(reference.pages()) do
    made.main({ [0] = arg[0], arg[1] }, path, function()
      return text
    end)
  end
end

return reference
