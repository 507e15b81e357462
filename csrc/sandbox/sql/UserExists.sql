SELECT EXISTS (SELECT 1 FROM Users WHERE Username = :username) AS result;
