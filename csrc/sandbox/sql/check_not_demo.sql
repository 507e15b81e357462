SELECT -106 AS refuse FROM Users WHERE UserID = :caller AND IsDemo;
