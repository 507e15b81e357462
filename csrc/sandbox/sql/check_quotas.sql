-- After the space :changed was changed: what its parent has given away must not be more than the parent has. The rows
-- are the answer's ExceedingQuotas, their number is :exceeding.
-- The documentation of the API promises -305 whenever it does not fit; that is the rule here. A panel adds the three
-- ways of giving away without minding that each is NULL where it has no row, and looks only at quotas of the parent's
-- plan or own ones (SolidCP install_db.sql:25172, 26114; WebsitePanel 1.0 install_db.sql:3080): :panelQuotas follows it.
SELECT Q.QuotaID, Q.QuotaName, G.Given - A.QuotaValue AS "QuotaValue int"
FROM Packages AS N JOIN Packages AS P ON P.PackageID = N.ParentPackageID
    JOIN PackageAllotments AS A ON A.PackageID = P.PackageID JOIN Quotas AS Q ON Q.QuotaID = A.QuotaID
    JOIN (SELECT PackageID, QuotaID, Negative, CASE WHEN Negative THEN Plans + Own + Addons
            ELSE coalesce(Plans, 0) + coalesce(Own, 0) + coalesce(Addons, 0) END AS Given
          FROM NestedQuotas) AS G
        ON G.PackageID = P.PackageID AND G.QuotaID = Q.QuotaID AND G.Negative = :panelQuotas
WHERE N.PackageID = :changed AND Q.QuotaTypeID = 2 AND A.QuotaValue <> -1 AND G.Given > A.QuotaValue
    AND (NOT :panelQuotas OR (P.ParentPackageID IS NOT NULL AND EXISTS (
        SELECT 1 FROM HostingPlanQuotas AS H
        WHERE NOT P.OverrideQuotas AND H.PlanID = P.PlanID AND H.QuotaID = Q.QuotaID
        UNION ALL SELECT 1 FROM PackageQuotas AS O
        WHERE P.OverrideQuotas AND O.PackageID = P.PackageID AND O.QuotaID = Q.QuotaID)))
ORDER BY Q.QuotaID;
SELECT :rows AS ":exceeding";
