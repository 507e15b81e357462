SELECT U.UserID, U.RoleID, U.StatusID, U.SubscriberNumber AS "SubscriberNumber@solidcp",
    U.LoginStatusId AS "LoginStatusId int@solidcp", U.FailedLogins AS "FailedLogins int@solidcp",
    U.OwnerID, U.Created, U.Changed, U.IsDemo, U.Comments, U.IsPeer, U.Username, U.FirstName, U.LastName, U.Email,
    U.FullName, U.OwnerUsername, U.OwnerFirstName, U.OwnerLastName, U.OwnerRoleID, U.OwnerFullName,
    U.PackagesNumber AS "PackagesNumber int", U.CompanyName, U.EcommerceEnabled
FROM UserTree AS S
    JOIN UserTree AS T ON T.AncestorID = S.UserID AND (T.Depth = 1 OR (:recursive AND T.Depth > 0))
    JOIN UserRows AS U ON U.UserID = T.UserID
WHERE S.AncestorID = :actor AND S.UserID = :ownerId AND NOT U.IsPeer
ORDER BY U.UserID;
