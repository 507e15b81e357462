-- The first domain, site, mailbox and FTP account of the space :packageId.
INSERT INTO Domains SELECT sql_text(:domainName, 100), :packageId WHERE :domainName <> '';
INSERT INTO FtpAccounts SELECT :ftpAccountName, :packageId WHERE :createFtpAccount;
INSERT OR REPLACE INTO PackageUsage (PackageID, QuotaID, QuotaUsedValue)
    SELECT :packageId, QuotaID, 1 FROM Quotas
    WHERE :domainName <> '' AND ((QuotaName = 'Web.Sites' AND :createWebSite)
        OR (QuotaName = 'Mail.Accounts' AND :createMailAccount));
