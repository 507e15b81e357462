-- Whether the caller has rights to the space :packageId, in :reachesPackage. The first two spaces are for
-- administrators; one that does not exist passes. SolidCP install_db.sql:24861, CheckActorPackageRights; the same from
-- WebsitePanel 1.0 on.
SELECT (:packageId NOT IN (0, 1) OR EXISTS (SELECT 1 FROM Users WHERE UserID = :caller AND RoleID = 1))
    AND NOT EXISTS (SELECT 1 FROM Packages AS P WHERE P.PackageID = :packageId
        AND NOT EXISTS (SELECT 1 FROM UserTree WHERE AncestorID = :actor AND UserID = P.UserID)) AS ":reachesPackage";
