-- Settings are inherited: the nearest account upwards that has any.
SELECT :userId AS ":owner";
SELECT T.AncestorID AS ":owner" FROM UserTree AS T
WHERE T.UserID = :userId
    AND EXISTS (SELECT 1 FROM UserSettings WHERE UserID = T.AncestorID AND SettingsName = :settingsName)
ORDER BY T.Depth LIMIT 1;
SELECT :owner AS UserId, :settingsName AS SettingsName,
    (SELECT json_group_array(json_array(PropertyName, coalesce(PropertyValue, '')))
     FROM (SELECT * FROM UserSettings WHERE UserID = :owner AND SettingsName = :settingsName ORDER BY rowid))
    AS SettingsArray
FROM SeenUsers WHERE Actor = :actor AND UserID = :userId;
