-- SolidCP PackageController.cs:761, update_db.sql:18282. Whose space it is to be is not checked; the space that the plan
-- belongs to is, and a plan that does not exist belongs to the first one.
SELECT 'check_csr' AS call;
SELECT coalesce((SELECT nullif(PackageID, 0) FROM HostingPlans WHERE PlanID = :planId),
    (SELECT PackageID FROM Packages WHERE ParentPackageID IS NULL)) AS ":packageId";
SELECT 'check_package' AS call;
SELECT 'The INSERT statement conflicted with the FOREIGN KEY constraint "FK_Packages_HostingPlans".' AS fault
WHERE NOT EXISTS (SELECT 1 FROM HostingPlans WHERE PlanID = :planId);
SELECT 'The INSERT statement conflicted with the FOREIGN KEY constraint "FK_Packages_Users".' AS fault
WHERE NOT EXISTS (SELECT 1 FROM Users WHERE UserID = :userId);
INSERT INTO Packages (ParentPackageID, UserID, StatusID, PlanID, PurchaseDate, PackageName, PackageComments, ServerID)
    SELECT :packageId, :userId, :statusId, PlanID, sql_date(:purchaseDate), sql_text(:packageName, 300),
        :packageComments, ServerID
    FROM HostingPlans WHERE PlanID = :planId;
SELECT last_insert_rowid() AS ":changed";
SELECT 'check_quotas' AS call;
-- The id is used up.
DELETE FROM Packages WHERE PackageID = :changed AND :exceeding;
SELECT CASE WHEN :exceeding THEN -305 ELSE :changed END AS result;
