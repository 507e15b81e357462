-- Nobody's rights are looked at. SolidCP update_db.sql:6623; WebsitePanel 1.0 install_db.sql:29121.
SELECT * FROM Packages WHERE PackageID = :packageId;
