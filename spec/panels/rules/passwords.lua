-- Passwords, and signing in. See spec/panels/rules.lua.
local given = require "spec.panels.rules.given"

local NULL_REFERENCE = given.NULL_REFERENCE

return {
  {
    id = "password-by-name", rule = "ChangeUserPasswordByUsername says -101 for a wrong name and for a wrong password",
    source = "SolidCP UserController.cs:322",
    steps = {
      { "change_user_password_by_username", "jdoe", "wrong", "new", "", refused = -101 },
      { "change_user_password_by_username", "nobody", "secret", "new", "", refused = -101 },
      { "change_user_password_by_username", "JDOE ", "secret", "new", "", done = true },
    },
  },
  {
    id = "password-in-the-record", rule = "Records hold the password, of one's own owner an empty one",
    source = "WebsitePanel 1.0 UserInfo.cs:175, install_db.sql:2345, 35996", to = "websitepanel 1.2.2",
    steps = {
      { as = "jdoe", "get_user_by_id", 2, gives = { Password = "" } },
      { as = "reseller", "get_user_by_id", 3, gives = { Password = "secret" } },
    },
  },
  {
    id = "no-password-in-the-record", rule = "From 2.1.0.722 on AddUser takes the password as a parameter only",
    source = "WebsitePanel 2.1 esUsers.asmx.cs:141; SolidCP UserController.cs:593",
    from = "websitepanel 2.1",
    steps = { { as = "reseller", "get_user_by_id", 3, gives = { Password = false } } },
  },
  {
    id = "password-unseen",
    rule = "ChangeUserPassword without the right to it does nothing and says 0; of nobody it is a "
      .. "fault",
    source = "SolidCP install_db.sql:2646, UserController.cs:849",
    steps = {
      { as = "jdoe", "change_user_password", 9, "new", done = true },
      { as = "jdoe", "change_user_password", 2, "new", done = true },
      { query = "SELECT Password FROM Users WHERE UserID IN (2, 9) ORDER BY UserID",
        rows = { { Password = "Res3ller!" }, { Password = "pässwörd" } } },
      { "change_user_password", 999, "new", fault = NULL_REFERENCE },
    },
  },
  {
    id = "authentication", rule = "Checked in the order name, login, password, one-time password, state, second factor",
    source = "SolidCP UserController.cs:58 to 160; WebsitePanel 2.1 UserController.cs:52",
    steps = {
      { "authenticate_user", "nobody", "x", "", refused = -109 },
      { "authenticate_user", "jdoe", "x", "", refused = -110 },
      { "authenticate_user", "cancelled", "cancelled", "", refused = -105 },
      { "authenticate_user", "pending", "pending", "", refused = -103 },
      { "authenticate_user", "suspended", "suspended", "", done = true },
    },
  },
  {
    id = "login-status", rule = "A disabled or locked login is refused before the password is looked at",
    source = "WebsitePanel 2.1 UserController.cs:73; SolidCP UserController.cs:79", from = "websitepanel 1.2.2",
    steps = {
      { sql = "UPDATE Users SET LoginStatusId = 1 WHERE UserID = 3" },
      { "authenticate_user", "jdoe", "wrong", "", refused = -114 },
      { sql = "UPDATE Users SET LoginStatusId = 2 WHERE UserID = 3" },
      { "authenticate_user", "jdoe", "secret", "", refused = -115 },
    },
  },
  {
    id = "one-time-password", rule = "A one-time password is good once: 100, then -116",
    source = "WebsitePanel 2.1 UserController.cs:106; SolidCP UserController.cs:112", from = "websitepanel 2.1",
    steps = {
      { sql = "UPDATE Users SET OneTimePasswordState = 1, MfaMode = 1 WHERE UserID = 3" },
      { "authenticate_user", "jdoe", "secret", "", code = 100 },
      { query = "SELECT OneTimePasswordState FROM Users WHERE UserID = 3", rows = { { OneTimePasswordState = 2 } } },
      { query = "SELECT LetterID FROM Letters", rows = {} },
      { "authenticate_user", "jdoe", "secret", "", refused = -116 },
    },
  },
  {
    id = "second-factor", rule = "With a second factor the result is 101, and mode 1 mails a code each time",
    source = "SolidCP UserController.cs:150", from = "solidcp",
    steps = {
      { sql = "UPDATE Users SET MfaMode = 1 WHERE UserID = 3" },
      { "authenticate_user", "jdoe", "secret", "", code = 101 },
      { query = "SELECT count(*) AS n FROM Letters", rows = { { n = 1 } } },
      { "authenticate_user", "jdoe", "wrong", "", refused = -110 },
    },
  },
}
