-- A suspended account still authenticates.
SELECT -109 AS refuse WHERE NOT EXISTS (SELECT 1 FROM Users WHERE Username = :username);
SELECT -110 AS refuse FROM Users WHERE Username = :username AND Password IS NOT :password;
SELECT CASE StatusID WHEN 3 THEN -105 WHEN 4 THEN -103 END AS refuse FROM Users WHERE Username = :username;
SELECT 0 AS result;
