-- The recorded session in the documentation is what the command writes now.
local child = require "spec.support.child"

describe("docs/recording.cast", function()
  it("and its picture are fresh", function()
    if child.run "script --version" ~= 0 then
      pending "the program 'script', which makes a terminal, is not installed"
      return
    end
    assert.is_true(require("tools.recording").fresh(), "run ./dev lua tools/recording.lua")
  end)
end)
