-- SolidCP install_db.sql:18649: one's own owner's users, too.
SELECT :ownerId AS ":userId";
SELECT 'rights' AS call;
SELECT U.* FROM UserTree AS T JOIN ListedUsers AS U ON U.UserID = T.UserID
WHERE T.AncestorID = :ownerId AND (T.Depth = 1 OR (:recursive AND T.Depth > 0)) AND NOT U.IsPeer AND :knows
ORDER BY U.UserID;
