-- What the head of a response says to a person, and what a fault's detail does: as every engine brings them.
local dnp = require "dnp"
local envelope = require "spec.support.envelope"

local panel = assert(dnp.session { url = "http://127.0.0.1:1", username = "admin", password = "pa55word" })

local function error_of(status, headers, body)
  local value, err = panel:response("AddUser", status, headers, body or "")
  assert.is_nil(value)
  assert.are.equal(status, err.http_status)
  assert.is_nil(tostring(err):find("pa55word", 1, true))
  return err
end

describe("a redirect", function()
  it("says where to, without credentials and query", function()
    local err = error_of(302, { Location = "https://admin:pa55word@panel.example.com/es/esUsers.asmx?key=pa55word#x" })
    assert.are.same({ "http", "not_done" }, { err.kind, err.outcome })
    assert.are.equal("AddUser: HTTP 302: the address redirects to https://panel.example.com/es/esUsers.asmx, and "
      .. "redirects are not followed; is the url right?", err.message)
    err = error_of(307, { location = "/pa55word/x" })
    assert.matches("redirects to /[redacted]/x, and", err.message, 1, true)
  end)

  it("to ASP.NET's page for errors leaves the outcome unknown", function()
    local err = error_of(302, { Location = "/error.htm?aspxerrorpath=/esUsers.asmx", ["Content-Type"] = "text/html" })
    assert.are.same({ "http", "unknown" }, { err.kind, err.outcome })
    assert.matches("the panel failed, and sends its page for errors (/error.htm)", err.message, 1, true)
    local _, read = panel:response("GetUsers", 302, { Location = "/error.htm?aspxerrorpath=/esUsers.asmx" }, "")
    assert.are.equal("not_done", read.outcome)
  end)
end)

describe("a 401", function()
  it("says when the web server wants Windows authentication", function()
    for _, header in ipairs { "Negotiate", "NTLM", "Negotiate, NTLM" } do
      local err = error_of(401, { ["WWW-Authenticate"] = header })
      assert.are.equal("not_done", err.outcome)
      assert.are.equal("windows_authentication", err.name)
      assert.matches("the web server wants Windows authentication (Negotiate, NTLM)", err.message, 1, true)
    end
    -- A password that Basic mangles is not the reason then.
    local mangled = assert(dnp.session { url = "http://127.0.0.1:1", username = "admin", password = "a:b" })
    local _, other = mangled:response("GetUserById", 401, { ["WWW-Authenticate"] = "NTLM" }, "")
    assert.is_nil(other.message:find("colon", 1, true))
    _, other = mangled:response("GetUserById", 401, { ["WWW-Authenticate"] = "Basic" }, "")
    assert.matches("colon", other.message, 1, true)
    local err = error_of(401, { ["WWW-Authenticate"] = 'Negotiate, Basic realm="DotNetPanel"' })
    assert.matches("did not accept user name and password", err.message, 1, true)
  end)
end)

describe("a server that asks to wait", function()
  it("is heard, in seconds or as a date", function()
    assert.are.equal(120, error_of(503, { ["Retry-After"] = "120" }).retry_after)
    assert.are.equal(30, error_of(429, { ["retry-after"] = "Sun, 06 Nov 1994 08:50:07 GMT",
      date = "Sun, 06 Nov 1994 08:49:37 GMT" }).retry_after)
    assert.are.equal(7, error_of(500, { ["Retry-After"] = "7", ["Content-Type"] = "text/xml" },
      envelope.fault("Server", "busy")).retry_after)
    for _, text in ipairs { "", "0", "soon", "-1" } do
      assert.is_nil(error_of(503, { ["Retry-After"] = text }).retry_after)
    end
    assert.is_nil(error_of(503, {}).retry_after)
  end)
end)

describe("a body that is packed still", function()
  it("is not taken for XML", function()
    local err = error_of(200, { ["Content-Type"] = "text/xml", ["Content-Encoding"] = "gzip" }, "\31\139\8")
    assert.are.same({ "protocol", "unknown" }, { err.kind, err.outcome })
    assert.matches("the response is packed (gzip), and whoever received it did not unpack it", err.message, 1, true)
    assert.are.equal(7, panel:response("AddUser", 200, { ["Content-Type"] = "text/xml",
      ["Content-Encoding"] = "identity" }, envelope.result("AddUser", "7")))
  end)
end)

describe("a fault's detail", function()
  local function detail(content)
    return error_of(500, nil, envelope.of("<soap:Fault><faultcode>soap:Server</faultcode><faultstring>x</faultstring>"
      .. content .. "</soap:Fault>")).fault_detail
  end

  it("is its text, or its XML without namespaces", function()
    assert.are.equal("<error>1101</error><message>Cannot find participant.</message>",
      detail "<detail><error>1101</error>\n <message>Cannot find participant.</message></detail>")
    assert.are.equal("at a < b", detail "<detail> at a &lt; b\n</detail>")
    assert.are.equal("<e><a>1</a>text &amp; more<b></b></e>",
      detail "<detail><x:e xmlns:x='urn:x' y='z'><a>1</a>text &amp; more<x:b /></x:e></detail>")
  end)

  it("is absent when it holds nothing", function()
    for _, content in ipairs { "", "<detail />", "<detail> \n </detail>" } do
      assert.is_nil(detail(content))
    end
  end)

  it("has no secrets, and is not long", function()
    local text = detail "<detail><Password>s3cret</Password><a>pa55word</a></detail>"
    assert.is_nil(text:find("s3cret", 1, true))
    assert.is_nil(text:find("pa55word", 1, true))
    for _, content in ipairs {
      ("x"):rep(500000), ("<a>xxxxxxxxxx</a>"):rep(50000), "<a>" .. ("&lt;"):rep(100000) .. "</a>",
    } do
      assert.is_true(#detail("<detail>" .. content .. "</detail>") < 400000)
    end
  end)

  it("of SOAP 1.2 is read as well", function()
    local body = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>'
      .. " s:Sender </s:Value></s:Code><s:Reason><s:Text>\n no </s:Text></s:Reason><s:Detail><a>1</a></s:Detail>"
      .. "</s:Fault></s:Body></s:Envelope>"
    local err = error_of(500, { ["Content-Type"] = "application/soap+xml" }, body)
    assert.are.same({ "Client", "no", "<a>1</a>", "AddUser: no", "not_done" },
      { err.name, err.fault_string, err.fault_detail, err.message, err.outcome })
  end)
end)
