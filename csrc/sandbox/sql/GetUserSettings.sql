-- Settings are inherited: the nearest account upwards that has any. SolidCP install_db.sql:19051.
SELECT 'check_user' AS call;
SELECT :userId AS ":owner", sql_text(:settingsName, 50) AS ":settingsKey";
SELECT T.AncestorID AS ":owner" FROM UserTree AS T
WHERE T.UserID = :userId
    AND EXISTS (SELECT 1 FROM UserSettings
        WHERE UserID = T.AncestorID AND sql_key(SettingsName) = sql_key(:settingsKey))
ORDER BY T.Depth LIMIT 1;
SELECT :owner AS UserId, :settingsName AS SettingsName,
    (SELECT nullif(json_group_array(json_array(PropertyName, coalesce(PropertyValue, ''))), '[]')
     FROM (SELECT * FROM UserSettings
        WHERE UserID = :owner AND sql_key(SettingsName) = sql_key(:settingsKey) ORDER BY rowid))
    AS SettingsArray;
