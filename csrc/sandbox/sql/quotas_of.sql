-- A space that does not exist has the quotas of the first one: the search for limits ends at once. SolidCP
-- install_db.sql:25787, GetPackageAllocatedQuota.
SELECT PackageID AS ":packageId" FROM Packages
WHERE ParentPackageID IS NULL AND NOT EXISTS (SELECT 1 FROM Packages WHERE PackageID = :packageId);
