-- SolidCP update_db.sql:6524.
SELECT 'check_user' AS call;
SELECT * FROM ListedPackages WHERE UserID = :userId ORDER BY PackageID;
