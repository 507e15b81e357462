-- SolidCP UserController.cs:999, install_db.sql:23497.
SELECT 'check_not_demo' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE NOT EXISTS (SELECT 1 FROM Users WHERE UserID = :settings_UserId);
SELECT :settings_UserId AS ":userId", sql_text(:settings_SettingsName, 50) AS ":settings_SettingsName";
SELECT 'rights' AS call;
SELECT 'You are not allowed to access this account' AS raise WHERE NOT :reaches;
DELETE FROM UserSettings WHERE UserID = :userId AND sql_key(SettingsName) = sql_key(:settings_SettingsName);
INSERT OR REPLACE INTO UserSettings (UserID, SettingsName, PropertyName, PropertyValue)
    SELECT :userId, coalesce(:settings_SettingsName, ''), sql_text(coalesce(value ->> 0, ''), 50), value ->> 1
    FROM json_each(:settings_SettingsArray);
SELECT 0 AS result;
