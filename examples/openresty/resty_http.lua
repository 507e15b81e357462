--- lua-resty-http as an engine: dnp.session { ..., engine = require "resty_http" }.
---
--- The engine that comes with the module does more: here time limits are for each read, and not for the whole call, a
--- connection is never used again, and of a request that failed nobody knows whether it was sent.
-- luacheck: std ngx_lua

local http = require "resty.http"

local engine = { name = "lua-resty-http", sleep = ngx.sleep }

function engine.exchange(request, limits)
  local client = assert(http.new())
  client:set_timeouts(limits.connect_timeout * 1000, limits.timeout * 1000, limits.timeout * 1000)
  local connected, err = client:connect {
    scheme = request.scheme, host = request.host, port = request.port,
    ssl_verify = limits.verify, ssl_server_name = request.host, -- without the name any certificate would do
  }
  if not connected then
    return nil, { reason = err, sent = false }
  end
  local response
  response, err = client:request(request) -- it has method, path, headers and body
  if not response then
    client:close()
    return nil, { reason = err }
  end
  local function close()
    client:close()
  end
  return response.status, response.headers, function()
    local piece, reason = response.body_reader(65536)
    if not piece then
      close()
    end
    return piece, reason and { reason = reason, sent = true }
  end, close
end

return engine
