-- What the scripts read and work with: of the connection, not of the file, so that a file made by an older sandbox has
-- today's rules.

-- One page in order, the spaces whose status is to change, and what the reports of usage found.
CREATE TEMP TABLE Page (Position INTEGER PRIMARY KEY, ID int);
CREATE TEMP TABLE Changing (PackageID INTEGER PRIMARY KEY);
CREATE TEMP TABLE Report (PackageID INTEGER PRIMARY KEY, QuotaValue int, Usage int);

-- The fields of a user that lists fill.
CREATE TEMP VIEW ListedUsers AS
    SELECT UserID, OwnerID, RoleID, StatusID, IsDemo, IsPeer, Username, FirstName, LastName, Email, Created, Changed,
        Comments, CompanyName, EcommerceEnabled, LoginStatusId, FailedLogins, Vlans
    FROM Users;
-- The same for DataSets, with the owner.
CREATE TEMP VIEW UserRows AS
    SELECT U.*, coalesce(U.FirstName, '') || ' ' || coalesce(U.LastName, '') AS FullName,
        O.Username AS OwnerUsername, O.FirstName AS OwnerFirstName, O.LastName AS OwnerLastName,
        O.RoleID AS OwnerRoleID, coalesce(O.FirstName, '') || ' ' || coalesce(O.LastName, '') AS OwnerFullName,
        O.Email AS OwnerEmail,
        (SELECT count(*) FROM Packages AS P WHERE P.UserID = U.UserID) AS PackagesNumber
    FROM Users AS U LEFT JOIN Users AS O ON O.UserID = U.OwnerID;
CREATE TEMP VIEW PackageRows AS
    SELECT P.*, S.ServerName, S.Comments AS ServerComments, S.VirtualServer, H.PlanName,
        U.Username, U.FirstName, U.LastName, U.RoleID, U.Email,
        coalesce(U.FirstName, '') || ' ' || coalesce(U.LastName, '') AS FullName
    FROM Packages AS P JOIN Users AS U ON U.UserID = P.UserID
        LEFT JOIN HostingPlans AS H ON H.PlanID = P.PlanID LEFT JOIN Servers AS S ON S.ServerID = P.ServerID;

-- What lists of spaces hold: neither comments nor whether the quotas are the space's own. SolidCP update_db.sql:6524,
-- 6576; WebsitePanel 1.0 install_db.sql:28285, 30569.
CREATE TEMP VIEW ListedPackages AS
    SELECT P.PackageID, P.ParentPackageID, P.UserID, P.StatusID, P.PlanID, P.PurchaseDate, P.PackageName,
        coalesce(P.ServerID, 0) AS ServerID, P.DefaultTopPackage
    FROM Packages AS P;

-- The spaces in a space at any depth, as GetPackagePackages lists them: without those that have no server or no plan.
-- SolidCP install_db.sql:12280.
CREATE TEMP VIEW NestedPackages AS
    SELECT T.AncestorID, T.PackageID FROM PackageTree AS T JOIN Packages AS P ON P.PackageID = T.PackageID
        JOIN Servers AS S ON S.ServerID = P.ServerID JOIN HostingPlans AS H ON H.PlanID = P.PlanID
    WHERE T.AncestorID <> T.PackageID;

-- What a space has by itself: its plan's quotas or its own, raised by its active add-ons. -1 is without limit.
-- SolidCP install_db.sql:25787, GetPackageAllocatedQuota.
CREATE TEMP VIEW OwnAllotments AS
    SELECT PackageID, QuotaID, QuotaTypeID,
        CASE WHEN Root THEN CASE WHEN QuotaTypeID = 1 THEN 1 ELSE -1 END
            WHEN QuotaTypeID = 1 THEN CASE WHEN Value = 0 AND Extra > 0 THEN 1 ELSE Value END
            WHEN Extra < 0 THEN -1
            ELSE Value + coalesce(Extra, 0) END AS QuotaValue
    FROM (SELECT P.PackageID, P.ParentPackageID IS NULL AS Root, Q.QuotaID, Q.QuotaTypeID,
            coalesce(CASE WHEN P.OverrideQuotas
                THEN (SELECT O.QuotaValue FROM PackageQuotas AS O
                      WHERE O.PackageID = P.PackageID AND O.QuotaID = Q.QuotaID)
                ELSE (SELECT H.QuotaValue FROM HostingPlanQuotas AS H
                      WHERE H.PlanID = P.PlanID AND H.QuotaID = Q.QuotaID) END, 0) AS Value,
            (SELECT sum(H.QuotaValue * A.Quantity) FROM PackageAddons AS A JOIN HostingPlanQuotas AS H
                ON H.PlanID = A.PlanID
             WHERE A.PackageID = P.PackageID AND A.StatusID = 1 AND H.QuotaID = Q.QuotaID) AS Extra
          FROM Packages AS P CROSS JOIN Quotas AS Q);
