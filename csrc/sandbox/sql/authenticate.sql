-- Who calls, and as which account: a peer acts as its owner. There is no rule for administrators: one that is not a
-- peer of the first has its own tree only. SolidCP install_db.sql:25061.
SELECT UserID AS ":caller", Username AS ":callerName", CASE WHEN IsPeer THEN OwnerID ELSE UserID END AS ":actor"
FROM Users WHERE UsernameKey = sql_key(sql_text(:username, 50)) AND Password = :password;
