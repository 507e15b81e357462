-- SolidCP install_db.sql:11681.
SELECT 'check_package' AS call;
SELECT A.PackageAddonID, A.PackageID, A.PlanID, A.Quantity, A.PurchaseDate, A.StatusID, A.Comments, H.PlanName,
    H.PlanDescription
FROM PackageAddons AS A JOIN HostingPlans AS H ON H.PlanID = A.PlanID
WHERE A.PackageID = :packageId
ORDER BY A.PackageAddonID;
