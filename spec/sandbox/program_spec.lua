-- The sandbox as a program.
local dnp = require "dnp"

local first = 0
while arg[first - 1] do
  first = first - 1
end
local program = ("%s lua/dnp/sandbox_cli.lua"):format(arg[first])

local function run(arguments)
  local pipe = assert(io.popen(("%s %s 2>&1; echo exit $?"):format(program, arguments)))
  local output = pipe:read "*a"
  pipe:close()
  return output
end

-- Starts it and waits until it serves; gives its address, its pid, and a function that waits for its end.
local function start(arguments)
  local pipe = assert(io.popen(("%s %s 2>&1 & echo $!; exec 2>/dev/null; wait $!; echo exit $?"):format(program,
    arguments)))
  local pid = assert(pipe:read "*l")
  local greeting = assert(pipe:read "*l")
  local url = greeting:match "http://%S+"
  assert.is_truthy(url, greeting)
  return url, pid, function()
    local rest = pipe:read "*a"
    pipe:close()
    return rest
  end
end

local function session(url, dialect)
  return assert(dnp.session { url = url, username = "serveradmin", password = "serveradmin", dialect = dialect })
end

local function signal(name, pid)
  os.execute(("kill -%s %s 2>/dev/null"):format(name, pid))
end

describe("the sandbox's command line", function()
  local directory

  before_each(function()
    local pipe = assert(io.popen "mktemp -d")
    directory = pipe:read "*l"
    pipe:close()
  end)

  after_each(function()
    os.execute("rm -rf '" .. directory .. "'")
  end)

  it("explains itself", function()
    local output = run "--help"
    assert.is_truthy(output:find("--database FILE", 1, true))
    assert.is_truthy(output:find("dotnetpanel, websitepanel, solidcp", 1, true))
    assert.is_truthy(output:find "exit 0\n$")
  end)

  it("says in one line what is wrong with the options", function()
    for arguments, expected in pairs {
      ["--prot 1"] = "sandbox: there is no option --prot; see --help\nexit 2\n",
      ["--port"] = "sandbox: --port needs a value; see --help\nexit 2\n",
      ["--port=x"] = "sandbox: --port: expected number, got 'x'; see --help\nexit 2\n",
      ["--port 70000"] = "sandbox: --port must be at most 65535, got 70000; see --help\nexit 2\n",
      ["--dialect plesk"] = "sandbox: --dialect: expected one of 'dotnetpanel', 'websitepanel', 'solidcp', got "
        .. "'plesk'; see --help\nexit 2\n",
      ["--auth digest"] = "sandbox: --auth: expected one of 'both', 'basic', 'wse', got 'digest'; see --help\n"
        .. "exit 2\n",
      ["--delete-delay soon"] = "sandbox: --delete-delay: expected number, got 'soon'; see --help\n"
        .. "exit 2\n",
      ["--panel-version=two"] = "sandbox: --panel-version must be up to four numbers such as '1.2.2', got 'two'; "
        .. "see --help\nexit 2\n",
      ["--database ''"] = "sandbox: --database must not be empty; see --help\nexit 2\n",
    } do
      assert.are.equal(expected, run(arguments))
    end
  end)

  it("says in one line what cannot be opened", function()
    local file = directory .. "/no.db"
    local handle = assert(io.open(file, "w"))
    handle:write(("not a database\n"):rep(100))
    handle:close()
    assert.are.equal(("sandbox: %s: file is not a database\nexit 1\n"):format(file),
      run("--port 0 --database " .. file))
    assert.are.equal("sandbox: /nonexistent/x.db: unable to open database file\nexit 1\n",
      run "--port 0 --database /nonexistent/x.db")
    local url, pid, wait = start "--port 0"
    local port = url:match "%d+$"
    assert.are.equal(("sandbox: port %s of 127.0.0.1 cannot be opened: Address already in use\nexit 1\n"):format(port),
      run("--port " .. port))
    signal("TERM", pid)
    wait()
  end)

  for _, name in ipairs { "INT", "TERM" } do
    it("serves until SIG" .. name, function()
      local url, pid, wait = start "--port 0 --dialect websitepanel --panel-version 1.2.0 --panel-quotas"
      local panel = session(url, "websitepanel")
      assert.are.equal(2, #assert(panel:get_packages(1))) -- of the accounts below, as WebsitePanel 1 gives them
      assert.is_truthy(panel:add_package(3, 3, "Huge", nil, 1, "2024-01-02T00:00:00")) -- the panel's own arithmetic
      signal(name, pid)
      assert.is_truthy(wait():find "Stopped%.\nexit 0\n$")
    end)
  end

  it("refuses HTTP Basic when asked to", function()
    local url, pid, wait = start "--port 0 --auth wse"
    local _, err = session(url):user_exists "reseller"
    assert.are.equal(401, err.http_status)
    signal("TERM", pid)
    wait()
  end)

  it("keeps what was answered through a kill", function()
    local arguments = ("--port 0 --empty --database '%s/panel.db'"):format(directory)
    local url, pid, wait = start(arguments)
    local panel = session(url)
    assert.is_false(panel:user_exists "reseller")
    for i = 1, 20 do
      assert(panel:add_user({ OwnerId = 1, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false,
        Username = "user" .. i, Password = "pw", FirstName = "U", LastName = "S", Email = "u@example.com" }, false))
    end
    signal("KILL", pid)
    wait()
    url, pid, wait = start(arguments)
    panel = session(url)
    assert.are.equal(20, #assert(panel:get_users(1, true)))
    assert.are.equal(22, assert(panel:add_user({ OwnerId = 1, RoleId = 3, StatusId = 1, IsDemo = false, IsPeer = false,
      Username = "last", Password = "pw", FirstName = "U", LastName = "S", Email = "u@example.com" }, false)))
    signal("TERM", pid)
    wait()
  end)
end)
