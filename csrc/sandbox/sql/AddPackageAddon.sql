-- SolidCP PackageController.cs:1194, install_db.sql:1516.
SELECT 'check_csr' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault WHERE NOT :addon;
SELECT :addon_PackageId AS ":packageId";
SELECT 'raise_package' AS call;
SELECT 'The INSERT statement conflicted with the FOREIGN KEY constraint "FK_PackageAddons_Packages".' AS fault
WHERE NOT EXISTS (SELECT 1 FROM Packages WHERE PackageID = :packageId);
SELECT 'The INSERT statement conflicted with the FOREIGN KEY constraint "FK_PackageAddons_HostingPlans".' AS fault
WHERE NOT EXISTS (SELECT 1 FROM HostingPlans WHERE PlanID = :addon_PlanId);
INSERT INTO PackageAddons (PackageID, PlanID, Quantity, PurchaseDate, StatusID, Comments)
    VALUES (:packageId, :addon_PlanId, :addon_Quantity, sql_date(:addon_PurchaseDate), :addon_StatusId,
        :addon_Comments);
SELECT last_insert_rowid() AS ":newAddonId", :packageId AS ":changed";
SELECT 'check_quotas' AS call;
-- The id is used up.
DELETE FROM PackageAddons WHERE PackageAddonID = :newAddonId AND :exceeding;
SELECT CASE WHEN :exceeding THEN -305 ELSE :newAddonId END AS result;
