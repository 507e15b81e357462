SELECT 'check_account' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE NOT :user OR NOT EXISTS (SELECT 1 FROM SeenUsers WHERE Actor = :actor AND UserID = :user_UserId);
SELECT 3 AS ":user_RoleId" FROM Users WHERE UserID = :caller AND RoleID <> 1 AND :user_RoleId = 1;
SELECT -102 AS refuse FROM Users
WHERE UserID = :user_UserId AND RoleID = 2 AND :user_RoleId = 3
    AND EXISTS (SELECT 1 FROM Users AS C WHERE C.OwnerID = :user_UserId AND NOT C.IsPeer);
-- Owner, name and password stay.
UPDATE Users SET RoleID = :user_RoleId, StatusID = :user_StatusId, IsDemo = :user_IsDemo, IsPeer = :user_IsPeer,
    FirstName = :user_FirstName, LastName = :user_LastName, Email = :user_Email, Changed = :now,
    Comments = :user_Comments, SecondaryEmail = :user_SecondaryEmail, Address = :user_Address, City = :user_City,
    State = :user_State, Country = :user_Country, Zip = :user_Zip, PrimaryPhone = :user_PrimaryPhone,
    SecondaryPhone = :user_SecondaryPhone, Fax = :user_Fax, InstantMessenger = :user_InstantMessenger,
    HtmlMail = :user_HtmlMail, CompanyName = :user_CompanyName, EcommerceEnabled = :user_EcommerceEnabled,
    LoginStatusId = :user_LoginStatusId, FailedLogins = :user_FailedLogins,
    SubscriberNumber = :user_SubscriberNumber, MfaMode = :user_MfaMode, AdditionalParams = :user_AdditionalParams,
    Vlans = coalesce(:user_Vlans, '[]')
WHERE UserID = :user_UserId;
SELECT 0 AS result;
