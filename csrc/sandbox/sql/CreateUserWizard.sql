-- An account below the owner of a space, and a space for it. SolidCP UserCreationWizard.cs:73.
SELECT 'check_reseller' AS call;
SELECT -300 AS refuse WHERE NOT EXISTS (SELECT 1 FROM Packages WHERE PackageID = :parentPackageId);
SELECT CASE StatusID WHEN 3 THEN -304 WHEN 2 THEN -303 END AS refuse FROM Packages WHERE PackageID = :parentPackageId;
SELECT -1100 AS refuse FROM Users WHERE UsernameKey = sql_key(sql_text(:username, 100));
SELECT 'check_domain' AS call;
-- Whether or not an FTP account is to be made.
SELECT coalesce(nullif(:ftpAccountName, ''), :username) AS ":ftpAccountName";
SELECT -1101 AS refuse FROM FtpAccounts WHERE sql_key(AccountName) = sql_key(:ftpAccountName);
SELECT 1 AS ":statusId", 0 AS ":isPeer", 0 AS ":isDemo", NULL AS ":address", NULL AS ":city", NULL AS ":country",
    NULL AS ":state", NULL AS ":zip", NULL AS ":primaryPhone", NULL AS ":secondaryPhone", NULL AS ":fax",
    NULL AS ":instantMessenger", NULL AS ":companyName", 0 AS ":ecommerceEnabled", :sendAccountLetter AS ":sendLetter";
SELECT 'user_of_literal' AS call;
SELECT UserID AS ":user_OwnerId", :username AS ":user_Username", :password AS ":user_Password"
FROM Packages WHERE PackageID = :parentPackageId;
SELECT 'AddUser' AS call;
SELECT :result AS ":newUserId";
SELECT :newUserId AS result WHERE NOT :createPackage;
SELECT PlanName AS ":packageName" FROM HostingPlans WHERE PlanID = :planId;
SELECT 'Object reference not set to an instance of an object' AS fault WHERE :rows = 0;
SELECT :newUserId AS ":userId", :now AS ":purchaseDate", '' AS ":packageComments";
SELECT 'AddPackage' AS call;
-- The account goes again; its id is used up.
DELETE FROM Users WHERE UserID = :newUserId AND :result < 0;
SELECT :result AS result WHERE :result < 0;
SELECT :result AS ":packageId", CASE WHEN :createWebSite OR :createMailAccount OR :createZoneRecord
    THEN :domainName ELSE '' END AS ":domainName";
SELECT 'create_resources' AS call;
INSERT INTO Letters (UserID, PackageID, Recipient, Body, Sent)
    SELECT UserID, :packageId, Email, 'Space ' || :packageName, :now FROM Users
    WHERE UserID = :newUserId AND :sendPackageLetter;
SELECT :newUserId AS result;
