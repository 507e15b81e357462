SELECT H.PlanID, H.UserID, H.PackageID, H.PlanName, H.PlanDescription, H.Available, H.SetupPrice, H.RecurringPrice,
    H.RecurrenceLength, H.RecurrenceUnit, H.IsAddon,
    (SELECT count(*) FROM Packages AS K WHERE K.PlanID = H.PlanID) AS "PackagesNumber int",
    H.ServerID, S.ServerName, S.Comments AS ServerComments, S.VirtualServer, P.PackageID AS "PackageID1 int",
    P.PackageName
FROM SeenUsers AS U JOIN HostingPlans AS H ON H.UserID = U.UserID
    LEFT JOIN Servers AS S ON S.ServerID = H.ServerID LEFT JOIN Packages AS P ON P.PackageID = H.PackageID
WHERE U.Actor = :actor AND U.UserID = :userId AND NOT H.IsAddon
ORDER BY H.PlanName;
