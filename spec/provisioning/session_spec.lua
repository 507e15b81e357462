-- What the functions of dnp.provisioning say when their first argument is not a session that works.
local dnp = require "dnp"
local provisioning = require "dnp.provisioning"

-- Each with arguments that are right but for the session.
local calls = {
  ensure_account = { { user = { Username = "jane" } } },
  create_account = { { user = { Username = "jane" } } },
  change_plan = { "jdoe", 2 },
  set_addons = { "jdoe", {} },
  suspend = { "jdoe" },
  unsuspend = { "jdoe" },
  terminate = { "jdoe" },
  find_user = { "jdoe" },
  find_plan = { "Shared Small" },
  export_account = { "jdoe" },
  edit_user = { "jdoe", { City = "Bonn" } },
  change_password = { "jdoe", "s3cret" },
  test_connection = {},
  users = {},
  spaces = {},
  packages = {},
  addons = { { package = 1 } },
  all_users = {},
  all_spaces = {},
  all_packages = {},
  all_addons = { { package = 1 } },
  usage = { "2011-03" },
  wait_until = { function() end },
  wait_user_gone = { "jdoe" },
  wait_space_gone = { 1 },
  wait_user_status = { 1, "Active" },
  wait_space_status = { 1, "Active" },
}
local without_session = { policy = true, is_transient = true, is_passing = true, check_spec = true }

describe("a function of dnp.provisioning", function()
  it("is tried here", function()
    for name in pairs(provisioning) do
      assert.is_true(without_session[name] or calls[name] ~= nil, name)
    end
  end)

  for name, arguments in pairs(calls) do
    -- What it raises, and that it does so here.
    local function message_of(...)
      local given = { ... }
      local good, text = pcall(function()
        local value = provisioning[name](given[1], given[2], given[3])
        return value
      end)
      assert.is_false(good)
      local place, message = text:match "([^/]*):%d+: (.*)$"
      assert.are.equal("session_spec.lua", place, text)
      return message
    end

    it(("says what it wants instead of a session: %s"):format(name), function()
      for _, given in ipairs { { "nil" }, { "string", "http://127.0.0.1:9002" }, { "table", {} } } do
        assert.are.equal(("%s: expected session, got %s; it is called with a dot, provisioning.%s(session, ...)")
          :format(name, given[1], name), message_of(given[2], arguments[1], arguments[2]))
      end
    end)

    it(("says that it is called with a dot: %s"):format(name), function()
      local panel = assert(dnp.session { url = "http://127.0.0.1:1", username = "a", password = "b" })
      assert.are.equal(("%s: expected session, got table; it is called with a dot, provisioning.%s(session, ...)")
        :format(name, name), message_of(provisioning, panel, arguments[1]))
      panel:close()
    end)

    it(("says that the session is closed: %s"):format(name), function()
      local panel = assert(dnp.session { url = "http://127.0.0.1:1", username = "a", password = "b" })
      panel:close()
      assert.are.equal(name .. ": the session is closed", message_of(panel, arguments[1], arguments[2]))
    end)
  end
end)
