-- SolidCP install_db.sql:9519.
SELECT 'check_user' AS call;
SELECT H.PlanID, H.UserID, H.PackageID, H.PlanName, H.PlanDescription, H.Available, H.SetupPrice, H.RecurringPrice,
    H.RecurrenceLength, H.RecurrenceUnit, H.IsAddon,
    (SELECT count(*) FROM Packages AS K WHERE K.PlanID = H.PlanID) AS "PackagesNumber int",
    coalesce(H.ServerID, 0) AS "ServerID int", coalesce(S.ServerName, 'None') AS ServerName,
    coalesce(S.Comments, '') AS ServerComments, coalesce(S.VirtualServer, 1) AS "VirtualServer bit",
    coalesce(H.PackageID, 0) AS "PackageID1 int", coalesce(P.PackageName, 'None') AS PackageName
FROM HostingPlans AS H
    LEFT JOIN Servers AS S ON S.ServerID = H.ServerID LEFT JOIN Packages AS P ON P.PackageID = H.PackageID
WHERE H.UserID = :userId AND NOT H.IsAddon
ORDER BY sql_key(H.PlanName);
