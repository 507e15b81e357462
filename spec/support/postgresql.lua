--- A PostgreSQL server of a spec's own: a private folder, a Unix socket, gone when the spec ends.
local child = require "spec.support.child"

local postgresql = {}

local function first_line(command)
  local pipe = assert(io.popen(command))
  local line = pipe:read "*l"
  pipe:close()
  return line ~= "" and line or nil
end

-- Where the programs are: Debian keeps them out of PATH.
local function programs()
  return first_line "ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1"
    or first_line "dirname \"$(command -v initdb)\" 2>/dev/null"
end

--- Why there is no server to be had; nil when there is one.
---@return string?
function postgresql.missing()
  if not pcall(require, "dbd.postgresql") then
    return "lua-dbi-postgresql is not installed"
  end
  local path = programs()
  if not path or child.run(("test -x %s/initdb"):format(path)) ~= 0 then
    return "postgresql is not installed"
  end
end

---@class spec.PostgreSQL
---@field folder string with the socket
---@field url fun(folder: string?, more: string?): string
---@field query fun(sql: string, ...: any): table[]
---@field stop fun()

-- The server does not run as root.
local function unprivileged(command)
  if first_line "id -u" == "0" then
    return "setpriv --reuid=postgres --regid=postgres --clear-groups " .. command
  end
  return command
end

--- Starts a server.
---@param options { durable: boolean? }? `durable`: it waits until the disk has what it writes
---@return spec.PostgreSQL
function postgresql.start(options)
  local DBI = require "DBI"
  local folder, remove = child.folder()
  local bin = programs()
  child.run(("chmod 755 %s; chown postgres %s 2>/dev/null"):format(folder, folder))
  local status, output, errors = child.run(unprivileged(("%s/initdb -D %s/data -A trust -U dnp -N -E UTF8 --locale=C")
    :format(bin, folder)))
  assert(status == 0, output .. errors)
  local stop = child.start(unprivileged(("%s/postgres -D %s/data -k %s -h '' %s"):format(bin, folder, folder,
    options and options.durable and "" or "-F")),
    folder .. ".log")
  local server = { folder = folder }

  function server.url(path, more)
    return ("postgresql://dnp@/postgres?host=%s%s"):format(path or folder, more and "&" .. more or "")
  end

  local connection
  for _ = 1, 600 do
    connection = DBI.Connect("PostgreSQL", server.url())
    if connection then
      break
    end
    os.execute "sleep 0.1"
  end
  assert(connection, child.read(folder .. ".log"))
  connection:autocommit(true)
  assert(connection:prepare "SET client_min_messages = warning"):execute()

  function server.query(sql, ...)
    local statement = assert(connection:prepare(sql))
    assert(statement:execute(...))
    local rows = {}
    for row in statement:rows(true) do
      rows[#rows + 1] = row
    end
    statement:close()
    return rows
  end

  function server.stop()
    connection:close()
    stop()
    os.remove(folder .. ".log")
    remove()
  end
  return server
end

return postgresql
