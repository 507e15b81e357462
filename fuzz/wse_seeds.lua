--- Writes the messages of spec/wse as seeds for wse_fuzz.c: wse_seeds.lua DIRECTORY
-- Each is there twice: as it is, for the real library, and with digests of zero and the body only encoded, for the
-- library that lets everything pass.
local json = require "cjson"
local mime = require "mime"

local NO_DIGEST = (mime.b64(("\0"):rep(20)))
local PLAIN = '<UserExists xmlns="http://smbsaas/websitepanel/enterpriseserver"><username>bob</username></UserExists>'

local file = assert(io.open("spec/wse/VECTORS.json", "rb"))
local data = json.decode((assert(file:read("*a"))))
file:close()

local count = 0
local function write(name, bytes)
  local seed = assert(io.open(arg[1] .. "/" .. name, "wb"))
  assert(seed:write(bytes))
  assert(seed:close())
  count = count + 1
end

local function with_padding(text)
  local padding = 16 - #text % 16
  return text .. string.char(padding):rep(padding)
end

for _, list in ipairs { "vectors", "cases" } do
  for _, message in ipairs(data[list]) do
    write(message.name .. "-real", "\3" .. message.request)
    local cipher = mime.b64(("\0"):rep(16) .. with_padding(message.inputs and message.inputs.body_plaintext or PLAIN))
    write(message.name .. "-plain", "\2" .. message.request
      :gsub("<DigestValue>.-<", "<DigestValue>" .. NO_DIGEST .. "<")
      :gsub("<SignatureValue>.-<", "<SignatureValue>" .. NO_DIGEST .. "<")
      :gsub("<xenc:CipherValue>.-<", "<xenc:CipherValue>" .. cipher:gsub("%%", "%%%%") .. "<"))
  end
end
print(count .. " seeds")
