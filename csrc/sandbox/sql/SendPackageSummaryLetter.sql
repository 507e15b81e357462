SELECT 'check_account' AS call;
SELECT -300 AS refuse WHERE NOT EXISTS (SELECT 1 FROM SeenPackages WHERE Actor = :actor AND PackageID = :packageId);
SELECT UserID AS ":userId", 'PackageSummaryLetter' AS ":settingsName", -201 AS ":emptyBody"
FROM Packages WHERE PackageID = :packageId;
SELECT 'send_letter' AS call;
SELECT :result AS result;
