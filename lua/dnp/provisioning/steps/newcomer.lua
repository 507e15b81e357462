--- Records that the panel numbers itself, and of which there may be several alike: which of them a call has made is
--- told by looking at what was there before.

local newcomer = {}

--- What a task that adds such a record shares with all others of its kind.
---@class dnp.provisioning.Newcomer
---@field prepare fun(context: dnp.provisioning.Context): true?, table?
---@field look fun(context: dnp.provisioning.Context): dnp.provisioning.Sight?, any
---@field twin fun(context: dnp.provisioning.Context, id: integer): integer|false|nil, table?

--- Watches a list for a record that was not there at first.
---@param list fun(context: dnp.provisioning.Context): table[]?, table? what is there, or nil and an error
---@param key string the field with the id
---@param is_wanted fun(row: table): boolean whether a row is like the one that is added
---@return dnp.provisioning.Newcomer
function newcomer.watch(list, key, is_wanted)
  local known

  -- The id of a wanted one that is new; false when there is none. Without `other`.
  local function arrived(context, other)
    local found, err = list(context)
    if not found then
      return nil, err
    end
    for _, row in ipairs(found) do
      local id = row[key]
      if not known[id] and id ~= other and is_wanted(row) then
        return id
      end
    end
    return false
  end

  return {
    prepare = function(context)
      if known then
        return true
      end
      local found, err = list(context)
      if not found then
        return nil, err
      end
      known = {}
      for _, row in ipairs(found) do
        known[row[key]] = true
      end
      return true
    end,
    look = function(context)
      local id, err = arrived(context)
      if id == nil then
        return nil, err
      end
      return id and "done" or "not_done", id or nil
    end,
    twin = arrived,
  }
end

return newcomer
