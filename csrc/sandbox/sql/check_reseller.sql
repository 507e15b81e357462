SELECT 'check_account' AS call;
SELECT -108 AS refuse FROM Users WHERE UserID = :caller AND RoleID NOT IN (1, 2);
