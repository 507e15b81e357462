-- Keeps the letter :settingsName of the account :userId, refuses with :emptyBody when no account upwards has a text.
SELECT NULL AS ":body";
SELECT V.PropertyValue AS ":body"
FROM UserTree AS T JOIN UserSettings AS V ON V.UserID = T.AncestorID AND V.SettingsName = :settingsName
WHERE T.UserID = :userId AND V.PropertyName IN ('HtmlBody', 'TextBody') AND V.PropertyValue <> ''
ORDER BY T.Depth LIMIT 1;
SELECT :emptyBody AS refuse WHERE :body IS NULL;
INSERT INTO Letters (UserID, PackageID, Recipient, CarbonCopy, Body, Sent)
    VALUES (:userId, :packageId, :to, :cc, :body, :now);
SELECT 0 AS result;
