SELECT G.GroupID, G.GroupName, G.CalculateDiskSpace, G.CalculateBandwidth, 1 AS "ParentEnabled bit"
FROM SeenPackages AS P JOIN PackageGroups AS G ON G.PackageID = P.PackageID
WHERE P.Actor = :actor AND P.PackageID = :packageId
ORDER BY G.GroupID;
SELECT Q.QuotaID, Q.GroupID, Q.QuotaName, Q.QuotaDescription, Q.QuotaTypeID, Q.QuotaValue AS "QuotaValue int",
    Q.ParentQuotaValue AS "ParentQuotaValue int", Q.QuotaUsedValue AS "QuotaUsedValue int"
FROM SeenPackages AS P JOIN PackageQuotaValues AS Q ON Q.PackageID = P.PackageID
WHERE P.Actor = :actor AND P.PackageID = :packageId
ORDER BY Q.QuotaID;
