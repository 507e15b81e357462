--- Random numbers of a generator of its own (Park and Miller): LuaJIT's math.random gives every process the same
--- numbers, and seeding it would disturb the program's own use.

local core = require "dnp.core"

local random = {}

local MODULUS, FACTOR = 2147483647, 48271

--- Makes a generator. Two programs that started together, or a program and its copy, get different numbers where each
--- depends on the clock, too.
---@param mixes_clock boolean? whether it does
---@return fun(): number next from 0 on, below 1
function random.new(mixes_clock)
  local address = tonumber(tostring({}):match "0x(%x+)" or "1", 16) or 1
  local state = math.floor(core.clock() * 1e6 + os.time() + address) % (MODULUS - 1) + 1
  return function()
    if mixes_clock then
      state = (state + math.floor(core.clock() * 1e6)) % (MODULUS - 1) + 1
    end
    state = state * FACTOR % MODULUS
    return (state - 1) / (MODULUS - 1)
  end
end

return random
