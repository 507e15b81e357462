--- The contracts of all dialects, put side by side for what is generated from them.
local dnp = require "dnp"

local contracts = {}

--- The contracts in the order of `dnp.dialects`.
function contracts.all()
  local all = {}
  for index, dialect in ipairs(dnp.dialects) do
    all[index] = dnp.contract(dialect)
  end
  return all
end

--- Items of several dialects by name, in the order of the longest list: [i] = { name =, item =, products = }.
function contracts.merge(all, list_of)
  local merged, by_name = {}, {}
  for _, contract in ipairs(all) do
    local after = 0
    for _, item in ipairs(list_of(contract) or {}) do
      local entry = by_name[item.name]
      if not entry then
        entry = { name = item.name, item = item, products = {} }
        by_name[item.name] = entry
        table.insert(merged, after + 1, entry)
      end
      entry.products[#entry.products + 1] = contract.product
      for position, other in ipairs(merged) do
        after = other == entry and position or after
      end
    end
  end
  return merged
end

--- The contracts in which a type occurs.
function contracts.with_type(all, name)
  local some = {}
  for _, contract in ipairs(all) do
    some[#some + 1] = contract.types[name] and contract
  end
  return some
end

--- The types of all dialects by name, and their names in alphabetical order.
function contracts.types(all)
  local types, names = {}, {}
  for _, contract in ipairs(all) do
    for name, definition in pairs(contract.types) do
      if not types[name] then
        names[#names + 1] = name
      end
      types[name] = types[name] or definition
    end
  end
  table.sort(names)
  return types, names
end

--- Types of results that a method does not return as they are.
function contracts.hidden(all)
  local hidden = {}
  for _, contract in ipairs(all) do
    for _, operation in ipairs(contract.operations) do
      hidden[operation.result] = operation.result_kind:match "^package_" and true or hidden[operation.result]
    end
  end
  return hidden
end

return contracts
