SELECT 'check_reseller' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault WHERE NOT :addon;
SELECT -300 AS refuse
WHERE NOT EXISTS (SELECT 1 FROM SeenPackages WHERE Actor = :actor AND PackageID = :addon_PackageId);
SELECT 'The INSERT statement conflicted with the FOREIGN KEY constraint "FK_PackageAddons_HostingPlans".' AS fault
WHERE NOT EXISTS (SELECT 1 FROM HostingPlans WHERE PlanID = :addon_PlanId AND IsAddon);
INSERT INTO PackageAddons (PackageID, PlanID, Quantity, PurchaseDate, StatusID, Comments)
    VALUES (:addon_PackageId, :addon_PlanId, :addon_Quantity, sql_date(:addon_PurchaseDate), :addon_StatusId,
        :addon_Comments);
SELECT last_insert_rowid() AS ":newAddonId", :addon_PackageId AS ":changed";
SELECT 'check_quotas' AS call;
SELECT :newAddonId AS result;
