-- Which panel the command `dnp` works with, as whom, and where it gets the password from.
local certificates = require "spec.support.certificates"
local child = require "spec.support.child"
local fixture = require "spec.support.panel"
local sandbox = require "dnp.sandbox"
local scratch = require "spec.support.scratch"

local host

-- Runs a command line of somebody for whom nothing is configured but this.
local function dnp(arguments, environment, input)
  return child.run(("%s env -u DNP_URL -u DNP_USERNAME -u DNP_PASSWORD -u DNP_DIALECT -u DNP_PROFILE -u DNP_CONFIG "
    .. "-u XDG_CONFIG_HOME -u XDG_RUNTIME_DIR HOME=%s %s %s bin/dnp %s"):format(input and input .. " |" or "",
    scratch.path, environment or "", child.lua, arguments))
end

local function signed_in(...)
  local status, output, errors = dnp(...)
  assert.are.same({ 0, "" }, { status, errors })
  assert.matches("signed in as serveradmin", output, 1, true)
  return output
end

local function refused(text, ...)
  local status, output, errors = dnp(...)
  assert.are.same({ 2, "" }, { status, output })
  assert.matches(text, errors, 1, true)
end

-- Writes the config file at its usual place.
local function config(text, mode)
  child.run(("mkdir -p %s/.config/dnp"):format(scratch.path))
  local path = scratch.write(".config/dnp/config", (text:gsub("URL", host.server.url)))
  child.run(("chmod %s %s"):format(mode or "600", path))
  return path
end

local function secret(text, mode)
  local path = scratch.write("secret", text)
  child.run(("chmod %s %s"):format(mode or "600", path))
  return path
end

local BOX = "[default]\nurl = http://127.0.0.1:1\nusername = x\n\n; another\n[box]\nurl=URL\nusername = serveradmin\n"
  .. "dialect = solidcp\ntimeout = 30\n"

