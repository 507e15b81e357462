-- Who calls, and as which account: administrators as the first of them, peers as their owner.
SELECT UserID AS ":caller", Username AS ":callerName",
    CASE WHEN RoleID = 1 THEN 1 WHEN IsPeer THEN OwnerID ELSE UserID END AS ":actor"
FROM Users WHERE Username = :username AND Password = :password;
