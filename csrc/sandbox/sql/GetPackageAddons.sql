SELECT A.PackageAddonID, A.PackageID, A.PlanID, A.Quantity, A.PurchaseDate, A.StatusID, A.Comments, H.PlanName,
    H.PlanDescription
FROM SeenAddons AS A LEFT JOIN HostingPlans AS H ON H.PlanID = A.PlanID
WHERE A.Actor = :actor AND A.PackageID = :packageId
ORDER BY A.PackageAddonID;
