-- SolidCP PackageController.cs:2038.
SELECT 'check_not_demo' AS call;
SELECT -300 AS refuse WHERE NOT EXISTS (SELECT 1 FROM Packages WHERE PackageID = :packageId);
SELECT UserID AS ":userId" FROM Packages WHERE PackageID = :packageId;
SELECT 'rights' AS call;
SELECT -101 AS refuse WHERE NOT :knows;
SELECT 'PackageSummaryLetter' AS ":settingsName", :packageId AS ":letterPackage";
SELECT 'send_letter' AS call;
SELECT 0 AS result;
