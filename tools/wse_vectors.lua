--- Writes the vectors of spec/wse/VECTORS.json as arrays for C tests: wse_vectors.lua VECTORS.json OUTPUT.h
local json = require "cjson"

local PARTS = { "Action", "MessageID", "ReplyTo", "To", "Timestamp", "Body", "UsernameToken", "EncryptedData" }

local file = assert(io.open(arg[1], "rb"))
local data = json.decode(assert(file:read("*a")))
file:close()
local out = assert(io.open(arg[2], "wb"))

local arrays = 0
-- Texts are arrays of bytes: C limits the length of a string literal.
local function text(value)
  arrays = arrays + 1
  out:write(("static const char text_%d[] = {%s0};\n"):format(arrays, (value:gsub(".", function(byte)
    return ("%d,"):format(byte:byte() < 128 and byte:byte() or byte:byte() - 256)
  end))))
  return "text_" .. arrays
end

local rows = {}
for _, vector in ipairs(data.vectors) do
  local inputs, expected = vector.inputs, vector.expected
  local fields = {
    text(vector.name), text(inputs.username), text(inputs.password), text(inputs.action), text(inputs.to),
    text(inputs.body_plaintext), text(inputs.nonce_hex), text(inputs.iv_hex), text(inputs.timestamp_created),
    text(inputs.timestamp_expires), text(inputs.message_id),
  }
  assert(inputs.token_created == inputs.timestamp_created)
  local ids, digests, canonicals = {}, {}, {}
  for i, part in ipairs(PARTS) do
    ids[i] = text(inputs.ids[part])
  end
  for i, reference in ipairs(expected.references) do
    assert(reference.element == PARTS[i])
    digests[i], canonicals[i] = text(reference.digest_b64), text(reference.canonical)
  end
  rows[#rows + 1] = ("    {%s, {%s}, %s, {%s}, {%s}, %s, %s, %s, %s},\n"):format(table.concat(fields, ", "),
    table.concat(ids, ", "), text(expected.key_hex), table.concat(digests, ", "), table.concat(canonicals, ", "),
    text(expected.signed_info_canonical), text(expected.signature_b64), text(expected.cipher_value_b64),
    text(vector.request))
end

out:write([[

struct wse_vector {
    const char *name, *username, *password, *action, *to, *body, *nonce, *iv, *created, *expires, *message_id;
    const char *ids[8];
    const char *key;
    const char *digests[6];
    const char *canonicals[6];
    const char *signed_info, *signature, *cipher_value, *request;
};

static const struct wse_vector wse_vectors[] = {
]] .. table.concat(rows) .. "};\n")
assert(out:close())
