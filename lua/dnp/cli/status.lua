--- What the command exits with.

---@class dnp.cli.Status
return {
  DONE = 0, -- or nothing to do
  FAILED = 1, -- and what failed is named
  USAGE = 2, -- wrong usage, or an error in a file: nothing was sent
  PARTLY = 3, -- partly done, or nobody knows
  DIFFERENT = 4, -- `diff` found a difference
  INTERRUPTED = 130,
}