-- What it may use: no more than any space that it is in.
CREATE TEMP VIEW PackageAllotments AS
    SELECT P.PackageID, P.ParentPackageID, Q.QuotaID, Q.QuotaTypeID,
        (SELECT CASE WHEN max(O.QuotaValue = 0) THEN 0
            ELSE coalesce(min(nullif(O.QuotaValue, -1)), -1) END
         FROM PackageTree AS T JOIN OwnAllotments AS O ON O.PackageID = T.AncestorID
         WHERE T.PackageID = P.PackageID AND O.QuotaID = Q.QuotaID) AS QuotaValue
    FROM Packages AS P CROSS JOIN Quotas AS Q;
-- What a space has given away to those nested in it, by the three ways there are, NULL where there is no row.
-- SolidCP install_db.sql:25172, CheckExceedingQuota.
CREATE TEMP VIEW NestedQuotas AS
    SELECT P.PackageID, Q.QuotaID,
        (SELECT sum(H.QuotaValue * N.Number) FROM NestedPlans AS N JOIN HostingPlanQuotas AS H ON H.PlanID = N.PlanID
         WHERE N.ParentPackageID = P.PackageID AND H.QuotaID = Q.QuotaID AND N.Number > 0
            AND (H.QuotaValue > 0 OR Q.Negative)) AS Plans,
        (SELECT sum(O.QuotaValue) FROM Packages AS N INDEXED BY PackagesWithOwnQuotas
            JOIN PackageQuotas AS O ON O.PackageID = N.PackageID
         WHERE N.ParentPackageID = P.PackageID AND N.OverrideQuotas AND O.QuotaID = Q.QuotaID
            AND (O.QuotaValue > 0 OR Q.Negative)) AS Own,
        (SELECT sum(H.QuotaValue * N.Number) FROM NestedAddons AS N JOIN HostingPlanQuotas AS H ON H.PlanID = N.PlanID
         WHERE N.ParentPackageID = P.PackageID AND H.QuotaID = Q.QuotaID AND N.Number > 0
            AND (H.QuotaValue > 0 OR Q.Negative)) AS Addons,
        Q.Negative
    FROM Packages AS P CROSS JOIN (SELECT QuotaID, 0 AS Negative FROM Quotas UNION ALL
        SELECT QuotaID, 1 FROM Quotas) AS Q;
-- What is gone of it: what the space itself uses, and what its nested spaces may use.
CREATE TEMP VIEW PackageQuotaValues AS
    SELECT A.PackageID, Q.QuotaID, Q.GroupID, Q.QuotaName, Q.QuotaDescription, Q.QuotaTypeID, A.QuotaValue,
        coalesce((SELECT B.QuotaValue FROM PackageAllotments AS B
                  WHERE B.PackageID = A.ParentPackageID AND B.QuotaID = A.QuotaID), -1) AS ParentQuotaValue,
        coalesce((SELECT U.QuotaUsedValue FROM PackageUsage AS U
                  WHERE U.PackageID = A.PackageID AND U.QuotaID = A.QuotaID), 0)
        + CASE WHEN Q.QuotaName = 'OS.Diskspace' THEN
              (SELECT CAST(total(D.DiskspaceBytes) / 1048576 AS int) FROM PackagesDiskspace AS D
               WHERE D.PackageID = A.PackageID) ELSE 0 END
        + CASE WHEN Q.QuotaTypeID = 2 THEN
              (SELECT coalesce(N.Plans, 0) + coalesce(N.Own, 0) + coalesce(N.Addons, 0) FROM NestedQuotas AS N
               WHERE N.PackageID = A.PackageID AND N.QuotaID = A.QuotaID AND NOT N.Negative)
          ELSE 0 END AS QuotaUsedValue
    FROM PackageAllotments AS A JOIN Quotas AS Q ON Q.QuotaID = A.QuotaID;
CREATE TEMP VIEW PackageGroups AS
    SELECT P.PackageID, G.GroupID, G.GroupName, R.CalculateDiskSpace, R.CalculateBandwidth
    FROM Packages AS P CROSS JOIN ResourceGroups AS G JOIN HostingPlanResources AS R
        ON R.PlanID = P.PlanID AND R.GroupID = G.GroupID
    WHERE NOT EXISTS (SELECT 1 FROM PackageResources AS O WHERE O.PackageID = P.PackageID)
    UNION ALL
    SELECT R.PackageID, G.GroupID, G.GroupName, R.CalculateDiskSpace, R.CalculateBandwidth
    FROM PackageResources AS R JOIN ResourceGroups AS G ON G.GroupID = R.GroupID;

-- Both reports, under the names that their callers may sort by.
CREATE TEMP VIEW ReportRows AS
    SELECT P.*, R.QuotaValue, R.Usage,
        CASE WHEN R.QuotaValue <> -1 AND R.QuotaValue <> 0 THEN R.Usage * 100 / R.QuotaValue ELSE 0 END
            AS UsagePercentage,
        (SELECT count(*) FROM Packages AS N WHERE N.ParentPackageID = P.PackageID) AS PackagesNumber
    FROM Report AS R JOIN Packages AS P ON P.PackageID = R.PackageID;
CREATE TEMP VIEW BandwidthRows AS SELECT ReportRows.*, Usage AS Bandwidth FROM ReportRows;
CREATE TEMP VIEW DiskspaceRows AS SELECT ReportRows.*, Usage AS Diskspace FROM ReportRows;
