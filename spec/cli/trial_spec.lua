-- What a newcomer types first: `dnp sandbox` in one terminal, `dnp user list` in another, and nothing else.
local child = require "spec.support.child"
local cjson = require "cjson"
local scratch = require "spec.support.scratch"

-- A user who has configured nothing.
local function newcomer(arguments, environment)
  return ("env -u DNP_URL -u DNP_USERNAME -u DNP_PASSWORD -u DNP_DIALECT -u DNP_PROFILE -u DNP_CONFIG "
    .. "-u XDG_CONFIG_HOME -u XDG_RUNTIME_DIR HOME=%s %s %s bin/dnp %s"):format(scratch.path, environment or "",
    child.lua, arguments)
end

local function dnp(arguments, environment)
  return child.run(newcomer(arguments, environment))
end

-- Starts a sandbox and waits until it says that it runs.
local function start(arguments, name, environment)
  local log = scratch.path .. "/" .. name
  local stop = child.start(newcomer("sandbox --port 0 " .. arguments, environment), log)
  assert.are.equal(0, (child.run(("n=0; until grep -q 'dnp user list' %s; do n=$((n + 1)); [ $n -lt 300 ] || exit 1; "
    .. "sleep 0.1; done"):format(log))))
  return stop, child.read(log):match "http://127%.0%.0%.1:%d+"
end

describe("a newcomer", function()
  scratch.provide()

  it("is told what is missing where no sandbox runs", function()
    local status, output, errors = dnp "user list"
    assert.are.same({ 2, "" }, { status, output })
    assert.matches("no panel: ", errors, 1, true)
    assert.matches("dnp sandbox", errors, 1, true)
  end)

  it("works with the sandbox that runs, whatever its port and dialect", function()
    local stop, url = start("--dialect solidcp", "first")
    local status, output, errors = dnp "user list"
    assert.are.equal(0, status)
    assert.matches("\n +2  reseller ", output)
    assert.are.equal(("dnp: note: no panel is configured, so this is the sandbox at %s\n"):format(url), errors)
    status, output, errors = dnp "test --json"
    assert.are.same({ 0, "solidcp" }, { status, cjson.decode(output).dialect })
    assert.matches(url, cjson.decode(errors).note.message, 1, true)

    local stop_second, second = start("", "second")
    assert.matches(second, select(3, dnp "user list"), 1, true)
    stop()
    assert.matches(second, select(3, dnp "user list"), 1, true)
    stop_second()
    assert.are.equal(2, (dnp "user list"))
  end)

  it("is not taken to the sandbox who names a panel or a person", function()
    local stop = start("", "log")
    for _, case in ipairs {
      { "user list --username admin", "no panel: " },
      { "user list", "no panel: ", "DNP_USERNAME=admin" },
      { "user list --profile mine", "there is no profile 'mine'" },
      { "user list", "there is no profile 'mine'", "DNP_PROFILE=mine" },
      { "user list --url http://127.0.0.1:1", "no user name" },
    } do
      local status, output, errors = dnp(case[1], case[3])
      assert.are.same({ 2, "" }, { status, output }, case[1])
      assert.matches(case[2], errors, 1, true)
    end
    assert.are.equal(0, (dnp("user list", "DNP_PASSWORD=another")))
    stop()
  end)

  it("can paste what the sandbox tells to type, installed or in a checkout", function()
    local here = os.getenv "PWD"
    local shim = scratch.write("dnp",
      ('#!/bin/sh\ncd %s && exec %s bin/dnp "$@"\n'):format(child.quote(here), child.lua))
    os.execute("chmod 700 " .. shim)
    for name, environment in pairs { installed = "", checkout = "DNP_COMMAND=" .. shim } do
      local stop = start("", name, environment)
      local line = child.read(scratch.path .. "/" .. name):match "in another terminal: ([^\n]+)\n"
      local status, output, errors = child.run(("cd / && env -u DNP_URL -u DNP_USERNAME -u DNP_PROFILE "
        .. "-u XDG_RUNTIME_DIR HOME=%s PATH=%s:\"$PATH\" %s"):format(scratch.path,
        name == "installed" and scratch.path or "", line))
      assert.are.equal(0, status, errors)
      assert.matches("reseller", output, 1, true)
      stop()
    end
    -- What ./dev says of itself is such a command.
    assert.matches('DNP_COMMAND="$(printf %q "$root/dev") dnp"', child.read "dev", 1, true)
  end)

  it("can follow what the demo says at its end", function()
    local status, output = child.run(child.lua .. " examples/demo.lua")
    assert.are.equal(0, status)
    assert.matches("\n  ./dev dnp sandbox\n  ./dev dnp user list\n$", output)
  end)
end)
