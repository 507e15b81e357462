-- A new record with what is given: own quotas and the rest go. SolidCP esPackages.asmx.cs:245; WebsitePanel 1.0
-- esPackages.asmx.cs:209.
SELECT 1 AS ":package", :packageId AS ":package_PackageId", :statusId AS ":package_StatusId",
    :planId AS ":package_PlanId", :purchaseDate AS ":package_PurchaseDate", :packageName AS ":package_PackageName",
    :packageComments AS ":package_PackageComments", 0 AS ":package_OverrideQuotas",
    0 AS ":package_DefaultTopPackage", NULL AS ":package_Quotas", NULL AS ":package_Groups";
SELECT 'UpdatePackage' AS call;
SELECT :result AS result;
