-- SolidCP PackageController.cs:929, install_db.sql:12280.
SELECT 'check_reseller' AS call;
SELECT 'check_package' AS call;
SELECT -301 AS refuse FROM NestedPackages WHERE AncestorID = :packageId;
SELECT -300 AS refuse WHERE NOT EXISTS (SELECT 1 FROM Packages WHERE PackageID = :packageId);
UPDATE Packages SET DeleteAt = :clock + :deleteDelay WHERE PackageID = :packageId AND DeleteAt IS NULL;
SELECT 'purge' AS call;
SELECT 0 AS result;
