--- Is the panel there, does it accept the credentials, and is the account fit for work? The first problem is named.

local dnp = require "dnp"
local arguments = require "dnp.arguments"
local ascii = require "dnp.ascii"
local compare = require "dnp.provisioning.model.compare"
local failure = require "dnp.failure"
local labels = require "dnp.provisioning.model.labels"
local policy = require "dnp.provisioning.retry.policy"
local retry = require "dnp.provisioning.retry.retry"

---@class dnp.provisioning.ConnectionOptions
---The options that the session was made from; with them the right dialect is found by trying.
---@field session dnp.Options?
---@field policy dnp.provisioning.Policy|dnp.provisioning.PolicyOptions|nil by default one attempt

---@class dnp.provisioning.ConnectionReport
---@field url string
---@field username string
---@field dialect string the session's
---@field reachable boolean whether something answered HTTP
---@field tls boolean whether the connection is encrypted
---@field panel boolean whether what answered is an Enterprise Server of this dialect
---@field authenticated boolean whether it accepted user name and password
---@field round_trip number seconds that the call took, with connecting
---@field user { UserId: integer, Username: string, OwnerId: integer, Role: string, Status: string, IsDemo: boolean }?

---@class dnp.provisioning.ConnectionError: dnp.provisioning.Error
---What is wrong: "host_not_found", "connection_refused", "unreachable", "timeout", "certificate", "tls", "proxy",
---"connection_lost", "credentials", "forbidden", "not_a_panel", "wrong_dialect", "panel_failed", "account_hidden",
---"account_suspended", "account_cancelled", "account_pending", "account_demo"; with auth = "wse" also "clock_skew",
---"wrong_address" (see `wse_to`), "no_wse", "wse_refused".
---@field name string
---@field dialect string? of "wrong_dialect": the right one, when it could be found
---@field report dnp.provisioning.ConnectionReport what was found out until then

local OPTIONS = { session = { type = "table" }, policy = { type = "table" } }

-- Raises what a session made from these options would raise.
local function check_session(session_options, level)
  local good, panel = pcall(dnp.session, session_options)
  if not good then
    error("test_connection: " .. tostring(panel), level + 1)
  elseif panel then
    panel:close()
  end
end

-- Which of the other dialects the server answers in: it is asked the same harmless question in each.
local function find_dialect(session_options, wrong)
  for _, dialect in ipairs(dnp.dialects) do
    if dialect ~= wrong then
      local options = {}
      for name, value in pairs(session_options) do
        options[name] = value
      end
      options.dialect = dialect
      local panel = dnp.session(options)
      if panel then
        local exists = panel:user_exists(options.username)
        panel:close()
        if exists then
          return dialect
        end
      end
    end
  end
  return nil
end

-- The right dialect: name, sentence and dialect; nothing when it cannot be found.
local function right_dialect(report, options)
  local found = options.session and find_dialect(options.session, report.dialect)
  if found then
    return "wrong_dialect", ("the panel's dialect is %s, not %s"):format(found, report.dialect), found
  end
  return nil
end

