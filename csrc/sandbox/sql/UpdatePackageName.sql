SELECT 'check_account' AS call;
UPDATE Packages SET PackageName = :packageName, PackageComments = :packageComments
WHERE PackageID IN (SELECT PackageID FROM SeenPackages WHERE Actor = :actor AND PackageID = :packageId);
SELECT 0 AS result;
