SELECT * FROM SeenUsers WHERE Actor = :actor AND Username = :username;
