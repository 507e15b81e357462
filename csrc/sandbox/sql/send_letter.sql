-- Keeps the letter :settingsName of the account :userId; one without a text is not sent, and nobody is told.
SELECT 'check_user' AS call;
SELECT NULL AS ":body";
SELECT V.PropertyValue AS ":body"
FROM Users AS U JOIN UserSettings AS V ON V.SettingsName = :settingsName
WHERE U.UserID = :userId AND V.PropertyName = CASE WHEN U.HtmlMail THEN 'HtmlBody' ELSE 'TextBody' END
    AND V.UserID = (SELECT T.AncestorID FROM UserTree AS T JOIN UserSettings AS N ON N.UserID = T.AncestorID
        WHERE T.UserID = U.UserID AND N.SettingsName = :settingsName ORDER BY T.Depth LIMIT 1);
INSERT INTO Letters (UserID, PackageID, Recipient, CarbonCopy, Body, Sent)
    SELECT :userId, :letterPackage, coalesce(:to, Email), :cc, :body, :now FROM Users
    WHERE UserID = :userId AND :body <> '';
