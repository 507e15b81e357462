-- SolidCP install_db.sql:18330.
SELECT 0 AS ":userId";
SELECT UserID AS ":userId" FROM Users WHERE UsernameKey = sql_key(sql_text(:username, 50));
SELECT 'GetUserById' AS call;
