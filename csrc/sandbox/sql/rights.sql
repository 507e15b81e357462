-- What the caller may do with the account :userId. :reaches is CheckActorUserRights, :knows is CanGetUserDetails (one's
-- own owner, too), :mayUpdate is CanUpdateUserDetails and CanGetUserPassword (a peer has no power over its owner and
-- over other peers). SolidCP install_db.sql:25061, 24217, 24725, 24355; the same from WebsitePanel 1.0 on.
SELECT EXISTS (SELECT 1 FROM UserTree WHERE AncestorID = :actor AND UserID = :userId) AS ":reaches";
SELECT :reaches OR EXISTS (SELECT 1 FROM Users AS A JOIN Users AS O ON O.UserID = A.OwnerID
        WHERE A.UserID = :actor AND O.UserID = :userId) AS ":knows",
    :userId = :caller OR (:reaches AND NOT EXISTS (SELECT 1 FROM Users AS C JOIN Users AS U ON U.UserID = :userId
        WHERE C.UserID = :caller AND C.IsPeer
            AND (U.UserID = C.OwnerID OR (U.IsPeer AND U.OwnerID = C.OwnerID)))) AS ":mayUpdate";
