--- Stands in for lua-resty-http, which Debian does not package: those of its functions that the example uses, as its
--- README describes them.
-- luacheck: std ngx_lua
local http1 = require "dnp.engines.http1"

local Client = {}
Client.__index = Client

function Client:set_timeouts(connect, send, read)
  self.socket:settimeouts(connect, send, read)
end

function Client:connect(options)
  local good, err = self.socket:connect(options.host, options.port)
  if good and options.scheme == "https" then
    good, err = self.socket:sslhandshake(nil, options.ssl_server_name, options.ssl_verify ~= false)
  end
  return good and 1, err
end

function Client:close()
  return self.socket:close()
end

function Client:request(params)
  local connection = { reused = false, keep = function() end, close = function() end }
  function connection.send(_, text)
    return self.socket:send(text)
  end
  function connection.receive(_, most)
    return self.socket:receiveany(most)
  end
  params = setmetatable({ scheme = "http", host = "panel", port = 80 }, { __index = params })
  local status, headers, body = http1.exchange(connection, http1.head(params), params.body, { timeout = 60 }, 0)
  if not status then
    return nil, headers.reason or headers.name
  end
  return { status = status, headers = headers, body_reader = function()
    if type(body) == "string" then
      return nil
    end
    local piece, failure = body()
    return piece, failure and (failure.reason or failure.name)
  end }
end

return { new = function()
  return setmetatable({ socket = ngx.socket.tcp() }, Client)
end }
