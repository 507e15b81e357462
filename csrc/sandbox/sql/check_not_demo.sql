-- SolidCP SecurityContext.cs:151.
SELECT -106 AS refuse FROM Users WHERE UserID = :caller AND IsDemo;
