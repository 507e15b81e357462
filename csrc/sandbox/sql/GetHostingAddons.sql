SELECT H.PlanID, H.UserID, H.PackageID, H.PlanName, H.PlanDescription, H.Available, H.SetupPrice, H.RecurringPrice,
    H.RecurrenceLength, H.RecurrenceUnit, H.IsAddon,
    (SELECT count(*) FROM PackageAddons AS A WHERE A.PlanID = H.PlanID) AS "PackagesNumber int"
FROM SeenUsers AS U JOIN HostingPlans AS H ON H.UserID = U.UserID
WHERE U.Actor = :actor AND U.UserID = :userId AND H.IsAddon
ORDER BY H.PlanName;
