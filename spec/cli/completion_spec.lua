-- Completion of command lines, in the shells themselves.
local child = require "spec.support.child"
local scratch = require "spec.support.scratch"
local terminal = require "spec.support.terminal"

-- Writes the script for a shell; its path.
local function script(shell, name)
  local status, output, errors = child.run(("%s bin/dnp completion %s"):format(child.lua, shell))
  assert.are.same({ 0, "" }, { status, errors })
  return scratch.write(name, output)
end

local function is_missing(shell)
  if child.run(shell .. " --version") ~= 0 then
    pending(shell .. " is not installed")
    return true
  end
  return false
end

describe("dnp completion", function()
  scratch.provide()

  it("works in bash", function()
    if is_missing "bash" then
      return
    end
    local test = scratch.write("test", ([[
      source %s
      complete -p dnp >/dev/null || exit 1
      try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _dnp; echo "${COMPREPLY[@]}"; }
      cd %s
      try dnp us; try dnp user sus; try dnp package change-plan --de; try dnp user ls --st
      try dnp user terminate --from scr
      try dnp completion ba; try dnp help mig; try dnp help us; try dnp describe AddUserL
      try dnp call GetUserByUsernameP; try dnp help --vers; try dnp call GetUserById scr
    ]]):format(script("bash", "script"), scratch.path))
    local status, output, errors = child.run("bash --norc " .. test)
    assert.are.same({ 0, "user usage\nsuspend\n--deadline\n--status\nscript\n"
      .. "bash\nmigration\nuser usage\nAddUserLiteral\nGetUserByUsernamePassword\n--version\n\n", "" },
      { status, output, errors })
  end)

  it("works in fish", function()
    if is_missing "fish" then
      return
    end
    local test = scratch.write("test", ([[
      source %s
      for line in "dnp us" "dnp user sus" "dnp user suspend --deadl" "dnp completion ba" "dnp help mig" \
          "dnp call GetUserByUsernameP" "dnp call GetUserByUsername GetUserByU"
        complete -C "$line" | cut -f 1
      end
    ]]):format(script("fish", "script")))
    local status, output, errors = child.run(("env HOME=%s fish --no-config %s"):format(scratch.path, test))
    assert.are.same({ 0, "" }, { status, errors })
    local words = {}
    for word in output:gmatch "[^\n]+" do
      words[#words + 1] = word
    end
    table.sort(words)
    assert.are.same({
      "--deadline", "GetUserByUsernamePassword", "bash", "migration", "suspend", "usage", "user",
    }, words)
  end)

  it("works in zsh", function()
    if is_missing "zsh" then
      return
    elseif not terminal.is_there() then
      pending "the program 'script', which makes a terminal, is not installed"
      return
    end
    script("zsh", "_dnp")
    scratch.write("dnp", ('#!/bin/sh\nexec %s "%s/bin/dnp" "$@"\n'):format(child.lua, os.getenv "PWD"))
    child.run("chmod 700 " .. scratch.path .. "/dnp")
    scratch.write(".zshrc", ([[
      fpath=(%s $fpath)
      autoload -Uz compinit
      compinit -u -d %s/dump
      PROMPT='ready%%# '
    ]]):format(scratch.path, scratch.path))
    local zsh = ("env HOME=%s ZDOTDIR=%s PATH=%s:\"$PATH\" zsh -d -i"):format(scratch.path, scratch.path, scratch.path)
    local _, screen = terminal.run(zsh, {
      { "ready", "dnp usag\t\n" }, { "--month", "dnp user suspe\t\n" }, { "whom?", "dnp help migr\t\n" },
      { "From one panel to another", "exit\n" },
    })
    assert.matches("missing option '--month'", screen, 1, true)
    assert.matches("whom?", screen, 1, true)
  end)
end)
