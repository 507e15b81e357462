SELECT 'check_reseller' AS call;
SELECT -300 AS refuse WHERE NOT EXISTS (SELECT 1 FROM SeenPackages WHERE Actor = :actor AND PackageID = :packageId);
SELECT -301 AS refuse FROM Packages WHERE ParentPackageID = :packageId;
UPDATE Packages SET DeleteAt = :clock + :deleteDelay WHERE PackageID = :packageId AND DeleteAt IS NULL;
SELECT 'purge' AS call;
SELECT 0 AS result;
