SELECT 1 AS ":package", :packageId AS ":package_PackageId", :statusId AS ":package_StatusId",
    :planId AS ":package_PlanId", :purchaseDate AS ":package_PurchaseDate", :packageName AS ":package_PackageName",
    :packageComments AS ":package_PackageComments", 0 AS ":package_OverrideQuotas",
    0 AS ":package_DefaultTopPackage", NULL AS ":package_Quotas", NULL AS ":package_Groups";
SELECT OverrideQuotas AS ":package_OverrideQuotas", DefaultTopPackage AS ":package_DefaultTopPackage"
FROM Packages WHERE PackageID = :packageId;
SELECT 'UpdatePackage' AS call;
SELECT :result AS result;
