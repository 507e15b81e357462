-- One page of the users below :userId, all of them with :recursive. Positions count from 0 and both ends belong to
-- the page, so it holds one row more than was asked for. SolidCP update_db.sql:9977; without rights it is empty.
-- WebsitePanel 1 looks at the value of the filter only where a column is named, install_db.sql:37446.
-- The real statement calls accounts U.
SELECT 'rights' AS call;
SELECT substr(:sortColumn, CASE WHEN :sortColumn LIKE 'U.%' THEN 3 ELSE 1 END) AS ":sortColumn",
    substr(:filterColumn, CASE WHEN :filterColumn LIKE 'U.%' THEN 3 ELSE 1 END) AS ":filterColumn";
SELECT 'UserRows' AS ":paged", 'UserID' AS ":key",
    CASE WHEN coalesce(:filterColumn, '') = '' AND NOT since('websitepanel 2') THEN '' ELSE :filterValue END
        AS ":filterValue";
SELECT 'check_page' AS call;
SELECT 'INSERT INTO Page (ID) SELECT U.UserID FROM UserTree AS T JOIN UserRows AS U ON U.UserID = T.UserID
    WHERE T.AncestorID = :userId AND (T.Depth = 1 OR (:recursive AND T.Depth > 0)) AND NOT U.IsPeer AND :reaches
        AND (:statusId = 0 OR U.StatusID = :statusId) AND (:roleId = 0 OR U.RoleID = :roleId)
        AND (' || :condition || ')
    ORDER BY sql_key(U."' || :column || '") ' || :direction || ', U.UserID' AS execute;
SELECT count(*) AS "Column1 int" FROM Page;
SELECT U.UserID, U.RoleID, U.StatusID, U.SubscriberNumber AS "SubscriberNumber@websitepanel 1.2.2.48",
    U.LoginStatusId AS "LoginStatusId int@websitepanel 1.2.2.48",
    U.FailedLogins AS "FailedLogins int@websitepanel 1.2.2.48",
    U.OwnerID, U.Created, U.Changed, U.IsDemo, U.Comments, U.IsPeer, U.Username, U.FirstName, U.LastName, U.Email,
    U.FullName, U.OwnerUsername, U.OwnerFirstName, U.OwnerLastName, U.OwnerRoleID, U.OwnerFullName, U.OwnerEmail,
    U.PackagesNumber AS "PackagesNumber int", U.CompanyName, U.EcommerceEnabled
FROM Page JOIN UserRows AS U ON U.UserID = Page.ID
WHERE Page.Position - 1 BETWEEN :startRow AND :startRow + :maximumRows
ORDER BY Page.Position;
