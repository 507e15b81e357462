-- An import that is killed again and again, over a panel that loses requests and answers.
local child = require "spec.support.child"
local clock = require("dnp").clock
local command = require "spec.support.command"
local shop = require "spec.support.shop"

local ACCOUNTS, KILLS = 500, 200

describe("dnp import #import", function()
  it("makes every account once and whole, however often it is killed", function()
    if not pcall(require, "DBI") then
      pending "lua-dbi-sqlite3 is not installed"
      return
    end
    local host = shop.start "solidcp"
    local folder, remove = child.folder()
    local path, passwords = folder .. "/customers.csv", folder .. "/passwords.csv"
    child.write(path, shop.customers(ACCOUNTS))
    -- A check also reads accounts that may lose add-ons; an import does not.
    local without_addons = child.write(folder .. "/plain.csv", (shop.customers(ACCOUNTS):gsub('"Sites:2"', "")))
    local dnp = command.runner(host)
    local line = ("import %s --passwords-out %s --jobs 4"):format(path, passwords)

    -- How long it takes until the first account is begun, about.
    local began = clock()
    assert.are.equal(0, (dnp(("import %s --passwords-out %s --check"):format(without_addons, passwords))))
    local start = clock() - began

    local seed = os.time() % 100000
    shop.lose_connections(host, seed, 0.02)
    local random = seed
    local kills, halves, grew, last = 0, 0, 0, 0
    local least = start * 0.8
    while kills < KILLS do
      random = (random * 48271) % 2147483647
      -- Whoever is ahead is killed earlier, so that there is something left to do for all kills; every other run is in
      -- LuaJIT, since a journal is for both.
      local ahead = last / ACCOUNTS > 0.8 * kills / KILLS
      local seconds = least + random / 2147483647 * (ahead and 0.1 or 0.4)
      local status, output, errors = child.run(command.line(host, line,
        ("DNP_TIMEOUT=1 timeout -s KILL %.3f env"):format(seconds), kills % 2 == 1))
      if status == 137 then
        kills = kills + 1
        local there = #host.server:query "SELECT 1 FROM Users WHERE Username LIKE 'c____'"
        least = least * (ahead and 0.93 or there == last and 1.05 or 1)
        grew, last = grew + (there > last and 1 or 0), there
        halves = halves + (#shop.faults(host, there) > 0 and 1 or 0)
      else
        assert.are.equal(KILLS, kills, ("finished after %d kills (seed %d): %d %s%s"):format(kills, seed, status,
          output, errors))
      end
    end
    -- Most kills came while accounts were being made, and many left half of one behind.
    assert.is_true(grew > KILLS / 8 and halves > KILLS / 4, ("%d grew, %d left halves"):format(grew, halves))
    host.server:behave()
    local status, output, errors = dnp(line, "DNP_TIMEOUT=1")
    assert.are.equal(0, status, output .. errors)
    assert.matches("500 of 500 done, 0 failed", output, 1, true)
    assert.are.same({}, shop.faults(host, ACCOUNTS), ("seed %d"):format(seed))
    -- The passwords that were written are those that the accounts have.
    local text = child.read(passwords)
    for _, user in ipairs(host.server:query "SELECT Username, Password FROM Users WHERE Username LIKE 'c____'") do
      assert.is_truthy(text:find(("%s,%s\n"):format(user.Username, user.Password), 1, true), user.Username)
    end
    host.server:stop()
    remove()
  end)
end)
