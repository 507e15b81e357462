-- SolidCP install_db.sql:18594.
SELECT 'rights' AS call;
SELECT U.* FROM ListedUsers AS U WHERE U.OwnerID = :userId AND U.IsPeer AND :knows
ORDER BY U.UserID;
