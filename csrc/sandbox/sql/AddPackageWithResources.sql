SELECT :now AS ":purchaseDate", NULL AS ":packageComments",
    coalesce(nullif(:spaceName, ''), (SELECT PlanName FROM HostingPlans WHERE PlanID = :planId)) AS ":packageName";
SELECT 'AddPackage' AS call;
SELECT :result AS ":packageId";
SELECT 'create_resources' AS call WHERE :createResources;
INSERT INTO Letters (UserID, PackageID, Recipient, Body, Sent)
    SELECT UserID, :packageId, Email, 'Space ' || :packageName, :now FROM Users WHERE UserID = :userId AND :sendLetter;
SELECT :packageId AS result;
