-- SolidCP UserController.cs:310.
SELECT 0 AS ":userId";
SELECT UserID AS ":userId" FROM Users
WHERE UsernameKey = sql_key(sql_text(:username, 50)) AND Password = :oldPassword;
SELECT -101 AS refuse WHERE :userId = 0;
UPDATE Users SET Password = :newPassword WHERE UserID = :userId;
SELECT 0 AS result;
