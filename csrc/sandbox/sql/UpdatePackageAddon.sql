SELECT 'check_reseller' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault WHERE NOT :addon;
SELECT sql_date(:addon_PurchaseDate) AS ":addon_PurchaseDate", 0 AS ":changed";
SELECT PackageID AS ":changed" FROM SeenAddons WHERE Actor = :actor AND PackageAddonID = :addon_PackageAddonId;
SELECT 'The UPDATE statement conflicted with the FOREIGN KEY constraint "FK_PackageAddons_HostingPlans".' AS fault
WHERE :changed <> 0 AND NOT EXISTS (SELECT 1 FROM HostingPlans WHERE PlanID = :addon_PlanId AND IsAddon);
UPDATE PackageAddons SET PlanID = :addon_PlanId, Quantity = :addon_Quantity, PurchaseDate = :addon_PurchaseDate,
    StatusID = :addon_StatusId, Comments = :addon_Comments
WHERE PackageAddonID = :addon_PackageAddonId AND :changed <> 0;
SELECT 'check_quotas' AS call;
SELECT 0 AS result;
