SELECT G.GroupID, G.GroupName, round(sum(B.BytesSent) / 1048576.0) AS "MegaBytesSent float",
    round(sum(B.BytesReceived) / 1048576.0) AS "MegaBytesReceived float",
    round(sum(B.BytesSent + B.BytesReceived) / 1048576.0) AS "MegaBytesTotal float",
    sum(B.BytesSent) AS "BytesSent bigint", sum(B.BytesReceived) AS "BytesReceived bigint",
    sum(B.BytesSent + B.BytesReceived) AS "BytesTotal bigint"
FROM SeenPackages AS P JOIN PackageTree AS T ON T.AncestorID = P.PackageID
    JOIN PackagesBandwidth AS B ON B.PackageID = T.PackageID JOIN ResourceGroups AS G ON G.GroupID = B.GroupID
WHERE P.Actor = :actor AND P.PackageID = :packageId AND B.LogDate BETWEEN :startDate AND :endDate
GROUP BY G.GroupID, G.GroupName ORDER BY G.GroupID;
