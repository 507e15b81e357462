-- What the owner of :userId has made, for sale or not. SolidCP install_db.sql:18064, 17952.
SELECT 'check_user' AS call;
SELECT H.PlanID, H.PackageID, H.PlanName, H.PlanDescription, H.Available, H.ServerID, H.IsAddon, H.SetupPrice,
    H.RecurringPrice, H.RecurrenceUnit, H.RecurrenceLength
FROM Users AS U JOIN HostingPlans AS H ON H.UserID = U.OwnerID
WHERE U.UserID = :userId AND H.IsAddon = :isAddon
ORDER BY sql_key(H.PlanName);
