--- Certificates for specs, made by openssl in a folder of their own.
local child = require "spec.support.child"

---@class spec.Certificates
---@field folder string holds <name>.key and <name>.pem of each
local Certificates = {}
Certificates.__index = Certificates

local certificates = {}

--- A folder without any.
---@return spec.Certificates
function certificates.new()
  local folder, remove = child.folder()
  return setmetatable({ folder = folder, remove = remove }, Certificates)
end

local function openssl(self, ...)
  local words = { "cd", child.quote(self.folder), "&&", "openssl" }
  for _, word in ipairs { ... } do
    words[#words + 1] = child.quote(word)
  end
  local status, _, errors = child.run(table.concat(words, " "))
  assert(status == 0, errors)
end

--- Writes a file into the folder.
---@param name string
---@param text string
---@return string path
function Certificates:write(name, text)
  local path = self:path(name)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

--- The path of a file in the folder.
---@param name string
---@return string
function Certificates:path(name)
  return self.folder .. "/" .. name
end

--- Makes <name>.key and <name>.pem, signed by `issuer` or by itself.
---@param name string
---@param subject string
---@param extensions string
---@param issuer string?
function Certificates:make(name, subject, extensions, issuer)
  self:write(name .. ".cnf", "[req]\ndistinguished_name = dn\nprompt = no\nx509_extensions = extensions\n"
    .. "[dn]\nCN = " .. subject .. "\n[extensions]\n" .. extensions .. "\n")
  openssl(self, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name .. ".key")
  if not issuer then
    openssl(self, "req", "-x509", "-new", "-key", name .. ".key", "-config", name .. ".cnf", "-days", "2",
      "-out", name .. ".pem")
    return
  end
  openssl(self, "req", "-new", "-key", name .. ".key", "-config", name .. ".cnf", "-out", name .. ".csr")
  openssl(self, "x509", "-req", "-in", name .. ".csr", "-CA", issuer .. ".pem", "-CAkey", issuer .. ".key",
    "-CAcreateserial", "-extfile", name .. ".cnf", "-extensions", "extensions", "-days", "2", "-out", name .. ".pem")
end

--- Certificate and key as the sandbox takes them.
---@param name string
---@return { certificate: string, private_key: string }
function Certificates:pair(name)
  return { certificate = child.read(self:path(name .. ".pem")), private_key = child.read(self:path(name .. ".key")) }
end

return certificates
