-- SolidCP UserController.cs:823. Deleting goes on in a thread, which ends the panel's process when there is no such
-- account for the caller (UserAsyncWorker.cs:103).
SELECT 'check_not_demo' AS call;
SELECT 'rights' AS call;
SELECT -102 AS refuse FROM Users WHERE OwnerID = :userId AND NOT IsPeer AND :knows;
INSERT INTO WorkerCrashes SELECT 'DeleteUser', :userId, :now WHERE NOT :knows;
UPDATE Users SET DeleteAt = :clock + :deleteDelay WHERE UserID = :userId AND DeleteAt IS NULL AND :mayUpdate;
SELECT 'purge' AS call;
SELECT 0 AS result;
