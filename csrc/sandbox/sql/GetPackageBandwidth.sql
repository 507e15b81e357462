-- SolidCP install_db.sql:11778.
SELECT 'check_package' AS call;
SELECT sql_date(:startDate) AS ":startDate", sql_date(:endDate) AS ":endDate";
SELECT G.GroupID, G.GroupName, round(sum(B.BytesSent) / 1048576.0) AS "MegaBytesSent float",
    round(sum(B.BytesReceived) / 1048576.0) AS "MegaBytesReceived float",
    round(sum(B.BytesSent + B.BytesReceived) / 1048576.0) AS "MegaBytesTotal float",
    sum(B.BytesSent) AS "BytesSent bigint", sum(B.BytesReceived) AS "BytesReceived bigint",
    sum(B.BytesSent + B.BytesReceived) AS "BytesTotal bigint"
FROM PackageTree AS T JOIN Packages AS P ON P.PackageID = T.PackageID
    JOIN PackagesBandwidth AS B ON B.PackageID = T.PackageID
    JOIN HostingPlanResources AS R ON R.GroupID = B.GroupID AND R.PlanID = P.PlanID AND R.CalculateBandwidth
    JOIN ResourceGroups AS G ON G.GroupID = B.GroupID
WHERE T.AncestorID = :packageId AND B.LogDate BETWEEN :startDate AND :endDate
GROUP BY G.GroupID, G.GroupName HAVING sum(B.BytesSent + B.BytesReceived) > 0 ORDER BY G.GroupID;
