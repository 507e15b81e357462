SELECT 'check_account' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault WHERE NOT :user;
SELECT -111 AS refuse WHERE coalesce(:user_Username, '') = '' OR :user_Username GLOB '*[\/:*?<>|"]*';
SELECT -100 AS refuse FROM Users WHERE Username = :user_Username;
SELECT -2 AS refuse WHERE NOT EXISTS (SELECT 1 FROM SeenUsers WHERE Actor = :actor AND UserID = :user_OwnerId);
-- Only an administrator can make another.
SELECT 3 AS ":user_RoleId" FROM Users WHERE UserID = :caller AND RoleID <> 1 AND :user_RoleId = 1;
INSERT INTO Users (OwnerID, RoleID, StatusID, IsDemo, IsPeer, Username, Password, FirstName, LastName, Email, Created,
        Changed, Comments, SecondaryEmail, Address, City, State, Country, Zip, PrimaryPhone, SecondaryPhone, Fax,
        InstantMessenger, HtmlMail, CompanyName, EcommerceEnabled, LoginStatusId, FailedLogins, SubscriberNumber,
        MfaMode, AdditionalParams, Vlans)
    VALUES (:user_OwnerId, :user_RoleId, :user_StatusId, :user_IsDemo, :user_IsPeer, :user_Username,
        coalesce(:password, :user_Password), :user_FirstName, :user_LastName, :user_Email, :now, :now, :user_Comments,
        :user_SecondaryEmail, :user_Address, :user_City, :user_State, :user_Country, :user_Zip, :user_PrimaryPhone,
        :user_SecondaryPhone, :user_Fax, :user_InstantMessenger, :user_HtmlMail, :user_CompanyName,
        :user_EcommerceEnabled, :user_LoginStatusId, :user_FailedLogins, :user_SubscriberNumber, :user_MfaMode,
        :user_AdditionalParams, coalesce(:user_Vlans, '[]'));
SELECT last_insert_rowid() AS ":newUserId";
INSERT INTO UserNotes (UserID, Note) SELECT :newUserId, value FROM json_each(:notes);
INSERT INTO Letters (UserID, Recipient, Body, Sent)
    SELECT :newUserId, :user_Email, 'Account of ' || :user_Username, :now WHERE :sendLetter;
SELECT :newUserId AS result;
