-- SolidCP PackageController.cs:1961, update_db.sql:12318.
SELECT 'check_package' AS call;
SELECT 'quotas_of' AS call;
SELECT sql_key(sql_text(:quotaName, 50)) AS ":quotaKey";
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE NOT EXISTS (SELECT 1 FROM Quotas WHERE sql_key(QuotaName) = :quotaKey);
SELECT Q.QuotaValue AS QuotaAllocatedValue, Q.QuotaValue AS QuotaAllocatedValuePerOrganization, Q.QuotaUsedValue,
    Q.QuotaValue <> -1 AND Q.QuotaUsedValue >= Q.QuotaValue AS QuotaExhausted, Q.QuotaName, Q.QuotaDescription,
    Q.QuotaID, Q.QuotaTypeID
FROM PackageQuotaValues AS Q
WHERE Q.PackageID = :packageId AND sql_key(Q.QuotaName) = :quotaKey;
