SELECT Q.QuotaValue AS QuotaAllocatedValue, Q.QuotaUsedValue,
    Q.QuotaValue <> -1 AND Q.QuotaUsedValue >= Q.QuotaValue AS QuotaExhausted, Q.QuotaName, Q.QuotaDescription,
    Q.QuotaID, Q.QuotaTypeID
FROM SeenPackages AS P JOIN PackageQuotaValues AS Q ON Q.PackageID = P.PackageID
WHERE P.Actor = :actor AND P.PackageID = :packageId AND Q.QuotaName = :quotaName;
