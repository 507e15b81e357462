-- SolidCP PackageController.cs:1289, install_db.sql:21892.
SELECT 'check_csr' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault WHERE NOT :addon;
SELECT sql_date(:addon_PurchaseDate) AS ":addon_PurchaseDate", -1 AS ":packageId";
SELECT PackageID AS ":packageId" FROM PackageAddons WHERE PackageAddonID = :addon_PackageAddonId;
SELECT 'raise_package' AS call;
SELECT 'The UPDATE statement conflicted with the FOREIGN KEY constraint "FK_PackageAddons_HostingPlans".' AS fault
WHERE :packageId <> -1 AND NOT EXISTS (SELECT 1 FROM HostingPlans WHERE PlanID = :addon_PlanId);
UPDATE PackageAddons SET PlanID = :addon_PlanId, Quantity = :addon_Quantity, PurchaseDate = :addon_PurchaseDate,
    StatusID = :addon_StatusId, Comments = :addon_Comments
WHERE PackageAddonID = :addon_PackageAddonId;
SELECT :packageId AS ":changed";
SELECT 'check_quotas' AS call;
SELECT -305 AS refuse WHERE :exceeding;
SELECT 0 AS result;
