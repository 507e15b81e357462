--- Writes a GetUsers answer with full records, as an ASMX server would: answer.lua COUNT >FILE
local user = table.concat {
  "<UserInfo><RoleId>3</RoleId><Role>User</Role><StatusId>1</StatusId><Status>Active</Status><UserId>%d</UserId>",
  "<OwnerId>2</OwnerId><IsPeer>false</IsPeer><Created>2010-07-16T12:53:06.72</Created>",
  "<Changed>2010-07-16T12:53:06.72</Changed><IsDemo>false</IsDemo><Comments>customer no. %d</Comments>",
  "<LastName>Last%d</LastName><Username>user%d</Username><Password>p%d</Password><FirstName>First</FirstName>",
  "<Email>user%d@example.com</Email><PrimaryPhone>+49 30 123456</PrimaryPhone><Zip>10115</Zip>",
  "<InstantMessenger>im%d</InstantMessenger><Fax>+49 30 1234567</Fax><SecondaryPhone>+49 30 12345678</SecondaryPhone>",
  "<SecondaryEmail>second%d@example.com</SecondaryEmail><Country>DE</Country><Address>Some Street %d</Address>",
  "<City>Berlin</City><State>BE</State><HtmlMail>true</HtmlMail><CompanyName>Company %d &amp; Sons</CompanyName>",
  "<EcommerceEnabled>true</EcommerceEnabled></UserInfo>",
}

io.write(
  '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" ',
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>',
  '<GetUsersResponse xmlns="http://officepark/dotnetpanel/enterpriseserver"><GetUsersResult>')
for i = 1, tonumber(arg[1]) do
  io.write(user:format(i, i, i, i, i, i, i, i, i, i), "")
end
io.write("</GetUsersResult></GetUsersResponse></soap:Body></soap:Envelope>")
