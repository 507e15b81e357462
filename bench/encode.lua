--- Encodes AddUser from a Lua table: encode.lua TIMES
local dnp = require "dnp"

local user = {
  OwnerId = 2, RoleId = dnp.UserRole.User, StatusId = dnp.UserStatus.Active, IsDemo = false, IsPeer = false,
  Username = "jdoe", Password = "s3cret", FirstName = "John", LastName = "Doe", Email = "jdoe@example.com",
  Country = "DE", City = "Berlin", CompanyName = "Doe & Sons", HtmlMail = true, EcommerceEnabled = false,
}
local panel = assert(dnp.session { url = "http://127.0.0.1:9002", username = "bench", password = "bench" })
for _ = 1, tonumber(arg[1]) do
  assert(#panel:request("AddUser", user, true).body > 0)
end
