-- Positions count from 1 and both ends belong to the page: from the second page on it holds one row more than was
-- asked for. The spaces of the accounts below :userId are listed, its own are not; without rights there are none.
-- The real statement joins spaces (P), accounts (U), plans (HP) and servers (S): a column may be named with its
-- alias, and one that several of them have must be; spaces without server or plan drop out. SolidCP
-- install_db.sql:13552.
SELECT 'Ambiguous column name ''' || Named.name || '''.' AS fault
FROM (SELECT replace(replace(lower(trim(:sortColumn)), ' asc', ''), ' desc', '') AS name
    UNION ALL SELECT lower(trim(:filterColumn)) WHERE :filterValue <> '') AS Named
WHERE Named.name IN ('packageid', 'userid', 'planid', 'serverid', 'statusid');
SELECT substr(:sortColumn, instr(:sortColumn, '.') + 1) AS ":sortColumn",
    substr(:filterColumn, instr(:filterColumn, '.') + 1) AS ":filterColumn";
SELECT 'PackageRows' AS ":paged", 'PackageID' AS ":key",
    CASE WHEN coalesce(:filterColumn, '') = '' THEN '' ELSE :filterValue END AS ":filterValue";
SELECT 'check_page' AS call;
SELECT 'rights' AS call;
SELECT 'INSERT INTO Page (ID) SELECT P.PackageID FROM UserTree AS T JOIN PackageRows AS P ON P.UserID = T.UserID
    WHERE T.AncestorID = :userId AND T.Depth > 0 AND :reaches AND P.ServerName IS NOT NULL AND P.PlanName IS NOT NULL
        AND (' || :condition || ')
    ORDER BY sql_key(P."' || :column || '") ' || :direction || ', P.PackageID' AS execute;
SELECT count(*) AS "Column1 int" FROM Page;
SELECT P.PackageID, P.PackageName, P.StatusID, P.PurchaseDate, P.ServerID,
    coalesce(P.ServerName, 'None') AS ServerName, coalesce(P.ServerComments, '') AS ServerComments,
    coalesce(P.VirtualServer, 1) AS "VirtualServer bit", P.PlanID, P.PlanName, P.UserID, P.Username, P.FirstName,
    P.LastName, P.FullName, P.RoleID, P.Email
FROM Page JOIN PackageRows AS P ON P.PackageID = Page.ID
WHERE Page.Position BETWEEN :startRow AND :startRow + :maximumRows
ORDER BY Page.Position;
