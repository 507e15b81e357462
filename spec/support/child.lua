--- Runs programs as children of a spec, which end before it does.
local child = {}

-- busted's arguments come after the interpreter that runs it, which has the lowest index.
local first = 0
while arg[first - 1] do
  first = first - 1
end

--- The interpreter that runs the specs.
child.lua = arg[first]

--- A text as one word of a shell's command line.
---@param text string
---@return string
function child.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- A new folder, and a function that removes it.
---@return string path
---@return fun() remove
function child.folder()
  local pipe = assert(io.popen "mktemp -d")
  local path = pipe:read "*l"
  pipe:close()
  return path, function()
    os.execute("rm -rf " .. child.quote(path))
  end
end

--- What a file holds.
---@param path string
---@return string
function child.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

--- Writes a file.
---@param path string
---@param text string
---@return string path
function child.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
  return path
end

--- Runs a command line to its end.
---@param command string
---@param seconds? integer how long at most: 60
---@return integer status
---@return string output
---@return string errors
function child.run(command, seconds)
  local errors = os.tmpname()
  local pipe = assert(io.popen(("timeout --foreground -k 1 %d sh -c %s 2>%s </dev/null; echo \"exit $?\"")
    :format(seconds or 60, child.quote(command), errors)))
  local output, status = pipe:read("*a"):match "^(.-)exit (%d+)\n$"
  pipe:close()
  local text = child.read(errors)
  os.remove(errors)
  return tonumber(status), output, text
end

--- Starts a program that ends when the returned function is called, or when the spec's process ends in any way.
---@param command string one program with its arguments; what it writes goes to `log`
---@param log string
---@return fun() stop waits until it has ended
function child.start(command, log)
  local pipe = assert(io.popen(("exec >%s 2>&1; %s & cat; kill $!; wait $!")
    :format(child.quote(log), command .. " </dev/null"), "w"))
  return function()
    pipe:close()
  end
end

return child
