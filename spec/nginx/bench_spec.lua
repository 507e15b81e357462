-- `./dev bench nginx` in small: its responses are right, and it says all that it measures.
local child = require "spec.support.child"
local nginx = require "spec.support.nginx.server"
local it = nginx.tests(it, pending)

describe("bench/nginx.lua #nginx", function()
  it("measures", function()
    local status, output, errors = child.run(child.lua .. " bench/nginx.lua tiny")
    assert.are.same({ 0, "" }, { status, errors })
    for _, line in ipairs {
      "6 requests at once of 3 calls to a panel that takes 50 ms +[%d.]+ s\n",
      "/ping meanwhile, 99th percentile %(all: worst%) +[%d.]+ ms +%([%d.]+%)\n",
      "2 of them with engine \"curl\", which blocks +[%d.]+ s\n",
      "300 requests of a call each +%d+ a second\n",
      "memory of the worker .* [%d.]+ MiB, [%d.]+ MiB\n",
      "GetUsers of 300 users, as an array +[%d.]+ s\n",
      "GetUsers of 300 users, by each +[%d.]+ s\n",
      "the worker is held at a time, at most %(by the clock%) +[%d.]+ ms +%([%d.]+%)\n",
    } do
      assert.matches(line, output)
    end
  end)
end)
