-- The configuration that docs/nginx.md shows.
-- luacheck: std max+busted
local child = require "spec.support.child"
local markdown = require "spec.support.markdown"
local nginx = require "spec.support.nginx.server"
local sandboxes = require "dnp.sandbox"
local it = nginx.tests(it, pending)

local CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

-- The page's, in the foreground and with its files in its own folder.
local function configuration()
  for _, block in ipairs(markdown.blocks(child.read "docs/nginx.md")) do
    if block.language == "nginx" then
      local text = block.code
      if child.run("test -e " .. CERTIFICATES) ~= 0 then
        text = text:gsub("lua_ssl_trusted_certificate [^;]+;", "")
      end
      return "daemon off;\npid nginx.pid;\nerror_log logs/error.log;\nenv LUA_PATH;\nenv LUA_CPATH;\n"
        .. text:gsub("http {", "http {\n    access_log off;", 1)
    end
  end
end

describe("the page about nginx #nginx", function()
  it("shows a configuration that serves, also after a reload", function()
    local sandbox = assert(sandboxes.start {})
    local folder, remove = child.folder()
    local file = assert(io.open(folder .. "/page.conf", "w"))
    file:write(configuration())
    file:close()
    local environment = ("LUA_PATH=%s LUA_CPATH=%s DNP_URL=%s DNP_USERNAME=reseller DNP_PASSWORD='Res3ller!'"):format(
      child.quote(package.path), child.quote(package.cpath), sandbox.url)
    local server = nginx.start_configured(folder .. "/page.conf", environment, { "Res3ller" })
    finally(function()
      server:stop()
      sandbox:stop()
      remove()
    end)

    local function answers(name)
      local status, text = server:ask("GET", "/exists?name=" .. name)
      return status .. " " .. text
    end
    assert.are.equal("200 true\n", answers "jdoe")
    assert.are.equal("200 false\n", answers "nobody")
    local before = server:workers()[1]
    server:signal "HUP"
    assert.is_true(nginx.wait_until(function()
      local workers = server:workers()
      return #workers == 1 and workers[1] ~= before
    end))
    assert.are.equal("200 true\n", answers "jdoe")
  end)
end)
