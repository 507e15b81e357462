--- Responses for specs that write their XML themselves.

local envelope = {}

local namespaces = {
  dotnetpanel = "http://officepark/dotnetpanel/enterpriseserver",
  websitepanel = "http://smbsaas/websitepanel/enterpriseserver",
  solidcp = "http://smbsaas/solidcp/enterpriseserver",
}

local around = [[<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="%s" ]]
  .. [[xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">]]
  .. [[<soap:Body>%s</soap:Body></soap:Envelope>]]

--- An envelope with this body.
---@param body string
---@return string
function envelope.of(body)
  return around:format("http://schemas.xmlsoap.org/soap/envelope/", body)
end

--- The response of an operation: `result` is what its response element holds.
---@param operation string
---@param result string
---@param dialect dnp.Dialect?
---@return string
function envelope.response(operation, result, dialect)
  local namespace = namespaces[dialect or "dotnetpanel"]
  return envelope.of(('<%sResponse xmlns="%s">%s</%sResponse>'):format(operation, namespace, result, operation))
end

--- The response of an operation whose result element has this content.
---@param operation string
---@param content string
---@param dialect dnp.Dialect?
---@return string
function envelope.result(operation, content, dialect)
  return envelope.response(operation, ("<%sResult>%s</%sResult>"):format(operation, content, operation), dialect)
end

--- The request of an operation: `parameters` is what its element holds.
---@param operation string
---@param parameters string
---@param dialect dnp.Dialect?
---@return string
function envelope.request(operation, parameters, dialect)
  local namespace = namespaces[dialect or "dotnetpanel"]
  return envelope.of(('<%s xmlns="%s">%s</%s>'):format(operation, namespace, parameters, operation))
end

--- A SOAP 1.1 fault.
---@param code string without prefix: "Server"
---@param text string
---@return string
function envelope.fault(code, text)
  return envelope.of(("<soap:Fault><faultcode>soap:%s</faultcode><faultstring>%s</faultstring><detail /></soap:Fault>")
    :format(code, text))
end

return envelope
