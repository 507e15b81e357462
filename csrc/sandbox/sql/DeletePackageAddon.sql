-- SolidCP PackageController.cs:1318, install_db.sql:5242; before WebsitePanel 2.1.0.1 nothing read the add-on first.
SELECT 'check_reseller' AS call;
SELECT -1 AS ":packageId";
SELECT PackageID AS ":packageId" FROM PackageAddons WHERE PackageAddonID = :packageAddonId;
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE :packageId = -1 AND since('websitepanel 2.1.0.1');
SELECT 'raise_package' AS call;
DELETE FROM PackageAddons WHERE PackageAddonID = :packageAddonId;
SELECT 0 AS result;
