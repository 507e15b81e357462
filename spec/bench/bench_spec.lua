-- `./dev bench` in small: each client answers rightly, and all that is measured is reported. No time is looked at.
local child = require "spec.support.child"
local cjson = require "cjson"
local clients = require "bench.clients"
local measure = require "bench.measure"
local page = require "bench.page"
local report = require "bench.report"
local rows = require "bench.rows"
local targets = require "bench.targets"

-- What the benchmarks have to have without other SOAP stacks.
local OWN = "libxml2,libcurl,transport,leaves,records,lua5.4,luajit"

local function bench(arguments)
  return child.run(("%s bench/main.lua %s"):format(child.lua, arguments), 900)
end

local function figures(arguments)
  local status, output, errors = bench("--tiny --json " .. arguments)
  assert.equal(0, status, errors)
  return cjson.decode(output), errors
end

local function by_name(list, key)
  local found = {}
  for _, entry in ipairs(list) do
    found[entry[key]] = entry
  end
  return found
end

local function is_measured(client)
  assert.is_true(client.cpu_ms > 0 and client.wall_ms > 0 and client.peak_kib >= 0, client.client)
end

describe("bench/main.lua #bench", function()
  local all = rows.all(rows.sizes.tiny)

  it("measures every row with lua-dnp on both Luas, libxml2 and libcurl", function()
    local found = figures("--no-instructions --clients " .. OWN)
    local measured = by_name(found.rows, "row")
    assert.equal(#all, #found.rows)
    for _, row in ipairs(all) do
      local there = by_name(measured[row.name].clients, "client")
      local of_decoder = row.task == "decoder"
      is_measured(there[of_decoder and "records" or "lua5.4"])
      is_measured(there[of_decoder and "leaves" or "luajit"])
      if not of_decoder then
        assert.same({ 1, 1 }, { there["lua5.4"].times_lua54, there.luajit.times_luajit })
      end
      assert.equal(row.task == "decode", there.libxml2 ~= nil, row.name)
      assert.equal(row.server ~= nil, there.libcurl ~= nil, row.name)
    end
    for _, name in ipairs { "libxml2", "libcurl", "lua5.4", "luajit" } do
      assert.matches("^%d+%.%d", found.about.versions[name])
    end
  end)

  it("measures other SOAP stacks, and names those that are not there", function()
    local found, errors = figures "--no-instructions"
    local measured = by_name(found.rows, "row")
    for _, client in ipairs(clients.all ".") do
      if not found.about.versions[client.id] and client.install then
        assert.matches("not there, left out: " .. client.name, errors, 1, true)
      elseif client.install then
        for row, what in pairs(measured) do
          local wanted = rows.choose(all, { row })[1]
          assert.equal(measure.can(wanted, client), by_name(what.clients, "client")[client.id] ~= nil,
            row .. ", " .. client.name)
        end
      end
    end
  end)

  it("fails where another SOAP stack answers wrongly, and leaves it out", function()
    local folder, remove = child.folder()
    local file = assert(io.open(folder .. "/php", "w"))
    file:write "#!/bin/sh\ncase $1 in -r) echo 8.9;; *) echo 1.0 1.0 10 1 0;; esac\n"
    file:close()
    local status, output, errors = child.run(("chmod 755 %s/php; PATH=%s:$PATH %s bench/main.lua --tiny --json "
      .. "--no-instructions --clients php,lua5.4 bool"):format(folder, folder, child.lua), 300)
    remove()
    assert.same({ 1, "bench: left out: bool, PHP SoapClient: 1 answers with the sum 0, not 1 with 1\n" },
      { status, errors })
    local measured = cjson.decode(output).rows[1].clients
    assert.same({ 1, "lua5.4" }, { #measured, measured[1].client })
  end)

  it("puts into the page nothing but the whole table", function()
    for _, arguments in ipairs { "bool", "growth each" } do
      local status, output, errors = bench("--tiny --markdown " .. arguments)
      assert.same({ 2, "", "bench: --markdown is for the whole table: without names of rows\n" },
        { status, output, errors })
    end
  end)

  it("counts instructions", function()
    local found = figures("bool call --clients " .. OWN)
    assert.equal(2, #found.rows)
    for _, row in ipairs(found.rows) do
      for _, client in ipairs(row.clients) do
        assert.is_true(client.instructions > 500, client.client)
        assert.equal(client.client == "libxml2" or client.client == "libcurl", client.of_yardstick.instructions == 1)
      end
    end
    local judged = by_name(found.targets, "target")
    assert.equal("bool", judged["instructions at most 6.00 k"].row)
    assert.equal("call", judged["instructions at most 1.20 of libcurl's"].row)
  end)

  it("keeps where instructions were spent", function()
    local path = "build/bench/profiles/bool-lua5.4"
    os.remove(path)
    figures "bool --clients lua5.4 --profiles"
    assert.matches("dnp_call_take_body", child.read(path), 1, true)
  end)

  it("names its rows, and those that it does not have", function()
    local status, output = bench "--list"
    assert.equal(0, status)
    for _, row in ipairs(all) do
      assert.is_truthy(("\n" .. output):find("\n" .. row.name .. " ", 1, true), row.name)
    end
    local errors
    status, output, errors = bench "bool nothing"
    assert.same({ 2, "", "bench: there is no row 'nothing'; ./dev bench --list names them\n" },
      { status, output, errors })
    status, output, errors = bench "--fast"
    assert.same({ 2, "", "bench: there is no option --fast; ./dev bench --help names them\n" },
      { status, output, errors })
  end)

  it("measures how cost grows, on both Luas", function()
    for _, name in ipairs { "lua5.4", "luajit" } do
      local found = figures("growth --no-instructions --lua " .. name)
      local calls = {}
      assert.equal(5, #found.growth)
      for index, entry in ipairs(found.growth) do
        calls[index] = {}
        for place, size in ipairs(entry.sizes) do
          assert.is_true(size.cpu_ms > 0 and size.wall_ms > 0)
          calls[index][place] = size.calls
        end
      end
      -- A list is one call, usage the same few for any number, suspending two for each account and a few.
      assert.same({ { 1, 1 }, { 1, 1 } }, { calls[1], calls[2] })
      assert.equal(calls[3][1], calls[3][2])
      for index = 4, 5 do
        assert.equal(40, calls[index][2] - calls[index][1])
      end
    end
    local found = figures "growth usage"
    assert.equal(1, #found.growth)
    assert.is_true(found.growth[1].sizes[2].instructions > 10000)
    local status, output, errors = bench "growth nothing"
    assert.same({ 2, "", "bench: growth is measured of each, users, usage, suspend, unsuspend, not of 'nothing'\n" },
      { status, output, errors })
  end)
end)

describe("bench/load.lua #bench", function()
  it("has many clients call one sandbox", function()
    local status, output, errors = child.run(child.lua .. " bench/load.lua build/bench/load 4 1")
    assert.equal(0, status, errors)
    local line = "[1-9]%d* calls on 4 connections, 0 failed\n[1-9]%d* calls served, [1-9]%d* KiB resident\n"
    local _, runs = output:gsub(line, "")
    assert.equal(2, runs, output)
  end)
end)

describe("bench/import.lua #bench", function()
  it("measures jobs, the journal and memory", function()
    local status, output, errors = child.run(child.lua .. " bench/import.lua 1 16", 300)
    assert.equal(0, status, errors)
    for _, jobs in ipairs { "1 job  +2", "16 jobs +16" } do
      local figures_of = " accounts +[%d.]+ s +[%d.]+/s +journal +[%d.]+ %%, passwords +[%d.]+ %%\n"
      assert.matches("\n" .. jobs .. figures_of, output)
    end
    assert.matches("\n16 jobs are [%d.]+ times as fast as one\n", output)
    status, output, errors = child.run(child.lua .. " bench/import.lua memory 20 30", 300)
    assert.equal(0, status, errors)
    assert.matches("^ +20 rows:%s+%d+ kB at most\n +30 rows:%s+%d+ kB at most\n$", output)
  end)
end)

describe("bench/measure.lua #bench", function()
  local function row_of(name)
    return rows.choose(rows.all(rows.sizes.tiny), { name })[1]
  end

  local failures

  local function measure_with(name, answer, install)
    local client = {
      id = "fake", name = "a stack", command = ("echo '%s' #"):format(answer), install = install,
      tasks = { decode = true, call = true, encode = true },
    }
    failures = {}
    return pcall(measure.row, row_of(name), { client }, {
      failures = failures,
      size = rows.sizes.tiny, folder = "/nowhere", environment = "", urls = { http = "http://127.0.0.1:1" },
      progress = function() end, counted = false, processors = 1,
    })
  end

  it("takes what a client measured, for one answer", function()
    local good, results = measure_with("bool", "8.0 4.0 12 1 1")
    assert.is_true(good, results)
    assert.same({ 2, 1, 12 }, { results[1].wall, results[1].cpu, results[1].peak })
  end)

  it("does not take the figures of one that answers wrongly", function()
    for name, answer in pairs {
      users = "8.0 4.0 12 19 190", bool = "8.0 4.0 12 1 0", call = "8.0 4.0 12 3 3", change = "8.0 4.0 12 4 4",
      encode = "8.0 4.0 12 1 1\n<user><Username>joe</Username></user>",
    } do
      local good, err = measure_with(name, answer)
      assert.is_false(good, name)
      assert.matches("a stack", err)
    end
    local good, err = measure_with("users", "no such file")
    assert.is_false(good)
    assert.matches("users, a stack failed:\nno such file", err)
  end)

  it("goes on without another stack that fails, and says so", function()
    local good, results = measure_with("bool", "no such class", "a package")
    assert.is_true(good, results)
    assert.same({}, results)
    assert.equal(1, #failures)
    assert.matches("bool, a stack failed:\nno such class", failures[1])
  end)
end)

describe("bench/targets.lua #bench", function()
  it("names rows and clients that there are", function()
    local known = {}
    for _, row in ipairs(rows.all(rows.sizes.tiny)) do
      known[row.name] = true
    end
    for _, client in ipairs(clients.all ".") do
      known[client.id] = true
    end
    for _, target in ipairs(targets.all) do
      assert.is_true(known[target.row] and (not target.of or known[target.of]), target.row)
    end
  end)

  local function judge(of_row, figures_of)
    local results = {}
    for id, figure in pairs(figures_of) do
      results[#results + 1] = { client = { id = id }, instructions = figure, wall = figure }
    end
    local verdicts = {}
    for _, entry in ipairs(targets.judge { { row = { name = of_row }, results = results } }) do
      verdicts[#verdicts + 1] = { entry.target.of or "", entry.actual[1], entry.actual[2] or false, entry.met }
    end
    return verdicts
  end

  it("compares what both Luas have with it", function()
    assert.same({ { "libxml2", 0.75, 0.25, true } },
      judge("users", { libxml2 = 100, ["lua5.4"] = 75, luajit = 25 }))
    assert.same({ { "libxml2", 0.75, 0.5, false } }, judge("users", { libxml2 = 100, ["lua5.4"] = 75, luajit = 50 }))
    assert.same({ { "gsoap", 4, 5, true }, { "php", 6, 7.5, true } },
      judge("users", { gsoap = 200, php = 300, ["lua5.4"] = 50, luajit = 40 }))
    assert.same({ { "gsoap", 3, 4, false } }, judge("users", { gsoap = 12, ["lua5.4"] = 4, luajit = 3 }))
    assert.same({ { "", 6000, 5000, true } }, judge("bool", { ["lua5.4"] = 6000, luajit = 5000 }))
  end)

  it("compares the decoder with itself", function()
    assert.same({ { "leaves", 1.03, false, true } }, judge("back-off-comments", { leaves = 100, records = 103 }))
    assert.same({ { "leaves", 1.04, false, false } }, judge("back-off-comments", { leaves = 100, records = 104 }))
  end)

  it("does not judge what was not measured", function()
    assert.same({}, judge("bool", { luajit = 5000 }))
    assert.same({}, judge("bool", { ["lua5.4"] = 0, luajit = 0 }))
    assert.same({}, judge("users", { ["lua5.4"] = 75, luajit = 25 }))
  end)
end)

describe("bench/report.lua #bench", function()
  local measured = {
    {
      row = { name = "users", title = "many" },
      results = {
        { client = { id = "libxml2", name = "libxml2", yardstick = "decode" }, instructions = 2e8, cpu = 20, wall = 25,
          peak = 100 },
        { client = { id = "lua5.4", name = "lua-dnp" }, instructions = 123456, cpu = 0.05, wall = 50, peak = 20480 },
        { client = { id = "node", name = "node-soap" }, cpu = 2000, wall = 2500, peak = 0 },
      },
    },
  }

  it("writes a table", function()
    assert.equal(table.concat({
      "| **`users`** many | | | | | | | | |",
      "| libxml2 | 200 M | 1.00 | 20.0 ms | 1.00 | 25.0 ms | 0.50 | – | 100 KiB |",
      "| lua-dnp | 123 k | 0.00 | 50.0 µs | 0.00 | 50.0 ms | 1.00 | – | 20.0 MiB |",
      "| node-soap | – | – | 2.00 s | 100.00 | 2.50 s | 50.00 | – | 0 KiB |",
    }, "\n") .. "\n", report.markdown(measured):match "%-:|\n(.*)$")
    local text = report.text(measured)
    assert.matches("\nusers: many\n", text)
    assert.matches("\nnode%-soap +– +– +2.00 s +100.00 +2.50 s +50.00 +– +0 KiB\n", text)
  end)

  it("writes the targets, and which are not met", function()
    local function measured_as(lua54, luajit)
      return { { row = { name = "bool" }, results = {
        { client = { id = "lua5.4" }, instructions = lua54 }, { client = { id = "luajit" }, instructions = luajit },
      } } }
    end
    assert.equal("| `bool` | instructions at most 6.00 k | 5.00 k / 5.00 k | met |\n",
      report.targets(measured_as(5000, 5000)):match "%-|\n(.*)$")
    assert.equal("| `bool` | instructions at most 6.00 k | 5.00 k / 7.00 k | **not met** |\n",
      report.targets(measured_as(5000, 7000)):match "%-|\n(.*)$")
  end)

  it("puts it where a page has a place for it", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write "before\n<!-- table -->\nold\n<!-- /table -->\nafter\n"
    file:close()
    page.put(path, "table", "new %d\n")
    assert.equal("before\n<!-- table -->\nnew %d\n<!-- /table -->\nafter\n", child.read(path))
    assert.has_error(function()
      page.put(path, "growth", "new")
    end)
    os.remove(path)
  end)
end)
