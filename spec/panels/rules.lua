--- What panels do, rule by rule, each with its source, as data. panels_spec.lua runs them against the sandbox.
--
-- A rule has an id, a sentence, and where it was read: project, version, file and line (SolidCP: github.com/FuseCP/
-- SolidCP, master of 2026-11; WebsitePanel 1.0: ShaneMcC/websitepanel, Releases/1.0; WebsitePanel 2.1:
-- ExpertServices/Websitepanel, its tags for other versions). One without a source says so (`guess`), and
-- docs/sandbox.md repeats it. `from` and `to` are the first and the last panel it is a rule of. `steps` are done in
-- order, from the same state for each rule:
--
--   { as = "jdoe", "get_user_by_id", 3, gives = { Username = "jdoe" } }   the method and its arguments
--   { query = "SELECT ...", rows = { { ... } } }                          what the database then holds
--
-- What a call gives is one of: gives = record (fields that are compared; false: none such), count = rows of a list or
-- of the last table, keys = "2 3" (ids in that order), done = true, id = number, absent = true, refused = code,
-- fault = text. `unchecked` sends it without the session's own checks.

local rules = {}
for _, topic in ipairs { "spaces", "statuses", "quotas", "accounts", "passwords", "guesses" } do
  for _, rule in ipairs(require("spec.panels.rules." .. topic)) do
    rules[#rules + 1] = rule
  end
end

return rules
