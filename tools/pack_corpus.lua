--- Puts the files of a libFuzzer corpus into one, for spec/c/decode_replay_test.c: pack_corpus.lua OUTPUT FILE...
-- Each is four bytes with its length, the lowest first, and its bytes. The corpus should be small:
--   build/fuzz/bin/decode_fuzz -set_cover_merge=1 -max_len=3000 SMALL build/fuzz/corpus/decode_fuzz
--   lua5.4 tools/pack_corpus.lua spec/c/corpus/decode.inputs SMALL/*
local output = assert(io.open(arg[1], "wb"))
for i = 2, #arg do
  local file = assert(io.open(arg[i], "rb"))
  local bytes = file:read("a")
  file:close()
  assert(output:write(string.pack("<s4", bytes)))
end
assert(output:close())
