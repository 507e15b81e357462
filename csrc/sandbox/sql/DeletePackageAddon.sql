SELECT 'check_reseller' AS call;
DELETE FROM PackageAddons WHERE PackageAddonID IN
    (SELECT PackageAddonID FROM SeenAddons WHERE Actor = :actor AND PackageAddonID = :packageAddonId);
SELECT 0 AS result;
