-- Whose username token it is, and the password that its key is made from.
SELECT UserID AS ":caller", Username AS ":callerName", Password AS ":password",
    CASE WHEN RoleID = 1 THEN 1 WHEN IsPeer THEN OwnerID ELSE UserID END AS ":actor"
FROM Users WHERE Username = :username;
