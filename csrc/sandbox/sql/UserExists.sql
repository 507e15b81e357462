-- SolidCP install_db.sql:3234: the parameter is longer than the column.
SELECT EXISTS (SELECT 1 FROM Users WHERE UsernameKey = sql_key(sql_text(:username, 100))) AS result;
