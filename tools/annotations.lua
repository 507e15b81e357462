--- Writes lua/dnp.d.lua, the annotations of the C module for editors, from the module's own contract.
-- usage: tools/annotations.lua [--check] [FILE]; --check says whether FILE is fresh, and writes nothing.
local dnp = require "dnp"
local contracts = require "tools.contracts"
local made = require "tools.made"
local samples = require "tools.samples"
local spec = require "dnp.provisioning.model.spec"

local annotations = {}

local lua_types = {
  int = "integer",
  unsignedShort = "integer",
  long = "integer",
  double = "number",
  decimal = "number|string",
  boolean = "boolean",
  string = "string",
  dateTime = "string",
  DataSet = "dnp.DataSet",
}

-- What is the same whatever the contract holds.
local head = [[
---@meta dnp
-- luacheck: ignore 212 241 631
-- Made from the contract by tools/annotations.lua; do not edit.

---Client for the provisioning API of DotNetPanel, WebsitePanel and SolidCP.
---@class dnp
---@field _VERSION string "]] .. dnp._VERSION .. [["
---@field dialects dnp.Dialect[]
---@field codes table<integer, dnp.Code> business codes
---@field options string[] names of the options of a session
---@field error_kinds string[] what `kind` of an error can be
---@field failure_names string[] what `name` of a failed transport can be
local dnp = {}

---@alias dnp.Dialect "dotnetpanel"|"websitepanel"|"solidcp"

---@class dnp.Code
---@field name string "ERROR_USER_ALREADY_EXISTS"
---@field alias? string another name of the same number
---@field sentence string what it means
---@field dialects dnp.Dialect[] whose panels define it

---@class dnp.Options
---@field url string address of the Enterprise Server, such as "http://127.0.0.1:9002"
---@field username string
---@field password string
---@field dialect? dnp.Dialect "dotnetpanel" by default
---@field timeout? number seconds for a whole call: 30
---@field connect_timeout? number seconds until connected: 10
---@field ca_file? string PEM file with trusted certificates
---@field verify? boolean TLS peer and host name: true
---@field proxy? string "" for none; from the environment when left out
---@field wse_to? string with auth = "wse": `url` as the panel sees it behind a proxy
---@field wse_clock_offset? integer with auth = "wse": seconds that the panel's clock is ahead
---@field user_agent? string
---@field max_response_bytes? integer held of one response, after decompression: 256 MiB
---@field max_connections? integer open at once; further calls wait for one: 64
---@field auth? "basic"|"wse" "basic" by default
---@field engine? "auto"|"curl"|"nginx"|dnp.Engine who moves the bytes: "auto"
---@field trace? fun(event: dnp.Event)|file* receives requests and responses, secrets replaced

---@class dnp.Event
---@field event "request"|"response"
---@field operation string
---@field url? string
---@field headers? table<string, string>
---@field body string
---@field status? integer of a response, when there was one
---@field seconds? number from request to response
---@field error? string why the call failed

---What can go wrong in the world; tostring() gives a sentence. Usage errors raise instead.
---@class dnp.Error
---@field kind "transport"|"timeout"|"http"|"fault"|"refused"|"absent"|"protocol"|"limit"|"conflict"|"raised"
---@field code? integer of the panel when it refused, of libcurl when the transport failed
---@field name? string "ERROR_USER_ALREADY_EXISTS", "host_not_found", "Server"
---@field message string
---@field operation? string
---@field service? string "esUsers"
---@field http_status? integer
---@field retry_after? integer seconds that the server asks to wait
---@field retryable boolean whether the same call may succeed later, and can do no harm then
---@field outcome "not_done"|"unknown" whether the panel surely did nothing
---@field fault_string? string whole text of a fault
---@field fault_detail? string what a fault's detail holds: text, or XML without namespaces
---@field exceeding_quotas? dnp.ExceedingQuota[] of a refusal for quotas

---@class dnp.ExceedingQuota
---@field QuotaID integer
---@field QuotaName string
---@field QuotaValue integer

---Tables in the order of the schema.
---@alias dnp.DataSet dnp.Table[]

---An array of rows; a NULL is left out of its row.
---@class dnp.Table
---@field [integer] table<string, any>
---@field name string
---@field columns dnp.Column[]

---@class dnp.Column
---@field name string
---@field type string of XML Schema: "int", "string", "dateTime"

---A request that somebody else sends. Its fields may be changed; the call that it belongs to is not among them.
---@class dnp.Request
---@field operation string
---@field url string
---@field scheme "http"|"https"
---@field host string of IPv6 without brackets
---@field port integer
---@field path string
---@field method "POST"
---@field headers table<string, string> credentials among them
---@field body string
---@field mutates boolean whether it must never be sent twice; its earlier name `changes` is there too

---Takes a response in pieces.
---@class dnp.Receiver
local receiver = {}

---@param piece string
---@return true? going nil when the call has ended and the connection should be closed
function receiver:feed(piece) end

---The response is complete: what the method would have returned.
---@return any result
---@return dnp.Error error where the result is nil
function receiver:finish() end

---The transport broke: what the method would have returned.
---@param failure dnp.Failure
---@return any result
---@return dnp.Error error where the result is nil
function receiver:fail(failure) end

---The records of a list while they arrive; called, it gives the next one.
---@class dnp.Stream
---@field close fun(stream: dnp.Stream) ends the transfer
---@overload fun(): any, dnp.Table?

---A session with a panel.
---@param options dnp.Options
---@return dnp.Session? session
---@return dnp.Error error where the result is nil
function dnp.session(options) end

---Seconds on a clock that only goes forward; its beginning means nothing.
---@return number
function dnp.clock() end

---Sleeps without holding up others, where there are any: in a task of `dnp.parallel`, inside nginx. A signal may end it
---early.
---@param seconds number
---@return number left seconds that were not slept
function dnp.sleep(seconds) end

---Runs a function for each of many items, so many at a time; see lua/dnp/parallel.lua.
---@param items any[]|fun(): any
---@param fn fun(item: any, index: integer): any, any
---@param options dnp.ParallelOptions?
---@return table<integer, any> results
---@return table<integer, any> failures
function dnp.parallel(items, fn, options) end

---The operations and types of a dialect, as data.
---@param dialect dnp.Dialect
---@return table
function dnp.contract(dialect) end
]]