describe("a profile of dnp", function()
  scratch.provide()
  fixture.provide("solidcp", function(started)
    host = started
  end)

  it("is chosen by the option, the environment, or its name", function()
    config(BOX .. "password = serveradmin\n")
    signed_in "test --profile box"
    signed_in("test", "DNP_PROFILE=box")
    signed_in("test --profile box", "DNP_PROFILE=nothing")
    refused("there are: box, default", "test --profile bux")
    config("[default]\nurl = URL\nusername = serveradmin\npassword = serveradmin\ndialect = solidcp\n")
    signed_in "test"
    local path = scratch.write("elsewhere", child.read(scratch.path .. "/.config/dnp/config"))
    child.run("chmod 600 " .. path)
    child.run("rm -r " .. scratch.path .. "/.config")
    signed_in("test", "DNP_CONFIG=" .. path)
    child.run(("mkdir -p %s/x/dnp && mv %s %s/x/dnp/config"):format(scratch.path, path, scratch.path))
    signed_in("test", ("XDG_CONFIG_HOME=%s/x"):format(scratch.path))
  end)

  it("comes after the environment, which comes after options", function()
    config("[default]\nurl = http://127.0.0.1:1\nusername = nobody\npassword = wrong\ndialect = dotnetpanel\n")
    local from_environment = ("DNP_URL=%s DNP_USERNAME=serveradmin DNP_PASSWORD=serveradmin "
      .. "DNP_DIALECT=solidcp"):format(host.server.url)
    assert.matches("(solidcp)", signed_in("test", from_environment), 1, true)
    signed_in("test --username serveradmin --dialect solidcp --password-file " .. secret "serveradmin\n" .. " --url "
      .. host.server.url, "DNP_URL=http://127.0.0.1:1 DNP_USERNAME=nobody DNP_PASSWORD=wrong DNP_DIALECT=plesk")
    signed_in("test --profile box", "DNP_TIMEOUT=20 DNP_PASSWORD=serveradmin DNP_CONFIG=" .. config(BOX, "644"))
  end)

  it("may hold a password only where nobody else can read it", function()
    for _, mode in ipairs { "644", "640", "604", "660" } do
      config(BOX .. "password = serveradmin\n", mode)
      refused("chmod 600", "test --profile box")
      config(BOX .. ("password_file = %s\n"):format(secret("serveradmin\n", mode)), "644")
      refused("chmod 600", "test --profile box")
      refused("chmod 600", ("test --profile box --password-file %s/secret"):format(scratch.path),
        "DNP_PASSWORD=serveradmin")
    end
    config(BOX .. "password_file = ~/secret\n", "644")
    secret "serveradmin\r\nsecond line\n"
    signed_in "test --profile box"
    assert.are.equal(0, host.server:call_count "AddUser")
  end)

  it("takes the password from a command, a file, standard input", function()
    config(BOX .. "password_command = echo serveradmin; echo more\n", "644")
    signed_in "test --profile box"
    config(BOX, "644")
    signed_in("test --profile box", "DNP_PASSWORD_COMMAND='printf serveradmin'")
    signed_in("test --profile box", "DNP_PASSWORD_FILE=" .. secret "serveradmin")
    signed_in("test --profile box --password-file -", nil, "echo serveradmin")
    refused("the password command gave no password: false", "test --profile box", "DNP_PASSWORD_COMMAND=false")
    refused("the password command gave no password: echo", "test --profile box", "DNP_PASSWORD_COMMAND=echo")
    refused("No such file", "test --profile box", "DNP_PASSWORD_FILE=/nowhere/secret")
    refused("is empty", "test --profile box", "DNP_PASSWORD_FILE=" .. secret "")
    refused("no password: ", "test --profile box")
    refused("unknown option '--password'", "test --profile box --password serveradmin")
    local status, output, errors = dnp("test --profile box", "DNP_PASSWORD=s3cret-wrong")
    assert.are.equal(1, status)
    assert.is_nil((output .. errors):find("s3cret", 1, true))
  end)

  it("whose file has errors says where", function()
    for text, message in pairs {
      ["url = x\n"] = ":1: a profile begins with its name in brackets",
      ["[a]\nuser = x\n"] = ":2: 'user' is unknown; a profile has: auth, ca_file, dialect, ",
      ["[a]\nurl = x\nurl = y\n"] = ":3: 'url' is there twice",
      ["[a]\n[b]\n[a]\n"] = ":3: there are two profiles 'a'",
      ["[a]\nurl\n"] = ":2: expected NAME = VALUE",
      ["[default]\nurl = ftp://x\nusername = x\npassword = x\n"] = "must begin with http:// or https://",
      ["[default]\nurl = URL\nusername = x\npassword = x\ntimeout = soon\n"] = "timeout: expected a number of seconds",
      ["[default]\nurl = URL\nusername = x\npassword = x\nauth = ntlm\n"] = "ntlm",
      ["[default]\nurl = URL\npassword = x\n"] = "no user name",
    } do
      config(text)
      refused(message, "test")
    end
    assert.are.equal(0, #host.server:calls())
  end)

  it("may say that the panel takes WSE 3.0 only, and whom to trust", function()
    local made = certificates.new()
    made:make("own", "127.0.0.1", "subjectAltName = IP:127.0.0.1")
    local server = assert(sandbox.start {
      dialect = "websitepanel", auth = "wse", certificate = made:pair("own").certificate,
      private_key = made:pair("own").private_key,
    })
    local text = ("[default]\nurl = %s\nusername = serveradmin\npassword_command = echo serveradmin\n"
      .. "dialect = websitepanel\n"):format(server.url)
    config(text .. "auth = wse\n", "644")
    local status, _, errors = dnp "test"
    assert.are.equal(1, status)
    assert.matches("certificate", errors, 1, true)
    scratch.write("panel.pem", child.read(made:path "own.pem"))
    if pcall(require, "dnp.wse") then
      config(text .. "auth = wse\nca_file = ~/panel.pem\n", "644")
      signed_in "test"
    end
    config(text .. "auth = basic\n", "644")
    status, _, errors = dnp("test --ca-file " .. made:path "own.pem")
    assert.are.equal(1, status)
    assert.matches("401", errors, 1, true)
    server:stop()
    made.remove()
  end)
end)

describe("secrets on the command line", function()
  scratch.provide()
  fixture.provide("solidcp", function(started)
    host = started
  end)
  before_each(function()
    config(BOX .. "password = serveradmin\n")
  end)

  it("are refused, and come from files or standard input", function()
    local function password()
      return host.server:query("SELECT Password FROM Users WHERE UserID = 3")[1].Password
    end
    for _, line in ipairs { "call ChangeUserPassword userId=3 password=s3cret", "user edit jdoe Password=s3cret",
      "call AddUser user.Password=s3cret" } do
      local status, output, errors = dnp(line, "DNP_PROFILE=box")
      assert.are.same({ 2, "" }, { status, output }, line)
      assert.is_nil(errors:find("s3cret", 1, true))
      assert.matches("=@FILE", errors, 1, true)
    end
    local path = secret "from a file\n"
    assert.are.equal(0, (dnp("call ChangeUserPassword userId=3 password=@" .. path, "DNP_PROFILE=box")))
    assert.are.equal("from a file", password())
    assert.are.equal(0, (dnp("call ChangeUserPassword userId=3 password=-", "DNP_PROFILE=box", "echo 'from stdin'")))
    assert.are.equal("from stdin", password())
    assert.are.equal(0, (dnp("user password jdoe --new-password-file " .. path, "DNP_PROFILE=box")))
    assert.are.equal("from a file", password())
    child.run("chmod 644 " .. path)
    refused("chmod 600", "call ChangeUserPassword userId=3 password=@" .. path, "DNP_PROFILE=box")
    refused("chmod 600", "user password jdoe --new-password-file " .. path, "DNP_PROFILE=box")
  end)

  it("are no matter for records, which may be files of JSON", function()
    local path = scratch.write("jdoe.json", select(2, dnp("call GetUserById userId=3 --json",
      "DNP_PROFILE=box")))
    local record = child.read(path):gsub('"City":""', '"City":"Bonn"')
    child.write(path, (record:find('"City"', 1, true) and record or record:gsub("^{", '{"City":"Bonn",')))
    local status, _, errors = dnp(("call UpdateUser user=@%s user.Zip=01234"):format(path), "DNP_PROFILE=box")
    assert.are.same({ 0, "" }, { status, errors })
    local row = host.server:query("SELECT City, Zip FROM Users WHERE UserID = 3")[1]
    assert.are.same({ "Bonn", "01234" }, { row.City, row.Zip })
  end)
end)
