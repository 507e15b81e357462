-- SolidCP UserController.cs:729, install_db.sql:23331. Who may see the account but not change it is told 0.
SELECT 'check_not_demo' AS call;
SELECT :user_UserId AS ":userId";
SELECT 'rights' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault WHERE NOT :user OR NOT :knows;
SELECT -102 AS refuse FROM Users
WHERE UserID = :userId AND RoleID = 2 AND :user_RoleId = 3
    AND EXISTS (SELECT 1 FROM Users AS C WHERE C.OwnerID = :userId AND NOT C.IsPeer);
SELECT 'clean_user' AS call;
-- Owner, name, password and the second factor stay; failed logins are forgotten when the login is enabled.
UPDATE Users SET RoleID = :user_RoleId, StatusID = :user_StatusId, IsDemo = :user_IsDemo, IsPeer = :user_IsPeer,
    FirstName = :user_FirstName, LastName = :user_LastName, Email = :user_Email, Changed = :now,
    Comments = :user_Comments, SecondaryEmail = :user_SecondaryEmail, Address = :user_Address, City = :user_City,
    State = :user_State, Country = :user_Country, Zip = :user_Zip, PrimaryPhone = :user_PrimaryPhone,
    SecondaryPhone = :user_SecondaryPhone, Fax = :user_Fax, InstantMessenger = :user_InstantMessenger,
    HtmlMail = :user_HtmlMail, CompanyName = :user_CompanyName, EcommerceEnabled = :user_EcommerceEnabled,
    LoginStatusId = :user_LoginStatusId,
    FailedLogins = CASE WHEN :user_LoginStatusId = 0 THEN 0 ELSE FailedLogins END,
    SubscriberNumber = :user_SubscriberNumber, AdditionalParams = :user_AdditionalParams
WHERE UserID = :userId AND :mayUpdate;
SELECT 0 AS result;
