-- Everybody may know that the space is there; its quotas are for who has rights to it. SolidCP PackageController.cs:365.
SELECT 'check_package' AS call WHERE EXISTS (SELECT 1 FROM Packages WHERE PackageID = :packageId);
SELECT json_object('PackageId', P.PackageID, 'UserId', P.UserID, 'ParentPackageId', coalesce(P.ParentPackageID, 0),
        'StatusId', P.StatusID, 'PlanId', coalesce(P.PlanID, 0), 'PurchaseDate', P.PurchaseDate,
        'PackageName', P.PackageName, 'PackageComments', P.PackageComments, 'ServerId', P.ServerID,
        'OverrideQuotas', P.OverrideQuotas, 'DefaultTopPackage', P.DefaultTopPackage) AS Package,
    (SELECT json_group_array(json_object('GroupId', GroupID, 'Enabled', 1, 'CalculateDiskSpace', CalculateDiskSpace,
            'CalculateBandwidth', CalculateBandwidth, 'GroupName', GroupName))
     FROM (SELECT * FROM PackageGroups WHERE PackageID = P.PackageID ORDER BY GroupID)) AS GroupsArray,
    (SELECT json_group_array(json_object('QuotaAllocatedValue', QuotaValue,
            'QuotaAllocatedValuePerOrganization', QuotaValue, 'QuotaUsedValue', QuotaUsedValue,
            'QuotaExhausted', P.PackageID < 2 OR (QuotaValue <> -1 AND QuotaUsedValue >= QuotaValue),
            'QuotaName', QuotaName, 'QuotaDescription', coalesce(QuotaDescription, ''), 'QuotaId', QuotaID,
            'QuotaTypeId', QuotaTypeID, 'GroupId', GroupID))
     FROM (SELECT * FROM PackageQuotaValues WHERE PackageID = P.PackageID ORDER BY QuotaID)) AS QuotasArray
FROM Packages AS P WHERE P.PackageID = :packageId;