local function other_dialects(report)
  local others = {}
  for _, dialect in ipairs(dnp.dialects) do
    if dialect ~= report.dialect then
      others[#others + 1] = dialect
    end
  end
  return table.concat(others, " or ")
end

-- The panel does not know the calls.
local function wrong_dialect(err, report, options)
  local name, sentence, found = right_dialect(report, options)
  if found then
    return name, sentence, found
  end
  return "wrong_dialect", ("the panel does not know the calls of the %s dialect; try %s (%s)"):format(report.dialect,
    other_dialects(report), tostring(err))
end

-- The response is not understood: it may not be from a panel at all, or from one of another dialect.
local function not_a_panel(reason, report, options)
  local name, sentence, found = right_dialect(report, options)
  if found then
    return name, sentence, found
  end
  return "not_a_panel", ("%s; if this is a panel, its dialect is not %s: try %s"):format(reason, report.dialect,
    other_dialects(report))
end

local HTTP_NAMES = {
  [401] = "credentials",
  [403] = "forbidden",
  [407] = "proxy",
  [408] = "timeout",
  [429] = "panel_failed",
}

-- With auth = "wse": what the panel's faults mean.
local WSE_NAMES = {
  FailedCheck = "credentials",
  FailedAuthentication = "credentials",
  InvalidSecurityToken = "clock_skew",
  InvalidSecurity = "clock_skew",
  MessageExpired = "clock_skew",
  DestinationUnreachable = "wrong_address",
  MustUnderstand = "no_wse",
  SecurityTokenUnavailable = "wse_refused",
  UnsupportedAlgorithm = "wse_refused",
  Security = "wse_refused",
  MessageInformationHeaderRequired = "wse_refused",
}

local function diagnose_wse(err)
  if err.kind == "http" and err.http_status == 401 then
    return "no_wse"
  end
  return err.kind == "fault" and WSE_NAMES[err.name] or nil
end

-- What a failed call says about the connection: name, sentence, and the dialect if it is another. Fills the report.
local function diagnose(err, report, options, auth)
  if err.kind == "transport" then
    return err.name or "transport", tostring(err)
  elseif err.kind == "timeout" then
    return "timeout", tostring(err)
  end
  report.reachable = true
  local refusal = auth == "wse" and diagnose_wse(err)
  if refusal then
    return refusal, tostring(err)
  elseif err.kind == "http" then
    local status = err.http_status or 0
    return HTTP_NAMES[status] or (status >= 500 and "panel_failed" or "not_a_panel"), tostring(err)
  elseif err.kind == "protocol" then
    -- Dialects differ in their namespaces; what is not even XML has none.
    if tostring(err):find("namespace", 1, true) then
      return not_a_panel(tostring(err), report, options)
    end
    return "not_a_panel", tostring(err)
  elseif err.kind == "fault" and tostring(err.name):match("^[^.]*") ~= "Server" then
    return wrong_dialect(err, report, options)
  end
  report.panel = true
  report.authenticated = err.kind ~= "fault" and err.kind ~= "limit"
  if err.kind == "absent" then
    return "account_hidden",
      ("user name and password are accepted, but the panel shows no account '%s'"):format(report.username)
  end
  return "panel_failed", tostring(err)
end

local UNFIT = { Suspended = "account_suspended", Cancelled = "account_cancelled", Pending = "account_pending" }

-- Why the account cannot be used for changes: name and sentence, or nothing.
local function unfit(user)
  if UNFIT[user.Status] then
    return UNFIT[user.Status], ("the account '%s' is %s"):format(user.Username, ascii.lower(user.Status))
  elseif user.IsDemo then
    return "account_demo", ("the account '%s' is a demo account, which may not change anything"):format(user.Username)
  end
  return nil
end

-- What is wrong with the record that was asked for; nil when it is the caller's own.
local function wrong_record(user, username)
  if type(user.Username) ~= "string" or type(user.UserId) ~= "number" or user.UserId < 1 then
    return "the response is not a user's record"
  elseif compare.fold_name(user.Username) ~= compare.fold_name(username) then
    return ("the response is the record of %s, not of %s, who asked"):format(labels.quote(user.Username),
      labels.quote(username))
  end
  return nil
end

local function fail(name, sentence, report, cause)
  return failure.new {
    kind = cause and cause.kind or "refused",
    name = name,
    message = "test_connection: " .. sentence,
    http_status = cause and cause.http_status,
    code = cause and cause.code,
    report = report,
    cause = cause,
  }
end

-- The error for a call that failed.
local function failed_call(err, report, options, auth)
  local name, sentence, dialect = diagnose(err, report, options, auth)
  local trouble = fail(name, sentence, report, err)
  trouble.dialect = dialect
  return trouble
end

-- The error for a response that is not the caller's record.
local function other_record(reason, report, options)
  local name, sentence, dialect = not_a_panel(reason, report, options)
  local trouble = fail(name, sentence, report)
  trouble.kind, trouble.dialect = "protocol", dialect
  return trouble
end

-- A report of which nothing is known yet.
local function new_report(info)
  return {
    url = info.url,
    username = info.username,
    dialect = info.dialect,
    tls = ascii.lower(info.url):find("^https:") ~= nil,
    reachable = false,
    panel = false,
    authenticated = false,
  }
end

-- What a report says of the caller.
local function about_user(user)
  return {
    UserId = user.UserId,
    Username = user.Username,
    OwnerId = user.OwnerId,
    Role = user.Role,
    Status = user.Status,
    IsDemo = user.IsDemo,
  }
end

--- Finds out whether a session can work: reachable, TLS, a panel, the right dialect, credentials accepted, the
--- caller's account active and not a demo account. Only reads (GetUserByUsername of the caller).
---
--- Source operations: GetUserByUsername; UserExists when a dialect is searched for.
---
---     local report = assert(provisioning.test_connection(panel))
---     print(report.user.Role, report.round_trip)
---@param panel dnp.Session
---@param options dnp.provisioning.ConnectionOptions?
---@return dnp.provisioning.ConnectionReport?
---@return dnp.provisioning.ConnectionError err its `name` says what is wrong first
local function test_connection(panel, options)
  arguments.session("test_connection", panel, 2)
  options = arguments.options("test_connection", options, OPTIONS, 2)
  if options.session then
    check_session(options.session, 2)
  end
  local retry_policy = policy.new(options.policy or { attempts = 1 }, 2, panel)
  local info = panel:info()
  local report = new_report(info)
  local began = retry_policy.clock()
  local user, err = retry.read(retry_policy, panel, "get_user_by_username", info.username)
  report.round_trip = retry_policy.clock() - began
  if not user then
    return nil, failed_call(err, report, options, info.auth)
  end
  report.reachable = true
  local reason = wrong_record(user, info.username)
  if reason then
    return nil, other_record(reason, report, options)
  end
  report.panel, report.authenticated = true, true
  report.user = about_user(user)
  local name, sentence = unfit(user)
  if name then
    return nil, fail(name, sentence, report)
  end
  return report
end

return { test_connection = test_connection }
