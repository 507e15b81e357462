-- Changes that are for accounts that are active and no demo. SolidCP SecurityContext.cs:149.
SELECT 'check_not_demo' AS call;
SELECT CASE StatusID WHEN 4 THEN -103 WHEN 2 THEN -104 WHEN 3 THEN -105 END AS refuse
FROM Users WHERE UserID = :caller;
