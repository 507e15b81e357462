--- Measures lua-dnp beside libxml2, libcurl and other SOAP stacks. Called by `./dev bench`, which builds the programs.
-- usage: see HELP
local clients = require "bench.clients"
local measure = require "bench.measure"
local page = require "bench.page"
local report = require "bench.report"
local rows = require "bench.rows"

local HELP = [=[
usage: ./dev bench [OPTION…] [ROW…]       one table, of all rows or some
       ./dev bench growth [OPTION…] [each|users|usage|suspend|unsuspend…]
                                          how cost grows with lists and accounts
       ./dev bench nginx                  calls inside nginx
       ./dev bench import [memory]        imports by the command dnp
       ./dev bench load [CONNECTIONS [SECONDS]]
                                          many clients against one sandbox; 64 for 60 s

  --json             figures for programs
  --markdown         writes the table, which has to be all of it, into docs/benchmarks.md
  --rounds N         wall and CPU are medians of so many runs, in turns (5)
  --users N          in long lists (10000)
  --clients A,B      only these: libxml2 libcurl transport lua5.4 luajit gsoap php luasoap node zeep
  --no-instructions  only times and memory
  --profiles         keeps where instructions were spent, for callgrind_annotate: build/bench/profiles/ROW-CLIENT
  --lua NAME         growth on lua5.4 (the default) or luajit
  --tiny             little of everything: to see that it works
  --list             names the rows and groups of rows

Instructions are counted by valgrind's callgrind. All of it stays on 127.0.0.1.
]=]

local function stop(message)
  io.stderr:write("bench: ", message, "\n")
  os.exit(2)
end

---- arguments ----

