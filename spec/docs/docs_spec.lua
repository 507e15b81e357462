-- The documentation: its examples run, its links lead somewhere, it names what there is, and the generated pages are
-- fresh.
local child = require "spec.support.child"
local dnp = require "dnp"
local examples = require "spec.support.examples"
local markdown = require "spec.support.markdown"
local provisioning = require "dnp.provisioning"
local reference = require "tools.reference"
local sandboxes = require "dnp.sandbox"

local _, listing = child.run "ls *.md docs/*.md docs/*/*.md"
local pages, texts = {}, {}
for path in listing:gmatch "[^\n]+" do
  pages[#pages + 1] = path
  texts[path] = child.read(path)
end

-- Those that a reader can follow on any panel, block after block, one page after the other.
local ANY_PANEL = { "README.md", "docs/getting-started.md" }

local function is_reference(page)
  return page:find "^docs/reference/" ~= nil
end

---- examples ----

-- What a block says that it prints: the block of text right after it.
local function expected_output(blocks, index)
  local following = blocks[index + 1]
  return following and following.language == "text" and following.next_to and following.code or nil
end

local function try(page, blocks, index, run)
  local output, expected = run(page, blocks[index]), expected_output(blocks, index)
  if expected then
    assert.are.equal(expected, output .. "\n")
  end
end

-- Runs a block on a sandbox of its own.
local function alone(place)
  return function(page, block)
    return examples.run(page, block, place)
  end
end

local function each_example(page, visit)
  local blocks = markdown.blocks(texts[page])
  for index, block in ipairs(blocks) do
    if block.language == "lua" then
      visit(blocks, index, ("%s, line %d"):format(page, block.line))
    end
  end
end

describe("the examples", function()
  local count, followed = 0, {}
  for _, page in ipairs(ANY_PANEL) do
    followed[page] = true
  end

  for _, page in ipairs(pages) do
    each_example(page, function(blocks, index, name)
      count = count + 1
      if is_reference(page) then
        it("run in every dialect #slow, " .. name, function()
          for _, dialect in ipairs(dnp.dialects) do
            try(page, blocks, index, alone(examples.sample(dialect)))
          end
        end)
      elseif not followed[page] then
        it("run, " .. name, function()
          try(page, blocks, index, alone(examples.sample "dotnetpanel"))
        end)
      end
    end)
  end

  -- All that these pages tell a reader to run, on one panel.
  local function follow(place, visit)
    local started = examples.start(place)
    finally(function()
      started:stop()
    end)
    for _, page in ipairs(ANY_PANEL) do
      each_example(page, function(blocks, index)
        visit(page, blocks, index, function(...)
          return started:run(...)
        end)
      end)
    end
    local script = ("%s %s examples/first_account.lua"):format(started:environment(), child.lua)
    local status, output, errors = child.run(script)
    assert.are.same({ 0, "" }, { status, errors })
    assert.matches("^user %d+\n", output)
    assert.matches("\nspace %d+ on plan '[%w ]+'\n$", output)
  end

  it("for beginners can be followed one after the other", function()
    follow(examples.sample "dotnetpanel", try)
  end)

  for _, dialect in ipairs(dnp.dialects) do
    it("for beginners can be followed on another panel, a " .. dialect, function()
      follow(examples.other(dialect), function(page, blocks, index, run)
        run(page, blocks[index])
      end)
    end)
  end

  it("are found, one for every method", function()
    assert.is_true(count > #dnp.contract("solidcp").operations)
  end)

  it("are named by their line when they fail", function()
    local good, err = pcall(examples.run, "x.md", { code = "print(1)\nlocal x = nil\nx.y = 1\n", line = 40 },
      examples.sample "dotnetpanel")
    assert.is_false(good)
    assert.matches("x%.md:42: ", tostring(err))
  end)

  it("are compared with what the page says that they print", function()
    local blocks = markdown.blocks "```lua\nprint(1)\n```\n\n```text\n2\n```\n"
    assert.is_false((pcall(try, "x.md", blocks, 1, alone(examples.sample "dotnetpanel"))))
    assert.is_nil(expected_output(markdown.blocks "```lua\n```\nother\n```text\n```\n", 1))
  end)
end)

---- links ----

-- What is wrong with a link, or nil.
local function dead(page, target)
  if target:find "^%a+:" then
    return nil
  end
  local path, anchor = markdown.resolve(page, target)
  local text = texts[path] or (child.run("test -e " .. path) == 0 and "")
  if not text then
    return "there is no " .. path
  elseif anchor and not markdown.anchors(text)[anchor] then
    return ("%s has no heading for #%s"):format(path, anchor)
  end
end

describe("the links", function()
  for _, page in ipairs(pages) do
    it("of " .. page .. " lead somewhere", function()
      markdown.anchors(texts[page])
      for _, target in ipairs(markdown.links(texts[page])) do
        assert.is_nil(dead(page, target), target)
      end
    end)
  end

  it("are found dead when they are", function()
    assert.matches("no docs/nowhere.md", dead("docs/README.md", "nowhere.md"))
    assert.matches("no heading", dead("docs/README.md", "accounts.md#nothing"))
    assert.matches("no heading", dead("docs/README.md", "#nothing"))
    assert.is_nil(dead("docs/reference/users.md", "../accounts.md#suspending-suspend-unsuspend"))
    assert.has_error(function()
      markdown.anchors "# One\n## A - b\n"
    end)
  end)

  it("lead to every page, from the index and from the site's menu", function()
    local menu, linked = child.read "mkdocs.yml", {}
    for _, page in ipairs { "docs/README.md", "docs/reference/README.md" } do
      for _, target in ipairs(markdown.links(texts[page])) do
        linked[markdown.resolve(page, target)] = true
      end
    end
    for _, page in ipairs(pages) do
      local name = page:match "^docs/(.+)$"
      if name and page ~= "docs/README.md" then
        assert.is_true(linked[page], page)
        assert.matches(" " .. name .. "\n", menu, 1, true)
      end
    end
    for name in menu:gmatch ": ([%w_/-]+%.md)\n" do
      assert.is_string(texts["docs/" .. name], name)
    end
  end)
end)

---- generated pages ----

describe("the reference", function()
  it("is fresh", function()
    local made = reference.pages()
    for path, text in pairs(made) do
      assert.are.equal(text, texts[path], path .. " is stale: run ./dev lua tools/reference.lua")
    end
    for _, page in ipairs(pages) do
      assert.is_true(not is_reference(page) or made[page] ~= nil, page .. " is not made by tools/reference.lua")
    end
  end)

  it("has an anchor for every operation, and every type", function()
    local anchors = {}
    for _, page in ipairs { "users", "packages", "authentication", "types" } do
      for anchor in pairs(markdown.anchors(texts["docs/reference/" .. page .. ".md"])) do
        anchors[anchor] = (anchors[anchor] or 0) + 1
      end
    end
    for _, operation in ipairs(dnp.contract("solidcp").operations) do
      assert.are.equal(1, anchors[operation.method], operation.method)
    end
    for name, definition in pairs(dnp.contract("solidcp").types) do
      if definition.kind == "enum" then
        assert.are.equal(1, anchors[name:lower()], name)
      end
    end
  end)
end)

---- what pages name ----

local everything = {}
for _, page in ipairs(pages) do
  everything[#everything + 1] = texts[page]
end
everything = table.concat(everything, "\n")

-- Lines of indented blocks, and of blocks for a shell; comments removed.
local function commands(text)
  local found = {}
  for line in text:gmatch "[^\n]+" do
    found[#found + 1] = line:match "^    (%S.*)$"
  end
  for _, block in ipairs(markdown.blocks(text)) do
    for line in (block.language == "sh" and block.code or ""):gmatch "[^\n]+" do
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

-- The paths in the first column of the table of folders.
local function described_paths()
  local text, paths = texts["docs/adding.md"], {}
  local start, finish = text:find("## Source layout", 1, true), text:find("## An operation", 1, true)
  for cell in text:sub(start, finish):gmatch "\n| ([^|]*`[^|]*) |" do
    for path in cell:gmatch "`([^`]+)`" do
      paths[path] = true
    end
  end
  return paths
end

-- Classes of the annotations whose fields scripts write and read; those of records are in the reference.
local PUBLIC = {}
for name in ([[
  Options ParallelOptions Error Event Engine EngineLimits Failure Request Code
  sandbox.Options sandbox.Seed sandbox.Rule sandbox.Call
  provisioning.WorkflowOptions provisioning.SpaceOptions provisioning.AccountOptions provisioning.ChangePlanOptions
  provisioning.UnsuspendOptions provisioning.TerminateOptions provisioning.UsersOptions provisioning.SpacesOptions
  provisioning.AddonsOptions provisioning.Filter provisioning.UsageOptions provisioning.FindPlanOptions
  provisioning.WaitOptions provisioning.SpaceWaitOptions provisioning.PolicyOptions provisioning.ConnectionOptions
  provisioning.ConnectionReport provisioning.ConnectionError provisioning.Error provisioning.Report provisioning.Step
  provisioning.FieldChange provisioning.Stayed provisioning.AccountSpec provisioning.SpaceSpec provisioning.AddonSpec
  provisioning.UsageReport provisioning.AccountUsage provisioning.SpaceUsage provisioning.UsageFailure
]]):gmatch "%S+" do
  PUBLIC["dnp." .. name] = true
end

describe("the pages", function()
  it("show commands that there are", function()
    local script, count = child.read "dev", 0
    for _, line in ipairs(commands(everything)) do
      local command = line:match "^%./dev%s+([%w-]+)"
      if command then
        count = count + 1
        assert.is_truthy(script:find("\n" .. command .. "_command() {", 1, true), line)
      end
    end
    assert.is_true(count > 0)
  end)

  it("show scripts and files that there are", function()
    for _, line in ipairs(commands(everything)) do
      for path in line:gmatch "%f[%w.][%w_./-]+%.lua%f[^%w]" do
        assert.is_true(exists(path) or path:find "^/usr/local/" ~= nil, line)
      end
    end
    for path in everything:gmatch "`([%w_./*-]+/[%w_./*-]+%.%w+)`" do
      assert.is_true(exists(path) or path:find "^build/" ~= nil or path == "dnp/dnp.h"
        or path:find "^/usr/local/" ~= nil, path)
    end
  end)

  it("name captures that there are", function()
    local count = 0
    for line in texts["docs/wire.md"]:gmatch "[^\n]+" do
      local set
      for item in (line:match "^|[^|]*|([^|]*)|" or ""):gmatch "[%w`/._-]+" do
        set = item:match "^`([%w-]+)`$" or set
        if item:find "^%d%d%d%-" or item:find "^websitepanel%-" then
          count = count + 1
          local captures = child.read("spec/captures/" .. set .. ".captures")
          assert.is_truthy(captures:find("\n== " .. item .. " ", 1, true)
            or captures:find("== " .. item .. " ", 1, true) == 1, set .. " " .. item)
        end
      end
    end
    assert.is_true(count > 20)
  end)

  it("say where everything is", function()
    local described = described_paths()
    assert.is_truthy(next(described))
    for path in pairs(described) do
      assert.is_true(exists(path), path .. " is mentioned, but not there")
    end
    local _, folders = child.run "ls -d */ csrc/*/"
    for folder in folders:gmatch "([^\n]+)/\n" do
      if not folder:find "^build" and folder ~= "csrc" then
        assert.is_true(described[folder], folder .. " is not described")
      end
    end
  end)

  it("name every option, workflow and method of the sandbox", function()
    local options = texts["docs/sessions.md"]
    for _, option in ipairs(dnp.options) do
      assert.is_truthy(options:find("`" .. option .. "`", 1, true), "option " .. option)
    end
    for name in pairs(provisioning) do
      assert.is_truthy(everything:find("%f[%w_]" .. name .. "%f[^%w_]"), "provisioning." .. name)
    end
    local server = assert(sandboxes.start {})
    for name, value in pairs(getmetatable(server)) do
      if type(value) == "function" and not name:find "^__" then
        assert.is_truthy(texts["docs/sandbox.md"]:find(":" .. name .. "%f[^%w_]"), "sandbox:" .. name)
      end
    end
    server:stop()
  end)

  it("say what to look for in scripts, for each change that may need it", function()
    local count = 0
    for before, after in texts["CHANGELOG.md"]:gmatch "(.?)%*%*check%*%*([^ ]*)" do
      count = count + 1
      assert.are.equal("[", before)
      assert.matches("^%]%(docs/upgrading%.md#[%w-]+%)$", after)
    end
    assert.is_true(count > 10)
  end)

  -- What scripts give and get, by the annotations.
  it("name every field of options, specs, reports and errors", function()
    local _, files = child.run "find lua -name '*.lua'"
    local class, found = nil, {}
    for path in files:gmatch "[^\n]+" do
      for line in (child.read(path) .. "\n"):gmatch "(.-)\n" do
        class = line:match "^%-%-%-@class ([%w_.]+)" or line:find "^%-%-%-" and class or nil
        local field = class and line:gsub("@field public ", "@field "):match "^%-%-%-@field ([%w_]+)"
        if field and PUBLIC[class] then
          found[class] = true
          assert.is_truthy(everything:find("%f[%w_]" .. field .. "%f[^%w_]"), class .. "." .. field)
        end
      end
      class = nil
    end
    assert.are.same(PUBLIC, found)
  end)

  it("are short enough to be read, the first one", function()
    assert.is_true(select(2, texts["README.md"]:gsub("\n", "\n")) < 170)
  end)
end)
