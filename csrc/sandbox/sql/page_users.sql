-- One page of the users below :userId, all of them with :recursive. Positions count from 0 and both ends belong to
-- the page, so it holds one row more than was asked for.
SELECT 'UserRows' AS ":paged", 'UserID' AS ":key";
SELECT 'check_page' AS call;
SELECT 'INSERT INTO Page (ID) SELECT U.UserID FROM UserTree AS S
        JOIN UserTree AS T ON T.AncestorID = S.UserID AND (T.Depth = 1 OR (:recursive AND T.Depth > 0))
        JOIN UserRows AS U ON U.UserID = T.UserID
    WHERE S.AncestorID = :actor AND S.UserID = :userId AND NOT U.IsPeer
        AND (:statusId = 0 OR U.StatusID = :statusId) AND (:roleId = 0 OR U.RoleID = :roleId)
        AND (' || :condition || ')
    ORDER BY U."' || :column || '" COLLATE NOCASE ' || :direction || ', U.UserID' AS execute;
SELECT count(*) AS "Column1 int" FROM Page;
SELECT U.UserID, U.RoleID, U.StatusID, U.SubscriberNumber AS "SubscriberNumber@solidcp",
    U.LoginStatusId AS "LoginStatusId int@solidcp", U.FailedLogins AS "FailedLogins int@solidcp",
    U.OwnerID, U.Created, U.Changed, U.IsDemo, U.Comments, U.IsPeer, U.Username, U.FirstName, U.LastName, U.Email,
    U.FullName, U.OwnerUsername, U.OwnerFirstName, U.OwnerLastName, U.OwnerRoleID, U.OwnerFullName, U.OwnerEmail,
    U.PackagesNumber AS "PackagesNumber int", U.CompanyName, U.EcommerceEnabled
FROM Page JOIN UserRows AS U ON U.UserID = Page.ID
WHERE Page.Position - 1 BETWEEN :startRow AND :startRow + :maximumRows
ORDER BY Page.Position;
