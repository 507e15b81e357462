--- A panel inside nginx that answers with whatever bytes a spec wants, for one worker. Each connection takes the next
--- script: a list of texts to send, numbers of seconds to wait, and "next" to read the next request; then it is closed.
-- luacheck: std ngx_lua
local panel = { scripts = {}, requests = {}, connections = 0 }

local function read_request(socket, connection, head)
  if not head then
    local lines = {}
    repeat
      local line = socket:receive "*l"
      lines[#lines + 1] = line
    until not line or line == ""
    if #lines == 0 then
      return nil
    end
    head = table.concat(lines, "\r\n") .. "\r\n"
  end
  local length = tonumber(head:match "[Cc]ontent%-[Ll]ength: (%d+)")
  panel.requests[#panel.requests + 1] = {
    connection = connection, head = head, body = length and length > 0 and socket:receive(length) or nil,
  }
  return true
end

--- Serves a connection.
function panel.serve()
  panel.connections = panel.connections + 1
  local connection = panel.connections
  local script = table.remove(panel.scripts, 1) or {}
  local head = ngx.req.raw_header()
  local socket = ngx.req.socket(true)
  socket:settimeout(20000)
  if not read_request(socket, connection, head) then
    return
  end
  for _, step in ipairs(script) do
    local good = true
    if type(step) == "number" then
      ngx.sleep(step)
    elseif step == "next" then
      good = read_request(socket, connection)
    else
      good = socket:send(step)
    end
    if not good then
      return
    end
  end
end

--- Takes scripts for the connections to come, and forgets what was.
---@return table engine that has no idle connections
function panel.script(...)
  panel.scripts, panel.requests, panel.connections = { ... }, {}, 0
  package.loaded["dnp.engines.nginx"] = nil
  return require "dnp.engines.nginx"
end

return panel
