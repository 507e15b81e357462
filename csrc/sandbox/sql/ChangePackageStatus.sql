-- SolidCP PackageController.cs:982.
SELECT 'check_csr' AS call;
SELECT -1 AS refuse WHERE NOT EXISTS (SELECT 1 FROM Packages WHERE PackageID = :packageId);
SELECT 'check_package' AS call;
DELETE FROM Changing;
INSERT INTO Changing SELECT :packageId UNION SELECT PackageID FROM NestedPackages WHERE AncestorID = :packageId;
SELECT 0 AS ":outOfReach";
SELECT 'change_packages' AS call;
SELECT 0 AS result;
