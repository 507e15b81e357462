-- SolidCP install_db.sql:9244.
SELECT 'check_user' AS call;
SELECT H.PlanID, H.UserID, H.PackageID, H.PlanName, H.PlanDescription, H.Available, H.SetupPrice, H.RecurringPrice,
    H.RecurrenceLength, H.RecurrenceUnit, H.IsAddon,
    (SELECT count(*) FROM PackageAddons AS A WHERE A.PlanID = H.PlanID) AS "PackagesNumber int"
FROM HostingPlans AS H
WHERE H.UserID = :userId AND H.IsAddon
ORDER BY sql_key(H.PlanName);
