// Mono's proxies, generated from the WSDL, in place of .NET's: mono client.exe http://127.0.0.1:9002
// Prints one line of JSON with what each call brought. wsdl makes the namespaces Users and Packages.
using System;
using System.Data;
using System.Linq;
using System.Net;
using System.Reflection;

static class Client
{
    static string List(DataTable table, string column)
    {
        return string.Join(", ", table.Rows.Cast<DataRow>().Select(row => "\"" + row[column] + "\""));
    }

    // The oldest panels have the password in the record only, later ones take it as a parameter, too, then notes.
    static int AddUser(Users.esUsers service, Users.UserInfo user)
    {
        PropertyInfo password = typeof(Users.UserInfo).GetProperty("Password");
        if (password != null)
            password.SetValue(user, "a & b", null);
        MethodInfo method = typeof(Users.esUsers).GetMethod("AddUser");
        object[] all = { user, false, "a & b", new[] { "first" } };
        return (int)method.Invoke(service, all.Take(method.GetParameters().Length).ToArray());
    }

    static void Main(string[] arguments)
    {
        var login = new NetworkCredential("serveradmin", "serveradmin");
        var users = new Users.esUsers { Url = arguments[0] + "/esUsers.asmx", Credentials = login };
        var packages = new Packages.esPackages { Url = arguments[0] + "/esPackages.asmx", Credentials = login };
        string name = "mono" + System.Diagnostics.Process.GetCurrentProcess().Id;
        var user = new Users.UserInfo
        {
            Role = Users.UserRole.User, RoleId = 3, Status = Users.UserStatus.Active, StatusId = 1, OwnerId = 2,
            LastName = "Ünïcödé – 名", Username = name, FirstName = "Mia", Email = "mia@example.com", HtmlMail = true,
        };
        int added = AddUser(users, user);
        Users.UserInfo found = users.GetUserByUsername(name);
        var date = new DateTime(2024, 1, 2, 3, 4, 5);
        Packages.PackageResult good = packages.AddPackage(added, 2, "Space", "", 1, date);
        Packages.PackageResult refused = packages.AddPackage(added, 3, "Space", "", 1, date);
        DataSet traffic = packages.GetPackageBandwidth(3, new DateTime(2011, 1, 1), new DateTime(2011, 12, 31));
        DataSet disk = packages.GetPackageDiskspace(3);
        DataSet page = users.GetUsersPaged(2, "", "", 0, 0, "U.UserID", 0, 1000);
        found.FirstName = "Mona";
        int updated = users.UpdateUser(found);
        Console.OutputEncoding = new System.Text.UTF8Encoding(false);
        Console.WriteLine("{\"added\": " + added + ", \"last_name\": \"" + found.LastName + "\", \"package\": " + good.Result
            + ", \"refused\": " + refused.Result + ", \"exceeding\": [" + List(refused.ExceedingQuotas.Tables[0], "QuotaName")
            + "], \"updated\": " + updated + ", \"first_name\": \"" + users.GetUserByUsername(name).FirstName
            + "\", \"bytes\": [" + List(traffic.Tables[0], "BytesTotal") + "], \"disk\": ["
            + List(disk.Tables[0], "DiskspaceBytes") + "], \"users\": [" + List(page.Tables[1], "Username")
            + "], \"count\": " + page.Tables[0].Rows.Count + "}");
    }
}
