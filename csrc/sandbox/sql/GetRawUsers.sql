-- SolidCP install_db.sql:18649.
SELECT :ownerId AS ":userId";
SELECT 'rights' AS call;
SELECT U.UserID, U.RoleID, U.StatusID, U.SubscriberNumber AS "SubscriberNumber@websitepanel 1.2.2.48",
    U.LoginStatusId AS "LoginStatusId int@websitepanel 1.2.2.48",
    U.FailedLogins AS "FailedLogins int@websitepanel 1.2.2.48",
    U.OwnerID, U.Created, U.Changed, U.IsDemo, U.Comments, U.IsPeer, U.Username, U.FirstName, U.LastName, U.Email,
    U.FullName, U.OwnerUsername, U.OwnerFirstName, U.OwnerLastName, U.OwnerRoleID, U.OwnerFullName,
    U.PackagesNumber AS "PackagesNumber int", U.CompanyName, U.EcommerceEnabled
FROM UserTree AS T JOIN UserRows AS U ON U.UserID = T.UserID
WHERE T.AncestorID = :ownerId AND (T.Depth = 1 OR (:recursive AND T.Depth > 0)) AND NOT U.IsPeer AND :knows
ORDER BY U.UserID;