local session_head = [[

---@class dnp.Session
local session = {}

---Ends the session; its password is wiped. A second time does nothing.
function session:close() end

---What the session was made for; never the password.
---@return { url: string, username: string, dialect: dnp.Dialect, auth: string, timeout: number }
function session:info() end

---What a call would send, for another engine; `...` are the method's arguments.
---@param operation string "AddUser" or "add_user"
---@param ... any
---@return dnp.Request? request
---@return dnp.Error error where the result is nil
function session:request(operation, ...) end

---Takes the response to a request in pieces.
---@param request dnp.Request|string what `request` gave, or an operation's name
---@param status integer? nil: no response began; the receiver's `fail` says why
---@param headers table<string, string|string[]>?
---@return dnp.Receiver
function session:receive(request, status, headers) end

---Hands over the records of a list while they arrive: `for user in session:each("GetUsers", 1, true) do`. Raises an
---error object.
---@param operation string "GetUsers" or "get_users"
---@param ... any
---@return dnp.Stream
function session:each(operation, ...) end

---What a call would have returned, given the response that another engine received.
---@param request dnp.Request|string what `request` gave, or an operation's name
---@param status integer
---@param headers table<string, string|string[]>? names in any case; nil: the body is XML
---@param body string
---@return any result
---@return dnp.Error error where the result is nil
function session:response(request, status, headers, body) end
]]

local workflow_head = [[

-- What workflows take and give, see lua/dnp/provisioning.lua. Columns of rows are those of SolidCP; older panels have
-- fewer.
]]

