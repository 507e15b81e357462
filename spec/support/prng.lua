--- A pseudo-random number generator that gives the same numbers on every Lua (Park and Miller).
local prng = {}

---@class spec.Prng
---@field seed integer
local Prng = {}
Prng.__index = Prng

--- A generator; the same seed gives the same numbers.
---@param seed integer
---@return spec.Prng
function prng.new(seed)
  return setmetatable({ seed = seed, state = seed % 2147483646 + 1 }, Prng)
end

--- An integer from `least` to `most`.
function Prng:integer(least, most)
  self.state = self.state * 48271 % 2147483647
  return least + self.state % (most - least + 1)
end

--- True in so many of a hundred cases.
function Prng:chance(percent)
  return self:integer(1, 100) <= percent
end

--- One item of a list.
function Prng:of(list)
  return list[self:integer(1, #list)]
end

--- A value in so many of a hundred cases, nil in the others.
function Prng:maybe(percent, value)
  if self:chance(percent) then
    return value
  end
  return nil
end

-- One that is given, in order to repeat a run that failed.
local given = tonumber(os.getenv "DNP_PROPERTY_SEED")
local count = 0

--- A generator with a seed of its own, which differs from run to run, too; DNP_PROPERTY_SEED sets it.
---@return spec.Prng
function prng.any()
  count = count + 1
  return prng.new(given or (os.time() % 100000 * 1000 + count))
end

--- Calls a function several times, each time with a generator of another seed. An error names the seed.
---@param rounds integer
---@param check fun(random: spec.Prng)
function prng.rounds(rounds, check)
  for _ = 1, given and 1 or rounds do
    local random = prng.any()
    local good, failure = pcall(check, random)
    if not good then
      local text = tostring(type(failure) == "table" and failure.message or failure)
      error(("DNP_PROPERTY_SEED=%d: %s"):format(random.seed, text), 0)
    end
  end
end

return prng
