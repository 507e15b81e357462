-- SolidCP install_db.sql:12951; only groups that a space's own plan counts, nested spaces at any depth included.
SELECT 'check_package' AS call;
DELETE FROM Report;
INSERT INTO Report
    SELECT PackageID, CASE WHEN Bytes IS NOT NULL THEN QuotaValue END, CAST(round(Bytes / 1048576.0) AS int)
    FROM (SELECT P.PackageID,
            (SELECT A.QuotaValue FROM PackageAllotments AS A JOIN Quotas AS Q ON Q.QuotaID = A.QuotaID
             WHERE A.PackageID = P.PackageID AND Q.QuotaName = 'OS.Bandwidth') AS QuotaValue,
            (SELECT sum(B.BytesSent + B.BytesReceived)
             FROM PackageTree AS T JOIN Packages AS N ON N.PackageID = T.PackageID
                JOIN PackagesBandwidth AS B ON B.PackageID = T.PackageID
                JOIN HostingPlanResources AS R ON R.GroupID = B.GroupID AND R.PlanID = N.PlanID
             WHERE T.AncestorID = P.PackageID AND R.CalculateBandwidth
                AND B.LogDate BETWEEN sql_date(:startDate) AND sql_date(:endDate)) AS Bytes
        FROM Packages AS P
        WHERE (:packageId = -1 AND P.UserID = :userId) OR (:packageId <> -1 AND P.ParentPackageID = :packageId));
SELECT 'BandwidthRows' AS ":paged";
SELECT 'page_report' AS call;
SELECT count(*) AS "Column1 int" FROM Page;
SELECT R.PackageID, coalesce(R.QuotaValue, 0) AS "QuotaValue int", coalesce(R.Usage, 0) AS "Bandwidth int",
    R.UsagePercentage AS "UsagePercentage int", R.PackageName, R.PackagesNumber AS "PackagesNumber int", R.StatusID,
    R.UserID, U.Username, U.FirstName, U.LastName, U.FullName, U.RoleID, U.Email, '' AS UserComments
FROM Page JOIN ReportRows AS R ON R.PackageID = Page.ID JOIN UserRows AS U ON U.UserID = R.UserID
WHERE Page.Position - 1 BETWEEN :startRow AND :startRow + :maximumRows
ORDER BY Page.Position;
