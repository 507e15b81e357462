std = "max"
max_line_length = 120
include_files = { "**/*.lua", ".luacheckrc", ".busted", "*.rockspec" }
exclude_files = { "build", "build.luarocks" }

files["spec"].std = "max+busted"
files["*.rockspec"].std = "rockspec"
-- Declarations for editors: functions without bodies.
files["**/*.d.lua"].ignore = { "212" }
