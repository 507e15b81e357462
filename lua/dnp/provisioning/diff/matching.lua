--- Which actual record stands for which desired one, when they have no names.

local matching = {}

-- Finds an actual record for a desired one, moving others to another if necessary (augmenting paths).
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

--- Matches desired with actual records: as many as possible with one that needs no change, so that nothing is changed
--- when all desired ones exist; then the others with any that can become it.
---@param desired integer how many are desired
---@param actual integer how many exist
---@param can_be fun(desired: integer, actual: integer): boolean
---@param is fun(desired: integer, actual: integer): boolean it needs no change; called only when it can be
---@return table<integer, integer> matches number of the actual one by number of the desired one
---@return table<integer, integer> claimed the reverse
function matching.find(desired, actual, can_be, is)
  local claimed = {}
  for index = 1, desired do
    place(index, actual, function(one, number)
      return can_be(one, number) and is(one, number)
    end, claimed, {})
  end
  local matches = {}
  for number, index in pairs(claimed) do
    matches[index] = number
  end
  for index = 1, desired do
    for number = 1, actual do
      if not matches[index] and not claimed[number] and can_be(index, number) then
        matches[index], claimed[number] = number, index
      end
    end
  end
  return matches, claimed
end

return matching
