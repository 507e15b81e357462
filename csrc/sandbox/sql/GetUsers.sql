SELECT U.* FROM UserTree AS S
    JOIN UserTree AS T ON T.AncestorID = S.UserID AND (T.Depth = 1 OR (:recursive AND T.Depth > 0))
    JOIN ListedUsers AS U ON U.UserID = T.UserID
WHERE S.AncestorID = :actor AND S.UserID = :ownerId AND NOT U.IsPeer
ORDER BY U.UserID;
