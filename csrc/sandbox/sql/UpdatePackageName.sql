-- SolidCP PackageController.cs:913, install_db.sql:22353.
SELECT 'check_account' AS call;
SELECT 'raise_package' AS call;
UPDATE Packages SET PackageName = sql_text(:packageName, 300), PackageComments = :packageComments
WHERE PackageID = :packageId;
SELECT 0 AS result;
