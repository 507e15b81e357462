-- From the caller down to the user. SolidCP install_db.sql:18541.
SELECT 'check_user' AS call;
SELECT U.* FROM UserTree AS S
    JOIN UserTree AS T ON T.UserID = S.UserID AND T.Depth <= S.Depth
    JOIN ListedUsers AS U ON U.UserID = T.AncestorID
WHERE S.AncestorID = :actor AND S.UserID = :userId
ORDER BY T.Depth DESC;
