-- SolidCP PackageController.cs:843, update_db.sql:6655, install_db.sql:22454.
SELECT 'check_csr' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault WHERE NOT :package;
SELECT -300 AS refuse WHERE NOT EXISTS (SELECT 1 FROM Packages WHERE PackageID = :package_PackageId);
SELECT :package_PackageId AS ":packageId";
SELECT 'raise_package' AS call;
SELECT 'The UPDATE statement conflicted with the FOREIGN KEY constraint "FK_Packages_HostingPlans".' AS fault
FROM Packages WHERE PackageID = :packageId AND PlanID IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM HostingPlans WHERE PlanID = :package_PlanId);
-- Quotas are looked at when the plan changes or the space has its own.
SELECT coalesce(PlanID <> :package_PlanId, 0) OR :package_OverrideQuotas AS ":lookAtQuotas"
FROM Packages WHERE PackageID = :packageId;
UPDATE Packages SET StatusID = :package_StatusId, PlanID = nullif(:package_PlanId, 0),
    PurchaseDate = sql_date(:package_PurchaseDate), PackageName = sql_text(:package_PackageName, 300),
    PackageComments = :package_PackageComments, OverrideQuotas = :package_OverrideQuotas,
    DefaultTopPackage = :package_DefaultTopPackage
WHERE PackageID = :packageId;
-- Own groups and quotas go with the flag; while it is set they stay unless both lists come along.
SELECT :package_Groups IS NOT NULL AND :package_Quotas IS NOT NULL AS ":replaceQuotas";
DELETE FROM PackageQuotas WHERE PackageID = :packageId AND (:replaceQuotas OR NOT :package_OverrideQuotas);
DELETE FROM PackageResources WHERE PackageID = :packageId AND (:replaceQuotas OR NOT :package_OverrideQuotas);
INSERT OR REPLACE INTO PackageQuotas (PackageID, QuotaID, QuotaValue)
    SELECT :packageId, value ->> 'QuotaId', coalesce(value ->> 'QuotaValue', 0)
    FROM json_each(:package_Quotas) WHERE :replaceQuotas AND :package_OverrideQuotas;
INSERT OR REPLACE INTO PackageResources (PackageID, GroupID, CalculateDiskSpace, CalculateBandwidth)
    SELECT :packageId, value ->> 'GroupId', coalesce(value ->> 'CalculateDiskSpace', 0),
        coalesce(value ->> 'CalculateBandwidth', 0)
    FROM json_each(:package_Groups) WHERE :replaceQuotas AND :package_OverrideQuotas;
SELECT CASE WHEN :lookAtQuotas THEN :packageId ELSE 0 END AS ":changed";
SELECT 'check_quotas' AS call;
SELECT -305 AS refuse WHERE :exceeding;
SELECT 0 AS result;
