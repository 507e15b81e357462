-- What no source says. See spec/panels/rules.lua.

return {
  {
    id = "dotnetpanel", rule = "DotNetPanel behaves like WebsitePanel 1.0", guess = "DotNetPanel, whose source is not "
      .. "public, behaves like WebsitePanel 1.0.",
    to = "dotnetpanel", steps = { { "get_packages", 2, keys = "3 42" } },
  },
  {
    id = "order-of-lists", rule = "Lists come by id", guess = "Lists for which a panel names no order come by id.",
    steps = { { "get_users", 1, true, keys = "2 3 5 6 7 8 9 30 31" } },
  },
  {
    id = "background",
    rule = "Deleting is done when the response comes", guess = "Deleting is done when the response comes, "
      .. "unless `delete_delay` says otherwise; a panel takes as long as its servers need.",
    steps = { { "delete_package", 42, done = true }, { "get_package", 42, absent = true } },
  },
  {
    id = "resources",
    rule = "Resources are counted, not made", guess = "Of resources that come with a space, only "
      .. "names and numbers are kept; what servers would refuse is accepted.",
    steps = {
      { "add_package_with_resources", 3, 2, "S", 1, false, true, "new.example.com", false, true, true, "ftp", true,
        id = 43 },
      { query = "SELECT DomainName FROM Domains", rows = { { DomainName = "new.example.com" } } },
      { query = "SELECT AccountName FROM FtpAccounts", rows = { { AccountName = "ftp" } } },
      { "get_package_quota", 43, "Web.Sites", gives = { QuotaUsedValue = 1 } },
    },
  },
  {
    id = "used-quotas", rule = "What is used of a quota is what was given away and what was seeded",
    guess = "What is used of a quota is what `usage` of a seed says, disk space, and what nested spaces were given.",
    steps = { { "get_package_quota", 2, "Web.Sites", gives = { QuotaUsedValue = 2 } } },
  },
}
