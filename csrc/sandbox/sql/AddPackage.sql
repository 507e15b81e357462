SELECT 'check_reseller' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE NOT EXISTS (SELECT 1 FROM SeenUsers WHERE Actor = :actor AND UserID = :userId)
    OR NOT EXISTS (SELECT 1 FROM HostingPlans WHERE PlanID = :planId AND NOT IsAddon);
INSERT INTO Packages (ParentPackageID, UserID, StatusID, PlanID, PurchaseDate, PackageName, PackageComments, ServerID)
    SELECT PackageID, :userId, :statusId, PlanID, sql_date(:purchaseDate), :packageName, :packageComments, ServerID
    FROM HostingPlans WHERE PlanID = :planId;
SELECT last_insert_rowid() AS ":changed";
SELECT 'check_quotas' AS call;
SELECT :changed AS result;
