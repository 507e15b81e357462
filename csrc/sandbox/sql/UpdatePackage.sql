SELECT 'check_reseller' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault WHERE NOT :package;
SELECT -300 AS refuse
WHERE NOT EXISTS (SELECT 1 FROM SeenPackages WHERE Actor = :actor AND PackageID = :package_PackageId);
SELECT 'The UPDATE statement conflicted with the FOREIGN KEY constraint "FK_Packages_HostingPlans".' AS fault
FROM Packages WHERE PackageID = :package_PackageId AND PlanID IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM HostingPlans WHERE PlanID = :package_PlanId AND NOT IsAddon);
UPDATE Packages SET StatusID = :package_StatusId, PlanID = nullif(:package_PlanId, 0),
    PurchaseDate = sql_date(:package_PurchaseDate), PackageName = :package_PackageName,
    PackageComments = :package_PackageComments, OverrideQuotas = :package_OverrideQuotas,
    DefaultTopPackage = :package_DefaultTopPackage
WHERE PackageID = :package_PackageId;
-- Own quotas stay as they are unless they come along.
DELETE FROM PackageQuotas
WHERE PackageID = :package_PackageId AND (:package_Quotas IS NOT NULL OR NOT :package_OverrideQuotas);
INSERT OR REPLACE INTO PackageQuotas (PackageID, QuotaID, QuotaValue)
    SELECT :package_PackageId, value ->> 'QuotaId', coalesce(value ->> 'QuotaValue', 0)
    FROM json_each(:package_Quotas) WHERE :package_OverrideQuotas;
DELETE FROM PackageResources
WHERE PackageID = :package_PackageId AND (:package_Groups IS NOT NULL OR NOT :package_OverrideQuotas);
INSERT OR REPLACE INTO PackageResources (PackageID, GroupID, CalculateDiskSpace, CalculateBandwidth)
    SELECT :package_PackageId, value ->> 'GroupId', coalesce(value ->> 'CalculateDiskSpace', 0),
        coalesce(value ->> 'CalculateBandwidth', 0)
    FROM json_each(:package_Groups) WHERE :package_OverrideQuotas AND value ->> 'Enabled';
SELECT :package_PackageId AS ":changed";
SELECT 'check_quotas' AS call;
SELECT 0 AS result;
