SELECT -109 AS refuse WHERE NOT EXISTS (SELECT 1 FROM Users WHERE Username = :username);
SELECT -110 AS refuse FROM Users WHERE Username = :username AND Password IS NOT :oldPassword;
UPDATE Users SET Password = :newPassword WHERE Username = :username;
SELECT 0 AS result;
