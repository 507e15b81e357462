-- Numbers that the panel answers: which are refusals, which are more than a plain yes, and what they are called.
local dnp = require "dnp"
local envelope = require "spec.support.envelope"

-- Calls body(panel, operation, dialect) for each operation of each dialect whose response is of these kinds.
local function each_operation(kinds, body)
  local count = 0
  for _, dialect in ipairs(dnp.dialects) do
    local panel = assert(dnp.session { url = "http://127.0.0.1:1", username = "u", password = "p", dialect = dialect })
    for _, operation in ipairs(dnp.contract(dialect).operations) do
      if kinds[operation.result_kind] then
        count = count + 1
        body(panel, operation, dialect)
      end
    end
    panel:close()
  end
  assert.is_true(count > 0)
end

local function response(panel, operation, dialect, number)
  local is_package = operation.result_kind:match "^package_"
  local content = is_package and ("<Result>%d</Result>"):format(number) or tostring(number)
  return panel:response(operation.name, 200, nil, envelope.result(operation.name, content, dialect))
end

local STATUS = { status = true, package_status = true }
local ID = { id = true, package_id = true }

describe("a number in a response", function()
  it("that is negative is a refusal with the code's name", function()
    each_operation({ status = true, package_status = true, id = true, package_id = true },
      function(panel, operation, dialect)
        for _, code in ipairs { -1, -100, -1010, -2614 } do
          local value, err = response(panel, operation, dialect, code)
          assert.is_nil(value)
          assert.are.same({ "refused", code, dnp.codes[code].name, "not_done" },
            { err.kind, err.code, err.name, err.outcome })
        end
      end)
  end)

  it("is an id where an id is expected, and a plain yes where it is 0", function()
    each_operation(ID, function(panel, operation, dialect)
      assert.are.same({ 100, n = 1 }, { n = select("#", response(panel, operation, dialect, 100)),
        (response(panel, operation, dialect, 100)) })
      local value, err = response(panel, operation, dialect, 0)
      assert.is_nil(value)
      assert.are.equal("protocol", err.kind)
    end)
    each_operation(STATUS, function(panel, operation, dialect)
      assert.are.same({ true, n = 1 }, { n = select("#", response(panel, operation, dialect, 0)),
        (response(panel, operation, dialect, 0)) })
    end)
  end)

  it("that is positive where 0 means done is not understood", function()
    each_operation(STATUS, function(panel, operation, dialect)
      for _, number in ipairs { 1, 7, 99, 100, 101, 102, 2147483647 } do
        if operation.name ~= "AuthenticateUser" or number < 100 or number > 101 then
          local value, err = response(panel, operation, dialect, number)
          assert.is_nil(value)
          assert.are.equal("protocol", err.kind)
          assert.are.equal(operation.mutates and "unknown" or "not_done", err.outcome)
          assert.are.equal(("%s: the response is %d where 0 means done"):format(operation.name, number), err.message)
        end
      end
    end)
  end)

  it("distinguishes a login with a one-time password from one that wants a second factor", function()
    for _, dialect in ipairs(dnp.dialects) do
      local panel = assert(dnp.session { url = "http://127.0.0.1:1", username = "u", password = "p",
        dialect = dialect })
      local function login(number)
        return panel:response("AuthenticateUser", 200, nil, envelope.result("AuthenticateUser", number, dialect))
      end
      assert.are.same({ true, "SUCCESS_USER_ONETIMEPASSWORD" }, { login "100" })
      assert.are.same({ true, n = 1 }, { n = select("#", login "0"), (login "0") })
      for code, name in pairs { [101] = "SUCCESS_USER_MFA_ACTIVE", [-114] = "ERROR_USER_ACCOUNT_DISABLED",
        [-115] = "ERROR_USER_ACCOUNT_LOCKEDOUT", [-116] = "ERROR_USER_EXPIRED_ONETIMEPASSWORD" } do
        local value, err = login(tostring(code))
        assert.is_nil(value)
        assert.are.same({ "refused", code, name, "not_done" }, { err.kind, err.code, err.name, err.outcome })
      end
      panel:close()
    end
  end)

  it("is said by the contract where it adds something", function()
    for _, dialect in ipairs(dnp.dialects) do
      for _, operation in ipairs(dnp.contract(dialect).operations) do
        assert.are.same(operation.name == "AuthenticateUser" and { "SUCCESS_USER_ONETIMEPASSWORD" } or nil,
          operation.remarks)
      end
    end
  end)
end)

describe("the business codes", function()
  -- What BusinessErrorCodes.cs of SolidCP 1.5.1 holds: 219 constants, 206 numbers.
  local own = { [-1] = true, [-2] = true }

  local function count(filter)
    local number = 0
    for code, entry in pairs(dnp.codes) do
      number = number + (code < 0 and not own[code] and filter(entry) and 1 or 0)
    end
    return number
  end

  it("are all that the panels define", function()
    assert.are.equal(206, count(function()
      return true
    end))
    assert.are.equal(193 - 1, count(function(entry)
      return entry.dialects[1] == "dotnetpanel"
    end))
    assert.are.equal(205, count(function(entry)
      return table.concat(entry.dialects, " "):find("websitepanel", 1, true)
    end))
    assert.are.same({ "solidcp" }, dnp.codes[-2614].dialects)
  end)

  it("have the panels' names, the second ones too", function()
    assert.are.equal("ERROR_MYSQL_INVALID_USER_NAME", dnp.codes[-1010].name)
    assert.are.equal("ERROR_MARIADB_INVALID_USER_NAME", dnp.codes[-1010].alias)
    assert.are.equal("CURRENT_USER_IS_LYNC_USER", dnp.codes[-2710].name)
    assert.are.equal("CURRENT_USER_IS_SFB_USER", dnp.codes[-2710].alias)
    assert.are.equal("FAILED_EXECUTE_SERVICE_OPERATION", dnp.codes[-999].name)
    assert.are.equal("ERROR_FAILED_EXECUTE_SERVICE_OPERATION", dnp.codes[-999].alias)
    assert.are.equal("SMTP_UNKNOWN_ERROR", dnp.codes[-1921].name)
    assert.are.equal(13 + 1, count(function(entry)
      return entry.alias
    end))
  end)

  it("have a name and a sentence each, of which no two are equal", function()
    local seen = {}
    for code, entry in pairs(dnp.codes) do
      assert.matches("^%u[%u%d_]+$", entry.name)
      for _, text in ipairs { entry.name, entry.alias or entry.name .. " alone" } do
        assert.is_nil(seen[text], text)
        seen[text] = code
      end
      assert.matches("^%a.*[^%.]$", entry.sentence)
      assert.are.equal(code > 0, entry.name:find("^SUCCESS_") ~= nil)
    end
  end)

  it("that may have done a part leave the outcome unknown", function()
    local panel = assert(dnp.session { url = "http://127.0.0.1:1", username = "u", password = "p" })
    for code, outcome in pairs { [-999] = "unknown", [-1913] = "unknown", [-1921] = "unknown", [-1914] = "not_done",
      [-4711] = "not_done" } do
      local _, err = panel:response("SendAccountSummaryLetter", 200, nil,
        envelope.result("SendAccountSummaryLetter", tostring(code)))
      assert.are.equal("refused", err.kind)
      assert.are.equal(outcome, err.outcome, code)
    end
    panel:close()
  end)
end)
