-- Other people's SOAP clients work with the sandbox, in WSDL mode.
local cjson = require "cjson"
local sandboxes = require "dnp.sandbox"

local function run(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local output = pipe:read "*a"
  pipe:close()
  return output
end

-- What clients read of the DataSets; the account that one has just made has its name and the number of its process.
local function reads(name)
  return { bytes = { "5381292032", "1049576" }, disk = { "38797312" }, users = { "jdoe", "unicode", name }, count = 1 }
end

-- Debian's interpreters, not others that may come first in PATH.
local clients = {
  { name = "PHP's SoapClient", command = "php spec/clients/client.php %s", first_name = "Paula", reads = reads "php",
    probe = "php -r 'echo class_exists(\"SoapClient\") ? \"there\" : \"no php-soap\";'" },
  { name = "PHP's SoapClient with SOAP 1.2", command = "php spec/clients/client.php %s 1.2", first_name = "Paula",
    reads = reads "php",
    probe = "php -r 'echo class_exists(\"SoapClient\") ? \"there\" : \"no php-soap\";'" },
  { name = "zeep", command = "/usr/bin/python3 spec/clients/client_zeep.py %s", first_name = "Zora",
    probe = "/usr/bin/python3 -c 'import zeep, requests; print(\"there\")'" },
  -- Not installed for the tests: it is 160 packages.
  { name = "Mono's generated proxies", command = "sh spec/clients/mono.sh %s", first_name = "Mona",
    reads = reads "mono",
    probe = "command -v wsdl mcs mono >/dev/null && echo there || echo no mono-devel" },
  { name = "NuSOAP", command = "php spec/clients/nusoap.php %s", first_name = "Nora", classic = true,
    probe = "php -r 'echo function_exists(\"xml_parser_create\") && " ..
      "stream_resolve_include_path(\"nusoap/nusoap.php\") ? \"there\" : \"no libnusoap-php or php-xml\";'" },
}

for _, client in ipairs(clients) do
  describe(client.name, function()
    for _, dialect in ipairs(client.classic and { "dotnetpanel" } or { "dotnetpanel", "websitepanel", "solidcp" }) do
      it("adds, reads and updates an account and a space in " .. dialect, function()
        local probe = run(client.probe)
        if not probe:find("there", 1, true) then
          pending(client.name .. " is not installed: " .. probe)
          return
        end
        local sandbox = assert(sandboxes.start { dialect = dialect })
        local output = run(client.command:format(sandbox.url))
        local json = output:match "(%b{})%s*$"
        assert.is_truthy(json, output)
        local answer = cjson.decode(json)
        local read = client.reads or {}
        if read.users then
          answer.users[3] = answer.users[3]:match "^%a+"
        end
        assert.are.same({
          added = 10, last_name = "Ünïcödé – 名", package = 4, refused = -305,
          exceeding = { "OS.Diskspace", "Web.Sites" }, updated = 0, first_name = client.first_name,
          bytes = read.bytes, disk = read.disk, users = read.users, count = read.count,
        }, answer)
        if client.classic then
          assert.is_truthy(output:find("<h2>Result</h2><pre>true</pre>", 1, true), output)
        end
        local stored = sandbox:query "SELECT FirstName, LastName, Password FROM Users WHERE UserID = 10"
        assert.are.same({ { FirstName = client.first_name, LastName = "Ünïcödé – 名", Password = "a & b" } }, stored)
        assert.are.equal(1, sandbox:call_count "AddUser")
        sandbox:stop()
      end)
    end
  end)
end
