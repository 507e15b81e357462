--- A session whose bytes are moved by somebody else: the engine of nonblocking.lua and of openresty/.
--
-- `panel:request` makes what has to be sent, `panel:response` reads what came back; between the two lies one HTTP
-- exchange, over any socket with LuaSocket's methods. OpenResty's cosockets have them, and so have LuaSocket's own.

local dnp = require "dnp"

local engine = {}

---- one HTTP exchange ----

local function read_headers(socket)
  local status, headers
  repeat -- past answers that are only on the way, such as 100
    local line, err = socket:receive "*l"
    status = tonumber(line and line:match "^HTTP/1%.%d (%d%d%d)")
    if not status then
      return nil, err or "no HTTP answer"
    end
    headers = {}
    line, err = socket:receive "*l"
    while line and line ~= "" do
      local name, value = line:match "^([^:]+):%s*(.-)%s*$"
      headers[(name or ""):lower()] = value
      line, err = socket:receive "*l"
    end
    if not line then
      return nil, err
    end
  until status >= 200
  return status, headers
end

local function read_chunks(socket)
  local chunks = {}
  while true do
    local line, err = socket:receive "*l"
    local size = tonumber(line and line:match "^%x+" or "", 16)
    if not size then
      return nil, err or "no length of a chunk"
    elseif size == 0 then
      return table.concat(chunks)
    end
    chunks[#chunks + 1], err = socket:receive(size)
    if err then
      return nil, err
    end
    socket:receive "*l"
  end
end

local function read_body(socket, headers)
  if (headers["transfer-encoding"] or ""):lower() == "chunked" then
    return read_chunks(socket)
  end
  local length = tonumber(headers["content-length"])
  if length == 0 then
    return ""
  end
  return socket:receive(length or "*a")
end

-- Status, headers, body; or nil, what went wrong, and whether the request may have arrived.
local function exchange(connect, request)
  local scheme, authority, path = request.url:match "^(https?)://([^/]+)(.*)$"
  local host, port = authority:match "^(.+):(%d+)$"
  local socket, err = connect(host or authority, tonumber(port) or (scheme == "https" and 443 or 80),
    scheme == "https")
  if not socket then
    return nil, err, false
  end
  local lines = { ("%s %s HTTP/1.1"):format(request.method, path), "Host: " .. authority, "Connection: close",
    "Content-Length: " .. #request.body }
  for name, value in pairs(request.headers) do
    lines[#lines + 1] = name .. ": " .. value
  end
  local sent, status, headers, body
  sent, err = socket:send(table.concat(lines, "\r\n") .. "\r\n\r\n" .. request.body)
  if sent then
    status, headers = read_headers(socket)
    err = headers
  end
  if status then
    body, err = read_body(socket, headers)
  end
  socket:close()
  if not body then
    return nil, err, true
  end
  return status, headers, body
end

---- a session over it ----

-- Errors look like those of `dnp`, so that workflows treat them alike.
local failure = {
  __tostring = function(err)
    return err.message .. (err.outcome == "unknown" and "; the panel may have done it all the same" or "")
  end,
}

local function fail(operation, reason, arrived)
  return setmetatable({
    kind = reason == "timeout" and "timeout" or "transport",
    operation = operation.name,
    message = ("%s: %s"):format(operation.name, reason),
    outcome = arrived and operation.changes and "unknown" or "not_done",
  }, failure)
end

--- Has the methods of a session, so that the workflows of `dnp.provisioning` take it in place of one. Calls of
--- several coroutines may be under way at once.
---@param panel dnp.Session
---@param connect fun(host: string, port: integer, tls: boolean): table?, string? a connected socket
---@return table
function engine.over(panel, connect)
  local self = {}
  function self.info()
    return panel:info()
  end
  for _, operation in ipairs(dnp.contract(panel:info().dialect).operations) do
    self[operation.method] = function(_, ...)
      local request, err = panel:request(operation.name, ...)
      if not request then
        return nil, err
      end
      local status, headers, body = exchange(connect, request)
      if not status then
        return nil, fail(operation, headers, body)
      end
      return panel:response(operation.name, status, headers, body)
    end
  end
  return self
end

return engine
