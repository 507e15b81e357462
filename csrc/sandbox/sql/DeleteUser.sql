SELECT 'check_not_demo' AS call;
SELECT 0 AS result WHERE NOT EXISTS (SELECT 1 FROM SeenUsers WHERE Actor = :actor AND UserID = :userId);
SELECT -102 AS refuse FROM Users WHERE OwnerID = :userId AND NOT IsPeer;
UPDATE Users SET DeleteAt = :clock + :deleteDelay WHERE UserID = :userId AND DeleteAt IS NULL;
SELECT 'purge' AS call;
SELECT 0 AS result;
