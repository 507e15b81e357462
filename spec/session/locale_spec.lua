-- Programs that embed the module may have a locale with a decimal comma, or one in which "I" is not the capital of "i".
local child = require "spec.support.child"

describe("in another locale", function()
  local folder, remove

  setup(function()
    folder, remove = child.folder()
  end)

  teardown(function()
    remove()
  end)

  -- Runs a script in a locale of UTF-8.
  local function run(name, text)
    local status, _, errors = child.run(("localedef -i %s -f UTF-8 %s/%s.UTF-8"):format(name, folder, name))
    if status ~= 0 then
      pending("no locale can be made: " .. errors)
      return
    end
    local script = folder .. "/script.lua"
    local file = assert(io.open(script, "w"))
    assert(file:write(("local locale = assert(os.setlocale '%s.UTF-8')\n"):format(name), text,
      "assert(os.setlocale() == locale)\n"))
    file:close()
    local output
    -- What libc keeps of a locale's name is not a leak of ours.
    local command = ("ASAN_OPTIONS=detect_leaks=0 LOCPATH=%s %s %s"):format(folder, child.lua, script)
    status, output, errors = child.run(command)
    assert.are.same({ 0, "" }, { status, output .. errors })
  end

  for _, name in ipairs { "de_DE", "tr_TR" } do
    it(("money, floats and look-ups are what they are elsewhere: %s"):format(name), function()
      run(name, [[
      assert(rawget(_G, "jit") or ("%.1f"):format(1.5) == "1,5", "the locale has no decimal comma")
      local dnp = require "dnp"
      local provisioning = require "dnp.provisioning"
      local sandboxes = require "dnp.sandbox"
      for _, dialect in ipairs(dnp.dialects) do
        local sandbox = assert(sandboxes.start { dialect = dialect })
        sandbox:seed { plans = { { PlanId = 6, PlanName = "Half", UserId = 2, PackageId = 2, SetupPrice = 0.5,
          RecurringPrice = 12345.6789, quotas = { ["Web.Sites"] = 1 } } } }
        local panel = assert(dnp.session { url = sandbox.url, username = "serveradmin", password = "serveradmin",
          dialect = dialect, timeout = 5 })
        local plan = assert(panel:get_hosting_plan(6))
        assert(plan.SetupPrice == 0.5 and plan.RecurringPrice == 12345.6789, plan.RecurringPrice)
        assert(assert(panel:get_hosting_plans(2))[1][3].RecurringPrice == 4.99)
        local traffic = assert(panel:get_package_bandwidth(3, "2011-03-01T00:00:00", "2011-03-31T00:00:00"))
        assert(traffic[1][1].MegaBytesTotal == 5132)
        local report = assert(provisioning.ensure_account(panel, {
          user = { Username = "komma", Password = "pw", OwnerId = 2, RoleId = 3, FirstName = "K", LastName = "O",
            Email = "k@example.com" },
          spaces = { { name = "Raum", plan = "Shared Small", addons = { { plan = "Extra Mailboxes" } } } },
        }))
        assert(report.user_id)
        sandbox:misbehave { action = "delay", seconds = 0.1, operation = "UserExists" }
        assert(panel:user_exists "komma")
        local hasty = assert(dnp.session { url = sandbox.url, username = "x", password = "x", timeout = 0.2 })
        sandbox:misbehave { action = "hang" }
        local _, err = hasty:authenticate_user("jdoe", "secret", "::1")
        assert(err.message:find("within 0%.%d s") or dialect ~= "dotnetpanel", err.message)
        sandbox:stop()
      end
      ]])
    end)
  end

  it("names of headers are found in either case: tr_TR", function()
    run("tr_TR", [[
      local ascii = require "dnp.ascii"
      local dnp = require "dnp"
      local raw_server = require "spec.support.raw_server"
      assert(ascii.lower "LOCATION \196\176" == "location \196\176" and ascii.upper "location" == "LOCATION")
      local url, finish = raw_server.respond(1,
        "HTTP/1.1 302 Found\r\nLOCATION: http://elsewhere/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
      local panel = assert(dnp.session { url = url, username = "u", password = "p" })
      local _, err = panel:user_exists "x"
      finish()
      assert(err.message:find("redirects to http://elsewhere/", 1, true), err.message)
      _, err = panel:response("UserExists", 302, { LOCATION = "http://elsewhere/" }, "")
      assert(err.message:find("redirects to http://elsewhere/", 1, true), err.message)
    ]])
  end)
end)
