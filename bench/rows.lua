--- The rows of the table: what each client is given to do.

---@class bench.Row
---@field name string
---@field group string name of several rows together
---@field title string
---@field task string see client.lua; "each" is "list" for those that read a list as a whole
---@field operation string
---@field file string? what is decoded, by its name in the folder of data
---@field warm string? what is decoded before
---@field again boolean? it is decoded several times, one after the other
---@field sample boolean? it is long: instructions of slow clients are counted over a part of it
---@field server string? "http", "https" or "slow"
---@field at_once integer?
---@field yardstick string? another name for what the others are compared with
---@field count number what has to come back, per time, and the sum of it
---@field sum number

local rows = {}

local FORMS = {
  { "plain", "as ASMX servers write them" },
  { "gaps", "elements missing or empty" },
  { "irregular", "no record like the one before it, references, other scripts" },
  { "lf", "indented, LF" },
  { "crlf", "indented, CR LF" },
  { "prefixed", "a prefix on every element" },
}

local function thousands(number)
  local text = ("%d"):format(number)
  return (text:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

rows.thousands = thousands

-- Long lists, as they are decoded; `add` takes each row.
local function add_lists(add, size, users)
  for _, form in ipairs(FORMS) do
    add {
      name = form[1] == "plain" and "users" or "users-" .. form[1], group = "decode", operation = "GetUsers",
      title = ("GetUsers of %s users decoded: %s"):format(users, form[2]), task = "decode", file = form[1],
      warm = form[1] .. "-warm", sample = true, count = size.users, sum = size.users * (size.users + 1) / 2,
    }
  end
  add {
    name = "dataset", group = "decode", title = ("GetUsersPaged of %s rows, a DataSet, decoded"):format(users),
    task = "decode", operation = "GetUsersPaged", file = "dataset", warm = "dataset-warm", sample = true,
    count = size.users, sum = size.users * (size.users + 1) / 2,
  }
end

-- One long answer after the other: what the one before leaves is freed meanwhile.
local function add_loop(add, size, users)
  add {
    name = "users-again", group = "decode", operation = "GetUsers", again = true, task = "decode", file = "plain",
    title = ("GetUsers of %s users decoded, one of %d in a row"):format(users, size.again), warm = "plain-warm",
    sample = true, count = size.users, sum = size.users * (size.users + 1) / 2,
  }
end

local USELESS = {
  { "reordered", "elements in reverse order" },
  { "attributes", "an attribute on each element" },
  { "comments", "a comment before each element" },
}

-- Where the fast path for records never pays: how soon the decoder gives it up.
local function add_back_off(add, size, users)
  for _, form in ipairs(USELESS) do
    add {
      name = "back-off-" .. form[1], group = "back-off", operation = "GetUsers", task = "decoder", file = form[1],
      title = ("GetUsers of %s users decoded, nothing kept: %s"):format(users, form[2]), warm = form[1] .. "-warm",
      sample = true, count = size.users, sum = size.users * (size.users + 1) / 2,
    }
  end
end

-- What takes microseconds.
local function add_small(add)
  add {
    name = "one-user", group = "decode", title = "GetUserById decoded", task = "decode", operation = "GetUserById",
    file = "user", warm = "user", count = 1, sum = 1,
  }
  add {
    name = "bool", group = "decode", title = "UserExists decoded", task = "decode", operation = "UserExists",
    file = "bool", warm = "bool", count = 1, sum = 1,
  }
  add {
    name = "encode", group = "encode", title = "AddUser encoded", task = "encode", operation = "AddUser", count = 1,
    sum = 1,
  }
end

-- What goes over a network.
local function add_calls(add, size, users)
  for _, server in ipairs { "http", "https" } do
    local suffix = server == "https" and "-https" or ""
    add {
      name = "call" .. suffix, group = "calls", server = server, task = "call", operation = "UserExists", count = 1,
      sum = 1, title = ("UserExists over %s on a kept connection"):format(server),
    }
    add {
      name = "change" .. suffix, group = "calls", server = server, task = "call", operation = "AddUser", count = 1,
      sum = 42, title = ("AddUser over %s on a kept connection"):format(server),
    }
  end
  for _, at_once in ipairs { 16, 64 } do
    add {
      name = "parallel-" .. at_once, group = "transport", task = "parallel", operation = "UserExists", count = 1,
      sum = 1, at_once = at_once, server = "slow",
      title = ("%s calls that a panel takes %d ms for, %d at once"):format(thousands(size.calls), size.delay, at_once),
    }
  end
  add {
    name = "each", group = "lists", title = ("GetUsers of %s users over http, record by record"):format(users),
    yardstick = "libcurl and libxml2", task = "each", operation = "GetUsers", server = "http", count = size.users,
    sum = size.users * (size.users + 1) / 2,
  }
end

--- All rows for a size, see `rows.sizes`.
---@param size table
---@return bench.Row[]
function rows.all(size)
  local found = {}
  local function add(row)
    found[#found + 1] = row
  end
  local users = thousands(size.users)
  add_lists(add, size, users)
  add_loop(add, size, users)
  add_back_off(add, size, users)
  add_small(add)
  add_calls(add, size, users)
  return found
end

--- How much there is to do. `times` is for answers that take microseconds, `call_times` for calls; `counted` is for
--- both under callgrind, and for other stacks, which run much slower there, `peer_counted`.
rows.sizes = {
  full = {
    users = 10000, sample = 1000, slow_sample = 200, times = 3000, slow_times = 100, call_times = 1000, calls = 1000,
    counted = 1000, peer_counted = 200, slow_counted = 20, warm = 1000, peer_warm = 200, slow_warm = 20, delay = 20,
    again = 20, slow_again = 5, rounds = 5, slow_rounds = 3,
  },
  tiny = {
    users = 20, sample = 10, slow_sample = 10, times = 4, slow_times = 2, call_times = 4, calls = 70, counted = 2,
    peer_counted = 2, slow_counted = 2, warm = 2, peer_warm = 2, slow_warm = 2, delay = 1, again = 2, slow_again = 2,
    rounds = 1, slow_rounds = 1,
  },
}

--- The rows of a name, or of a group, or all.
---@param all bench.Row[]
---@param names string[]
---@return bench.Row[]?
---@return string? unknown a name that is neither
function rows.choose(all, names)
  if #names == 0 then
    return all
  end
  local chosen = {}
  for _, name in ipairs(names) do
    local known = false
    for _, row in ipairs(all) do
      if row.name == name or row.group == name or (name == "transport" and row.name == "call") then
        chosen[row] = true
        known = true
      end
    end
    if not known then
      return nil, name
    end
  end
  local list = {}
  for _, row in ipairs(all) do
    list[#list + 1] = chosen[row] and row or nil
  end
  return list
end

return rows
