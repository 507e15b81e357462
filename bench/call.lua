--- One call without a network, the request and the panel's answer to it: call.lua AUTH TIMES
local dnp = require "dnp"

local auth, times = arg[1], tonumber(arg[2])
local panel = assert(dnp.session {
  url = "http://127.0.0.1:9002", username = "bench", password = "bench", auth = auth, dialect = "websitepanel",
})

-- As a panel with WSE 3.0 answers, with addressing headers.
local BEFORE = '<?xml version="1.0" encoding="utf-8"?><soap:Envelope '
  .. 'xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
  .. 'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing">'
  .. "<soap:Header><wsa:Action>http://smbsaas/websitepanel/enterpriseserver/UserExistsResponse</wsa:Action>"
  .. "<wsa:MessageID>urn:uuid:cc7185ef-0cf5-4284-99be-e573af1d3bad</wsa:MessageID><wsa:RelatesTo>"
local AFTER = "</wsa:RelatesTo><wsa:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:To>"
  .. '</soap:Header><soap:Body><UserExistsResponse xmlns="http://smbsaas/websitepanel/enterpriseserver">'
  .. "<UserExistsResult>true</UserExistsResult></UserExistsResponse></soap:Body></soap:Envelope>"

local function answer(request)
  local from = auth == "wse" and request.body:find("urn:uuid:", 1, true)
  local id = from and request.body:sub(from, from + 44) or "urn:uuid:00000000-0000-4000-8000-000000000001"
  return BEFORE .. id .. AFTER
end

local headers = { ["Content-Type"] = "text/xml; charset=utf-8" }
for _ = 1, times do
  local request = assert(panel:request("UserExists", "bob"))
  assert(panel:response(request, 200, headers, answer(request)))
end
