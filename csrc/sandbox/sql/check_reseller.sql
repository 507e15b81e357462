-- Changes that are for resellers. SolidCP SecurityContext.cs:178; WebsitePanel 1.0 SecurityContext.cs:155.
SELECT 'check_account' AS call;
SELECT CASE WHEN since('websitepanel 1.2.2.48') THEN -112 ELSE -108 END AS refuse
FROM Users WHERE UserID = :caller AND RoleID NOT IN (1, 2);
