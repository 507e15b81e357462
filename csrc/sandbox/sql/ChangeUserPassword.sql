SELECT 'check_not_demo' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE NOT EXISTS (SELECT 1 FROM SeenUsers WHERE Actor = :actor AND UserID = :userId);
UPDATE Users SET Password = :password WHERE UserID = :userId;
SELECT 0 AS result;
