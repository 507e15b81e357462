-- Whose username token it is, and the password that its key is made from.
SELECT UserID AS ":caller", Username AS ":callerName", Password AS ":password",
    CASE WHEN IsPeer THEN OwnerID ELSE UserID END AS ":actor"
FROM Users WHERE UsernameKey = sql_key(sql_text(:username, 50));
