SELECT json_object('PackageId', P.PackageID, 'UserId', P.UserID, 'ParentPackageId', coalesce(P.ParentPackageID, 0),
        'StatusId', P.StatusID, 'PlanId', coalesce(P.PlanID, 0), 'PurchaseDate', P.PurchaseDate,
        'PackageName', P.PackageName, 'PackageComments', P.PackageComments, 'ServerId', P.ServerID,
        'OverrideQuotas', P.OverrideQuotas) AS Package,
    (SELECT json_group_array(json_object('GroupId', GroupID, 'Enabled', 1, 'CalculateDiskSpace', CalculateDiskSpace,
            'CalculateBandwidth', CalculateBandwidth, 'GroupName', GroupName))
     FROM (SELECT * FROM PackageGroups WHERE PackageID = P.PackageID ORDER BY GroupID)) AS GroupsArray,
    (SELECT json_group_array(json_object('QuotaAllocatedValue', QuotaValue, 'QuotaUsedValue', QuotaUsedValue,
            'QuotaExhausted', QuotaValue <> -1 AND QuotaUsedValue >= QuotaValue, 'QuotaName', QuotaName,
            'QuotaDescription', QuotaDescription, 'QuotaId', QuotaID, 'QuotaTypeId', QuotaTypeID,
            'GroupId', GroupID))
     FROM (SELECT * FROM PackageQuotaValues WHERE PackageID = P.PackageID ORDER BY QuotaID)) AS QuotasArray
FROM SeenPackages AS P WHERE P.Actor = :actor AND P.PackageID = :packageId;
