-- Gives the spaces in Changing the status :status, each by an UpdatePackage of its own whose answer nobody looks at: the
-- caller's state and role and the quotas of a space with its own can keep it as it is. With :outOfReach the first one
-- is changed and ends it. SolidCP PackageController.cs:1008; WebsitePanel 1.0 PackageController.cs:838.
DELETE FROM Changing
WHERE (SELECT StatusID FROM Packages AS P WHERE P.PackageID = Changing.PackageID) IS :status
    OR EXISTS (SELECT 1 FROM Users WHERE UserID = :caller AND (IsDemo OR StatusID <> 1
        OR NOT (RoleID IN (1, 2) OR (RoleID IN (4, 5) AND since('websitepanel 1.2.2.48')))));
DELETE FROM Changing WHERE :outOfReach AND PackageID > (SELECT min(PackageID) FROM Changing);
DELETE FROM Changing WHERE PackageID IN (
    SELECT P.PackageID FROM Changing AS C JOIN Packages AS P ON P.PackageID = C.PackageID
        JOIN PackageAllotments AS A ON A.PackageID = P.ParentPackageID
        JOIN NestedQuotas AS G ON G.PackageID = P.ParentPackageID AND G.QuotaID = A.QuotaID AND NOT G.Negative
    WHERE P.OverrideQuotas AND NOT :panelQuotas AND A.QuotaTypeID = 2 AND A.QuotaValue <> -1
        AND coalesce(G.Plans, 0) + coalesce(G.Own, 0) + coalesce(G.Addons, 0) > A.QuotaValue);
UPDATE Packages SET StatusID = :status WHERE PackageID IN (SELECT PackageID FROM Changing);
SELECT 'You are not allowed to access this package' AS raise
WHERE :outOfReach AND EXISTS (SELECT 1 FROM Changing);
