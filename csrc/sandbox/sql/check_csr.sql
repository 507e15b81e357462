-- Changes that are for resellers and their support, as far as the panel has such roles. SolidCP SecurityContext.cs:206.
SELECT 'check_account' AS call;
SELECT CASE WHEN since('websitepanel 1.2.2.48') THEN -112 ELSE -108 END AS refuse
FROM Users WHERE UserID = :caller AND RoleID NOT IN (1, 2)
    AND NOT (RoleID IN (4, 5) AND since('websitepanel 1.2.2.48'));
