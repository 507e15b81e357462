SELECT 'check_reseller' AS call;
SELECT -1 AS refuse WHERE NOT EXISTS (SELECT 1 FROM SeenPackages WHERE Actor = :actor AND PackageID = :packageId);
UPDATE Packages SET StatusID = :status
WHERE PackageID IN (SELECT PackageID FROM PackageTree WHERE AncestorID = :packageId);
SELECT 0 AS result;
