-- What README.md shows works, and what it names is there.
local child = require "spec.child"
local dnp = require "dnp"
local operations = require "tools.operations"
local provisioning = require "dnp.provisioning"
local sandboxes = require "dnp.sandbox"

local PATH = "README.md"
local text = child.read(PATH)

---- running its blocks ----

-- The blocks of a language: each with its code and the number of its first line.
local function blocks(language)
  local found, block, number = {}, nil, 0
  for line in (text .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    if block and line == "```" then
      found[#found + 1] = { code = table.concat(block, "\n") .. "\n", line = block.line }
      block = nil
    elseif block then
      block[#block + 1] = line
    elseif line == "```" .. language then
      block = { line = number + 1 }
    end
  end
  assert(not block, PATH .. ": a block is not closed")
  return found
end

-- Busted's words for a block that is a spec: what it says is done at once, in its order.
local function speak_busted(environment)
  local before, after, last = {}, {}, {}
  local function later(list)
    return function(action)
      list[#list + 1] = action
    end
  end
  local function all(...)
    for _, list in ipairs { ... } do
      for _, action in ipairs(list) do
        action()
      end
    end
  end
  function environment.setup(action)
    action()
  end
  environment.before_each, environment.after_each, environment.teardown = later(before), later(after), later(last)
  function environment.describe(_, body)
    all({ body }, last)
  end
  function environment.it(_, body)
    all(before, { body }, after)
  end
end

-- Runs a block on a sandbox of its own. Before it come the locals that README.md tells of; where it connects to the
-- address that README.md uses for a panel, it connects to the sandbox.
local function run(block)
  local server = assert(sandboxes.start {})
  local panel = assert(dnp.session { url = server.url, username = "serveradmin", password = "serveradmin" })
  local printed = {}
  local environment = setmetatable({
    assert = assert,
    print = function(...)
      local words = { ... }
      for index = 1, select("#", ...) do
        words[index] = tostring(words[index])
      end
      printed[#printed + 1] = table.concat(words, "\t")
    end,
  }, { __index = _G })
  speak_busted(environment)
  local code = ("\n"):rep(block.line - 1) .. "local dnp, provisioning, sandbox, panel = ... "
    .. block.code:gsub("http://127%.0%.0%.1:9002", server.url)
  local chunk = assert(load(code, "@" .. PATH, "t", environment))
  local good, err = xpcall(chunk, function(err)
    if type(err) == "table" then
      return ("%s:%d and following: %s"):format(PATH, block.line, tostring(err))
    end
    return debug.traceback(err)
  end, dnp, provisioning, server, panel)
  panel:close()
  server:stop()
  assert.is_true(good, err)
  return table.concat(printed, "\n")
end

-- What blocks print, by a text that is in the block.
local TELLING = {
  ["provisioning.test_connection(panel)"] = "^http://127%.0%.0%.1:%d+ as serveradmin, Administrator, %d+ ms$",
  [').CompanyName)'] = "^Hosting & Söhne <GmbH>$",
  ["QuotaAllocatedValue"] = "^4$",
  ["sandbox:misbehaved(flaky)"] = "^true$",
  ["print(user.Email)"] = "^jdoe@example%.com$",
}

describe("the README's code", function()
  local all = blocks "lua"

  it("is found", function()
    assert.is_true(#all > 0)
  end)

  for _, block in ipairs(all) do
    it("runs, line " .. block.line, function()
      local output = run(block)
      for part, expected in pairs(TELLING) do
        if block.code:find(part, 1, true) then
          assert.matches(expected, output)
        end
      end
    end)
  end

  it("prints what is looked at here", function()
    for part in pairs(TELLING) do
      local there = false
      for _, block in ipairs(all) do
        there = there or block.code:find(part, 1, true) ~= nil
      end
      assert.is_true(there, part)
    end
  end)

  it("is told by its line when it fails", function()
    local good, err = pcall(run, { code = "print(1)\nlocal x = nil\nx.y = 1\n", line = 40 })
    assert.is_false(good)
    assert.matches(PATH:gsub("%p", "%%%0") .. ":42: ", tostring(err))
  end)
end)

---- what it names ----

-- Lines of indented blocks, and of blocks for a shell; comments removed.
local function commands()
  local found = {}
  for line in text:gmatch "[^\n]+" do
    found[#found + 1] = line:match "^    (%S.*)$"
  end
  for _, block in ipairs(blocks "sh") do
    for line in block.code:gmatch "[^\n]+" do
      found[#found + 1] = line
    end
  end
  for inline in text:gmatch "`(%./[^`\n]+)`" do
    found[#found + 1] = inline
  end
  for index, line in ipairs(found) do
    found[index] = line:gsub("%s+#.*$", "")
  end
  return found
end

local function exists(path)
  return (child.run("ls -d " .. path)) == 0
end

local function section(title)
  local start, finish = text:find("\n## " .. title .. "\n", 1, true)
  assert(start, ("%s has no section '%s'"):format(PATH, title))
  return text:sub(finish + 1, (text:find("\n## ", finish, true) or 0) - 1)
end

-- The paths in the first column of the table of files.
local function told_paths()
  local paths = {}
  for cell in section "Where is what":gmatch "\n| ([^|]*`[^|]*) |" do
    for path in cell:gmatch "`([^`]+)`" do
      paths[path:gsub("/$", "")] = true
    end
  end
  return paths
end

describe("the README", function()
  it("shows commands that there are", function()
    local script, count = child.read "dev", 0
    for _, line in ipairs(commands()) do
      local command = line:match "^%./dev%s+([%w-]+)"
      if command then
        count = count + 1
        assert.is_truthy(script:find("\n" .. command .. "_command() {", 1, true), line)
      end
    end
    assert.is_true(count > 0)
  end)

  it("shows scripts and files that there are", function()
    for _, line in ipairs(commands()) do
      for path in line:gmatch "%f[%w.][%w_./-]+%.lua%f[^%w]" do
        assert.is_true(exists(path), line)
      end
    end
    for path in text:gmatch "`([%w_./*-]+/[%w_./*-]+%.%w+)`" do
      assert.is_true(exists(path), path)
    end
    for path in text:gmatch "%]%(([^)#:]+)%)" do
      assert.is_true(exists(path), path)
    end
  end)

  it("links to headings that there are", function()
    local anchors = {}
    for heading in ("\n" .. text):gmatch "\n#+ ([^\n]+)" do
      anchors[heading:lower():gsub("[^%w %-_]", ""):gsub(" ", "-")] = true
    end
    for anchor in text:gmatch "%]%(#([^)]+)%)" do
      assert.is_true(anchors[anchor], "#" .. anchor)
    end
  end)

  it("has the table of operations of today", function()
    assert.is_true(operations.fresh(PATH), "run ./dev lua tools/operations.lua")
  end)

  it("tells where everything is", function()
    local told = told_paths()
    assert.is_truthy(next(told))
    for path in pairs(told) do
      assert.is_true(exists(path), path .. " is told of, but not there")
    end
    local _, folders = child.run "ls -d */ csrc/*/"
    for folder in folders:gmatch "([^\n]+)/\n" do
      if not folder:find "^build" and folder ~= "csrc" then
        local covered = told[folder]
        for path in pairs(told) do
          covered = covered or path:find(folder .. "/", 1, true) == 1
        end
        assert.is_truthy(covered, folder .. " is not told of")
      end
    end
  end)

  it("names every option, workflow and method of the sandbox", function()
    for _, option in ipairs(dnp.options) do
      assert.is_truthy(text:find("`" .. option .. "`", 1, true), "option " .. option)
    end
    for name in pairs(provisioning) do
      assert.is_truthy(text:find("%f[%w_]" .. name .. "%f[^%w_]"), "provisioning." .. name)
    end
    local server = assert(sandboxes.start {})
    for name, value in pairs(getmetatable(server)) do
      if type(value) == "function" and not name:find "^__" then
        assert.is_truthy(text:find(":" .. name .. "%f[^%w_]"), "sandbox:" .. name)
      end
    end
    server:stop()
  end)
end)
