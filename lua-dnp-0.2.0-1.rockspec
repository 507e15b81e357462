rockspec_format = "3.0"
package = "lua-dnp"
version = "0.2.0-1"
source = {
  url = "git+https://github.com/lua-dnp/lua-dnp.git",
  tag = "v0.2.0",
}
description = {
  summary = "Client for the provisioning API of DotNetPanel, WebsitePanel and SolidCP",
  detailed = [[
Creates and manages users, hosting spaces and add-ons on a DotNetPanel,
WebsitePanel or SolidCP server, over SOAP. The core is in C (libxml2, libcurl).
With libmicrohttpd, SQLite and libcrypto installed, a sandbox server for tests comes along.]],
  homepage = "https://github.com/lua-dnp/lua-dnp",
  license = "MIT",
  labels = { "soap", "hosting", "provisioning" },
}
dependencies = {
  "lua >= 5.1, < 5.5",
}
build = {
  type = "cmake",
  variables = {
    CMAKE_BUILD_TYPE = "RelWithDebInfo",
    DNP_INSTALL_COMMAND = "OFF",
    DNP_INSTALL_DOCS = "OFF",
    DNP_INSTALL_LIBRARY = "OFF",
    DNP_SANDBOX = "AUTO",
    INST_LIBDIR = "$(LIBDIR)",
    INST_LUADIR = "$(LUADIR)",
    LUA_INCDIR = "$(LUA_INCDIR)",
  },
  install = {
    bin = { dnp = "bin/dnp" },
  },
}
