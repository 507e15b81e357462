-- From the caller down to the user.
SELECT U.* FROM UserTree AS S
    JOIN UserTree AS T ON T.UserID = S.UserID AND T.Depth <= S.Depth
    JOIN ListedUsers AS U ON U.UserID = T.AncestorID
WHERE S.AncestorID = :actor AND S.UserID = :userId
ORDER BY T.Depth DESC;
