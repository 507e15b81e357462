-- Whatever is below the user gets the status too, peers included, and so do all their spaces.
SELECT 'check_not_demo' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE NOT EXISTS (SELECT 1 FROM SeenUsers WHERE Actor = :actor AND UserID = :userId);
UPDATE Users SET StatusID = :status, Changed = :now
WHERE UserID IN (SELECT UserID FROM UserTree WHERE AncestorID = :userId);
UPDATE Packages SET StatusID = :status
WHERE UserID IN (SELECT UserID FROM UserTree WHERE AncestorID = :userId);
SELECT 0 AS result;
