--- Writes the captured answers as seeds for call_fuzz.c: call_seeds.lua DIRECTORY
-- Each seed is the body behind five bytes: the operation's index, status, content type, size of pieces, ending.
local dnp = require "dnp"
local reader = require "spec.support.captures"

local MAX_DOCUMENT = 20000
local SETS = { "dotnetpanel", "dotnetpanel-front", "dotnetpanel-shorterrors" }

-- As in dnp_operations: every panel has them all, so one panel's list has their order.
local indexes = {}
for i, operation in ipairs(dnp.contract("solidcp").operations) do
  indexes[operation.name] = i - 1
end

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  assert(file:write(bytes))
  assert(file:close())
end

local count = 0
for _, set in ipairs(SETS) do
  for _, capture in ipairs(reader.load(set)) do
    local index = indexes[capture.name:match("^%d+%-(%w+)%-") or capture.name:match("%-(%w+)$")]
    if index and capture.kind == "response" then
      local responses = reader.http_responses(capture.bytes)
      local body = responses[#responses].body
      if #body <= MAX_DOCUMENT then
        count = count + 1
        write(("%s/%s-%s"):format(arg[1], set, capture.name),
          string.char(index, count % 8, 0, #body % 251, 1) .. body:gsub("Password>[^<]*<", "Password>\1<"))
      end
    end
  end
end
assert(count > 0, "there are no captures")
print(count .. " seeds")
