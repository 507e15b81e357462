SELECT * FROM SeenUsers WHERE Actor = :actor AND UserID = :userId;
