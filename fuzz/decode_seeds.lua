--- Writes the captured messages as seeds for decode_fuzz.c: decode_seeds.lua DIRECTORY
-- Each seed is the document behind three bytes: the operation's index, the dialect's, and a size of pieces.
local dnp = require "dnp"
local reader = require "spec.support.captures"

local MAX_DOCUMENT = 20000

local sets = {
  { name = "dotnetpanel", dialect = 0 },
  { name = "dotnetpanel-front", dialect = 0 },
  { name = "dotnetpanel-shorterrors", dialect = 0 },
  { name = "websitepanel", dialect = 1 },
  { name = "solidcp", dialect = 2 },
  { name = "addressed", dialect = 1 },
}

-- As in dnp_operations: every panel has them all, so one panel's list has their order.
local function operation_indexes()
  local indexes = {}
  for i, operation in ipairs(dnp.contract("solidcp").operations) do
    indexes[operation.name] = i - 1
  end
  return indexes
end

local function document_of(capture)
  if capture.kind ~= "response" then
    return capture.bytes
  end
  local responses = reader.http_responses(capture.bytes)
  return responses[#responses].body
end

-- The same document as other servers would write it: indented, with a prefix on every element of the contract, or in
-- an encoding in which its letters are the bytes that they are in UTF-8.
local function variants(document)
  local contract = document:match('%sxmlns=("http://[^"]*")')
  local prefixed = contract and document:gsub(" xmlns=" .. contract:gsub("%p", "%%%0"), " xmlns:t=" .. contract)
    :gsub("<(/?)(%a+)([%s/>])", "<%1t:%2%3")
  local encoded, declarations = document:gsub('encoding="utf%-8"', 'encoding="hz"')
  return {
    [""] = document, ["-indented"] = document:gsub("><", ">\r\n  <"), ["-prefixed"] = prefixed,
    ["-hz"] = declarations > 0 and encoded or nil,
  }
end

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  assert(file:write(bytes))
  assert(file:close())
end

local indexes = operation_indexes()
local count = 0
for _, set in ipairs(sets) do
  for _, capture in ipairs(reader.load(set.name)) do
    local index = indexes[capture.name:match("^%d+%-(%w+)%-") or capture.name:match("%-(%w+)$")]
    local document = index and document_of(capture)
    if document and #document > 0 and #document <= MAX_DOCUMENT then
      for suffix, variant in pairs(variants(document)) do
        count = count + 1
        write(("%s/%s-%s-%s%s"):format(arg[1], set.name, capture.name, capture.kind, suffix),
          string.char(index, set.dialect, #document % 251) .. variant)
      end
    end
  end
end
assert(count > 0, "there are no captures")
print(count .. " seeds")
