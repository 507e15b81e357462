-- SolidCP UserController.cs:262.
SELECT CASE WHEN since('websitepanel 2.1.0.722') THEN NULL ELSE Password END AS Password, U.*
FROM Users AS U WHERE UsernameKey = sql_key(sql_text(:username, 50)) AND Password = :password;
