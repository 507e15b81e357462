SELECT U.* FROM UserTree AS S JOIN ListedUsers AS U ON U.OwnerID = S.UserID
WHERE S.AncestorID = :actor AND S.UserID = :userId AND U.IsPeer
ORDER BY U.UserID;
