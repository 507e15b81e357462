-- SolidCP update_db.sql:12256.
SELECT 'check_package' AS call;
SELECT 'quotas_of' AS call;
SELECT G.GroupID, G.GroupName, G.CalculateDiskSpace, G.CalculateBandwidth, 1 AS "ParentEnabled bit"
FROM PackageGroups AS G WHERE G.PackageID = :packageId
ORDER BY G.GroupID;
SELECT Q.QuotaID, Q.GroupID, Q.QuotaName, Q.QuotaDescription, Q.QuotaTypeID, Q.QuotaValue AS "QuotaValue int",
    Q.ParentQuotaValue AS "ParentQuotaValue int", Q.QuotaUsedValue AS "QuotaUsedValue int"
FROM PackageQuotaValues AS Q WHERE Q.PackageID = :packageId
ORDER BY Q.QuotaID;
