SELECT 1 AS ":addon", :packageId AS ":addon_PackageId", :addonPlanId AS ":addon_PlanId",
    :quantity AS ":addon_Quantity", :now AS ":addon_PurchaseDate", 1 AS ":addon_StatusId", '' AS ":addon_Comments";
SELECT 'AddPackageAddon' AS call;
SELECT :result AS result;
