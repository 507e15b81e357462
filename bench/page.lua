--- Puts a table into the page of the documentation, between two comments that stay.
local page = {}

--- Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`.
---@param path string
---@param name string
---@param text string
function page.put(path, name, text)
  local file = assert(io.open(path))
  local before = file:read "*a"
  file:close()
  local first, last = ("<!-- %s -->\n"):format(name), ("<!-- /%s -->"):format(name)
  local _, from = before:find(first, 1, true)
  local to = from and before:find(last, from, true)
  assert(to, path .. " has no place for " .. name)
  file = assert(io.open(path, "w"))
  file:write(before:sub(1, from), text, before:sub(to))
  file:close()
end

--- Date, versions and machine, as a sentence and as data.
---@param there bench.Client[]
---@return string sentence
---@return table about
function page.about(there)
  local clients = require "bench.clients"
  local about = { date = os.date "!%Y-%m-%d", versions = {} }
  local parts = {}
  for _, client in ipairs(there) do
    if client.version then
      about.versions[client.id] = client.version
      local name = client.own and client.name:match "Lua%a*" or client.name:match "^[^ ,]+"
      parts[#parts + 1] = name .. " " .. client.version
    end
  end
  about.processor = clients.output_of "sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1"
  about.processors = tonumber(clients.output_of "nproc")
  about.load = tonumber(clients.output_of "cut -d ' ' -f 2 /proc/loadavg")
  about.system = clients.output_of ". /etc/os-release && echo $PRETTY_NAME"
  about.compiler = clients.output_of "cc --version | head -n 1"
  return ("%s; %s; %s, %d processors, load average %.1f; %s."):format(about.date, about.system, about.processor,
    about.processors, about.load, table.concat(parts, ", ")), about
end

return page
