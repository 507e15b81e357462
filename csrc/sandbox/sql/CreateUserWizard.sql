-- An account below the owner of a space, and a space for it.
SELECT 'check_reseller' AS call;
SELECT -1100 AS refuse FROM Users WHERE Username = :username;
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE NOT EXISTS (SELECT 1 FROM SeenPackages WHERE Actor = :actor AND PackageID = :parentPackageId);
SELECT 1 AS ":statusId", 0 AS ":isPeer", 0 AS ":isDemo", NULL AS ":address", NULL AS ":city", NULL AS ":country",
    NULL AS ":state", NULL AS ":zip", NULL AS ":primaryPhone", NULL AS ":secondaryPhone", NULL AS ":fax",
    NULL AS ":instantMessenger", NULL AS ":companyName", 0 AS ":ecommerceEnabled", :sendAccountLetter AS ":sendLetter";
SELECT 'user_of_literal' AS call;
SELECT UserID AS ":user_OwnerId", :username AS ":user_Username" FROM Packages WHERE PackageID = :parentPackageId;
SELECT 'AddUser' AS call;
SELECT :result AS ":userId", '' AS ":spaceName", 1 AS ":createResources", :sendPackageLetter AS ":sendLetter";
SELECT 'AddPackageWithResources' AS call WHERE :createPackage;
SELECT :userId AS result;