local function append(lines, format, ...)
  lines[#lines + 1] = select("#", ...) > 0 and format:format(...) or format
end

local function type_name(types, name)
  local kind = types[name].kind
  if kind == "array" then
    return type_name(types, types[name].item) .. "[]"
  end
  return (kind == "record" or kind == "enum") and "dnp." .. name or assert(lua_types[name], name)
end

local function value_type(types, field)
  return field.enum and "dnp." .. field.enum .. "|integer" or type_name(types, field.type)
end

local function argument_type(types, parameter)
  local kind = types[parameter.type].kind
  if parameter.enum or kind == "enum" then
    return "dnp." .. (parameter.enum or parameter.type) .. "|integer"
  end
  return type_name(types, parameter.type) .. (parameter.type == "dateTime" and "|integer" or "")
end

local function remark(all, entry)
  local remarks = {}
  if #entry.products < #all then
    remarks[1] = table.concat(entry.products, ", ") .. " only"
  end
  if entry.item.length then
    remarks[#remarks + 1] = ("at most %d characters"):format(entry.item.length)
  end
  return #remarks > 0 and " " .. table.concat(remarks, "; ") or ""
end

local function write_enum(lines, all, name)
  all = contracts.with_type(all, name)
  local values = contracts.merge(all, function(contract)
    return contract.types[name].values
  end)
  local names = {}
  append(lines, "")
  append(lines, "---@class dnp.%sNumbers", name)
  for _, value in ipairs(values) do
    names[#names + 1] = ('"%s"'):format(value.name)
    append(lines, "---@field %s integer %d%s", value.name, value.item.number, remark(all, value))
  end
  append(lines, "dnp.%s = {}", name)
  append(lines, "")
  append(lines, "---@alias dnp.%s %s", name, table.concat(names, "|"))
end

local function write_record(lines, all, types, name)
  all = contracts.with_type(all, name)
  append(lines, "")
  append(lines, "---@class dnp.%s", name)
  local fields = contracts.merge(all, function(contract)
    return contract.types[name].fields
  end)
  for _, field in ipairs(fields) do
    append(lines, "---@field %s? %s%s", field.name, value_type(types, field.item), remark(all, field))
  end
  append(lines, "---@field _unknown? string elements that only a newer panel knows, as XML")
end

local results = {
  id = { "integer", "id" },
  package_id = { "integer", "id" },
  status = { "true", "done" },
  package_status = { "true", "done" },
}

-- The second result: an error, or what a call that did what it should adds. It is not marked as one that may be nil:
-- editors do not know that one of both is there, and would warn of every `err.kind`.
local function second_result(operation)
  local remarks = {}
  for index, name in ipairs(operation.remarks or {}) do
    remarks[index] = ('|"%s"'):format(name)
  end
  local second = #remarks > 0 and "error where the result is nil, or a remark" or "error where the result is nil"
  return "dnp.Error" .. table.concat(remarks) .. " " .. second
end

local function write_method(lines, all, types, operation)
  local parameters = contracts.merge(all, function(contract)
    for _, candidate in ipairs(contract.operations) do
      if candidate.name == operation.name then
        return candidate.parameters
      end
    end
  end)
  local names = {}
  append(lines, "")
  append(lines, "---%s", operation.summary)
  append(lines, "---%s.%s%s", operation.service, operation.name,
    operation.mutates and "; changes something, so it is never sent twice." or ".")
  if #operation.required > 0 then
    append(lines, "---Needs %s.", table.concat(operation.required, ", "))
  end
  for _, entry in ipairs(parameters) do
    local parameter = entry.item
    if parameter.argument then
      names[#names + 1] = parameter.argument
      append(lines, "---@param %s%s %s%s", parameter.argument, parameter.optional and "?" or "",
        argument_type(types, parameter), remark(all, entry))
    end
  end
  local result = results[operation.result_kind] or { type_name(types, operation.result), "result" }
  append(lines, "---@return %s? %s", result[1], result[2])
  append(lines, "---@return %s", second_result(operation))
  append(lines, "function session:%s(%s) end", operation.method, table.concat(names, ", "))
end

-- What a spec of an account and changes of one cannot name.
local decided_by_panel = { Created = true, Changed = true, Status = true, StatusId = true }
local not_changeable = {
  Created = true, Changed = true, Status = true, StatusId = true, UserId = true, OwnerId = true, Username = true,
  Password = true,
}

-- UserInfo as workflows take it: dates may be numbers, and some fields are not for them.
local function write_desired(lines, all, types, class, left_out)
  append(lines, "")
  append(lines, "---@class %s", class)
  for _, field in ipairs(contracts.merge(contracts.with_type(all, "UserInfo"), function(contract)
    return contract.types.UserInfo.fields
  end)) do
    if field.name == "OwnerId" and not left_out.OwnerId then
      append(lines, "---@field OwnerId? integer|string the owner, by id or user name")
    elseif not left_out[field.name] then
      append(lines, "---@field %s? %s%s", field.name, value_type(types, field.item), remark(all, field))
    end
  end
end

-- The types of columns, and the fields that a row of a list has beside them.
local column_types = {
  int = "integer", long = "integer", double = "number", decimal = "number|string", boolean = "boolean",
  string = "string", dateTime = "string",
}

local function write_row(lines, class, rows, more)
  append(lines, "")
  append(lines, "---@class %s", class)
  for _, column in ipairs(rows.columns) do
    append(lines, "---@field %s? %s", column.name:gsub("ID$", "Id"), assert(column_types[column.type], column.type))
  end
  for _, field in ipairs(more) do
    append(lines, "---@field %s", field)
  end
end

-- A space or an add-on of a spec: the rows that validate it.
local function write_spec(lines, class, rows)
  append(lines, "")
  append(lines, "---@class %s", class)
  for _, row in ipairs(rows) do
    append(lines, "---@field %s %s%s", row.name, row.type, row.help ~= "" and " " .. row.help or "")
  end
end

local function write_workflows(lines, all, types)
  append(lines, "%s", workflow_head:sub(1, -2))
  write_desired(lines, all, types, "dnp.provisioning.UserSpec", decided_by_panel)
  append(lines, "---@field Owner? integer|string the same as `OwnerId`")
  write_spec(lines, "dnp.provisioning.SpaceSpec", spec.SPACE)
  write_spec(lines, "dnp.provisioning.AddonSpec", spec.ADDON)
  write_desired(lines, all, types, "dnp.provisioning.UserChanges", not_changeable)
  local sampled = samples.all()
  write_row(lines, "dnp.provisioning.UserRow", sampled.get_users_paged[2],
    { "Status? dnp.UserStatus", "Role? dnp.UserRole" })
  write_row(lines, "dnp.provisioning.PackageRow: dnp.PackageInfo", sampled.get_packages_paged[2],
    { "Status? dnp.PackageStatus", "Role? dnp.UserRole of the account whose space it is" })
  write_row(lines, "dnp.provisioning.AddonRow", sampled.get_package_addons[1], { "Status? dnp.PackageStatus" })
end

--- The text of lua/dnp.d.lua.
function annotations.text()
  local all = contracts.all()
  local types, names = contracts.types(all)
  local hidden = contracts.hidden(all)
  local lines = { head:sub(1, -2) }
  for _, name in ipairs(names) do
    if types[name].kind == "enum" then
      write_enum(lines, all, name)
    elseif types[name].kind == "record" and not hidden[name] then
      write_record(lines, all, types, name)
    end
  end
  append(lines, "%s", session_head:sub(1, -2))
  for _, entry in ipairs(contracts.merge(all, function(contract)
    return contract.operations
  end)) do
    write_method(lines, all, types, entry.item)
  end
  write_workflows(lines, all, types)
  append(lines, "")
  append(lines, "return dnp")
  return table.concat(lines, "\n") .. "\n"
end

--- Whether the file holds what the contract says.
function annotations.fresh(path)
  return made.is_fresh(path, annotations.text)
end

if arg and arg[0] and arg[0]:match("annotations%.lua$") then
  made.main(arg, "lua/dnp.d.lua", annotations.text)
end

return annotations
