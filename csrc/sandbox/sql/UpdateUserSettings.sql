SELECT 'check_account' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE NOT EXISTS (SELECT 1 FROM SeenUsers WHERE Actor = :actor AND UserID = :settings_UserId);
DELETE FROM UserSettings WHERE UserID = :settings_UserId AND SettingsName = :settings_SettingsName;
INSERT OR REPLACE INTO UserSettings (UserID, SettingsName, PropertyName, PropertyValue)
    SELECT :settings_UserId, coalesce(:settings_SettingsName, ''), coalesce(value ->> 0, ''), value ->> 1
    FROM json_each(:settings_SettingsArray);
SELECT 0 AS result;
