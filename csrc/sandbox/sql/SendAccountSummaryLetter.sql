-- SolidCP PackageController.cs:1997.
SELECT 'check_not_demo' AS call;
SELECT 'rights' AS call;
SELECT -101 AS refuse WHERE NOT :knows;
SELECT 'AccountSummaryLetter' AS ":settingsName", NULL AS ":letterPackage";
SELECT 'send_letter' AS call;
SELECT 0 AS result;
