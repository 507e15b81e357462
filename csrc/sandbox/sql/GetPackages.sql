-- All spaces of the account and of those below it, but for the system's own.
SELECT P.* FROM UserTree AS S JOIN SeenPackages AS P ON P.Actor = S.UserID
WHERE S.AncestorID = :actor AND S.UserID = :userId AND P.ParentPackageID IS NOT NULL
ORDER BY P.PackageID;
