SELECT * FROM Users WHERE Username = :username AND Password = :password;
