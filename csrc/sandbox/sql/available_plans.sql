-- What the owner of :userId offers.
SELECT H.PlanID, H.PackageID, H.PlanName, H.PlanDescription, H.Available, H.ServerID, H.IsAddon, H.SetupPrice,
    H.RecurringPrice, H.RecurrenceUnit, H.RecurrenceLength
FROM SeenUsers AS U JOIN HostingPlans AS H ON H.UserID = U.OwnerID
WHERE U.Actor = :actor AND U.UserID = :userId AND H.Available AND H.IsAddon = :isAddon
ORDER BY H.PlanName;
