SELECT 'check_account' AS call;
SELECT -101 AS refuse WHERE NOT EXISTS (SELECT 1 FROM SeenUsers WHERE Actor = :actor AND UserID = :userId);
SELECT 'AccountSummaryLetter' AS ":settingsName", NULL AS ":packageId", -200 AS ":emptyBody";
SELECT 'send_letter' AS call;
SELECT :result AS result;