local function read_arguments(words)
  local options, names, index = { size = "full" }, {}, 1
  local function number()
    index = index + 1
    local value = tonumber(words[index])
    return value and value >= 1 and value == math.floor(value) and math.floor(value)
      or stop(words[index - 1] .. " needs a number")
  end
  while words[index] do
    local word = words[index]
    if word == "--help" or word == "--list" or word == "--json" or word == "--markdown" or word == "--profiles" then
      options[word:sub(3)] = true
    elseif word == "--no-instructions" then
      options.counted = false
    elseif word == "--tiny" then
      options.size = "tiny"
    elseif word == "--lua" or word == "--clients" then
      index = index + 1
      options[word:sub(3)] = words[index] or stop(word .. " needs a name")
    elseif word == "--rounds" or word == "--users" then
      options[word:sub(3)] = number()
    elseif word:sub(1, 1) == "-" then
      stop(("there is no option %s; ./dev bench --help names them"):format(word))
    else
      names[#names + 1] = word
    end
    index = index + 1
  end
  return options, names
end

local function size_of(options)
  local size = {}
  for name, value in pairs(rows.sizes[options.size]) do
    size[name] = value
  end
  if options.rounds then
    size.rounds = options.rounds
    size.slow_rounds = math.min(size.slow_rounds, options.rounds)
  end
  if options.users then
    size.users = options.users
    size.sample = math.min(size.sample, options.users)
    size.slow_sample = math.min(size.slow_sample, options.users)
  end
  return size
end

---- what is shown meanwhile ----

-- A line on standard error while somebody watches it, and what wipes it.
local function progress_line()
  if not os.execute "test -t 2" then
    return function() end, function() end
  end
  return function(row, client, what)
    local place = row.place and ("[%s] "):format(row.place) or ""
    io.stderr:write(("\r\27[K%s%s: %s, %s"):format(place, row.name, client.name, what))
  end, function()
    io.stderr:write "\r\27[K"
  end
end

local function list_rows(all)
  local groups = {}
  for _, row in ipairs(all) do
    print(("%-18s %s"):format(row.name, row.title))
    if not groups[row.group] then
      groups[#groups + 1] = row.group
      groups[row.group] = true
    end
  end
  print(("\ngroups: %s"):format(table.concat(groups, ", ")))
  print "by themselves: growth, import, load, nginx"
end

---- what all measuring needs ----

local function new_context(root, options, size, progress)
  local quote = clients.shell_quote
  local folder = ("%s/build/bench/data-%s"):format(root, options.size)
  local profiles = options.profiles and root .. "/build/bench/profiles" or nil
  assert(os.execute(("mkdir -p %s %s"):format(quote(folder), profiles and quote(profiles) or "")))
  return {
    root = root, folder = folder, size = size, urls = {}, failures = {}, progress = progress,
    counted = options.counted, profiles = profiles,
    processors = tonumber(clients.output_of "nproc") or 1,
    environment = ("BENCH_MARK=%s BENCH_WSDL=%s"):format(quote(root .. "/build/bench/libmark.so"),
      quote(root .. "/build/bench/users.wsdl")),
  }
end

-- Where what was measured goes; `writer` has a function for each form of it.
local function put_out(writer, measured, there, options, root, place)
  local sentence, about = page.about(there)
  if options.json then
    io.write(writer.json(measured, about))
  else
    io.write(writer.text(measured), "\n", sentence, "\n")
  end
  if options.markdown then
    local path = root .. "/docs/benchmarks.md"
    page.put(path, place, ("\n%s\n\n%s\n"):format(sentence, writer.markdown(measured)))
    if writer.targets then
      page.put(path, "targets", ("\n%s\n"):format(writer.targets(measured)))
    end
  end
end

---- the rows ----

local SERVERS = { "http", "https", "slow" }

local function measure_rows(chosen, there, context)
  local server_options = { http = "", https = "--tls certificate.pem key.pem", slow = "--delay " .. context.size.delay }
  local measured, stops = {}, {}
  for index, name in ipairs(SERVERS) do
    context.urls[name], stops[index] = measure.start_server(context.root, context.folder, server_options[name])
  end
  local good, err = pcall(function()
    for index, row in ipairs(chosen) do
      row.place = ("%d/%d"):format(index, #chosen)
      measured[index] = { row = row, results = measure.row(row, there, context) }
    end
  end)
  for _, stop_server in ipairs(stops) do
    stop_server()
  end
  return good and measured, err
end

local function bench_rows(root, options, size, chosen)
  local there, left_out = clients.find(root, options.clients)
  for _, client in ipairs(left_out) do
    io.stderr:write(("not there, left out: %s (%s)\n"):format(client.name, client.install))
  end
  local progress, clear = progress_line()
  local context = new_context(root, options, size, progress)
  measure.write_data(context.folder, size)
  measure.write_certificate(context.folder)
  local measured, err = measure_rows(chosen, there, context)
  clear()
  if not measured then
    stop(err)
  end
  put_out(report, measured, there, options, root, "table")
  for _, failure in ipairs(context.failures) do
    io.stderr:write("bench: left out: ", failure, "\n")
  end
  os.exit(#context.failures == 0)
end

---- growth ----

local function bench_growth(root, options, names)
  local growth = require "bench.growth"
  names = #names > 0 and names or growth.names
  for _, name in ipairs(names) do
    if not (" " .. table.concat(growth.names, " ") .. " "):find(" " .. name .. " ", 1, true) then
      stop(("growth is measured of %s, not of '%s'"):format(table.concat(growth.names, ", "), name))
    end
  end
  local progress, clear = progress_line()
  local context = new_context(root, options, nil, progress)
  local there = {}
  for _, client in ipairs((clients.find(root))) do
    if client.own then
      there[client.id] = client
    end
  end
  local client = there[options.lua or "lua5.4"] or stop(("--lua is lua5.4 or luajit, not '%s'"):format(options.lua))
  context.lua54 = there["lua5.4"]
  measure.write_data(context.folder, growth.data)
  local good, measured = pcall(growth.measure, client, growth.sizes[options.size], names, context)
  clear()
  if not good then
    stop(measured)
  end
  put_out(growth, measured, { client }, options, root, "growth")
end

local function main()
  local root = clients.output_of "pwd"
  local options, names = read_arguments(arg)
  local size = size_of(options)
  local all = rows.all(size)
  if options.markdown and #names > (names[1] == "growth" and 1 or 0) then
    stop "--markdown is for the whole table: without names of rows"
  end
  if options.help then
    io.write(HELP)
  elseif options.list then
    list_rows(all)
  elseif names[1] == "growth" then
    bench_growth(root, options, { table.unpack(names, 2) })
  else
    local chosen, unknown = rows.choose(all, names)
    if not chosen then
      stop(("there is no row '%s'; ./dev bench --list names them"):format(unknown))
    end
    bench_rows(root, options, size, chosen)
  end
end

main()
