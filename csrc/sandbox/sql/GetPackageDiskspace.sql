SELECT G.GroupID, G.GroupName, round(sum(D.DiskspaceBytes) / 1048576.0) AS "Diskspace float",
    sum(D.DiskspaceBytes) AS "DiskspaceBytes bigint"
FROM SeenPackages AS P JOIN PackageTree AS T ON T.AncestorID = P.PackageID
    JOIN PackagesDiskspace AS D ON D.PackageID = T.PackageID JOIN ResourceGroups AS G ON G.GroupID = D.GroupID
WHERE P.Actor = :actor AND P.PackageID = :packageId
GROUP BY G.GroupID, G.GroupName ORDER BY G.GroupID;
