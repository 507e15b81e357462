-- What both ways to write an account do with its fields: only an administrator makes another, a User has no shop, and
-- columns keep what fits into them. SolidCP UserController.cs:611, 755; install_db.sql:2274, 23331. The column of
-- InstantMessenger is shorter than its parameter, which does not cut without a word.
SELECT 3 AS ":user_RoleId" FROM Users WHERE UserID = :caller AND RoleID <> 1 AND :user_RoleId = 1;
SELECT 0 AS ":user_EcommerceEnabled" WHERE :user_RoleId = 3;
SELECT 'String or binary data would be truncated.' AS fault WHERE length(sql_text(:user_InstantMessenger, 200)) > 100;
SELECT sql_text(:user_FirstName, 50) AS ":user_FirstName", sql_text(:user_LastName, 50) AS ":user_LastName",
    sql_text(:user_Email, 255) AS ":user_Email", sql_text(:user_SecondaryEmail, 255) AS ":user_SecondaryEmail",
    sql_text(:user_Address, 200) AS ":user_Address", sql_text(:user_City, 50) AS ":user_City",
    sql_text(:user_State, 50) AS ":user_State", sql_text(:user_Country, 50) AS ":user_Country",
    sql_varchar(:user_Zip, 20) AS ":user_Zip", sql_varchar(:user_PrimaryPhone, 30) AS ":user_PrimaryPhone",
    sql_varchar(:user_SecondaryPhone, 30) AS ":user_SecondaryPhone", sql_varchar(:user_Fax, 30) AS ":user_Fax",
    sql_varchar(:user_InstantMessenger, 100) AS ":user_InstantMessenger",
    sql_text(:user_CompanyName, 100) AS ":user_CompanyName",
    sql_text(:user_SubscriberNumber, 32) AS ":user_SubscriberNumber";
