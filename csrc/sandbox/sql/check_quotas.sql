-- After the space :changed was changed: what is shared out by its parent must not be more than the parent has.
SELECT Q.QuotaID, Q.QuotaName, P.QuotaUsed - P.QuotaValue AS "QuotaValue int"
FROM (SELECT A.QuotaID, A.QuotaValue,
        (SELECT total(C.QuotaValue) FROM Packages AS K JOIN PackageAllotments AS C ON C.PackageID = K.PackageID
         WHERE K.ParentPackageID = A.PackageID AND C.QuotaID = A.QuotaID AND C.QuotaValue > 0) AS QuotaUsed
      FROM Packages AS N JOIN PackageAllotments AS A ON A.PackageID = N.ParentPackageID
      WHERE N.PackageID = :changed AND A.QuotaValue <> -1) AS P
    JOIN Quotas AS Q ON Q.QuotaID = P.QuotaID
WHERE Q.QuotaTypeID = 2 AND P.QuotaUsed > P.QuotaValue
ORDER BY Q.QuotaID;
SELECT -305 AS refuse WHERE :rows > 0;
