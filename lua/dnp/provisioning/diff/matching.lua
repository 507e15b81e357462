--- Which of the things that are there stands for which wanted one, when they have no names.

local pairing = {}

-- Finds a partner for a wanted one, moving others to another partner if need be (augmenting paths).
local function place(index, count, suits, claimed, tried)
  for number = 1, count do
    if not tried[number] and suits(index, number) then
      tried[number] = true
      if not claimed[number] or place(claimed[number], count, suits, claimed, tried) then
        claimed[number] = index
        return true
      end
    end
  end
  return false
end

--- Pairs wanted things with those that are there: as many as possible with one that needs no change, so that nothing is
--- changed when all that is wanted is there; then the others with any that can become it.
---@param wanted integer how many are wanted
---@param there integer how many are there
---@param can_be fun(wanted: integer, there: integer): boolean
---@param is fun(wanted: integer, there: integer): boolean it needs no change; asked only when it can be
---@return table<integer, integer> partners number of the one that is there by number of the wanted one
---@return table<integer, integer> claimed the reverse
function pairing.find(wanted, there, can_be, is)
  local claimed = {}
  for index = 1, wanted do
    place(index, there, function(one, number)
      return can_be(one, number) and is(one, number)
    end, claimed, {})
  end
  local partners = {}
  for number, index in pairs(claimed) do
    partners[index] = number
  end
  for index = 1, wanted do
    for number = 1, there do
      if not partners[index] and not claimed[number] and can_be(index, number) then
        partners[index], claimed[number] = number, index
      end
    end
  end
  return partners, claimed
end

return pairing
