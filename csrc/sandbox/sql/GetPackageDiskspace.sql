-- SolidCP install_db.sql:11975.
SELECT 'check_package' AS call;
SELECT G.GroupID, G.GroupName, round(sum(D.DiskspaceBytes) / 1048576.0) AS "Diskspace float",
    sum(D.DiskspaceBytes) AS "DiskspaceBytes bigint"
FROM PackageTree AS T JOIN Packages AS P ON P.PackageID = T.PackageID
    JOIN PackagesDiskspace AS D ON D.PackageID = T.PackageID
    JOIN HostingPlanResources AS R ON R.GroupID = D.GroupID AND R.PlanID = P.PlanID AND R.CalculateDiskSpace
    JOIN ResourceGroups AS G ON G.GroupID = D.GroupID
WHERE T.AncestorID = :packageId
GROUP BY G.GroupID, G.GroupName HAVING sum(D.DiskspaceBytes) <> 0 ORDER BY G.GroupID;
