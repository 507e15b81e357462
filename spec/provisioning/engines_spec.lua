-- Workflows over libcurl and over an engine with an event loop of its own. spec/install does it on the other Luas.
local child = require "spec.support.child"
local tree = require "spec.support.tree"

describe("workflows", function()
  it("work over any engine, one after the other and many at once", function()
    tree.try_workflows(child.lua)
  end)
end)
