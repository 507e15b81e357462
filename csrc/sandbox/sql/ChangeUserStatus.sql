-- The account, its peers and all accounts below it; later the peers of those, too. Which spaces follow differs: in the
-- first panels its own and those below it (GetMyPackages and GetPackages), then only its own, at last those that
-- GetPackages gives of each of these accounts. WebsitePanel 1.0 UserController.cs:587, 1.2.2.127 UserController.cs:666,
-- 2.1 UserController.cs:675; SolidCP UserController.cs:877.
SELECT 'check_not_demo' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE NOT EXISTS (SELECT 1 FROM Users WHERE UserID = :userId);
SELECT 'rights' AS call;
SELECT since('websitepanel 2.0.0.236') AS ":ofChildren", since('websitepanel 1.2.2.48') AS ":ownOnly",
    NOT :reaches AS ":outOfReach";
SELECT 'You are not allowed to access this account' AS fault WHERE :outOfReach AND NOT :ofChildren;
UPDATE Users SET StatusID = :status, Changed = :now, EcommerceEnabled = EcommerceEnabled AND RoleID <> 3
WHERE StatusID <> :status AND UserID IN (SELECT T.UserID
    FROM UserTree AS T JOIN Users AS U ON U.UserID = T.UserID JOIN Users AS C ON C.UserID = :caller
    WHERE T.AncestorID = :userId AND (T.Depth <= 1 OR NOT U.IsPeer OR :ofChildren)
        AND EXISTS (SELECT 1 FROM UserTree AS R WHERE R.AncestorID = :actor AND R.UserID = T.UserID)
        AND NOT (C.IsPeer AND U.UserID <> :caller
            AND (U.UserID = C.OwnerID OR (U.IsPeer AND U.OwnerID = C.OwnerID))));
DELETE FROM Changing;
INSERT INTO Changing
    SELECT P.PackageID FROM UserTree AS T JOIN Users AS U ON U.UserID = T.UserID JOIN Packages AS P ON P.UserID = T.UserID
    WHERE T.AncestorID = :userId
        AND (T.Depth = 0 OR (NOT :ownOnly) OR (:ofChildren AND :knows AND NOT U.IsPeer))
        AND ((T.Depth = 0 AND NOT :ofChildren) OR (EXISTS (SELECT 1 FROM Servers AS S WHERE S.ServerID = P.ServerID)
            AND EXISTS (SELECT 1 FROM HostingPlans AS H WHERE H.PlanID = P.PlanID)));
SELECT 'change_packages' AS call;
SELECT 0 AS result;
