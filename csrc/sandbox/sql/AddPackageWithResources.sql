-- SolidCP PackageController.cs:470.
SELECT 'check_csr' AS call;
SELECT 'check_domain' AS call;
SELECT coalesce(nullif(:ftpAccountName, ''), (SELECT Username FROM Users WHERE UserID = :userId)) AS ":ftpAccountName";
SELECT -1101 AS refuse FROM FtpAccounts
WHERE :createFtpAccount AND sql_key(AccountName) = sql_key(:ftpAccountName);
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE trim(coalesce(:spaceName, '')) = '' AND NOT EXISTS (SELECT 1 FROM HostingPlans WHERE PlanID = :planId);
SELECT :now AS ":purchaseDate", '' AS ":packageComments",
    CASE WHEN trim(coalesce(:spaceName, '')) = '' THEN (SELECT PlanName FROM HostingPlans WHERE PlanID = :planId)
        ELSE :spaceName END AS ":packageName";
SELECT 'AddPackage' AS call;
SELECT :result AS result WHERE :result < 0;
SELECT :result AS ":packageId";
SELECT 'create_resources' AS call WHERE :createResources;
INSERT INTO Letters (UserID, PackageID, Recipient, Body, Sent)
    SELECT UserID, :packageId, Email, 'Space ' || :packageName, :now FROM Users WHERE UserID = :userId AND :sendLetter;
SELECT :packageId AS result;
