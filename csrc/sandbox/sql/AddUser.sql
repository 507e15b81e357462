-- SolidCP UserController.cs:593, install_db.sql:2274.
SELECT 'check_not_demo' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault WHERE NOT :user;
SELECT -111 AS refuse WHERE coalesce(:user_Username, '') = '' OR :user_Username GLOB '*[\/:*?<>|"]*';
SELECT -100 AS refuse FROM Users WHERE UsernameKey = sql_key(sql_text(:user_Username, 100));
-- String.Trim, then what fits into the parameter.
SELECT sql_text(trim(:user_Username, char(9, 10, 11, 12, 13, 32, 133, 160)), 50) AS ":user_Username";
SELECT -100 AS refuse FROM Users WHERE UsernameKey = sql_key(:user_Username);
SELECT -2 AS refuse WHERE NOT EXISTS (SELECT 1 FROM UserTree WHERE AncestorID = :actor AND UserID = :user_OwnerId);
SELECT 'clean_user' AS call;
INSERT INTO Users (OwnerID, RoleID, StatusID, IsDemo, IsPeer, Username, Password, FirstName, LastName, Email, Created,
        Changed, Comments, SecondaryEmail, Address, City, State, Country, Zip, PrimaryPhone, SecondaryPhone, Fax,
        InstantMessenger, HtmlMail, CompanyName, EcommerceEnabled, LoginStatusId, SubscriberNumber)
    VALUES (:user_OwnerId, :user_RoleId, :user_StatusId, :user_IsDemo, :user_IsPeer,
        :user_Username,
        CASE WHEN since('websitepanel 2.1.0.722') THEN :password ELSE :user_Password END,
        :user_FirstName, :user_LastName, :user_Email, :now, :now, :user_Comments, :user_SecondaryEmail, :user_Address,
        :user_City, :user_State, :user_Country, :user_Zip, :user_PrimaryPhone, :user_SecondaryPhone, :user_Fax,
        :user_InstantMessenger, :user_HtmlMail, :user_CompanyName, :user_EcommerceEnabled, :user_LoginStatusId,
        :user_SubscriberNumber);
SELECT last_insert_rowid() AS ":newUserId";
INSERT INTO UserNotes (UserID, Note) SELECT :newUserId, value FROM json_each(:notes);
INSERT INTO Letters (UserID, Recipient, Body, Sent)
    SELECT :newUserId, :user_Email, 'Account of ' || :user_Username, :now WHERE :sendLetter;
SELECT :newUserId AS result;
