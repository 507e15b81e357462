--- What the reference says in words, beside what it reads from the contract.
local dnp = require "dnp"

local words = {}

--- The business code of that name.
---@param name string
function words.code_of(name)
  for _, code in pairs(dnp.codes) do
    if code.name == name then
      return code
    end
  end
  error("there is no business code " .. name)
end

words.index_head = [[
# Reference

Every operation of the API is a method of a session, with the parameters in the order that the API gives them. A
dialect is a family of versions: what its newest version knows may be sent, and older panels ignore it. How parameters
and results look in Lua is described in [Sessions](../sessions.md); failures in [Errors and
retries](../errors-and-retries.md).

- [Users](users.md), [hosting spaces, plans and add-ons](packages.md), [checking passwords](authentication.md)
- [Types](types.md): records and enumerations
- [Business codes](codes.md): what a panel returns instead of an id
- [Error kinds and failure names](errors.md)

The same facts are available to programs: `dnp.contract(dialect)` returns the operations and types of a dialect as
tables, `dnp.codes` the business codes, `dnp.error_kinds` and `dnp.failure_names` the names.
]]

words.service_head = [[
The examples run on the sample accounts of the [sandbox](../sandbox.md), where `panel` is a session of `serveradmin`.
The codes are those that the sources of the panels show for the operation; a newer panel may have more. Of these, -103
to -106, -108 and -112 are about the account that makes the call. Columns of DataSets are those of SolidCP; older
panels have fewer.
]]

words.results = {
  id = "Returns the new id, or `nil, err`.",
  package_id = "Returns the new id, or `nil, err`. A refusal for quotas has `err.exceeding_quotas`.",
  status = "Returns `true`, or `nil, err`.",
  package_status = "Returns `true`, or `nil, err`. A refusal for quotas has `err.exceeding_quotas`.",
}

words.values = { boolean = "Returns a boolean, or `nil, err`." }

words.types_head = [[
# Types

Records are plain tables with the field names of the API. A field that is nil is not sent; what a panel left out is
nil. A record that was read may have `_unknown`: the elements that only a newer panel knows, kept as XML and sent back
by `update_user` and `update_package`. Integers are integers, in range of the type on the wire.

A date is a string as on the wire, `"2026-11-23T10:00:00"`, without a zone: panels keep local time. Where a date is
expected, `os.time()` numbers are accepted too and written as local time. A `decimal` is a number, or a string where a
number would lose digits.

Statuses and roles are accepted as numbers or as names, in parameters and in records. `dnp.UserRole`,
`dnp.UserStatus`, `dnp.UserLoginStatus` and `dnp.PackageStatus` hold the numbers by name.

## DataSet

An array of tables, in the order of the schema. Each table is an array of rows, with two fields beside them: `name`, and
`columns`, an array of `{ name =, type = }` with types of XML Schema. A row has its values by column name; a NULL is
nil.
]]

words.codes_head = [[
# Business codes

A panel returns one of these instead of an id, or of a status of 0. In Lua it becomes an error of kind `refused` with
`code` and `name`; `dnp.codes[code]` has `name`, `alias`, `sentence` and `dialects`. A negative number that is not in
the table is a refusal as well.

| code | name | meaning | panels |
|---|---|---|---|]]

words.errors_head = [[
# Error kinds and failure names

`dnp.error_kinds` and `dnp.failure_names` list them for programs. [Errors and retries](../errors-and-retries.md)
describes the error object.

## Kinds
]]

words.kinds = {
  transport = "No connection to the panel, or the connection broke. `name` says how, see below.",
  timeout = "A time limit was reached: of the connection, the call, or a deadline.",
  http = "An HTTP status without a SOAP envelope, such as 401 or 502; `http_status` has it.",
  fault = "The panel answered with a SOAP fault; `name` is the fault code, `fault_string` the whole text.",
  refused = "The panel refused with a [business code](codes.md), in `code` and `name`.",
  absent = "There is no such record, or this account may not see it.",
  protocol = "The response could not be read as one; the message says what was found.",
  limit = "A response or a request exceeds a limit, such as `max_response_bytes`.",
  conflict = "Of workflows: what the panel holds does not allow what is desired. `field` names the field, if it is "
    .. "one.",
  raised = "Of workflows: an error was raised in the middle, such as an interruption.",
}

words.failures_head = [[
## Failure names

The `name` of an error whose exchange failed. The same list applies to every engine. When the request was not sent,
`outcome` is `not_done`; otherwise it is `unknown` for an operation that changes something, and the call is not
retryable. The host in the messages is an example.]]

return words
