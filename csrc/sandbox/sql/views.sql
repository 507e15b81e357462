-- What the scripts read and work with: of the connection, not of the file, so that a file made by an older sandbox has
-- today's rules.

-- One page in order; and what the reports of usage found.
CREATE TEMP TABLE Page (Position INTEGER PRIMARY KEY, ID int);
CREATE TEMP TABLE Report (PackageID INTEGER PRIMARY KEY, QuotaValue int, Usage int);

-- What an account may see: Actor is the account that a caller acts as.
CREATE TEMP VIEW SeenUsers AS
    SELECT T.AncestorID AS Actor, U.* FROM UserTree AS T JOIN Users AS U ON U.UserID = T.UserID;
CREATE TEMP VIEW SeenPackages AS
    SELECT T.AncestorID AS Actor, P.* FROM Packages AS P JOIN UserTree AS T ON T.UserID = P.UserID;
CREATE TEMP VIEW SeenAddons AS
    SELECT P.Actor, A.* FROM PackageAddons AS A JOIN SeenPackages AS P ON P.PackageID = A.PackageID;

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

-- What a space may use: its plan's quotas or its own, raised by its active add-ons. -1 is without limit.
CREATE TEMP VIEW PackageAllotments AS
    WITH Base AS (
        SELECT P.PackageID, P.ParentPackageID, Q.QuotaID, Q.QuotaTypeID,
            coalesce((SELECT O.QuotaValue FROM PackageQuotas AS O
                      WHERE P.OverrideQuotas AND O.PackageID = P.PackageID AND O.QuotaID = Q.QuotaID),
                     (SELECT H.QuotaValue FROM HostingPlanQuotas AS H
                      WHERE H.PlanID = P.PlanID AND H.QuotaID = Q.QuotaID), 0) AS Value
        FROM Packages AS P CROSS JOIN Quotas AS Q),
    Raised AS (
        SELECT Base.*,
            (SELECT total(H.QuotaValue * A.Quantity) FROM PackageAddons AS A JOIN HostingPlanQuotas AS H
                ON H.PlanID = A.PlanID
             WHERE A.PackageID = Base.PackageID AND A.StatusID = 1 AND H.QuotaID = Base.QuotaID
                AND H.QuotaValue > 0) AS Extra,
            EXISTS (SELECT 1 FROM PackageAddons AS A JOIN HostingPlanQuotas AS H ON H.PlanID = A.PlanID
             WHERE A.PackageID = Base.PackageID AND A.StatusID = 1 AND H.QuotaID = Base.QuotaID
                AND H.QuotaValue = -1) AS Unlimited
        FROM Base)
    SELECT PackageID, ParentPackageID, QuotaID,
        CAST(CASE WHEN ParentPackageID IS NULL OR Value = -1 OR Unlimited THEN -1
            WHEN QuotaTypeID = 2 THEN Value + Extra
            ELSE max(Value, Extra) END AS int) AS QuotaValue
    FROM Raised;
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
              (SELECT CAST(total(C.QuotaValue) AS int) FROM Packages AS K JOIN PackageAllotments AS C
                  ON C.PackageID = K.PackageID
               WHERE K.ParentPackageID = A.PackageID AND C.QuotaID = A.QuotaID AND C.QuotaValue > 0)
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
