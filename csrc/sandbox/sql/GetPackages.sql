-- The spaces of the accounts below one in the first panels; its own in the later ones, which check nothing. Without those
-- that have no server or no plan. WebsitePanel 1.0 install_db.sql:30569; WebsitePanel 2.1 update_db.sql:7821; SolidCP
-- update_db.sql:6576.
SELECT 'check_user' AS call WHERE NOT since('websitepanel 1.2.2.48');
SELECT P.* FROM UserTree AS T JOIN ListedPackages AS P ON P.UserID = T.UserID
    JOIN Servers AS S ON S.ServerID = P.ServerID JOIN HostingPlans AS H ON H.PlanID = P.PlanID
WHERE T.AncestorID = :userId AND (T.Depth = 0) = since('websitepanel 1.2.2.48')
ORDER BY P.PackageID;
