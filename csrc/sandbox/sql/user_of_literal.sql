-- Makes a UserInfo of the parameters of the literal calls; what they do not have becomes null or 0.
SELECT 1 AS ":user", :roleId AS ":user_RoleId", :statusId AS ":user_StatusId", :isPeer AS ":user_IsPeer",
    :isDemo AS ":user_IsDemo", :firstName AS ":user_FirstName", :lastName AS ":user_LastName",
    :email AS ":user_Email", :secondaryEmail AS ":user_SecondaryEmail", :address AS ":user_Address",
    :city AS ":user_City", :country AS ":user_Country", :state AS ":user_State", :zip AS ":user_Zip",
    :primaryPhone AS ":user_PrimaryPhone", :secondaryPhone AS ":user_SecondaryPhone", :fax AS ":user_Fax",
    :instantMessenger AS ":user_InstantMessenger", :htmlMail AS ":user_HtmlMail",
    :companyName AS ":user_CompanyName", :ecommerceEnabled AS ":user_EcommerceEnabled",
    NULL AS ":user_Comments", 0 AS ":user_LoginStatusId", 0 AS ":user_FailedLogins",
    NULL AS ":user_SubscriberNumber", 0 AS ":user_MfaMode", NULL AS ":user_AdditionalParams", NULL AS ":user_Vlans",
    NULL AS ":user_Password", NULL AS ":notes";
