-- The sandbox does what the panels' sources say, rule by rule (spec/panels/rules.lua), in each panel that it can be.
local dnp = require "dnp"
local http = require "socket.http"
local ltn12 = require "ltn12"
local panels = require "spec.panels.panels"
local rights = require "spec.panels.rights"
local rules = require "spec.panels.rules"
local unpack = table.unpack or unpack -- luacheck: ignore 143

-- The fields that are named; false stands for none.
local function assert_fields(expected, found, what)
  for name, value in pairs(expected) do
    if type(value) == "table" then
      assert.is_table(found[name], what)
      assert_fields(value, found[name], what)
    elseif value == false then
      assert.is_true(not found[name], ("%s: %s is %s"):format(what, name, tostring(found[name])))
    else
      assert.are.equal(value, found[name], ("%s: %s"):format(what, name))
    end
  end
end

-- Records of a list, or rows of a DataSet's last table.
local function rows_of(value)
  local last = value[#value]
  return type(last) == "table" and last.columns and last or value
end

local CHECKS = {
  gives = function(expected, value, what)
    if type(expected) == "table" then
      assert_fields(expected, value, what)
    else
      assert.are.equal(expected, value, what)
    end
  end,
  count = function(expected, value, what)
    assert.are.equal(expected, #rows_of(value), what)
  end,
  keys = function(expected, value, what)
    local keys = {}
    for index, row in ipairs(rows_of(value)) do
      keys[index] = row.PackageId or row.UserId
    end
    assert.are.equal(expected, table.concat(keys, " "), what)
  end,
  columns = function(expected, value, what)
    local found = {}
    for _, column in ipairs(rows_of(value).columns) do
      found[column.name] = true
    end
    assert_fields(expected, found, what)
  end,
  done = function(_, value, what)
    assert.is_true(value, what)
  end,
  id = function(expected, value, what)
    if expected == true then
      assert.is_number(value, what)
    else
      assert.are.equal(expected, value, what)
    end
  end,
}

local FAILURES = {
  refused = function(expected, err, what)
    assert.are.equal("refused", err.kind, what .. ": " .. tostring(err))
    assert.are.equal(expected, err.code, what)
  end,
  fault = function(expected, err, what)
    assert.are.equal("fault", err.kind, what .. ": " .. tostring(err))
    assert.is_truthy(err.fault_string:find(expected, 1, true), what .. ": " .. err.fault_string)
  end,
  absent = function(_, err, what)
    assert.are.equal("absent", err.kind, what .. ": " .. tostring(err))
  end,
}

local function last_position(step)
  local last = 0
  for key in pairs(step) do
    last = type(key) == "number" and math.max(last, key) or last
  end
  return last
end

-- The value with a mark in place of each text; the texts go to `texts` by their marks.
local function marked(value, texts)
  if type(value) == "table" then
    local copy = {}
    for name, member in pairs(value) do
      copy[name] = marked(member, texts)
    end
    return copy
  elseif type(value) ~= "string" then
    return value
  end
  texts[#texts + 1] = value:gsub("&", "&amp;"):gsub("<", "&lt;")
  return ("t%dt"):format(#texts)
end

-- What the call would give without the session's own checks, which know how long a text may be.
local function call_unchecked(session, method, arguments)
  local texts, pieces = {}, {}
  local request = assert(session:request(method, unpack(marked(arguments, texts), 1, arguments.n)))
  local body = request.body:gsub(">t(%d+)t<", function(number)
    return ">" .. texts[tonumber(number)] .. "<"
  end)
  local headers = { ["Content-Length"] = #body }
  for name, value in pairs(request.headers) do
    headers[name] = value
  end
  local _, status, received = http.request { url = request.url, method = "POST", headers = headers,
    source = ltn12.source.string(body), sink = ltn12.sink.table(pieces) }
  return session:response(method, status, received, table.concat(pieces))
end

local function call(panel, step, what)
  local session = panel.session(step.as)
  local last = last_position(step)
  local arguments = step.args or { n = last - 1, unpack(step, 2, last) }
  local value, err
  if step.unchecked then
    value, err = call_unchecked(session, step[1], arguments)
  else
    value, err = session[step[1]](session, unpack(arguments, 1, arguments.n))
  end
  if step.code then
    local calls = panel.sandbox:calls()
    assert.are.equal(step.code, calls[#calls].code, what)
    return
  end
  for name, check in pairs(FAILURES) do
    if step[name] then
      assert.is_nil(value, what)
      check(step[name], err, what)
      return
    end
  end
  assert.is_not_nil(value, what .. ": " .. tostring(err))
  local checked = false
  for name, check in pairs(CHECKS) do
    if step[name] ~= nil then
      check(step[name], value, what)
      checked = true
    end
  end
  assert(checked, what .. ": nothing is expected of it")
end

local function look(panel, step, what)
  local rows = assert(panel.sandbox:query(step.query))
  assert.are.equal(#step.rows, #rows, what)
  for index, row in ipairs(step.rows) do
    assert_fields(row, rows[index], what)
  end
end

local function run(panel, rule)
  for number, step in ipairs(rule.steps) do
    local what = ("%s, step %d (%s)"):format(rule.id, number, step[1] or step.query or step.sql)
    if step.sql then
      assert(panel.sandbox:query(step.sql))
    elseif step.query then
      look(panel, step, what)
    else
      call(panel, step, what)
    end
  end
end

local function is_of(rule, place)
  return place >= (rule.from and panels.place(rule.from) or 1)
    and place <= (rule.to and panels.place(rule.to) or #panels.list)
end

for place, one in ipairs(panels.list) do
  describe("the sandbox as " .. one.name, function()
    local usual, exact

    setup(function()
      usual, exact = panels.start(one), panels.start(one, { panel_quotas = true })
    end)

    teardown(function()
      usual.stop()
      exact.stop()
    end)

    for _, rule in ipairs(rules) do
      if is_of(rule, place) then
        it(("%s: %s (%s)"):format(rule.id, rule.rule, rule.source or "not from a source"), function()
          local panel = rule.panel_quotas and exact or usual
          panel.reset()
          run(panel, rule)
        end)
      end
    end
  end)
end

-- ---- rights ----

-- What came of a call, in the words of the table.
local function outcome(value, err, seen)
  if err and err.kind == "refused" then
    return err.code
  elseif err and err.kind == "fault" then
    local denied = err.fault_string:find("You are not allowed to access this", 1, true)
    return denied and (seen and "raised" or "denied") or "null"
  elseif err then
    return err.kind
  elseif seen ~= nil then
    return seen and "changed" or "ignored"
  end
  local rows = type(value) == "table" and rows_of(value)
  return rows and rows.columns and #rows == 0 and "empty" or rows and next(rows) == nil and "empty" or "given"
end

local function expected_outcome(operation, relation, actor, place)
  if operation.resellers and actor.role == 3 then
    return place <= panels.place "websitepanel 1.2.0" and -108 or -112
  end
  return (operation[actor.name] or {})[relation] or operation[relation]
end

local function holds_in(operation, place)
  return place >= panels.place(operation.from or panels.list[1].name)
    and place <= panels.place(operation.to or panels.list[#panels.list].name)
end

for place, one in ipairs(panels.list) do
  describe("rights in the sandbox as " .. one.name, function()
    local panel

    setup(function()
      panel = panels.start(one)
    end)

    teardown(function()
      panel.stop()
    end)

    for _, operation in ipairs(rights.operations) do
      local it = holds_in(operation, place) and it or function() end
      it(("are those of the table: %s of %s #slow"):format(operation[1], operation.of), function()
        local function reset()
          panel.reset()
          if operation.sql then
            assert(panel.sandbox:query(operation.sql))
          end
        end
        reset()
        for _, actor in ipairs(rights.actors) do
          for relation, id in pairs(actor[operation.of]) do
            if operation.sees then
              reset()
            end
            local session = panel.session(actor.name)
            local method = session[operation[1]]
            local value, err
            if operation.record then
              value, err = method(session, operation.record(id))
            elseif operation.arguments then
              value, err = method(session, unpack(operation.arguments(id)))
            else
              value, err = method(session, id, unpack(operation, 2, 1 + (operation.n or 0)))
            end
            local seen
            if operation.sees then
              seen = #assert(panel.sandbox:query(operation.sees, id)) > 0
            end
            local came, expected = outcome(value, err, seen), expected_outcome(operation, relation, actor, place)
            -- What may be seen can be empty all the same.
            if not (expected == "given" and came == "empty") then
              assert.are.equal(expected, came, ("%s with %s (%d): %s"):format(actor.name, relation, id, tostring(err)))
            end
          end
        end
      end)
    end
  end)
end

describe("the table of rules", function()
  it("names the source of each, or says that there is none, as docs/sandbox.md does", function()
    local file = assert(io.open "docs/sandbox.md")
    local page = file:read("*a"):gsub("%s+", " ")
    file:close()
    local ids = {}
    for _, rule in ipairs(rules) do
      assert.is_nil(ids[rule.id], rule.id)
      ids[rule.id] = true
      assert.is_true((rule.source == nil) ~= (rule.guess == nil), rule.id)
      if rule.guess then
        assert.is_truthy(page:find(rule.guess, 1, true), rule.id .. ": docs/sandbox.md does not say: " .. rule.guess)
      end
    end
  end)

  it("is not alone: the script of each operation names its source, or the script that does its work", function()
    for _, operation in ipairs(dnp.contract("solidcp").operations) do
      local script = assert(io.open(("csrc/sandbox/sql/%s.sql"):format(operation.name)))
      local text = script:read "*a"
      script:close()
      assert.is_truthy(text:find "%.%l+:%d+" or text:find "' AS call;", operation.name)
    end
  end)
end)
