-- The first site and mailbox of the space :packageId.
INSERT OR REPLACE INTO PackageUsage (PackageID, QuotaID, QuotaUsedValue)
    SELECT :packageId, QuotaID, 1 FROM Quotas
    WHERE :domainName <> '' AND ((QuotaName = 'Web.Sites' AND :createWebSite)
        OR (QuotaName = 'Mail.Accounts' AND :createMailAccount));
