SELECT P.* FROM SeenPackages AS P WHERE P.Actor = :actor AND P.UserID = :userId ORDER BY P.PackageID;
