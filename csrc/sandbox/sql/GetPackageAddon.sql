-- A slip in the procedure: nobody's rights are looked at. SolidCP install_db.sql:11588; WebsitePanel 1.0
-- install_db.sql:29224.
SELECT * FROM PackageAddons WHERE PackageAddonID = :packageAddonId;
